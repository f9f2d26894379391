package hub

import "pergola/federation/vocab"

// A Position is what news has that says what its author stands for: who signed it
// beside the author, with their consent.
type Position struct{ Signers []vocab.Party }

// positionTerm says on the wire that an article is a position.
const positionTerm = "position"
