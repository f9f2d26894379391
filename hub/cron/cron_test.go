package cron_test

import (
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/google/go-cmp/cmp"

	"pergola/hub/cron"
)

const budapest = "Europe/Budapest"

// local formats the next n due instants after the given local time as the
// clocks of the zone show them.
func local(t *testing.T, r cron.Rule, after string, n int) []string {
	t.Helper()
	zone, err := time.LoadLocation(r.Zone)
	if err != nil {
		t.Fatal(err)
	}
	at, err := time.ParseInLocation("2006-01-02 15:04", after, zone)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for range n {
		next := r.Next(at)
		if !next.After(at) || next.Location() != time.UTC {
			t.Fatalf("Next(%v) = %v", at, next)
		}
		at = next
		out = append(out, at.In(zone).Format("01-02 15:04 MST"))
	}
	return out
}

func TestNext(t *testing.T) {
	// In Budapest, clocks are set from 02:00 to 03:00 on 28 March 2027 and from
	// 03:00 to 02:00 on 31 October 2027.
	tests := []struct {
		name, line, zone, after string
		want                    []string
	}{
		{"not the instant itself", "0 8 * * *", budapest, "2027-01-01 08:00", []string{"01-02 08:00 CET"}},
		{"Monday stays at eight in spring", "0 8 * * 1", budapest, "2027-03-20 00:00",
			[]string{"03-22 08:00 CET", "03-29 08:00 CEST", "04-05 08:00 CEST"}},
		{"Monday stays at eight in autumn", "0 8 * * 1", budapest, "2027-10-24 00:00",
			[]string{"10-25 08:00 CEST", "11-01 08:00 CET"}},
		{"skipped in spring", "30 2 * * *", budapest, "2027-03-27 00:00",
			[]string{"03-27 02:30 CET", "03-28 03:30 CEST", "03-29 02:30 CEST"}},
		{"skipped, from within", "30 2 * * *", budapest, "2027-03-28 03:10", []string{"03-28 03:30 CEST", "03-29 02:30 CEST"}},
		{"skipped, from just before", "0 2 * * *", budapest, "2027-03-28 01:59", []string{"03-28 03:00 CEST", "03-29 02:00 CEST"}},
		{"skipped, only that day", "30 2 28 3 *", budapest, "2027-01-01 00:00", []string{"03-28 03:30 CEST", "03-28 02:30 CEST"}},
		{"skipped and shown alike", "0,30 2,3 * * *", budapest, "2027-03-27 23:00",
			[]string{"03-28 03:00 CEST", "03-28 03:30 CEST", "03-29 02:00 CEST"}},
		{"on the edge", "0 3 * * *", budapest, "2027-03-27 12:00", []string{"03-28 03:00 CEST", "03-29 03:00 CEST"}},
		{"twice in autumn", "30 2 * * *", budapest, "2027-10-30 12:00", []string{"10-31 02:30 CEST", "11-01 02:30 CET"}},
		{"twice, the edges", "0 2,3 * * *", budapest, "2027-10-31 01:00", []string{"10-31 02:00 CEST", "10-31 03:00 CET", "11-01 02:00 CET"}},
		{"each hour in spring", "0 * * * *", budapest, "2027-03-28 00:30", []string{"03-28 01:00 CET", "03-28 03:00 CEST", "03-28 04:00 CEST"}},
		{"each hour in autumn", "0 * * * *", budapest, "2027-10-31 01:30",
			[]string{"10-31 02:00 CEST", "10-31 02:00 CET", "10-31 03:00 CET"}},
		{"each half hour in autumn", "*/30 * * * *", budapest, "2027-10-31 01:40",
			[]string{"10-31 02:00 CEST", "10-31 02:30 CEST", "10-31 02:00 CET", "10-31 02:30 CET", "10-31 03:00 CET"}},
		{"every other hour in autumn", "0 */2 * * *", budapest, "2027-10-31 00:30", []string{"10-31 02:00 CEST", "10-31 04:00 CET"}},
		{"midnight is skipped", "0 0 * * *", "Africa/Cairo", "2027-04-29 12:00", []string{"04-30 01:00 EEST", "05-01 00:00 EEST"}},
		{"half an hour is skipped", "15 2 * * *", "Australia/Lord_Howe", "2027-10-02 12:00", []string{"10-03 02:45 +11", "10-04 02:15 +11"}},
		{"a day is skipped", "0 8 30 12 *", "Pacific/Apia", "2011-12-01 00:00", []string{"12-31 08:00 +14"}},
		{"31st", "0 8 31 * *", budapest, "2027-01-31 09:00", []string{"03-31 08:00 CEST", "05-31 08:00 CEST"}},
		{"leap day", "0 8 29 2 *", budapest, "2027-01-01 00:00", []string{"02-29 08:00 CET", "02-29 08:00 CET"}},
		{"no summer time", "30 2 * * *", "Asia/Kolkata", "2027-03-28 00:00", []string{"03-28 02:30 IST", "03-29 02:30 IST"}},
		{"UTC", "30 2 * * *", "UTC", "2027-03-28 00:00", []string{"03-28 02:30 UTC"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r, err := cron.Parse(test.line, test.zone)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, local(t, r, test.after, len(test.want))); diff != "" {
				t.Errorf("%q after %s (-want +got):\n%s", test.line, test.after, diff)
			}
		})
	}
}

