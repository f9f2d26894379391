// Package config reads and checks the one configuration file of a node,
// pergola.toml in the node's folder, and that of the process that serves it,
// server.toml in the folder that is served.
//
// It knows which keys there are, what each may hold, and how to say so: the
// comments of [Config] and [Server] are the manual, and [Example] and
// [ServerExample] print them. What belongs to
// the organisation, such as its languages and time zone, is in the database and
// not known here. It does not know what is done with the values, opens no
// database and asks no network; package cmd hands the values on as plain
// arguments.
package config

import (
	_ "embed"
	"log/slog"
)

// FileName is the name of the configuration file in a node's folder.
const FileName = "pergola.toml"

// A Config holds the settings of one node. Only base_url must be given; the
// other keys have a default. Paths are relative to the node's folder, so that
// a node moves by moving its folder.
type Config struct {
	// BaseURL is where the world reaches this node: https, the host name and,
	// if it is not the usual one, the port. All addresses of the node are built
	// from it, so it can never change once somebody follows the node. Plain
	// http is accepted for localhost, names below .localhost and 127.0.0.1,
	// and only together with AllowLoopback.
	BaseURL string `toml:"base_url" example:"https://cluster.example"`

	// Database is where everything is kept: a file in the node's folder
	// (SQLite, nothing to install), or the address of a PostgreSQL database
	// such as "postgres://pergola@db.example/pergola". An address with a
	// password inside is refused; see DatabasePasswordFile.
	Database string `toml:"database"`

	// DatabasePasswordFile names the file that holds the password for
	// PostgreSQL on its first and only line. Leave it out where no password is
	// asked for.
	DatabasePasswordFile string `toml:"database_password_file" example:"/run/secrets/pergola_database"`

	// LogLevel is the least important kind of message that is logged: "debug",
	// "info", "warn" or "error".
	LogLevel string `toml:"log_level"`

	// AllowLoopback lets the node talk to programs on its own machine, and over
	// plain http there. It is for demonstrations and tests: on a public server
	// it would let strangers reach what listens on that machine only.
	AllowLoopback bool `toml:"allow_loopback"`

	// DeliveryWorkers is how many deliveries to other hosts go on at the same
	// time, 1 to 256. More workers help when many of the hosts are slow.
	DeliveryWorkers int `toml:"delivery_workers"`

	// BackupFolder is where a backup of the node is written each night, and
	// before an upgrade changes the database. A folder on another disk, or one
	// that is copied elsewhere, is better than the default.
	BackupFolder string `toml:"backup_folder"`

	// BackupKeep is how many of the nightly backups are kept, 0 to 366; the
	// oldest go. With 0 there are none.
	BackupKeep int `toml:"backup_keep"`
}

// source is this file: its comments are what Example prints.
//
//go:embed config.go
var source string

// Default returns the settings of a node whose file names no key. They lack
// BaseURL, which has no default.
func Default() Config {
	return Config{
		Database:        "pergola.db",
		LogLevel:        "info",
		DeliveryWorkers: 16,
		BackupFolder:    "backups",
		BackupKeep:      7,
	}
}

// Level returns LogLevel in the form that log/slog takes; a level that
// [Config.Validate] refuses counts as info.
func (c Config) Level() slog.Level { return levels[c.LogLevel] }
