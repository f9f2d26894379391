package hub_test

import (
	"bytes"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pergola/federation/vocab"
)

// A document is what leaves, as others see it: plain JSON.
type document map[string]any

// A need is what a program must find in documents of some types, or it drops,
// misreads or hides them.
type need struct {
	// program is who needs it, with the version that it was read in; says is
	// what, and where that program says so.
	program, says string
	// of are the types of documents that it concerns, space between them.
	of string
	// written says that it concerns what we compose, not just how it is
	// encoded.
	written bool
	ok      func(document) bool
}

const (
	objects    = "Article Event Note"
	actors     = "Organization Application"
	activities = "Accept Announce Create Delete Follow Undo Update"
	public     = "Announce Create Delete Update"
)

// needs are those of the programs that people follow us from. (Pixelfed takes
// pictures alone, and nothing here concerns it.)
func needs() []need {
	return []need{
		{"Mastodon 4.5", "JsonLdHelper: the context names ActivityStreams literally", objects + " " + actors, false, standsAlone(namesContext)},
		{"Mastodon 4.5", "StatusParser: shown are name, summary and a link; name and summary are text", "Article Event", true, func(d document) bool {
			return d.text("name") != "" && isText(d["summary"]) && sameHost(d.text("url"), d.text("id"))
		}},
		{"Mastodon 4.5", "StatusParser: the summary of an event is all that is said of when and where", "Event", true, func(d document) bool {
			return strings.Contains(d.text("summary"), "202")
		}},
		{"Mastodon 4.5", "StatusParser: of a Note the content is shown, and a summary would hide it", "Note", false, func(d document) bool {
			return d.text("content") != "" && d["summary"] == nil && d["summaryMap"] == nil
		}},
		{"Mastodon 4.5", "StatusParser: the language is that of contentMap", objects, true, func(d document) bool {
			m, ok := d["contentMap"].(map[string]any)
			return ok && m[d.text("inLanguage")] == d["content"]
		}},
		{"Mastodon 4.5", "ActivityPub::Activity: an object is of its author's host", objects, false, func(d document) bool {
			return sameHost(d.text("attributedTo"), d.text("id")) && strings.HasPrefix(d.text("id"), "https://")
		}},
		{"Mastodon 4.5", "MediaAttachmentParser: the address of an attachment is one string", objects, false, eachOf("attachment", func(a document) bool {
			return a.text("type") == "PropertyValue" || isText(a["url"]) && a.text("url") != "" || isText(a["href"]) && a.text("href") != ""
		})},
		{"Mastodon 4.5", "ProcessStatusUpdateService: an Update is newer than what it replaces", "Update", false, func(d document) bool {
			o := d.of("object")
			return !o.time("updated").IsZero() && o.time("updated").After(o.time("published"))
		}},
		{"Mastodon 4.5", "Activity::Announce: an id, for everybody, dated", "Announce", false, standsAlone(func(d document) bool {
			return isText(d["object"]) && slices.Contains(d.texts("to"), vocab.Public) && !d.time("published").IsZero()
		})},
		{"Mastodon 4.5", "Activity::Accept: the Follow is embedded with who follows (and of an Offer or an Invite nothing is wanted)", "Accept", false, func(d document) bool {
			f := d.of("object")
			return d["result"] != nil || slices.Contains([]string{"Offer", "Invite"}, f.text("type")) || f.text("type") == "Follow" && f.text("actor") != "" && f.text("id") != "" && f.text("object") != ""
		}},
		{"Mastodon 4.6", "ProcessFeaturedCollectionService: of the actor's host, and attributed to it", "FeaturedCollection", false, func(d document) bool {
			_, list := d["orderedItems"].([]any)
			return sameHost(d.text("attributedTo"), d.text("id")) && list && d.text("name") != "" && d["sensitive"] != nil && d["discoverable"] != nil
		}},
		{"Mastodon 4.6", "ProcessFeaturedItemService: the authorization is of the featured actor's host", "FeaturedItem", false, func(d document) bool {
			return d.text("id") != "" && d.text("featuredObject") != "" && sameHost(d.text("featuredObject"), d.text("featureAuthorization"))
		}},
		{"Mastodon 4.6", "VerifyFeaturedItemService: of the featured actor's host, for one collection", "FeatureAuthorization", false, func(d document) bool {
			return sameHost(d.text("id"), d.text("interactionTarget")) && d.text("interactingObject") != ""
		}},
		{"Mastodon 4.6", "Activity::FeatureRequest: the collection is of the asking actor's host", "FeatureRequest", false, func(d document) bool {
			return sameHost(d.text("id"), d.text("actor")) && sameHost(d.text("instrument"), d.text("id")) && isText(d["object"])
		}},
		{"Mastodon 4.5", "Activity::Undo: what is undone is embedded with its type", "Undo", false, func(d document) bool {
			return d.of("object").text("type") != "" && d.of("object").text("id") != ""
		}},
		{"Mastodon 4.5", "ProcessAccountService: inbox, a name that fits, an address on the same host, fields as a list", actors, false, func(d document) bool {
			_, list := d["attachment"].([]any)
			return d.text("inbox") != "" && handle.MatchString(d.text("preferredUsername")) && sameHost(d.text("url"), d.text("id")) && list
		}},
		{"Mastodon 4.5", "ProcessAccountService: a collection without a first page counts as hidden", "OrderedCollection", false, func(d document) bool {
			_, items := d["orderedItems"].([]any)
			return d["first"] != nil || items
		}},
		{"GoToSocial 0.20", "extract.go: to and cc are there", activities, false, standsAlone(addressed)},
		{"GoToSocial 0.20", "authenticate.go: publicKey names its owner and holds a PEM", actors, false, func(d document) bool {
			k := d.of("publicKey")
			return k.text("owner") == d.text("id") && strings.Contains(k.text("publicKeyPem"), "BEGIN PUBLIC KEY")
		}},
		{"GoToSocial 0.20", "astointernal.go: updated is not before published", objects, false, func(d document) bool {
			return !d.time("published").IsZero() && (d["updated"] == nil || !d.time("updated").Before(d.time("published")))
		}},
		{"GoToSocial 0.20", "astointernal.go: beside a summary the name is lost, so the content begins with it", "Article Event", true, func(d document) bool {
			return strings.HasPrefix(d.text("content"), `<p class="p-name"><strong>`)
		}},
		{"Misskey 2025", "ApNoteService: attributedTo is one string, and who does it", "Create", false, func(d document) bool {
			return isText(d.of("object")["attributedTo"]) && d.of("object")["attributedTo"] == d["actor"]
		}},
		{"Misskey 2025", "ApInboxService: an activity has an id on the host of its actor", activities, false, standsAlone(func(d document) bool {
			return sameHost(d.text("id"), d.text("actor")) && strings.HasPrefix(d.text("id"), "https://")
		})},
		{"Misskey 2025", "ActivityPubServerService: at most 64 KiB", activities + " " + objects, false, func(d document) bool {
			b, err := json.Marshal(d)
			return err == nil && len(b) < 60<<10
		}},
		{"Friendica 2024", "JsonLD: no context has to be fetched that it does not carry", objects + " " + actors, false, standsAlone(func(d document) bool {
			known := []any{"https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"}
			list, _ := d["@context"].([]any)
			return len(list) > 0 && !slices.ContainsFunc(list, func(c any) bool {
				_, inline := c.(map[string]any)
				return !inline && !slices.Contains(known, c)
			})
		})},
		{"Friendica 2024", "Receiver: the type is one of those that it stores", objects, false, func(d document) bool {
			return slices.Contains([]any{"Note", "Article", "Event", "Page"}, d["type"])
		}},
		{"Pleroma 2024", "CommonValidations: to and cc are lists, the actor one string", public, false, standsAlone(func(d document) bool {
			return addressed(d) && isText(d["actor"]) && d.text("actor") != ""
		})},
		{"Pleroma 2024", "EventValidator, ArticleNotePageValidator: published, attributedTo and content", objects, false, func(d document) bool {
			return !d.time("published").IsZero() && d.text("attributedTo") != "" && d.text("content") != "" && listed(d, "tag", "attachment", "to", "cc")
		}},
		{"Mobilizon 5", "Converter.Event: type is a string, the author one of each", "Event", false, func(d document) bool {
			return isText(d["type"]) && isText(d["attributedTo"]) && isText(d["actor"])
		}},
		{"Mobilizon 5", "Events.Event: a name of 3 to 200 characters", "Event", false, func(d document) bool {
			n := len([]rune(d.text("name")))
			return n >= 3 && n <= 200
		}},
		{"Mobilizon 5", "Events.Event: a start, and an end that is not before it", "Event", false, func(d document) bool {
			return !d.time("startTime").IsZero() && (d["endTime"] == nil || !d.time("endTime").Before(d.time("startTime")))
		}},
		{"Mobilizon 5", "Events.Event: joinMode is one of four; external needs an address", "Event", false, func(d document) bool {
			mode := d.text("joinMode")
			return slices.Contains([]string{"free", "restricted", "invite"}, mode) || mode == "external" && d.text("externalParticipationUrl") != ""
		}},
		{"Mobilizon 5", "Converter.Event: status is one of three and never null", "Event", false, func(d document) bool {
			return slices.Contains([]string{"CONFIRMED", "TENTATIVE", "CANCELLED"}, d.text("status"))
		}},
		{"Mobilizon 5", "Converter.Event: tags and attachments are lists of objects", "Event", false, func(d document) bool {
			return listed(d, "tag", "attachment") && eachOf("attachment", func(a document) bool { return a.text("type") != "" })(d)
		}},
		{"Mobilizon 5", "Converter.Address: one place with coordinates as floats, or none", "Event", false, func(d document) bool {
			if _, list := d["location"].([]any); list {
				return false
			}
			place := d.of("location")
			for _, coordinate := range []string{"latitude", "longitude"} {
				if n, given := place[coordinate].(json.Number); given && !strings.Contains(n.String(), ".") {
					return false
				}
			}
			address, given := place["address"].(map[string]any)
			return d["location"] == nil || !given || address["type"] == "PostalAddress"
		}},
		{"Mobilizon 5", "Converter.Actor: url, inbox, preferredUsername, publicKey, a known type", actors, false, func(d document) bool {
			return d.text("url") != "" && d.text("inbox") != "" && d.text("preferredUsername") != "" && d["publicKey"] != nil && isText(d["type"])
		}},
		{"Mobilizon 5", "Events: what it lists was announced, as an id", "Announce", false, standsAlone(func(d document) bool {
			return isText(d["object"]) && d.text("object") != "" && d.text("actor") != ""
		})},
		{"Gancio 1.22", "inbox.js: every attachment has a mediaType", "Event", false, eachOf("attachment", func(a document) bool {
			return a.text("mediaType") != "" || a.text("type") == "PropertyValue"
		})},
		{"Gancio 1.22", "events.js: name, startTime and id; attachment and tag are lists", "Event", false, func(d document) bool {
			return d.text("name") != "" && !d.time("startTime").IsZero() && d.text("id") != "" && listed(d, "attachment", "tag")
		}},
		{"Gancio 1.22", "inbox.js: what is deleted is embedded, and says that it was an event", "Delete", false, func(d document) bool {
			o, alone := d.of("object"), listed(d, "to") && !slices.Contains(d.texts("to"), vocab.Public)
			return alone || o.text("type") == "Tombstone" && o.text("formerType") != "" && o.text("id") != ""
		}},
		{"Gancio 1.22", "helpers.js: the outbox is read from its first page", "OrderedCollection", false, func(d document) bool {
			_, items := d["orderedItems"].([]any)
			_, page := d.of("first")["orderedItems"].([]any)
			return isText(d["first"]) && d.text("first") != "" || page || items
		}},
		{"Gancio 1.22", "helpers.js: the items of a page are a list", "OrderedCollectionPage", false, func(d document) bool { return listed(d, "orderedItems") }},
		{"Event Bridge 1.0", "class-sanitizer.php: the form of a start", "Event", false, func(d document) bool {
			return startTime.MatchString(d.text("startTime"))
		}},
		{"Event Bridge 1.0", "class-event-sources.php: activity, actor and object are of one host", "Create Update", false, func(d document) bool {
			o := d.of("object").text("id")
			return sameHost(d.text("id"), d.text("actor")) && sameHost(d.text("actor"), o)
		}},
		{"Event Bridge 1.0", "class-event-sources.php: public", "Event", false, func(d document) bool { return slices.Contains(d.texts("to"), vocab.Public) }},
		{"Lemmy 1.0", "announce.rs: to and cc are both there", activities, false, standsAlone(addressed)},
		{"Lemmy 1.0", "page.rs: a name or a content, attachments as a list", objects, false, func(d document) bool {
			return d.text("name")+d.text("content") != "" && listed(d, "attachment")
		}},
		{"Lemmy 1.0", "group.rs: no port in an id; inbox, outbox and key", actors, false, func(d document) bool {
			u, err := url.Parse(d.text("id"))
			return err == nil && u.Port() == "" && d.text("outbox") != "" && d.of("publicKey").text("id") == d.text("id")+"#main-key"
		}},
		{"snac 2", "activitypub.c: one author, a content to show, a date", objects, false, func(d document) bool {
			return isText(d["attributedTo"]) && d.text("attributedTo") != "" && d.text("content") != "" && !d.time("published").IsZero()
		}},
		{"FEP-8a8e", "an end is required, and organizers", "Event", false, func(d document) bool {
			return d.time("endTime").After(d.time("startTime")) && d["organizers"] != nil && d["displayEndTime"] != nil
		}},
	}
}

