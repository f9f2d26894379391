-- +goose Up

CREATE INDEX received_delete ON received (object) WHERE type = 'Delete';
