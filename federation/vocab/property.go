package vocab

import (
	"cmp"
	"time"

	"github.com/go-fed/activity/streams"
	as "github.com/go-fed/activity/streams/vocab"
)

func setID(t interface{ SetJSONLDId(as.JSONLDIdProperty) }, id string) {
	if id == "" {
		return
	}
	p := streams.NewJSONLDIdProperty()
	p.SetIRI(iri(id))
	t.SetJSONLDId(p)
}

type addressed interface {
	SetActivityStreamsTo(as.ActivityStreamsToProperty)
	SetActivityStreamsCc(as.ActivityStreamsCcProperty)
}

func setRecipients(t addressed, to, cc []string) {
	if len(to) > 0 {
		p := streams.NewActivityStreamsToProperty()
		for _, id := range to {
			p.AppendIRI(iri(id))
		}
		t.SetActivityStreamsTo(p)
	}
	if len(cc) > 0 {
		p := streams.NewActivityStreamsCcProperty()
		for _, id := range cc {
			p.AppendIRI(iri(id))
		}
		t.SetActivityStreamsCc(p)
	}
}

type timed interface {
	SetActivityStreamsPublished(as.ActivityStreamsPublishedProperty)
	SetActivityStreamsUpdated(as.ActivityStreamsUpdatedProperty)
}

// setTimes writes whole seconds in UTC, what every peer reads.
func setTimes(t timed, published, updated time.Time) {
	if !published.IsZero() {
		p := streams.NewActivityStreamsPublishedProperty()
		p.Set(published.UTC())
		t.SetActivityStreamsPublished(p)
	}
	if !updated.IsZero() {
		p := streams.NewActivityStreamsUpdatedProperty()
		p.Set(updated.UTC())
		t.SetActivityStreamsUpdated(p)
	}
}

type titled interface {
	GetUnknownProperties() map[string]any
	SetActivityStreamsName(as.ActivityStreamsNameProperty)
	SetActivityStreamsSummary(as.ActivityStreamsSummaryProperty)
}

// setName writes the name in the default language and the map beside it. The
// library holds one of the two, so the map goes where it keeps what it does
// not know.
func setName(t titled, text Text) {
	if len(text) == 0 {
		return
	}
	p := streams.NewActivityStreamsNameProperty()
	p.AppendXMLSchemaString(text.value())
	t.SetActivityStreamsName(p)
	setMap(t.GetUnknownProperties(), "nameMap", text)
}

// setSummary is setName for the summary.
func setSummary(t titled, text Text) {
	if len(text) == 0 {
		return
	}
	p := streams.NewActivityStreamsSummaryProperty()
	p.AppendXMLSchemaString(text.value())
	t.SetActivityStreamsSummary(p)
	setMap(t.GetUnknownProperties(), "summaryMap", text)
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

func setURL(t interface {
	SetActivityStreamsUrl(as.ActivityStreamsUrlProperty)
}, url string) {
	if url == "" {
		return
	}
	p := streams.NewActivityStreamsUrlProperty()
	p.AppendIRI(iri(url))
	t.SetActivityStreamsUrl(p)
}

// typed makes the library's value of a picture. Its url is a plain text, because
// Mastodon reads no array there.
func (p Picture) typed() as.ActivityStreamsImage {
	image := streams.NewActivityStreamsImage()
	mediaType := streams.NewActivityStreamsMediaTypeProperty()
	mediaType.Set(cmp.Or(p.MediaType, mediaTypeOf("Image", p.URL)))
	image.SetActivityStreamsMediaType(mediaType)
	setURL(image, p.URL)
	extra := image.GetUnknownProperties()
	put(extra, "name", p.Name)
	if p.Width > 0 && p.Height > 0 {
		extra["width"], extra["height"] = p.Width, p.Height
	}
	return image
}
