-- +goose Up

ALTER TABLE boost ADD COLUMN waits INTEGER; -- when its Announce is to leave; NULL once it has
CREATE INDEX boost_waits ON boost (waits) WHERE waits IS NOT NULL;
