package main

import (
	"fmt"

	"pergola/config"
)

type configCommand struct{}

// Run prints the configuration file with all keys explained.
func (configCommand) Run(t *terminal) error {
	_, err := fmt.Fprint(t.out, config.Example())
	return err
}
