-- +goose Up

-- Who takes back that they passed something on may name just the activity.
CREATE INDEX provenance_boost ON provenance (activity) WHERE how = 'boosted';
