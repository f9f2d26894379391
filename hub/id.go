package hub

import (
	"crypto/rand"
	"strings"

	"github.com/oklog/ulid/v2"
)

// newIDs gives what makes ids growing within a millisecond too.
func newIDs() *ulid.LockedMonotonicReader {
	return &ulid.LockedMonotonicReader{MonotonicReader: ulid.Monotonic(rand.Reader, 0)}
}

// newID makes an id that sorts by when it was made.
func (h *Hub) newID() string {
	return strings.ToLower(ulid.MustNew(ulid.Now(), h.ids).String())
}

func (h *Hub) objectID(id string) string   { return h.base.String() + "/o/" + id }
func (h *Hub) activityID(id string) string { return h.base.String() + "/x/" + id }

// registerURL is where people register for an own event.
func (h *Hub) registerURL(it Item) string {
	return h.base.String() + "/" + it.Texts[0].Lang + "/events/" + it.ID[strings.LastIndexByte(it.ID, '/')+1:] + "/register"
}

// pageURL is where people read an own item: language, id and a readable name,
// which may change without breaking the link.
func (h *Hub) pageURL(id, lang, slug string) string {
	u := h.base.String() + "/" + lang + "/i/" + id[strings.LastIndexByte(id, '/')+1:]
	if slug != "" {
		u += "/" + slug
	}
	return u
}
