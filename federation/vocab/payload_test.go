package vocab_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pergola/federation/vocab"
)

// payloads returns the folder of documents that were recorded from other
// programs, and skips the test where there is none.
func payloads(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("PERGOLA_PAYLOADS")
	if dir == "" {
		t.Skip("PERGOLA_PAYLOADS names no folder of recorded payloads")
	}
	return dir
}

// Every recorded document is read, or refused with one of our errors.
func TestPayloads(t *testing.T) {
	dir := payloads(t)
	read := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".json") {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		everyDecoder(b)
		libraryTakes(t, b)
		switch _, err := vocab.Decode(b); {
		case err == nil:
			read++
		case !errors.Is(err, vocab.ErrMalformed) && !errors.Is(err, vocab.ErrUnknownType):
			t.Errorf("Decode of %s: %v", path, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if read < 80 {
		t.Errorf("%d recorded documents are read, want at least 80", read)
	}
}

func TestWhatPayloadsSay(t *testing.T) {
	dir := payloads(t)
	for file, want := range map[string]string{
		"bridgyfed/actor.json":                         `Person jk.nipponalba.scot [""], 1 keys, 0 fields, shared inbox , icon true, url https://fed.brid.gy/r/https://jk.nipponalba.scot, 0 implements, discoverable false`,
		"discourse/note.json":                          `Note by https://socialhub.activitypub.rocks/ap/actor/495843076e9e469fbd35ccf467ae9fb1, name [""], summary [], content [""], url https://socialhub.activitypub.rocks/t/our-next-meeting/4079/1, 0 tags, 0 attachments`,
		"fep/0837_example_2.json":                      `Proposal by https://market.example/users/alice, name [""], summary [], content [""], url , 0 tags, 0 attachments; offer offer`,
		"fep/8a8e_example_13.json":                     `Event by , name [""], summary [], content [], url , 0 tags, 0 attachments; 141231 23:00-08 to 150101 04:00-08  EventScheduled, online "", 3 organizers`,
		"fep/8a8e_example_4.json":                      `Event by , name [""], summary [], content [], url , 0 tags, 0 attachments; 141231 23:00-08 to 150101 04:00-08  EventScheduled, online "", 0 organizers, at {Name:Foo Bar Street:15 Fediverse Street PostalCode:8010 Locality:Fediverse Town Region:Steiermark Country:Austria Latitude:47.077892 Longitude:15.460744}`,
		"fep/8a8e_example_5.json":                      `Event by , name [""], summary [], content [], url , 0 tags, 0 attachments; 141231 23:00-08 to 150101 04:00-08  EventScheduled, online "https://jitsi.example.org/fediverse-moderation-meeting", 0 organizers`,
		"fep/8a8e_example_6.json":                      `Event by , name [""], summary [], content [], url , 0 tags, 0 attachments; 141231 23:00-08 to 150101 04:00-08  EventScheduled, online "https://bbb.example.com/meeting-room-1", 0 organizers, at {Name:Fediverse University Street:15 Fediverse Street, 1337 Fediverse Town, Fediverse Country PostalCode: Locality: Region: Country: Latitude:0 Longitude:0}`,
		"fep/8a8e_example_2.json":                      `Event by , name [""], summary [], content [], url , 0 tags, 0 attachments; 141231 23:00+01 to 150101 04:00+01 Europe/Rome EventScheduled, online "", 0 organizers`,
		"friendica/create_page.json":                   `Create by https://masto.qa.urbanwildlife.biz/users/mastodon of "https://masto.qa.urbanwildlife.biz/users/mastodon/statuses/110435994705014161" Note, 1 to, 3 cc; Note by https://masto.qa.urbanwildlife.biz/users/mastodon, name [], summary [], content ["fr"], url https://masto.qa.urbanwildlife.biz/@mastodon/110435994705014161, 1 tags, 0 attachments`,
		"gancio/event_v1_22.json":                      `Event by https://remote.example/@organizer, name [""], summary [""], content [""], url https://remote.example/event/picture-show, 2 tags, 1 attachments; 010101 00:00Z to 010101 00:00Z  EventScheduled, online "", 0 organizers, at {Name:Fediverse TV Street:C/ Falsa 123 PostalCode: Locality: Region: Country: Latitude:0 Longitude:0}`,
		"gotosocial/delete_note_direct.json":           `Delete by http://localhost:8080/users/admin of "http://localhost:8080/users/admin/statuses/01FF25D5Q0DH7CHD57CTRS6WK0" , 1 to, 2 cc`,
		"gotosocial/create_reply_tag_object.json":      `Create by https://gotosocial.example.com/users/testuser of "https://gotosocial.example.com/users/testuser/statuses/01KH6H3G6HA0XX4JS79BWSRD4F" Note, 1 to, 1 cc; Note by https://gotosocial.example.com/users/testuser, name [], summary [], content ["en"], url https://gotosocial.example.com/@testuser/statuses/01KH6H3G6HA0XX4JS79BWSRD4F, 1 tags, 0 attachments`,
		"lemmy/announce_create_page.json":              `Announce by http://enterprise.lemmy.ml/c/main of "http://enterprise.lemmy.ml/activities/create/2807c9ec-3ad8-4859-a9e0-28b59b6e499f" Create, 1 to, 1 cc; Create by http://enterprise.lemmy.ml/u/lemmy_beta of http://enterprise.lemmy.ml/post/7`,
		"lemmy/group_outbox.json":                      `OrderedCollection of 2, 2 items, first ""`,
		"malformed/create_actor_array_of_objects.json": `Create by https://prismo.news/@mxb of "https://prismo.news/posts/83" Article, 1 to, 0 cc; Article by https://prismo.news/@mxb, name [""], summary [], content [""], url https://prismo.news/posts/83, 0 tags, 0 attachments`,
		"malformed/create_hashtag_not_array.json":      `Create by https://puckipedia.com/ of "https://puckipedia.com/ur33-818k/note" Note, 1 to, 0 cc; Note by https://puckipedia.com/, name [], summary [], content [""], url , 1 tags, 0 attachments`,
		"malformed/attachment_url_array.json":          `Create by https://video.example/a/chan of "https://video.example/w/1" Note, 1 to, 0 cc; Note by https://video.example/a/chan, name [], summary [], content [""], url , 0 tags, 1 attachments`,
		"malformed/event_faulty_start_time.json":       `Create by https://remote.example/@organizer of "https://remote.example/@organizer/events/new-year-party" Event, 0 to, 0 cc; Event by , name [""], summary [], content [], url , 0 tags, 0 attachments; 010101 00:00Z to 010101 00:00Z  EventScheduled, online "", 0 organizers`,
		"malformed/unknown_type.json":                  `document is of an unknown type: "definitely an account muy lord"`,
		"mastodon/accept_follow.json":                  `Accept by http://mastodon.example.org/users/admin of "http://localtesting.pleroma.lol/users/lain#follows/4" Follow, 0 to, 0 cc; Follow by http://localtesting.pleroma.lol/users/lain of http://mastodon.example.org/users/admin`,
		"mastodon/actor_person.json":                   `Person mastodon [""], 1 keys, 0 fields, shared inbox https://masto.qa.urbanwildlife.biz/inbox, icon true, url https://masto.qa.urbanwildlife.biz/@mastodon, 0 implements, discoverable false`,
		"mastodon/delete_note_tombstone.json":          `Delete by https://mastodon.madrid/users/felix of "https://mastodon.madrid/users/felix/statuses/107773559874184870" Tombstone, 1 to, 0 cc; Tombstone by , name [], summary [], content [], url , 0 tags, 0 attachments`,
		"mastodon/undo_follow.json":                    `Undo by https://masto.asonix.dog/users/asonix of "https://masto.asonix.dog/1ea87517-63c5-4118-8831-460ee641b2cf" Follow, 0 to, 0 cc; Follow by https://masto.asonix.dog/users/asonix of https://ds9.lemmy.ml/c/testcom`,
		"mastodon/create_question.json":                `Create by https://mastodon.sdf.org/users/rinpatch of "https://mastodon.sdf.org/users/rinpatch/statuses/102070944809637304" Question, 1 to, 1 cc; Question by https://mastodon.sdf.org/users/rinpatch, name [], summary [], content ["en"], url https://mastodon.sdf.org/@rinpatch/102070944809637304, 0 tags, 0 attachments`,
		"misskey/create_note_activity.json":            `Create by https://mk.absturztau.be/users/8ozbzjs3o8 of "https://mk.absturztau.be/notes/93e7nm8wqg" Note, 1 to, 1 cc; Note by https://mk.absturztau.be/users/8ozbzjs3o8, name [], summary [], content [""], url , 0 tags, 0 attachments`,
		"mitra/create_post_with_proof.json":            `Create by https://mitra.social/users/test of "https://mitra.social/objects/019f57cf-693a-77f2-b006-c4c76338956a" Note, 2 to, 1 cc; Note by https://mitra.social/users/test, name [], summary [], content ["da"], url , 0 tags, 0 attachments`,
		"mobilizon/create_event_group.json":            `Create by http://mobilizon1.com/@user of "http://mobilizon1.com/events/f270ae07-7991-453c-9bb7-3d2122ededae" Event, 1 to, 0 cc; Event by http://mobilizon1.com/@group, name [""], summary [], content [""], url , 0 tags, 0 attachments; 180212 14:08Z to 010101 00:00Z  EventScheduled, online "", 0 organizers`,
		"mobilizon/create_event_minimal.json":          `Create by https://mobilizon.fr/@metacartes of "https://mobilizon.fr/events/39a0c4a6-f2b6-41dc-bbe2-fc5bff76cc93" Event, 1 to, 2 cc; Event by https://mobilizon.fr/@metacartes, name [""], summary [], content [""], url https://mobilizon.fr/events/39a0c4a6-f2b6-41dc-bbe2-fc5bff76cc93, 1 tags, 2 attachments; 180212 14:08Z to 010101 00:00Z  EventScheduled, online "", 0 organizers, at {Name:Locaux de Framasoft Street:10 Rue Jangot PostalCode:69007 Locality:Lyon Region:Auvergne Rhône Alpes Country:France Latitude:0 Longitude:0}`,
		"mobilizon/event_2020.json":                    `Event by https://mobilizon.org/@tcit, name [""], summary [], content [""], url https://mobilizon.org/events/252d5816-00a3-4a89-a66f-15bf65c33e39, 4 tags, 0 attachments; 191218 13:00Z to 191218 14:00Z  EventScheduled, online "", 0 organizers, at {Name:Cour du Château des Ducs de Bretagne Street:  PostalCode: Locality:Nantes Region:Pays de la Loire Country:France Latitude:0 Longitude:0}`,
		"mobilizon/person.json":                        `Person sanof44 [""], 1 keys, 0 fields, shared inbox https://mobilizon.fr/inbox, icon false, url https://mobilizon.fr/@sanof44, 0 implements, discoverable false`,
		"nodebb/article.json":                          `Article by https://bb.devnull.land/uid/1, name [""], summary [""], content [""], url https://bb.devnull.land/post/1, 0 tags, 0 attachments`,
		"peertube/announce_video.json":                 `Announce by https://tilvids.com/video-channels/thelinuxexperiment_channel of "https://tilvids.com/videos/watch/e7946124-7b72-4ad7-9d22-844a84bb2de1" , 1 to, 1 cc`,
		"relay/create.json":                            `Create by https://innocent.yukimochi.io/users/YUKIMOCHI of "https://innocent.yukimochi.io/users/YUKIMOCHI/statuses/101289215743686309" Note, 1 to, 1 cc; Note by https://innocent.yukimochi.io/users/YUKIMOCHI, name [], summary [], content ["ja"], url https://innocent.yukimochi.io/@YUKIMOCHI/101289215743686309, 0 tags, 0 attachments`,
		"wordpress/announce.json":                      `Announce by https://pfefferle.org/@pfefferle.org of "https://pfefferle.org/lemmy-part-4/#activity" Update, 2 to, 0 cc; Update by https://pfefferle.org/author/pfefferle/ of https://pfefferle.org/lemmy-part-4/`,
		"wordpress/article.json":                       `Article by https://dbzer0.com/blog/author/db0/, name ["en"], summary ["en"], content ["en"], url https://dbzer0.com/blog/an-epic-3d-printed-fan-expansion-for-last-light/, 5 tags, 4 attachments`,
		"wordpress/event_bridge_minimal_valid.json":    `Create by https://remote.example/@organizer of "https://remote.example/@organizer/events/new-year-party" Event, 0 to, 0 cc; Event by , name [""], summary [], content [], url , 0 tags, 0 attachments; 501231 18:00Z to 010101 00:00Z  EventScheduled, online "", 0 organizers`,
		"wordpress/group_blog_actor.json":              `Group dbzer0.com [""], 1 keys, 2 fields, shared inbox https://dbzer0.com/wp-json/activitypub/1.0/inbox, icon true, url https://dbzer0.com, 1 implements, discoverable true`,
	} {
		b, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(file)))
		if err != nil {
			t.Fatal(err)
		}
		doc, err := vocab.Decode(b)
		if got := describe(doc, err); got != want {
			t.Errorf("%s is read as\n%s\nwant\n%s", file, got, want)
		}
	}
}

