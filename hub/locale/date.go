package locale

import (
	"strconv"
	"time"
)

// calendar is how a language names its months and days, as CLDR has them:
// time.Format knows English alone.
type calendar struct {
	months, short, days []string
}

func calendarIn(lang string) calendar {
	if lang == "hu" {
		return calendar{
			months: []string{"január", "február", "március", "április", "május", "június", "július",
				"augusztus", "szeptember", "október", "november", "december"},
			short: []string{"jan.", "febr.", "márc.", "ápr.", "máj.", "jún.", "júl.", "aug.", "szept.", "okt.", "nov.", "dec."},
			days:  []string{"vasárnap", "hétfő", "kedd", "szerda", "csütörtök", "péntek", "szombat"},
		}
	}
	return calendar{
		months: []string{"January", "February", "March", "April", "May", "June", "July",
			"August", "September", "October", "November", "December"},
		short: []string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sept", "Oct", "Nov", "Dec"},
		days:  []string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
	}
}

// All of these take t in the zone that it is to be shown in: the zone itself
// is [Printer.Zone]'s to name.

// Date is "2026. november 20." or "20 November 2026".
func (p *Printer) Date(t time.Time) string {
	return p.day(t, p.names.months[t.Month()-1], true)
}

// ShortDate is "2026. nov. 20." or "20 Nov 2026".
func (p *Printer) ShortDate(t time.Time) string {
	return p.day(t, p.names.short[t.Month()-1], true)
}

// DayMonth is "november 20." or "20 November", for where the year is clear.
func (p *Printer) DayMonth(t time.Time) string {
	return p.day(t, p.names.months[t.Month()-1], false)
}

// Weekday is the date with its weekday: "2026. november 20., péntek" or
// "Friday, 20 November 2026".
func (p *Printer) Weekday(t time.Time) string {
	if p.lang == "hu" {
		return p.Date(t) + ", " + p.names.days[t.Weekday()]
	}
	return p.names.days[t.Weekday()] + ", " + p.Date(t)
}

// Month is "2026. november" or "November 2026".
func (p *Printer) Month(t time.Time) string {
	year, month := strconv.Itoa(t.Year()), p.names.months[t.Month()-1]
	if p.lang == "hu" {
		return year + ". " + month
	}
	return month + " " + year
}

// ShortMonth is the name alone, short: "nov." or "Nov".
func (p *Printer) ShortMonth(t time.Time) string { return p.names.short[t.Month()-1] }

// Time is "18:00"; the morning is "8:05" in Hungarian and "08:05" in English.
func (p *Printer) Time(t time.Time) string {
	if p.lang == "hu" {
		return strconv.Itoa(t.Hour()) + t.Format(":04")
	}
	return t.Format("15:04")
}

// DateTime is "2026. november 20., 18:00" or "20 November 2026, 18:00".
func (p *Printer) DateTime(t time.Time) string { return p.Date(t) + ", " + p.Time(t) }

// Range is from start to end on one line, to the minute, without saying twice
// what is the same: "2026. november 20., 18:00–20:00",
// "2026. november 24., 10:00 – november 25., 16:00". A zero end is left out.
func (p *Printer) Range(start, end time.Time) string {
	switch {
	case end.IsZero() || end.Equal(start):
		return p.DateTime(start)
	case sameDay(start, end):
		return p.DateTime(start) + "–" + p.Time(end)
	case start.Year() == end.Year() && p.lang == "hu":
		return p.DateTime(start) + " – " + p.DayMonth(end) + ", " + p.Time(end)
	case start.Year() == end.Year():
		return p.DayMonth(start) + ", " + p.Time(start) + " – " + p.DateTime(end)
	}
	return p.DateTime(start) + " – " + p.DateTime(end)
}

// DateRange is from the day of start to the day of end on one line:
// "2026. november 24–25.", "24–25 November 2026". A zero end is left out.
func (p *Printer) DateRange(start, end time.Time) string {
	switch {
	case end.IsZero() || sameDay(start, end):
		return p.Date(start)
	case start.Year() != end.Year():
		return p.Date(start) + " – " + p.Date(end)
	case start.Month() == end.Month():
		days := strconv.Itoa(start.Day()) + "–" + strconv.Itoa(end.Day())
		if p.lang == "hu" {
			return p.Month(start) + " " + days + "."
		}
		return days + " " + p.Month(start)
	case p.lang == "hu":
		return p.Date(start) + " – " + p.DayMonth(end)
	}
	return p.DayMonth(start) + " – " + p.Date(end)
}

func (p *Printer) day(t time.Time, month string, withYear bool) string {
	day, year := strconv.Itoa(t.Day()), strconv.Itoa(t.Year())
	if p.lang == "hu" {
		s := month + " " + day + "."
		if withYear {
			s = year + ". " + s
		}
		return s
	}
	s := day + " " + month
	if withYear {
		s += " " + year
	}
	return s
}

func sameDay(a, b time.Time) bool {
	return a.Year() == b.Year() && a.YearDay() == b.YearDay()
}
