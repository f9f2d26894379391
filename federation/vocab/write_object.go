package vocab

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/go-fed/activity/streams"
	as "github.com/go-fed/activity/streams/vocab"
)

const markdown = "text/markdown"

// typedObject is what the objects that we send have in common in the library.
type typedObject interface {
	as.Type
	titled
	SetJSONLDId(as.JSONLDIdProperty)
	SetActivityStreamsAttributedTo(as.ActivityStreamsAttributedToProperty)
	SetActivityStreamsCc(as.ActivityStreamsCcProperty)
	SetActivityStreamsContent(as.ActivityStreamsContentProperty)
	SetActivityStreamsEndTime(as.ActivityStreamsEndTimeProperty)
	SetActivityStreamsInReplyTo(as.ActivityStreamsInReplyToProperty)
	SetActivityStreamsLocation(as.ActivityStreamsLocationProperty)
	SetActivityStreamsMediaType(as.ActivityStreamsMediaTypeProperty)
	SetActivityStreamsPublished(as.ActivityStreamsPublishedProperty)
	SetActivityStreamsStartTime(as.ActivityStreamsStartTimeProperty)
	SetActivityStreamsSummary(as.ActivityStreamsSummaryProperty)
	SetActivityStreamsTo(as.ActivityStreamsToProperty)
	SetActivityStreamsUpdated(as.ActivityStreamsUpdatedProperty)
	SetActivityStreamsUrl(as.ActivityStreamsUrlProperty)
}

// JSON writes an object as a document of its own. The same object always gives
// the same bytes; Raw is not looked at. It fails for a type that we do not
// send.
func (o Object) JSON() ([]byte, error) {
	t, err := o.typed()
	if err != nil {
		return nil, err
	}
	return finalize(t, o.context())
}

func (o Object) context() string {
	switch {
	case o.Type == "Tombstone":
		return contextPlain
	case o.Event != nil && (len(o.Event.Sessions) > 0 || o.Event.Series.Name != "" || o.Event.PartOf != ""):
		return contextProgramme
	case o.Event != nil:
		return contextEvent
	case o.Proposal != nil:
		return contextCall
	case len(o.Signers) > 0:
		return contextSigned
	}
	return contextNews
}

// typed makes the library's value of an object.
func (o Object) typed() (as.Type, error) {
	var t typedObject
	switch o.Type {
	case "Article":
		t = streams.NewActivityStreamsArticle()
	case "Document":
		t = streams.NewActivityStreamsDocument()
	case "Event":
		t = streams.NewActivityStreamsEvent()
	case "Note":
		t = streams.NewActivityStreamsNote()
	case "Page":
		t = streams.NewActivityStreamsPage()
	case "Tombstone":
		return o.tombstone(), nil
	default:
		return nil, fmt.Errorf("%w: object %q", ErrUnknownType, o.Type)
	}
	o.setCommon(t)
	extra := t.GetUnknownProperties()
	tags, attachments := o.tags(), o.attachments()
	if e := o.Event; e != nil {
		e.set(t, o)
		attachments = append(attachments, e.attachments()...)
	}
	if p := o.Proposal; p != nil {
		p.set(t, o)
		tags = append(tags, p.tags()...)
		attachments = append(attachments, p.attachments()...)
	}
	putList(extra, "contributor", parties(o.Signers))
	// Gancio 1.22 and Mobilizon 5 count on arrays, also on empty ones.
	extra["tag"], extra["attachment"] = tags, attachments
	extra["to"], extra["cc"] = []any{}, []any{}
	return t, nil
}

func (o Object) setCommon(t typedObject) {
	setID(t, o.ID)
	setIRIs(streams.NewActivityStreamsAttributedToProperty(), t.SetActivityStreamsAttributedTo, o.AttributedTo)
	setName(t, o.Name)
	extra := t.GetUnknownProperties()
	if o.Type != "Note" { // Mastodon 4.5: a Note's summary is a content warning
		setText(streams.NewActivityStreamsSummaryProperty(), t.SetActivityStreamsSummary, extra, "summary", o.Summary)
	}
	setText(streams.NewActivityStreamsContentProperty(), t.SetActivityStreamsContent, extra, "content", o.Content)
	put(extra, "context", o.Context)
	put(extra, "inLanguage", o.language())
	if len(o.Source) > 0 {
		extra["source"] = map[string]any{"content": o.Source.value(), "mediaType": markdown}
	}
	setIRIs(streams.NewActivityStreamsUrlProperty(), t.SetActivityStreamsUrl, o.URL)
	setIRIs(streams.NewActivityStreamsInReplyToProperty(), t.SetActivityStreamsInReplyTo, o.InReplyTo)
	setIRIs(streams.NewActivityStreamsToProperty(), t.SetActivityStreamsTo, o.To...)
	setIRIs(streams.NewActivityStreamsCcProperty(), t.SetActivityStreamsCc, o.CC...)
	setTime(streams.NewActivityStreamsPublishedProperty(), t.SetActivityStreamsPublished, o.Published.UTC())
	setTime(streams.NewActivityStreamsUpdatedProperty(), t.SetActivityStreamsUpdated, o.Updated.UTC())
}

