-- +goose Up

-- What an event is a part of (an id), and an edition of (a name).
ALTER TABLE item ADD COLUMN part_of TEXT NOT NULL DEFAULT '';
ALTER TABLE item ADD COLUMN series TEXT NOT NULL DEFAULT '';

CREATE INDEX item_part_of ON item (part_of, starts) WHERE part_of <> '' AND shown;
CREATE INDEX item_series ON item (author, series, starts) WHERE series <> '' AND shown;
