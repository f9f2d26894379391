package hub

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"pergola/hub/roster"
	"pergola/hub/text"
)

// A Match is a member that a call may interest, and why.
type Match struct {
	Member  DirectoryEntry
	Score   int
	Reasons []Reason
}

// A Reason is something that a call and a member have in common: Kind is one of
// the Common… constants, Terms are what it is.
type Reason struct {
	Kind  string
	Terms []string
}

// What a call and a member can have in common.
const (
	CommonSector  = "sector"
	CommonKeyword = "keyword"
	CommonPartner = "partner"
	CommonRegion  = "region"
	CommonCountry = "country"
)

// A CallMatches is an open call with the members that it may interest, the best
// first.
type CallMatches struct {
	Entry
	Matches []Match
	// More is how many there are besides.
	More int
}

// A Matching is which calls may interest which members.
type Matching struct {
	Calls []CallMatches
	// Members is how many there are, Asked how many calls were looked at.
	Members, Asked int
	// After is the cursor of what follows, "" when that was all.
	After string
}

const (
	// matchedCalls is how many calls are looked at in one go: with the members that
	// a directory can have that is 25,000 pairs.
	matchedCalls = 50
	// shownMatches is how many members of one call are shown.
	shownMatches = 20
	// matchScore is how much a call and a member must have in common: what it is
	// about, or what the member is and where.
	matchScore = 4
	// shortWord is how long a word must be to be looked for in sentences.
	shortWord = 4
)

// Matches are the open calls of the feed that may interest members of the
// organisation, by deadline; of one call when id is not "". What just the office
// may see of the directory is shown to the office alone. ErrNotFound.
func (h *Hub) Matches(ctx context.Context, who Who, id, after string) (m Matching, err error) {
	if err := who.may(Editor); err != nil {
		return m, err
	}
	var calls []Entry
	if id == "" {
		calls, err = h.OpenCalls(ctx, FeedFilter{}, Page{After: after, Limit: matchedCalls + 1})
	} else {
		calls = make([]Entry, 1)
		if calls[0], err = h.Entry(ctx, id); err == nil && (calls[0].Call == nil || !calls[0].Hidden.IsZero()) {
			err = ErrNotFound
		}
	}
	if err != nil {
		return m, err
	}
	if len(calls) > matchedCalls {
		calls = calls[:matchedCalls]
		m.After = calls[matchedCalls-1].Cursor
	}
	var members []DirectoryEntry
	err = h.store.View(ctx, func(tx Tx) (err error) {
		if who.may(Office) != nil {
			members, err = publicEntries(ctx, tx)
			return err
		}
		members, err = tx.DirectoryEntries(ctx, "")
		members = slices.DeleteFunc(members, func(e DirectoryEntry) bool { return !e.Removed.IsZero() })
		return err
	})
	m.Members, m.Asked = len(members), len(calls)
	does := make([]topic, len(members))
	for i, e := range members {
		does[i] = memberTopic(e.Organisation)
	}
	for _, e := range calls {
		c := CallMatches{Entry: e}
		about := callTopic(e.Item)
		for i, member := range members {
			if score, reasons := match(*e.Call, about, member.Organisation, does[i]); score >= matchScore {
				c.Matches = append(c.Matches, Match{member, score, reasons})
			}
		}
		slices.SortStableFunc(c.Matches, func(a, b Match) int {
			return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Member.Name, b.Member.Name))
		})
		if c.More = max(0, len(c.Matches)-shownMatches); c.More > 0 {
			c.Matches = c.Matches[:shownMatches]
		}
		if len(c.Matches) > 0 || id != "" {
			m.Calls = append(m.Calls, c)
		}
	}
	return m, err
}

// A topic is what a call or a member says of what it is about. Words are its
// sentences without case, accents and marks, a space before each word.
type topic struct {
	words    string
	keywords []keyword
}

// A keyword is a word as it is written, and as words.
type keyword struct{ written, words string }

