-- +goose Up

-- Whether the office lets those whom it follows have their sites looked at from
-- here.
ALTER TABLE organisation ADD COLUMN examines BOOLEAN NOT NULL DEFAULT true;
