-- +goose Up

-- Whether the organisation has the agreement itself, and does not only say what its
-- members say.
ALTER TABLE agreement ADD COLUMN party boolean NOT NULL DEFAULT false;
UPDATE agreement SET party = TRUE
WHERE document IN (SELECT detail::json ->> 'document' FROM interest WHERE state = 'confirmed');
