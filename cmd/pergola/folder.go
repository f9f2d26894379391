package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"pergola/config"
)

// A nodeDir is a folder with a configuration file in it.
type nodeDir struct {
	dir     string
	config  config.Config
	err     error // what is wrong with the configuration
	stopped bool
}

// stopFile is the file that stops a node while it is in its folder.
const stopFile = "stopped"

// listNodes reads the configurations of all nodes in a folder: of each folder in
// it, or of the folder itself when it is a node. A folder whose name begins with
// a dot is not looked at: that is where one is put together that is to come in
// whole.
func listNodes(dir string) ([]nodeDir, error) {
	dirs := []string{dir}
	if !exists(filepath.Join(dir, config.FileName)) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return nil, err
		}
		dirs = nil
		for _, e := range entries {
			if !strings.HasPrefix(e.Name(), ".") {
				dirs = append(dirs, filepath.Join(dir, e.Name()))
			}
		}
	}
	var nodes []nodeDir
	for _, d := range dirs {
		path := filepath.Join(d, config.FileName)
		if !exists(path) {
			continue
		}
		c, err := config.Load(path)
		nodes = append(nodes, nodeDir{dir: d, config: c, err: err, stopped: exists(filepath.Join(d, stopFile))})
	}
	return nodes, nil
}

// findNodes is listNodes for who wants all of them to be right.
func findNodes(dir string) ([]nodeDir, error) {
	nodes, err := listNodes(dir)
	if err != nil {
		return nil, err
	}
	if len(nodes) == 0 {
		return nil, noNodes(dir)
	}
	var right []nodeDir
	var errs []error
	hosts := map[string]string{}
	for _, n := range nodes {
		if n.err == nil {
			n.err = taken(hosts, n)
		}
		if n.err != nil {
			errs = append(errs, n.err)
			continue
		}
		right = append(right, n)
	}
	return right, errors.Join(errs...)
}

func noNodes(dir string) error {
	return fmt.Errorf("no node in %s: pergola init %s makes one", dir, filepath.Join(dir, "NAME"))
}

// taken gives a node's host to its folder, or says whose it is.
func taken(hosts map[string]string, n nodeDir) error {
	host := strings.ToLower(hostName(n.config.BaseURL))
	if other, is := hosts[host]; is {
		return fmt.Errorf("%s: base_url %q is that of %s as well: each node needs its own", n.dir, n.config.BaseURL, other)
	}
	hosts[host] = n.dir
	return nil
}

// orders says what is to be done so that the nodes that are open are those of a
// folder: which are to be closed, which then to be opened, and what is wrong
// with others, by folder. A node whose configuration has become wrong goes on
// with the one that it has.
func orders(open map[string]config.Config, found []nodeDir) (shut []string, enter []nodeDir, wrong map[string]error) {
	wrong = map[string]error{}
	hosts, at := map[string]string{}, map[string]nodeDir{}
	for _, n := range found {
		at[n.dir] = n
		if n.err != nil {
			wrong[n.dir] = n.err
		}
	}
	for _, dir := range slices.Sorted(maps.Keys(open)) {
		n, there := at[dir]
		if !there || n.stopped || n.err == nil && n.config != open[dir] {
			shut = append(shut, dir)
			continue
		}
		_ = taken(hosts, nodeDir{dir: dir, config: open[dir]}) // each has its own
		delete(at, dir)
	}
	for _, n := range found {
		if _, waits := at[n.dir]; !waits || n.stopped || n.err != nil {
			continue
		}
		if err := taken(hosts, n); err != nil {
			wrong[n.dir] = err
			continue
		}
		enter = append(enter, n)
	}
	return shut, enter, wrong
}

// A caretaker has the nodes of a house be those of a folder.
type caretaker struct {
	dir   string
	house *house
	err   io.Writer
	rooms map[string]*room // by folder
	said  map[string]string
}

func newCaretaker(dir string, h *house, err io.Writer) *caretaker {
	return &caretaker{dir: dir, house: h, err: err, rooms: map[string]*room{}, said: map[string]string{}}
}

// lookTime is how long it takes until a change in the folder is noticed.
const lookTime = time.Second

// watch looks at the folder until ctx ends.
func (c *caretaker) watch(ctx context.Context) {
	tick := time.NewTicker(lookTime)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		var wrong map[string]error
		err := guard(func() (err error) { wrong, err = c.look(ctx); return err })
		if err != nil {
			wrong = map[string]error{c.dir: err} // its nodes go on
		}
		c.report(ctx, wrong)
	}
}

// begin looks at the folder for the first time. What is wrong is an error when
// there is nothing to serve.
func (c *caretaker) begin(ctx context.Context) error {
	wrong, err := c.look(ctx)
	if err != nil {
		return err
	}
	if len(c.rooms) == 0 && len(wrong) > 0 {
		return errors.Join(slices.Collect(maps.Values(wrong))...)
	}
	c.report(ctx, wrong)
	return nil
}

// look closes and opens what has changed, and returns what is wrong.
func (c *caretaker) look(ctx context.Context) (map[string]error, error) {
	found, err := listNodes(c.dir)
	if err != nil {
		return nil, err
	}
	open := map[string]config.Config{}
	for dir, r := range c.rooms {
		open[dir] = r.config.Config
	}
	shut, enter, wrong := orders(open, found)
	var wg sync.WaitGroup
	for _, dir := range shut {
		r := c.rooms[dir]
		delete(c.rooms, dir)
		wg.Go(func() { c.close(ctx, r) })
	}
	wg.Wait() // one of them may have moved into another folder
	for _, n := range enter {
		log := logger(c.err, n.config.Level()).With("org", hostName(n.config.BaseURL))
		r, err := c.house.add(nodeConfig{Config: n.config, Dir: n.dir, Log: log})
		if err != nil {
			wrong[n.dir] = err
			continue
		}
		c.rooms[n.dir] = r
	}
	if len(found) == 0 && len(c.rooms) == 0 {
		return nil, noNodes(c.dir)
	}
	return wrong, nil
}

func (c *caretaker) close(ctx context.Context, r *room) {
	if err := guard(func() error { return c.house.remove(r) }); err != nil {
		r.config.Log.ErrorContext(ctx, "closing a node", "path", r.config.Dir, "err", err)
		return
	}
	r.config.Log.InfoContext(ctx, "node closed", "path", r.config.Dir)
}

// report says what is wrong, once as long as it stays the same.
func (c *caretaker) report(ctx context.Context, wrong map[string]error) {
	log := logger(c.err, slog.LevelInfo)
	for dir, err := range wrong {
		if text := err.Error(); c.said[dir] != text {
			c.said[dir] = text
			log.ErrorContext(ctx, "node not opened", "path", dir, "err", text)
		}
	}
	maps.DeleteFunc(c.said, func(dir, _ string) bool { return wrong[dir] == nil })
}
