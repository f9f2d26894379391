-- +goose Up

-- Whether the organisation has the agreement itself, and does not only say what its
-- members say.
ALTER TABLE agreement ADD COLUMN party BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE agreement SET party = TRUE
WHERE document IN (SELECT detail ->> 'document' FROM interest WHERE state = 'confirmed');
