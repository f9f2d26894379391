package hub

import (
	"context"
	"runtime/debug"
)

// Places limit what takes much memory for a moment: passwords are hashed two at
// a time, pictures drawn one at a time, on all nodes of a process together.
type Places struct{ hash, draw chan struct{} }

// NewPlaces returns free places. Nodes of one process get the same.
func NewPlaces() *Places {
	return &Places{hash: make(chan struct{}, 2), draw: make(chan struct{}, 1)}
}

// wait waits for a place of this node's own and then for one of all nodes', so
// that however many wait at one node, another waits for those at work alone.
// free gives both back.
func wait(ctx context.Context, own, all chan struct{}) (free func(), err error) {
	for i, c := range []chan struct{}{own, all} {
		select {
		case c <- struct{}{}:
		case <-ctx.Done():
			if i > 0 {
				<-own
			}
			return nil, ctx.Err()
		}
	}
	return func() { <-all; <-own }, nil
}

// toHash waits for a place to hash a password. After the last one the memory is
// given back: on a node where nothing else happens it would be kept for minutes.
func (h *Hub) toHash(ctx context.Context) (free func(), err error) {
	leave, err := wait(ctx, h.here.hash, h.all.hash)
	if err != nil {
		return nil, err
	}
	return func() {
		leave()
		if len(h.all.hash) == 0 {
			debug.FreeOSMemory()
		}
	}, nil
}

// toDraw waits for a place to draw a picture.
func (h *Hub) toDraw(ctx context.Context) (free func(), err error) {
	return wait(ctx, h.here.draw, h.all.draw)
}
