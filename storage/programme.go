package storage

import (
	"context"
	"slices"

	"pergola/federation/vocab"
	"pergola/hub"
)

// A sessionDetail is a part of an event's programme.
type sessionDetail struct {
	Start    whenDetail  `json:"start,omitzero"`
	End      whenDetail  `json:"end,omitzero"`
	Title    [][2]string `json:"title"`
	Track    string      `json:"track,omitempty"`
	Speakers [][2]string `json:"speakers,omitempty"`
	Place    string      `json:"place,omitempty"`
	Country  string      `json:"country,omitempty"`
	Online   string      `json:"online,omitempty"`
	Holder   partyDetail `json:"holder,omitzero"`
}

func keepSessions(ss []hub.Slot) []sessionDetail {
	var ds []sessionDetail
	for _, s := range ss {
		d := sessionDetail{Start: keepWhen(s.Start), End: keepWhen(s.End), Title: textPairs(s.Title), Track: s.Track, Place: s.Place, Country: s.Country, Online: s.Online, Holder: partyDetail(s.Holder)}
		for _, p := range s.Speakers {
			d.Speakers = append(d.Speakers, [2]string{p.Name, p.Organisation})
		}
		ds = append(ds, d)
	}
	return ds
}

func sessions(ds []sessionDetail) []hub.Slot {
	var ss []hub.Slot
	for _, d := range ds {
		s := hub.Slot{Start: d.Start.when(), End: d.End.when(), Title: pairsText(d.Title), Track: d.Track, Place: d.Place, Country: d.Country, Online: d.Online, Holder: vocab.Party(d.Holder)}
		for _, p := range d.Speakers {
			s.Speakers = append(s.Speakers, vocab.Speaker{Name: p[0], Organisation: p[1]})
		}
		ss = append(ss, s)
	}
	return ss
}

// Related implements [hub.FeedTx]: at most 50 of each. That an event is a part of
// another is shown where those say so who hold that one.
func (r records) Related(ctx context.Context, it hub.Item) ([]hub.Entry, error) {
	holders := []string{it.Author}
	for _, p := range it.Event.Together {
		holders = append(holders, p.ID)
	}
	parts, err := r.entries(ctx, startsAt, `
		SELECT `+itemColumns+`
		FROM item
		WHERE part_of = $1 AND part_of <> '' AND shown
		ORDER BY starts
		LIMIT 50`, it.ID)
	parts = slices.DeleteFunc(parts, func(e hub.Entry) bool { return !slices.Contains(holders, e.Author) })
	if err != nil || it.Event.Series.Name == "" {
		return parts, err
	}
	editions, err := r.entries(ctx, startsAt, `
		SELECT `+itemColumns+`
		FROM item
		WHERE series = $1 AND series <> '' AND author = $2 AND shown AND id <> $3
		ORDER BY starts
		LIMIT 50`, it.Event.Series.Name, it.Author, it.ID)
	return append(parts, editions...), err
}

// LastEditions implements [hub.FeedTx]. One without a date is yet to come.
func (r records) LastEditions(ctx context.Context, author string) ([]hub.Entry, error) {
	return r.entries(ctx, startsAt, `
		SELECT `+itemColumns+`
		FROM item
		WHERE author = $1 AND series <> '' AND shown AND starts IS NOT NULL AND NOT EXISTS (
			SELECT 1
			FROM item AS later
			WHERE later.author = item.author AND later.series = item.series AND later.series <> '' AND later.shown
				AND (later.starts > item.starts OR later.starts IS NULL))
		ORDER BY series, starts
		LIMIT 50`, author)
}

// startsAt is the place of an event among those that stand by their starts.
func startsAt(it hub.Item) string { return cursor(it.Event.Start.At.UnixMilli(), it.ID) }