// describe puts what matters of a document into a line.
func describe(doc vocab.Document, err error) string {
	switch {
	case err != nil:
		return err.Error()
	case doc.Activity != nil:
		a := *doc.Activity
		s := fmt.Sprintf("%s by %s of %q %s, %d to, %d cc", a.Type, a.Actor, a.ObjectID, a.ObjectType, len(a.To), len(a.CC))
		switch {
		case a.Object != nil:
			s += "; " + describeObject(*a.Object)
		case a.Inner != nil:
			s += fmt.Sprintf("; %s by %s of %s", a.Inner.Type, a.Inner.Actor, a.Inner.ObjectID)
		}
		return s
	case doc.Object != nil:
		return describeObject(*doc.Object)
	case doc.Actor != nil:
		a := *doc.Actor
		return fmt.Sprintf("%s %s %s, %d keys, %d fields, shared inbox %s, icon %t, url %s, %d implements, discoverable %t",
			a.Type, a.PreferredUsername, languages(a.Name), len(a.Keys), len(a.Fields), a.SharedInbox, a.Icon.URL != "", a.URL, len(a.Implements), a.Discoverable)
	}
	c := *doc.Collection
	return fmt.Sprintf("%s of %d, %d items, first %q", c.Type, c.TotalItems, len(c.Items), c.First)
}

func describeObject(o vocab.Object) string {
	s := fmt.Sprintf("%s by %s, name %s, summary %s, content %s, url %s, %d tags, %d attachments",
		o.Type, o.AttributedTo, languages(o.Name), languages(o.Summary), languages(o.Content), o.URL, len(o.Tags), len(o.Attachments))
	if e := o.Event; e != nil {
		s += fmt.Sprintf("; %s to %s %s %s, online %q, %d organizers", e.Start.Format("060102 15:04Z07"), e.End.Format("060102 15:04Z07"), e.Zone, e.Status, e.Online, len(e.Organizers))
		if e.Place != nil {
			s += fmt.Sprintf(", at %+v", *e.Place)
		}
	}
	if p := o.Proposal; p != nil {
		s += fmt.Sprintf("; %s %s", p.Purpose, p.Kind)
	}
	return s
}

func languages(t vocab.Text) string {
	var langs []string
	for _, tr := range t {
		langs = append(langs, fmt.Sprintf("%q", tr.Lang))
	}
	return "[" + strings.Join(langs, " ") + "]"
}