// language is the object's own word, else the default language of its texts.
func (o Object) language() string {
	for _, t := range []Text{{{Lang: o.Language}}, o.Content, o.Name} {
		if len(t) > 0 && t[0].Lang != "" {
			return t[0].Lang
		}
	}
	return ""
}

// tombstone is what stays of a deleted object: where it was, what it was, and
// when it went. (ActivityStreams, "Tombstone")
func (o Object) tombstone() as.Type {
	t := streams.NewActivityStreamsTombstone()
	setID(t, o.ID)
	if o.FormerType != "" {
		p := streams.NewActivityStreamsFormerTypeProperty()
		p.AppendXMLSchemaString(o.FormerType)
		t.SetActivityStreamsFormerType(p)
	}
	setTime(streams.NewActivityStreamsDeletedProperty(), t.SetActivityStreamsDeleted, o.Deleted.UTC())
	return t
}

// tags are written past the library, which knows neither Hashtag nor
// DefinedTerm.
func (o Object) tags() []any {
	tags := []any{}
	for _, t := range o.Tags {
		m := map[string]any{"type": t.Type}
		put(m, "name", t.Name)
		put(m, "href", t.Href)
		put(m, "termCode", t.Term)
		put(m, "inDefinedTermSet", t.Set)
		tags = append(tags, m)
	}
	return tags
}

// attachments puts pictures first: Lemmy 1.0 and Gancio 1.22 take the first
// attachment for the picture.
func (o Object) attachments() []any {
	sorted := slices.Clone(o.Attachments)
	slices.SortStableFunc(sorted, func(a, b Attachment) int {
		return cmp.Compare(rank(a), rank(b))
	})
	return documents(sorted)
}

func rank(a Attachment) int {
	if a.Type == "Image" || strings.HasPrefix(mediaTypeOf(a.Type, a.URL), "image/") {
		return 0
	}
	return 1
}

// document writes an attachment. All but a PropertyValue have a mediaType,
// without which Gancio 1.22 refuses the whole object.
func (a Attachment) document() map[string]any {
	m := map[string]any{"type": a.Type}
	put(m, "name", a.Name)
	if a.Type == "PropertyValue" {
		m["value"] = a.Value
		put(m, "propertyID", a.Property)
		return m
	}
	put(m, "value", a.Value)
	m["mediaType"] = cmp.Or(a.MediaType, mediaTypeOf(a.Type, a.URL))
	if a.Type == "Link" {
		m["href"] = a.URL
	} else {
		m["url"] = a.URL
	}
	return m
}

// put sets a member that says something.
func put(m map[string]any, key, value string) {
	if value != "" {
		m[key] = value
	}
}

// putList is put for lists.
func putList[T any](m map[string]any, key string, list []T) {
	if len(list) > 0 {
		m[key] = list
	}
}

// mediaTypeOf guesses from the ending of a URL, for want of better.
func mediaTypeOf(typ, url string) string {
	path, _, _ := strings.Cut(url, "?")
	ending := strings.ToLower(path[strings.LastIndexByte(path, '.')+1:])
	switch ending {
	case "jpg", "jpeg":
		return "image/jpeg"
	case "png", "gif", "webp", "avif":
		return "image/" + ending
	case "svg":
		return "image/svg+xml"
	case "pdf":
		return "application/pdf"
	case "mp4":
		return "video/mp4"
	case "mp3":
		return "audio/mpeg"
	}
	switch typ {
	case "Image":
		return "image/jpeg"
	case "Link", "Page", "Article":
		return "text/html"
	}
	return "application/octet-stream"
}
