package hub

import (
	"time"

	"pergola/federation/vocab"
)

// Decisions of this package for its tests.

func ForeignReply(obj vocab.Object, a vocab.Activity, self string, received time.Time) (Reply, bool) {
	return foreignReply(obj, a, self, received)
}

func Replaced(old, r Reply, trusted bool) (Reply, bool) { return replaced(old, r, trusted) }

func Conversation(replies []Reply) []ReplyView { return conversation(replies) }

type GuestList struct{ guestList }

func NewGuestList(blocks []Block, followed []string) GuestList {
	return GuestList{newGuestList(blocks, followed)}
}

func (g GuestList) Bars(id string) bool { return g.bars(id) }

func (g GuestList) Strange(id string) bool { return g.strange(id) }
