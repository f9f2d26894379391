package hub_test

import (
	"fmt"
	"testing"
	"time"

	"pergola/hub"
)

func TestFollowPage(t *testing.T) {
	eachInTime(t, func(n *node) {
		ctx := n.t.Context()
		n.followed(photonics)
		n.net.docs["https://social.test/.well-known/webfinger?resource=acct%3Abo%40social.test"] = string(raw(map[string]any{
			"subject": "acct:bo@social.test", "links": []map[string]string{
				{"rel": "https://w3id.org/fep/3b86/Follow", "template": "https://social.test/follow?{object}"},
			},
		}))
		n.net.docs["https://plain.test/.well-known/webfinger?resource=acct%3Abo%40plain.test"] = `{"subject":"acct:bo@plain.test"}`
		asks := 0
		page := func(whom, account string) (string, error) {
			asks++
			return n.FollowPage(ctx, whom, account, fmt.Sprintf("192.0.2.%d", asks%250))
		}
		to, err := page("@assoc@assoc.example", "@bo@social.test")
		n.ok(err)
		same(n, "the organisation", to, "https://social.test/follow?https%3A%2F%2Fassoc.example%2Fa%2Fassoc")
		to, err = page("@them@photonics.example", "bo@social.test")
		n.ok(err)
		same(n, "somebody followed", to, "https://social.test/follow?https%3A%2F%2Fphotonics.example%2Fa%2Fphotonics")
		for _, whom := range []string{"", "@", "@nobody@photonics.example"} {
			_, err = page(whom, "@bo@social.test")
			n.refuses("whom "+whom, err, hub.ErrNotFound)
		}
		for account, want := range map[string]string{
			"":                 "account: required",
			"@eve@social.test": "account: no_account_there @eve@social.test",
			"???":              "account: no_account_there ???",
			"@bo@plain.test":   "account: no_follow_page @bo@plain.test",
		} {
			_, err = page("@assoc@assoc.example", account)
			n.refusesField(account, err, want)
		}

		for i := range 21 {
			_, err = n.FollowPage(ctx, "@assoc@assoc.example", "@bo@social.test", "198.51.100.1")
			if i < 20 {
				n.ok(err)
			}
		}
		n.refuses("the 21st", err, hub.ErrTooMany)
		_, err = page("@assoc@assoc.example", "@bo@social.test")
		n.ok(err)
		time.Sleep(16 * time.Minute)
		_, err = n.FollowPage(ctx, "@assoc@assoc.example", "@bo@social.test", "198.51.100.1")
		n.ok(err)
	})
}
