package check

import (
	"strconv"
	"strings"
	"time"
)

// Database is how it goes with what is kept.
type Database struct {
	// Kind is "SQLite" or "PostgreSQL", Size in octets.
	Kind string
	Size int64
	// Read is why it cannot be read, Write why it cannot be written, Damage
	// what a search for damage found; nil and "" when all is well.
	Read, Write error
	Damage      string
	// Full says that Read or Write is so because there is no space.
	Full bool
}

// Check judges it.
func (f Database) Check() Check {
	const name = "database"
	switch {
	case f.Full:
		return Found(name, Failed, "full")
	case f.Read != nil:
		return Found(name, Failed, "unreadable", "Error", f.Read.Error())
	case f.Damage != "":
		return Found(name, Failed, "damaged", "Error", f.Damage)
	case f.Write != nil:
		return Found(name, Failed, "locked", "Error", f.Write.Error())
	}
	return Found(name, OK, "good", "Kind", f.Kind, "Size", Size(f.Size))
}

// Size is a number of octets for people, in whole MB or GB.
func Size(octets int64) string {
	const mb = 1 << 20
	if octets < 10<<30 {
		return strconv.FormatInt((octets+mb-1)/mb, 10) + " MB"
	}
	return strconv.FormatInt(octets>>30, 10) + " GB"
}

// What must be free on the disk: below diskLow somebody should make room,
// below diskFull nothing can be relied on any more.
const (
	diskLow  = 1 << 30
	diskFull = 200 << 20
)

// Disk is what is free where the node's folder is, in octets.
type Disk struct {
	Free int64
	Err  error
}

// Check judges it.
func (f Disk) Check() Check {
	const name = "disk"
	switch {
	case f.Err != nil:
		return Found(name, Warning, "unknown", "Error", f.Err.Error())
	case f.Free < diskFull:
		return Found(name, Failed, "full", "Free", Size(f.Free))
	case f.Free < diskLow:
		return Found(name, Warning, "low", "Free", Size(f.Free))
	}
	return Found(name, OK, "good", "Free", Size(f.Free))
}

// Deliveries are what waits to be sent.
type Deliveries struct {
	Waiting, GivenUp int
	// Oldest is since when the oldest waits; zero when nothing does.
	Oldest, Now time.Time
	// Silent are the hosts that do not answer, Talking how many others there
	// are.
	Silent  []string
	Talking int
}

// Check judges it.
func (f Deliveries) Check() Check {
	const name = "deliveries"
	shown := strings.Join(f.Silent[:min(len(f.Silent), 3)], ", ")
	if len(f.Silent) > 3 {
		shown += ", …"
	}
	args := []string{"Waiting", strconv.Itoa(f.Waiting), "Silent", strconv.Itoa(len(f.Silent)), "Hosts", shown,
		"GivenUp", strconv.Itoa(f.GivenUp), "Hours", hours(f.Now, f.Oldest)}
	switch {
	case len(f.Silent) > 1 && f.Talking == 0:
		return Found(name, Failed, "cut_off", args...)
	case len(f.Silent) > 0:
		return Found(name, Warning, "silent", args...)
	case f.Waiting > 0 && f.Now.Sub(f.Oldest) > time.Hour:
		return Found(name, Warning, "slow", args...)
	case f.GivenUp > 0:
		return Found(name, Warning, "given_up", args...)
	case f.Waiting > 0:
		return Found(name, OK, "waiting", args...)
	}
	return Found(name, OK, "good")
}

func hours(now, since time.Time) string {
	if since.IsZero() {
		return "0"
	}
	return strconv.Itoa(int(now.Sub(since) / time.Hour))
}

// still is how long nothing may have happened by itself: the most frequent job
// is kept once a minute.
const still = 5 * time.Minute

// Jobs are how what happens by itself went.
type Jobs struct {
	// Latest is when any of them ended last; zero when none ever did.
	Latest, Now time.Time
	// Wrong are the names of those whose last run ended in an error.
	Wrong []string
}

// Check judges it.
func (f Jobs) Check() Check {
	const name = "jobs"
	switch {
	case f.Latest.IsZero():
		return Found(name, Warning, "never")
	case f.Now.Sub(f.Latest) > still:
		return Found(name, Failed, "still", "Date", f.Latest.UTC().Format("2006-01-02 15:04 UTC"))
	case len(f.Wrong) > 0:
		return Found(name, Warning, "wrong", "Jobs", strings.Join(f.Wrong, ", "))
	}
	return Found(name, OK, "good")
}

// backupOld is after how long somebody should ask why there is no newer backup.
const backupOld = 3 * 24 * time.Hour

// Backup is the last run of the job that makes one.
type Backup struct {
	Finished, Now time.Time
	Error         string
}

// Check judges it.
func (f Backup) Check() Check {
	const name = "backup"
	age := f.Now.Sub(f.Finished)
	switch {
	case f.Error != "":
		return Found(name, Failed, "wrong", "Error", f.Error)
	case age > backupOld:
		return Found(name, Warning, "old", "Days", days(age))
	}
	return Found(name, OK, "good", "Date", date(f.Finished))
}

// Digests are what is sent on a schedule.
type Digests struct {
	// Enabled is how many are switched on, Last when one went out last, Due
	// when the next one was or is to.
	Enabled        int
	Last, Due, Now time.Time
}

// Check judges it.
func (f Digests) Check() Check {
	const name = "digests"
	switch {
	case f.Enabled == 0:
		return Found(name, OK, "none")
	case !f.Due.IsZero() && f.Now.Sub(f.Due) > time.Hour:
		return Found(name, Failed, "late", "Date", date(f.Due))
	case f.Last.IsZero():
		return Found(name, OK, "waiting", "Date", date(f.Due))
	}
	return Found(name, OK, "good", "Date", date(f.Last))
}
