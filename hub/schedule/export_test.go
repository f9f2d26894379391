package schedule

// MakeUp is for tests.
var MakeUp = makeUp
