package front

import (
	"errors"
	"log/slog"
	"testing"
)

// Upkeep, which goes on by itself, asks for nothing for a host that is held.
func TestUpkeepLeavesHeldHostsAlone(t *testing.T) {
	c, err := NewCertificates(CertificateOptions{
		Dir: t.TempDir(), Directory: "https://127.0.0.1:1/dir", Held: func(string) bool { return true }, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.config.ObtainCertSync(t.Context(), "silent.example"); !errors.Is(err, errHeld) {
		t.Errorf("%v, want %v", err, errHeld)
	}
}
