-- +goose Up

-- What changes in SQLite is so here already.
SELECT 1;
