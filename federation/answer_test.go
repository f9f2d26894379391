package federation

import (
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// TestClocksMakeRoom: a host that answers all the time does not keep the clocks of
// others from being read; but of many that answer at once only one makes another
// go.
func TestClocksMakeRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c clocks
		read := func(host string) bool {
			c.note(host, &http.Response{Header: http.Header{"Date": {time.Now().UTC().Format(http.TimeFormat)}}})
			return c.seen[host].at.Equal(time.Now())
		}
		for i := range maxClocks {
			if host := fmt.Sprintf("h%d.example", i); !read(host) {
				t.Errorf("the clock of %s was not read", host)
			}
		}
		for i := range 5 {
			time.Sleep(clockRest)
			for host := range c.seen {
				read(host)
			}
			for k, want := range []bool{true, false, false} {
				if host := fmt.Sprintf("n%d.%d.example", i, k); read(host) != want {
					t.Errorf("the clock of %s was read: %t", host, !want)
				}
			}
			if len(c.seen) != maxClocks {
				t.Errorf("%d clocks are kept", len(c.seen))
			}
		}
	})
}
