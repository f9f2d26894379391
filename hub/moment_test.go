package hub

import (
	"testing"
	"time"
)

func TestResolve(t *testing.T) {
	tests := []struct {
		name    string
		when    When
		local   string // "" for problem
		utc     string
		problem string
	}{
		{"summer", When{Local: "2027-07-01T10:00", Zone: "Europe/Budapest"}, "2027-07-01T10:00", "2027-07-01T08:00", ""},
		{"winter", When{Local: "2027-01-01T10:00", Zone: "Europe/Budapest"}, "2027-01-01T10:00", "2027-01-01T09:00", ""},
		{"a space for the T", When{Local: "2027-01-01 10:00", Zone: "UTC"}, "2027-01-01T10:00", "2027-01-01T10:00", ""},
		{"skipped by the clocks", When{Local: "2027-03-28T02:30", Zone: "Europe/Budapest"}, "2027-03-28T03:30", "2027-03-28T01:30", ""},
		{"twice on the clocks: the first", When{Local: "2027-10-31T02:30", Zone: "Europe/Budapest"}, "2027-10-31T02:30", "2027-10-31T00:30", ""},
		{"a day", When{Local: "2027-07-01T17:45", Zone: "Europe/Budapest", Precision: Day}, "2027-07-01T00:00", "2027-06-30T22:00", ""},
		{"a month", When{Local: "2027-07", Zone: "Europe/Budapest", Precision: Month}, "2027-07-01T00:00", "2027-06-30T22:00", ""},
		{"a month by one of its days", When{Local: "2027-07-15", Zone: "Europe/Budapest", Precision: Month}, "2027-07-01T00:00", "2027-06-30T22:00", ""},
		{"nothing", When{Zone: "Europe/Budapest"}, "", "", ""},
		{"no zone", When{Local: "2027-07-01T10:00"}, "", "", "no_such_zone"},
		{"the machine's zone", When{Local: "2027-07-01T10:00", Zone: "Local"}, "", "", "no_such_zone"},
		{"another zone", When{Local: "2027-07-01T10:00", Zone: "Europe/Atlantis"}, "", "", "no_such_zone"},
		{"a path for a zone", When{Local: "2027-07-01T10:00", Zone: "../../etc/localtime"}, "", "", "no_such_zone"},
		{"no time of day", When{Local: "2027-07-01", Zone: "UTC"}, "", "", "not_a_time"},
		{"more than a time", When{Local: "2027-07-01T10:00+05:00", Zone: "UTC"}, "", "", "not_a_time"},
		{"no such day", When{Local: "2027-02-29T10:00", Zone: "UTC"}, "", "", "not_a_time"},
		{"not a day", When{Local: "ő", Zone: "UTC", Precision: Day}, "", "", "not_a_time"},
		{"long ago", When{Local: "0027-07-01T10:00", Zone: "UTC"}, "", "", "not_a_time"},
		{"another precision", When{Local: "2027-07-01T10:00", Zone: "UTC", Precision: "hour"}, "", "", "not_a_time"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, problem := tt.when.resolve()
			if problem != tt.problem {
				t.Fatalf("problem %q, want %q", problem, tt.problem)
			}
			if problem != "" {
				if got.Local != tt.when.Local || got.Zone != tt.when.Zone || !got.At.IsZero() {
					t.Errorf("what was typed became %+v", got)
				}
				return
			}
			utc := ""
			if !got.At.IsZero() {
				utc = got.At.Format(localLayout)
			}
			if got.Local != tt.local || utc != tt.utc {
				t.Errorf("%q, %q UTC, want %q, %q UTC", got.Local, utc, tt.local, tt.utc)
			}
			if again, problem := got.resolve(); again != got || problem != "" {
				t.Errorf("resolved again: %+v, %q, want %+v", again, problem, got)
			}
		})
	}
}

func TestNewWhen(t *testing.T) {
	offset := time.Date(2027, 7, 1, 10, 0, 0, 123456, time.FixedZone("", 2*60*60))
	tests := []struct {
		name, zone  string
		at          time.Time
		local, kept string
	}{
		{"its own zone", "Europe/Budapest", offset, "2027-07-01T10:00", "Europe/Budapest"},
		{"another zone", "Europe/London", offset, "2027-07-01T09:00", "Europe/London"},
		{"no zone", "", offset, "2027-07-01T08:00", "UTC"},
		{"a zone that is none", "Budapest time", offset, "2027-07-01T08:00", "UTC"},
		{"the machine's zone", "Local", offset, "2027-07-01T08:00", "UTC"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := NewWhen(tt.at, tt.zone)
			want := When{Local: tt.local, Zone: tt.kept, Precision: Minute, At: tt.at.UTC().Truncate(time.Millisecond)}
			if got != want {
				t.Errorf("%+v, want %+v", got, want)
			}
			if shown := got.In().Format(localLayout); shown != got.Local {
				t.Errorf("shown as %q, but its wall time is %q", shown, got.Local)
			}
		})
	}
	if got := NewWhen(time.Time{}, "Europe/Budapest"); got.Set() || got != (When{}) {
		t.Errorf("no moment became %+v", got)
	}
}

// when is a resolved moment in Budapest.
func when(local string, p Precision) When {
	w, problem := When{Local: local, Zone: "Europe/Budapest", Precision: p}.resolve()
	if problem != "" {
		panic(local + ": " + problem)
	}
	return w
}

func TestOver(t *testing.T) {
	tests := []struct {
		name       string
		start, end When
		want       string // in Budapest
	}{
		{"with an end", when("2027-07-01T10:00", Minute), when("2027-07-01T12:00", Minute), "2027-07-01T12:00"},
		{"open", when("2027-07-01T10:00", Minute), When{}, "2027-07-02T00:00"},
		{"ends where it starts", when("2027-07-01T10:00", Minute), when("2027-07-01T10:00", Minute), "2027-07-02T00:00"},
		{"a day", when("2027-07-01", Day), When{}, "2027-07-02T00:00"},
		{"a day of 23 hours", when("2027-03-28", Day), When{}, "2027-03-29T00:00"},
		{"days", when("2027-07-01", Day), when("2027-07-03", Day), "2027-07-04T00:00"},
		{"a month", when("2027-02", Month), When{}, "2027-03-01T00:00"},
		{"no moment", When{}, When{}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			over := Event{Start: tt.start, End: tt.end}.Over()
			got := ""
			if !over.IsZero() {
				got = NewWhen(over, "Europe/Budapest").Local
			}
			if got != tt.want {
				t.Errorf("over at %q, want %q", got, tt.want)
			}
		})
	}
	if got := (Call{Deadline: when("2027-07-01", Day)}).Over(); !got.Equal(when("2027-07-02T00:00", Minute).At) {
		t.Errorf("a deadline that is a day is over at %s", got)
	}
}

func TestAfter(t *testing.T) {
	soon := now().Add(time.Hour)
	if got, want := after(soon), soon.Truncate(time.Second).Add(time.Second); !got.Equal(want) {
		t.Errorf("after one ahead of us: %s, want %s", got, want)
	}
	if got := after(time.Time{}); time.Since(got) > 2*time.Second || got.Nanosecond() != 0 {
		t.Errorf("after none: %s, want this second", got)
	}
}
