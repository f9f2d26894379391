package storage

import (
	"context"
	"slices"

	"pergola/federation/vocab"
	"pergola/hub"
)

// A sessionDetail is a part of an event's programme.
type sessionDetail struct {
	Start    whenDetail  `json:"start,omitzero"`
	End      whenDetail  `json:"end,omitzero"`
	Title    [][2]string `json:"title"`
	Track    string      `json:"track,omitempty"`
	Speakers [][2]string `json:"speakers,omitempty"`
	Place    string      `json:"place,omitempty"`
	Country  string      `json:"country,omitempty"`
	Online   string      `json:"online,omitempty"`
	Holder   partyDetail `json:"holder,omitzero"`
}

func keepSession(s hub.Slot) sessionDetail {
	return sessionDetail{
		Start: keepWhen(s.Start), End: keepWhen(s.End), Title: textPairs(s.Title), Track: s.Track,
		Speakers: converted(s.Speakers, func(p vocab.Speaker) [2]string { return [2]string{p.Name, p.Organisation} }),
		Place:    s.Place, Country: s.Country, Online: s.Online, Holder: partyDetail(s.Holder),
	}
}

func (d sessionDetail) slot() hub.Slot {
	return hub.Slot{
		Start: d.Start.when(), End: d.End.when(), Title: pairsText(d.Title), Track: d.Track,
		Speakers: converted(d.Speakers, func(p [2]string) vocab.Speaker { return vocab.Speaker{Name: p[0], Organisation: p[1]} }),
		Place:    d.Place, Country: d.Country, Online: d.Online, Holder: vocab.Party(d.Holder),
	}
}

// Related implements [hub.FeedTx]: at most 50 of each. That an event is a part of
// another is shown where those say so who hold that one.
func (r records) Related(ctx context.Context, it hub.Item) ([]hub.Entry, error) {
	holders := append(converted(it.Event.Together, func(p vocab.Party) string { return p.ID }), it.Author)
	parts, err := r.entries(ctx, startsAt, `
		SELECT `+itemColumns+`
		FROM item
		WHERE part_of = $1 AND part_of <> '' AND shown
		ORDER BY starts
		LIMIT 50`, it.ID)
	parts = slices.DeleteFunc(parts, func(e hub.Entry) bool { return !slices.Contains(holders, e.Author) })
	if err != nil || it.Event.Series.Name == "" {
		return parts, err
	}
	editions, err := r.entries(ctx, startsAt, `
		SELECT `+itemColumns+`
		FROM item
		WHERE series = $1 AND series <> '' AND author = $2 AND shown AND id <> $3
		ORDER BY starts
		LIMIT 50`, it.Event.Series.Name, it.Author, it.ID)
	return append(parts, editions...), err
}

// LastEditions implements [hub.FeedTx]. One without a date is yet to come.
func (r records) LastEditions(ctx context.Context, author string) ([]hub.Entry, error) {
	return r.entries(ctx, startsAt, `
		SELECT `+itemColumns+`
		FROM item
		WHERE author = $1 AND series <> '' AND shown AND starts IS NOT NULL AND NOT EXISTS (
			SELECT 1
			FROM item AS later
			WHERE later.author = item.author AND later.series = item.series AND later.series <> '' AND later.shown
				AND (later.starts > item.starts OR later.starts IS NULL))
		ORDER BY series, starts
		LIMIT 50`, author)
}

// startsAt is the place of an event among those that stand by their starts.
func startsAt(it hub.Item) string { return cursor(it.Event.Start.At.UnixMilli(), it.ID) }
