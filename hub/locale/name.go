package locale

import (
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// names is how a language calls things.
type names struct {
	calendar
	regions   display.Namer
	languages display.Namer
	// cities are those zones whose city is not called as in the zone's name.
	cities map[string]string
}

func namesIn(lang string) names {
	tag := language.Make(lang)
	n := names{calendar: calendarIn(lang), regions: display.Regions(tag), languages: display.Languages(tag)}
	n.cities = map[string]string{"Europe/Kiev": "Kyiv", "Europe/Uzhgorod": "Uzhhorod", "Etc/UTC": "UTC"}
	if lang == "hu" {
		n.cities = map[string]string{
			"Europe/Kiev": "Kijev", "Europe/Kyiv": "Kijev", "Europe/Uzhgorod": "Ungvár", "Etc/UTC": "UTC",
			"Europe/Amsterdam": "Amszterdam", "Europe/Athens": "Athén", "Europe/Belgrade": "Belgrád",
			"Europe/Bratislava": "Pozsony", "Europe/Brussels": "Brüsszel", "Europe/Bucharest": "Bukarest",
			"Europe/Chisinau": "Kisinyov", "Europe/Copenhagen": "Koppenhága", "Europe/Istanbul": "Isztambul",
			"Europe/Lisbon": "Lisszabon", "Europe/Luxembourg": "Luxemburg", "Europe/Malta": "Málta",
			"Europe/Paris": "Párizs", "Europe/Prague": "Prága", "Europe/Rome": "Róma",
			"Europe/Sarajevo": "Szarajevó", "Europe/Skopje": "Szkopje", "Europe/Sofia": "Szófia",
			"Europe/Vienna": "Bécs", "Europe/Warsaw": "Varsó", "Europe/Zagreb": "Zágráb",
			"Europe/Zurich": "Zürich", "Asia/Tokyo": "Tokió", "Asia/Shanghai": "Sanghaj",
		}
	}
	return n
}

// Zone names an IANA time zone by its city: "Budapest", "Brüsszel".
func (p *Printer) Zone(iana string) string {
	if city, ok := p.names.cities[iana]; ok {
		return city
	}
	city := iana[strings.LastIndexByte(iana, '/')+1:]
	return strings.ReplaceAll(city, "_", " ")
}

// Country names an ISO 3166-1 alpha-2 code; what is none is shown as it is.
// EL, as Eurostat calls Greece, is understood.
func (p *Printer) Country(code string) string {
	if len(code) != 2 {
		return code
	}
	upper := strings.ToUpper(code)
	if upper == "EL" {
		upper = "GR"
	}
	region, err := language.ParseRegion(upper)
	if err != nil {
		return code
	}
	if name := p.names.regions.Name(region); name != "" {
		return name
	}
	return code
}

// Language names a BCP 47 tag: "magyar", "Hungarian". What is none is shown as
// it is.
func (p *Printer) Language(tag string) string {
	t, err := language.Parse(tag)
	if err != nil {
		return tag
	}
	if name := p.names.languages.Name(t); name != "" {
		return name
	}
	return tag
}
