-- +goose Up

DROP INDEX received_delete;
CREATE INDEX received_undone ON received (object) WHERE type IN ('Delete', 'Undo');
