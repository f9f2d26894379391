package storage

import (
	"time"

	"pergola/federation/vocab"
	"pergola/hub"
)

// The shapes below are how details are kept. Their names are those of the
// columns that they are not: nobody searches by them.

// An eventDetail is an event beside the texts of its item.
type eventDetail struct {
	Start    whenDetail  `json:"start,omitzero"`
	End      whenDetail  `json:"end,omitzero"`
	Status   string      `json:"status,omitempty"`
	Previous *int64      `json:"previous,omitempty"`
	Place    placeDetail `json:"place,omitzero"`
	PlaceWas placeDetail `json:"place_was,omitzero"`
	Online   string      `json:"online,omitempty"`
	Register string      `json:"register,omitempty"`
	// Mode, Capacity and Closes are those of the registration here.
	Mode       hub.RegistrationMode `json:"mode,omitempty"`
	Capacity   int                  `json:"capacity,omitempty"`
	Closes     whenDetail           `json:"closes,omitzero"`
	Organisers []partyDetail        `json:"organisers,omitempty"`
	Funders    []partyDetail        `json:"funders,omitempty"`
	Together   []partyDetail        `json:"together,omitempty"`
	Sessions   []sessionDetail      `json:"sessions,omitempty"`
	Series     seriesDetail         `json:"series,omitzero"`
	PartOf     string               `json:"part_of,omitempty"`
}

// A whenDetail keeps wall time and zone as people set them, beside the
// milliseconds.
type whenDetail struct {
	Local     string        `json:"local,omitempty"`
	Zone      string        `json:"zone,omitempty"`
	Precision hub.Precision `json:"precision,omitempty"`
	At        *int64        `json:"at,omitempty"`
}

type placeDetail struct {
	Name       string  `json:"name,omitempty"`
	Street     string  `json:"street,omitempty"`
	PostalCode string  `json:"postal_code,omitempty"`
	Locality   string  `json:"locality,omitempty"`
	Region     string  `json:"region,omitempty"`
	Country    string  `json:"country,omitempty"`
	Latitude   float64 `json:"latitude,omitempty"`
	Longitude  float64 `json:"longitude,omitempty"`
}

type partyDetail struct {
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
	URL  string `json:"url,omitempty"`
	// Consent is the Accept by which it agreed to be named.
	Consent string `json:"consent,omitempty"`
}

// A seriesDetail is what an event is an edition of.
type seriesDetail struct {
	Name    string `json:"name"`
	Edition int    `json:"edition,omitempty"`
	Years   int    `json:"years,omitempty"`
}

// A positionDetail is what news has that is a position.
type positionDetail struct {
	Signers []partyDetail `json:"signers"`
}

func keepEvent(e hub.Event) eventDetail {
	return eventDetail{
		Start: keepWhen(e.Start), End: keepWhen(e.End), Status: e.Status, Previous: keepTime(e.PreviousStart),
		Place: placeDetail(e.Place), PlaceWas: placeDetail(e.PreviousPlace), Online: e.Online, Register: e.RegisterURL,
		Mode: e.Registration.Mode, Capacity: e.Registration.Capacity, Closes: keepWhen(e.Registration.Closes),
		Organisers: keepParties(e.Organisers), Funders: keepParties(e.Funders), Together: keepParties(e.Together),
		Sessions: converted(e.Programme, keepSession), Series: seriesDetail(e.Series), PartOf: e.PartOf,
	}
}

func (d eventDetail) event() *hub.Event {
	return &hub.Event{
		Start: d.Start.when(), End: d.End.when(), Status: d.Status, PreviousStart: timeOf(d.Previous),
		Place: vocab.Place(d.Place), PreviousPlace: vocab.Place(d.PlaceWas), Online: d.Online, RegisterURL: d.Register,
		Registration: hub.Registration{Mode: d.Mode, Capacity: d.Capacity, Closes: d.Closes.when()},
		Organisers:   parties(d.Organisers), Funders: parties(d.Funders), Together: parties(d.Together),
		Programme: converted(d.Sessions, sessionDetail.slot), Series: vocab.Series(d.Series), PartOf: d.PartOf,
	}
}

func keepWhen(w hub.When) whenDetail { return whenDetail{w.Local, w.Zone, w.Precision, keepTime(w.At)} }

func (d whenDetail) when() hub.When {
	return hub.When{Local: d.Local, Zone: d.Zone, Precision: d.Precision, At: timeOf(d.At)}
}

func keepTime(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	n := t.UnixMilli()
	return &n
}

func timeOf(n *int64) time.Time {
	if n == nil {
		return time.Time{}
	}
	return time.UnixMilli(*n).UTC()
}

func keepParties(ps []vocab.Party) []partyDetail {
	return converted(ps, func(p vocab.Party) partyDetail { return partyDetail(p) })
}

func parties(ds []partyDetail) []vocab.Party {
	return converted(ds, func(d partyDetail) vocab.Party { return vocab.Party(d) })
}
