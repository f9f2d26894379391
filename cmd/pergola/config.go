package main

import (
	"fmt"

	"pergola/config"
)

type configCommand struct {
	Server bool `help:"The file of a process, server.toml, instead of that of a node."`
}

// Run prints the configuration file with all keys explained.
func (c configCommand) Run(t *terminal) error {
	text := config.Example()
	if c.Server {
		text = config.ServerExample()
	}
	_, err := fmt.Fprint(t.out, text)
	return err
}
