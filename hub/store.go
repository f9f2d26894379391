package hub

import (
	"context"

	"pergola/federation"
)

// A Store keeps everything. What is kept when Update returns survives a power
// cut; a change and everything it causes are one Update.
type Store interface {
	federation.Store
	// View runs f with a consistent view that it must not change.
	View(ctx context.Context, f func(Tx) error) error
	// Update runs f and keeps what it did, or, when f returns an error,
	// nothing of it. f may run again after a conflict: it must not do anything
	// that it cannot do twice.
	Update(ctx context.Context, f func(Tx) error) error
}

// A Tx is a transaction: everything the nouns need kept.
type Tx interface {
	OrganisationTx
	InstallationTx
	PictureTx
	PinTx
	AccountTx
	SessionTx
	PublicationTx
	FeedTx
	FollowTx
	ListingTx
	ConsentTx
	MembershipTx
	InvitationTx
	InterestTx
	DirectoryTx
	CharterTx
	MessageTx
	ReceiveTx
	BoostTx
	NoticeTx
	LostTx
	DigestTx
	DeliveryTx
	ReplyTx
	TrustTx
	ReactionTx
	BlockTx
	ReportTx
	AuditTx
	ParticipationTx
	TurnoutTx
	// Lock holds everybody else who locks the same key until this
	// transaction ends.
	Lock(ctx context.Context, key string) error
}

// view is [Store.View] with the organisation at hand.
func (h *Hub) view(ctx context.Context, f func(Tx, Organisation) error) error {
	return h.store.View(ctx, ofOrganisation(ctx, f))
}

// update is [Store.Update] with the organisation at hand.
func (h *Hub) update(ctx context.Context, f func(Tx, Organisation) error) error {
	return h.store.Update(ctx, ofOrganisation(ctx, f))
}

func ofOrganisation(ctx context.Context, f func(Tx, Organisation) error) func(Tx) error {
	return func(tx Tx) error {
		o, err := tx.Organisation(ctx)
		if err != nil {
			return err
		}
		return f(tx, o)
	}
}

// read is what f finds in one view of everything.
func read[T any](ctx context.Context, h *Hub, f func(Tx) (T, error)) (found T, err error) {
	err = h.store.View(ctx, func(tx Tx) (err error) {
		found, err = f(tx)
		return err
	})
	return found, err
}

// readAs is read for somebody who must have a role.
func readAs[T any](ctx context.Context, h *Hub, who Who, as Role, f func(Tx) (T, error)) (found T, err error) {
	if err := who.may(as); err != nil {
		return found, err
	}
	return read(ctx, h, f)
}