func topicOf(keywords []string, sentences ...string) topic {
	t := topic{words: wordsOf(strings.Join(append(sentences, keywords...), " "))}
	for _, k := range keywords {
		t.keywords = append(t.keywords, keyword{k, wordsOf(k)})
	}
	return t
}

func wordsOf(s string) string {
	fields := strings.FieldsFunc(text.Fold(s), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsNumber(r)
	})
	return " " + strings.Join(fields, " ")
}

// says reports whether a word of the topic begins with a keyword: "lézer" is in
// "lézeres vágás".
func (t topic) says(k keyword) bool {
	return utf8.RuneCountInString(k.words) > shortWord && strings.Contains(t.words, k.words)
}

// callTopic is that of a call, in all its languages.
func callTopic(it Item) topic {
	var said []string
	for _, t := range it.Call.Seeks {
		said = append(said, t.Value)
	}
	for _, t := range it.Texts {
		said = append(said, t.Title)
	}
	return topicOf(it.Call.Keywords, said...)
}

// memberTopic is what a member does.
func memberTopic(m roster.Organisation) topic { return topicOf(m.Keywords, m.Offers) }

// shared are the keywords of two topics that the other says as well, each once.
func shared(a, b topic) []string {
	var all []keyword
	for _, pair := range [][2]topic{{a, b}, {b, a}} {
		for _, k := range pair[0].keywords {
			if pair[1].says(k) && !slices.ContainsFunc(all, func(have keyword) bool { return have.words == k.words }) {
				all = append(all, k)
			}
		}
	}
	var written []string
	for _, k := range all {
		written = append(written, k.written)
	}
	return written
}

// match says how much a call and a member have in common, and what; nothing when
// the call seeks others. about and does are their topics.
func match(c Call, about topic, m roster.Organisation, does topic) (score int, reasons []Reason) {
	add := func(kind string, points int, terms ...string) {
		if len(terms) > 0 {
			score += points
			reasons = append(reasons, Reason{kind, terms})
		}
	}
	sectors := common(c.Sectors, m.Sectors)
	keywords := shared(does, about)
	if len(sectors)+len(keywords) == 0 && len(c.Sectors) > 0 && len(m.Sectors) > 0 {
		return 0, nil
	}
	fits := len(common(c.Partners, partnersOf(m))) > 0
	if !fits && m.Kind != "" && len(common(c.Partners, PartnerTerms())) > 0 {
		return 0, nil
	}
	country := cmp.Or(m.Country, roster.CountryOf(m.Region))
	var regions []string
	countries := slices.Clone(c.Countries)
	for _, r := range c.Regions {
		switch {
		case strings.HasPrefix(m.Region, r):
			regions = append(regions, r)
		case m.Region == "":
			countries = append(countries, roster.CountryOf(r))
		}
	}
	here := common([]string{country}, countries)
	sought := len(c.Countries)+len(c.Regions) > 0
	if sought && country != "" && len(regions)+len(here) == 0 {
		return 0, nil
	}
	add(CommonSector, 4*len(sectors), sectors...)
	add(CommonKeyword, 4*len(keywords), keywords...)
	if fits {
		add(CommonPartner, 2, m.Kind)
	}
	if len(regions) > 0 {
		add(CommonRegion, 2, regions...)
	} else {
		add(CommonCountry, 1, here...)
	}
	return score, reasons
}

// partnersOf are the kinds of partners that a member can be; how large a firm is
// the directory does not say.
func partnersOf(m roster.Organisation) []string {
	return map[string][]string{
		"company": SizeTerms(), "research": {"rd-institution"}, "education": {"university"},
		"public": {"public-body"}, "cluster": {"cluster"},
	}[m.Kind]
}

// common are those of the words that the others have too.
func common(words, others []string) []string {
	var both []string
	for _, w := range words {
		if w != "" && slices.Contains(others, w) {
			both = append(both, w)
		}
	}
	return both
}
