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