// Nothing is due twice and nothing is left out in all the nights of a year.
func TestNextMovesForward(t *testing.T) {
	for _, zone := range []string{budapest, "Africa/Casablanca", "America/St_Johns", "Australia/Lord_Howe", "Africa/Cairo"} {
		for _, line := range []string{"30 2 * * *", "0 0 * * *", "59 23 * * *"} {
			r := cron.Rule{Cron: line, Zone: zone}
			start := time.Date(2027, 1, 1, 12, 0, 0, 0, time.UTC)
			var due []time.Time
			for at := r.Next(start); at.Before(start.AddDate(1, 0, 0)); at = r.Next(at) {
				due = append(due, at)
			}
			if len(due) != 365 {
				t.Errorf("%q in %s is due %d times in 365 days", line, zone, len(due))
			}
			// Asked from anywhere between two, Next gives the second.
			for i := 1; i < len(due); i++ {
				between := due[i-1].Add(due[i].Sub(due[i-1]) / 3)
				if got := r.Next(between); !got.Equal(due[i]) || !due[i].After(due[i-1]) {
					t.Errorf("%q in %s: Next(%v) = %v, want %v", line, zone, between, got, due[i])
				}
			}
		}
	}
}

func TestLatest(t *testing.T) {
	utc := func(s string) time.Time {
		at, err := time.Parse("2006-01-02 15:04", s)
		if err != nil && s != "" {
			t.Fatal(err)
		}
		return at
	}
	tests := []struct {
		line, from, until, want string
		earlier                 int
	}{
		{"0 8 * * 1", "2027-03-22 07:00", "2027-03-29 05:59", "", 0},                               // one week: excluded at both ends
		{"0 8 * * 1", "2027-03-22 07:00", "2027-03-29 06:00", "2027-03-29 06:00", 0},               // until is included
		{"0 8 * * 1", "2027-03-22 06:59", "2027-03-29 06:00", "2027-03-29 06:00", 1},               // from is not
		{"30 2 * * *", "2027-03-27 12:00", "2027-03-28 12:00", "2027-03-28 01:30", 0},              // spring: once
		{"30 2 * * *", "2027-10-30 12:00", "2027-10-31 12:00", "2027-10-31 00:30", 0},              // autumn: once
		{"*/2 * * * *", "2027-10-31 00:00", "2027-10-31 02:01", "2027-10-31 02:00", 59},            // by elapsed time
		{"* * * * *", "2017-01-01 00:00", "2027-06-01 12:34", "2027-06-01 12:34", cron.MaxEarlier}, // ten years
		{"0 8 29 2 *", "2025-01-01 00:00", "2027-12-31 00:00", "", 0},                              // no leap year
		{"* * * 1 *", "2026-06-01 00:00", "2027-06-01 00:00", "2027-01-31 22:59", cron.MaxEarlier}, // long ago
		{"0 8 * * *", "2027-01-02 00:00", "2027-01-01 00:00", "", 0},                               // the wrong way round
		{"0 8 * * *", "2027-01-01 12:00", "2027-01-01 12:00", "", 0},                               // nothing
		{"59 24 * * *", "2027-01-01 12:00", "2028-01-01 12:00", "", 0},                             // not valid
		{"0 0 1 1 *", "0001-01-01 00:00", "2027-06-01 00:00", "2026-12-31 23:00", 2025},            // for ever
	}
	for _, test := range tests {
		got, earlier := cron.Rule{Cron: test.line, Zone: budapest}.Latest(utc(test.from), utc(test.until))
		if !got.Equal(utc(test.want)) || earlier != test.earlier {
			t.Errorf("%q: Latest(%s, %s) = %v, %d, want %s, %d", test.line, test.from, test.until, got, earlier, test.want, test.earlier)
		}
	}
}

