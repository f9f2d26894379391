package vocab

import (
	"cmp"
	"net/url"
	"time"

	"github.com/go-fed/activity/streams"
	as "github.com/go-fed/activity/streams/vocab"
)

// The functions below set a property of the library's, unless there is nothing
// to say. set is the method of what has the property.

// setIRI sets a property that has one id.
func setIRI[P interface{ SetIRI(*url.URL) }](property P, set func(P), id string) {
	if id != "" {
		property.SetIRI(iri(id))
		set(property)
	}
}

// setIRIs sets a property that may have several ids. One that is alone may be "".
func setIRIs[P interface{ AppendIRI(*url.URL) }](property P, set func(P), ids ...string) {
	if len(ids) == 0 || ids[0] == "" {
		return
	}
	for _, id := range ids {
		property.AppendIRI(iri(id))
	}
	set(property)
}

// setTime sets a time, which is written in whole seconds.
func setTime[P interface{ Set(time.Time) }](property P, set func(P), at time.Time) {
	if !at.IsZero() {
		property.Set(at)
		set(property)
	}
}

// setText sets a text in its default language, and puts the map beside it. The
// library holds one of the two, so the map goes where it keeps what it does
// not know.
func setText[P interface{ AppendXMLSchemaString(string) }](property P, set func(P), extra map[string]any, key string, text Text) {
	if len(text) > 0 {
		property.AppendXMLSchemaString(text.value())
		set(property)
		setMap(extra, key+"Map", text)
	}
}

func setID(t interface{ SetJSONLDId(as.JSONLDIdProperty) }, id string) {
	setIRI(streams.NewJSONLDIdProperty(), t.SetJSONLDId, id)
}

type titled interface {
	GetUnknownProperties() map[string]any
	SetActivityStreamsName(as.ActivityStreamsNameProperty)
}

func setName(t titled, text Text) {
	setText(streams.NewActivityStreamsNameProperty(), t.SetActivityStreamsName, t.GetUnknownProperties(), "name", text)
}

// setMap writes a language map if text names a language at all.
func setMap(m map[string]any, key string, text Text) {
	for _, t := range text {
		if t.Lang != "" {
			m[key] = ordered(text)
			return
		}
	}
}

// typed makes the library's value of a picture. Its url is a plain text, because
// Mastodon reads no array there.
func (p Picture) typed() as.ActivityStreamsImage {
	image := streams.NewActivityStreamsImage()
	mediaType := streams.NewActivityStreamsMediaTypeProperty()
	mediaType.Set(cmp.Or(p.MediaType, mediaTypeOf("Image", p.URL)))
	image.SetActivityStreamsMediaType(mediaType)
	setIRIs(streams.NewActivityStreamsUrlProperty(), image.SetActivityStreamsUrl, p.URL)
	extra := image.GetUnknownProperties()
	put(extra, "name", p.Name)
	if p.Width > 0 && p.Height > 0 {
		extra["width"], extra["height"] = p.Width, p.Height
	}
	return image
}