var (
	handle    = regexp.MustCompile(`^[a-zA-Z0-9_]+([.-]+[a-zA-Z0-9_]+)*$`)
	startTime = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(\.\d+)?(Z|[+-]\d\d:\d\d)$`)
)

// TestNeeds reads everything that we emit as each program does.
func TestNeeds(t *testing.T) {
	for _, n := range needs() {
		seen := 0
		for path, d := range emitted(t) {
			for _, part := range []document{d, d.of("object")} {
				if !n.concerns(part) || n.written && filepath.Dir(path) != "testdata" {
					continue
				}
				if seen++; !n.ok(part) {
					t.Errorf("%s is not what %s needs: %s", path, n.program, n.says)
				}
			}
		}
		if seen == 0 {
			t.Errorf("nothing that we emit is of %s (%s: %s)", n.of, n.program, n.says)
		}
		for _, typ := range strings.Fields(n.of) {
			if d := spoilt(t); n.ok(d) {
				t.Errorf("%s would take a spoilt %s: %s", n.program, typ, n.says)
			}
		}
	}
}

func (n need) concerns(d document) bool {
	typ, ok := d["type"].(string)
	return ok && slices.Contains(strings.Fields(n.of), typ)
}

// emitted are the golden files of objects and activities, by path.
func emitted(t *testing.T) map[string]document {
	t.Helper()
	docs := map[string]document{}
	for _, pattern := range []string{"testdata/*.golden.json", "../federation/vocab/testdata/*.golden.json"} {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(paths), err)
		}
		for _, path := range paths {
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var d document
			numbers := json.NewDecoder(bytes.NewReader(b))
			numbers.UseNumber() // as they are written
			if err := numbers.Decode(&d); err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			docs[path] = d
		}
	}
	return docs
}

// spoilt is a document that has everything, and all of it wrong.
func spoilt(t *testing.T) document {
	t.Helper()
	var d document
	err := json.Unmarshal([]byte(`{"@context": {"@vocab": "https://schema.org/"}, "id": "http://photonics.example:8080/1", "type": ["Event"],
		"actor": ["https://other.example/a"], "attributedTo": [], "name": "x", "summary": {"en": "x"}, "content": "",
		"contentMap": {"en": "other"}, "inLanguage": "en", "published": "yesterday", "updated": "1999-01-01T00:00:00Z",
		"startTime": "2027-06-10", "endTime": "2020-01-01T00:00:00Z", "location": [{}, {}], "status": null, "joinMode": "none",
		"attachment": {"type": "Document"}, "tag": null, "to": "nobody", "url": ["https://photonics.example/"],
		"preferredUsername": "-x", "inbox": "", "outbox": "", "publicKey": [], "first": null, "orderedItems": {},
		"object": {"id": "https://third.example/1", "attributedTo": ["x"], "padding": "`+strings.Repeat("x", 60<<10)+`"}}`), &d)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func isText(v any) bool { _, ok := v.(string); return ok }

// text is a member that is a string, else "".
func (d document) text(key string) string { s, _ := d[key].(string); return s }

// texts are the strings of a member that is a list.
func (d document) texts(key string) (all []string) {
	list, _ := d[key].([]any)
	for _, v := range list {
		if s, ok := v.(string); ok {
			all = append(all, s)
		}
	}
	return all
}

// of is a member that is a document, else an empty one.
func (d document) of(key string) document { m, _ := d[key].(map[string]any); return m }

// time is a member that is a date, else zero.
func (d document) time(key string) time.Time {
	at, err := time.Parse(time.RFC3339, d.text(key))
	if err != nil {
		return time.Time{}
	}
	return at
}

// eachOf wants something of each document of a list; none is as good.
func eachOf(key string, ok func(document) bool) func(document) bool {
	return func(d document) bool {
		list, isList := d[key].([]any)
		return isList && !slices.ContainsFunc(list, func(v any) bool {
			m, isMap := v.(map[string]any)
			return !isMap || !ok(m)
		})
	}
}

// listed reports whether members are lists.
func listed(d document, keys ...string) bool {
	return !slices.ContainsFunc(keys, func(key string) bool { _, ok := d[key].([]any); return !ok })
}

func addressed(d document) bool { return listed(d, "to", "cc") }

func namesContext(d document) bool {
	list, _ := d["@context"].([]any)
	return slices.Contains(append(list, d["@context"]), any("https://www.w3.org/ns/activitystreams"))
}

// standsAlone wants something of a document that is not embedded in another.
func standsAlone(ok func(document) bool) func(document) bool {
	return func(d document) bool { return d["@context"] == nil || ok(d) }
}

func sameHost(a, b string) bool {
	u, err := url.Parse(a)
	v, err2 := url.Parse(b)
	return err == nil && err2 == nil && u.Host != "" && u.Host == v.Host
}
