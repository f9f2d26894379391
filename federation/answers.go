package federation

import (
	"context"
	"fmt"

	"pergola/federation/nodeinfo"
)

// WhoAnswers asks this node's own address which installation answers there:
// its id, "" when it does not say. The errors are those of [Server.Object]: with
// ErrForbidden the address could not be asked, with any other nobody answers
// who speaks for a node.
func (s *Server) WhoAnswers(ctx context.Context) (installation string, err error) {
	p, err := s.fetch(ctx, s.root+"/nodeinfo/2.1", "application/json")
	if err != nil {
		return "", err
	}
	installation, err = nodeinfo.Installation(p.body)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return installation, nil
}