func TestParse(t *testing.T) {
	got, err := cron.Parse("  0  8 *\t* MON-fri ", " Europe/Budapest ")
	if want := (cron.Rule{Cron: "0 8 * * MON-fri", Zone: budapest}); got != want || err != nil {
		t.Errorf("Parse = %+v, %v, want %+v", got, err, want)
	}
	for _, line := range []string{
		"", "0 8 * *", "0 0 8 * * *", "60 8 * * *", "0 24 * * *", "0 8 0 * *", "0 8 32 * *", "0 8 * 13 *", "0 8 * * 7",
		"0 8 30 2 *", "0 8 , * *", ", , , , ,", "@daily", "@every 1s", "TZ=", "TZ=UTC", "CRON_TZ=", "TZ=UTC 0 8 * *", "CRON_TZ=UTC 0 8 * *",
		"0 8 * * */0", "*/99999999999999999999 8 * * *", "0-8-9 8 * * *", "a b c d e", "-1 8 * * *", "0 8 * * *" + strings.Repeat(" ", 100),
	} {
		if r, err := cron.Parse(line, budapest); err == nil {
			t.Errorf("Parse(%q) = %+v, want an error", line, r)
		}
	}
	for _, zone := range []string{"", "Local", "Budapest", "CEST", "../../etc/passwd", "Europe/Budapest\x00", strings.Repeat("x", 1000)} {
		if r, err := cron.Parse("0 8 * * *", zone); err == nil {
			t.Errorf("Parse in %q = %+v, want an error", zone, r)
		}
	}
	if _, err := cron.Parse("x", "y"); err == nil || !strings.Contains(err.Error(), "cron line") || !strings.Contains(err.Error(), "time zone") {
		t.Errorf("Parse(x, y): %v, want both problems", err)
	}
}

func TestForm(t *testing.T) {
	tests := []struct {
		rule cron.Rule
		want cron.Form
	}{
		{cron.Daily(8, 0, budapest), cron.Form{Kind: cron.KindDaily, Hour: 8}},
		{cron.Weekdays(18, 30, budapest), cron.Form{Kind: cron.KindWeekdays, Hour: 18, Minute: 30}},
		{cron.Weekly(time.Sunday, 0, 5, budapest), cron.Form{Kind: cron.KindWeekly, Weekday: time.Sunday, Minute: 5}},
		{cron.Weekly(time.Saturday, 7, 5, budapest), cron.Form{Kind: cron.KindWeekly, Weekday: time.Saturday, Hour: 7, Minute: 5}},
		{cron.Monthly(31, 23, 59, budapest), cron.Form{Kind: cron.KindMonthly, Day: 31, Hour: 23, Minute: 59}},
	}
	for _, test := range tests {
		if err := test.rule.Validate(); err != nil {
			t.Errorf("%+v: %v", test.rule, err)
		}
		got := test.rule.Form()
		if got != test.want {
			t.Errorf("%+v.Form() = %+v, want %+v", test.rule, got, test.want)
		}
		if back := got.Rule(budapest); back != test.rule {
			t.Errorf("%+v.Rule() = %+v, want %+v", got, back, test.rule)
		}
	}
	if got := (cron.Rule{Cron: "00 08 * * mon", Zone: budapest}).Form(); got != (cron.Form{Kind: cron.KindWeekly, Weekday: time.Monday, Hour: 8}) {
		t.Errorf("with a name: %+v", got)
	}
	for _, line := range []string{"*/2 * * * *", "0 8,9 * * *", "0 8 1 * 1", "0 8 1 1 *", "0 8 * * 1,2", "0 8 1,15 * *", "0 8 * *", "0 25 * * *"} {
		if got := (cron.Rule{Cron: line, Zone: budapest}).Form(); got != (cron.Form{Kind: cron.KindOther}) {
			t.Errorf("%q is taken for %+v", line, got)
		}
	}
	for _, r := range []cron.Rule{cron.Daily(24, 0, budapest), cron.Monthly(0, 8, 0, budapest), cron.Weekly(7, 8, 0, budapest), cron.Form{}.Rule(budapest)} {
		if r.Validate() == nil {
			t.Errorf("%+v is valid", r)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("0 8 * * 1", budapest, int64(1_800_000_000))
	f.Add("*/2 1-5/2 ? jan-MAR,12 sun", "America/St_Johns", int64(-1))
	f.Add("CRON_TZ=", "UTC", int64(0))
	f.Fuzz(func(t *testing.T, line, zone string, seconds int64) {
		r, err := cron.Parse(line, zone)
		if err != nil {
			return
		}
		if again, err := cron.Parse(r.Cron, r.Zone); again != r || err != nil {
			t.Errorf("Parse of its own result = %+v, %v", again, err)
		}
		after := time.Unix(seconds%(1<<34), 0)
		next := r.Next(after)
		if !next.IsZero() && !next.After(after) {
			t.Errorf("%+v.Next(%v) = %v", r, after, next)
		}
		if latest, earlier := r.Latest(after, next); !next.IsZero() && (!latest.Equal(next) || earlier != 0) {
			t.Errorf("%+v.Latest(%v, %v) = %v, %d", r, after, next, latest, earlier)
		}
		if f := r.Form(); f.Kind != cron.KindOther {
			if !f.Rule(r.Zone).Next(after).Equal(next) {
				t.Errorf("%+v and its form %+v differ", r, f)
			}
		}
	})
}

// The worst case of a restart: due each minute, down for a year.
func BenchmarkLatest(b *testing.B) {
	r := cron.Rule{Cron: "* * * * *", Zone: budapest}
	until := time.Date(2027, 6, 1, 0, 0, 0, 0, time.UTC)
	for b.Loop() {
		r.Latest(until.AddDate(-1, 0, 0), until)
	}
}
