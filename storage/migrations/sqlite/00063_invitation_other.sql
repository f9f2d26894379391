-- +goose Up

-- All that is between us and somebody, also what we sent.
DROP INDEX invitation_other;
CREATE INDEX invitation_other ON invitation (other);
