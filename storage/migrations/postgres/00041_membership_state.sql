-- +goose Up

CREATE INDEX membership_state ON membership (side, state); -- what waits for the office
