package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pergola/federation/vocab"
	"pergola/hub"
	"pergola/hub/roster"
	"pergola/storage"
	"pergola/storage/storagetest"
)

// keepSchema makes a node that has some of everything and keeps its database,
// as a file of SQLite and as a backup.
func keepSchema(t *testing.T) {
	net := newNetwork(t, map[string]string{"photonics": storagetest.Database(t, storagetest.SQLite), "assoc": storagetest.Database(t, storagetest.SQLite)},
		[]string{"photonics", "assoc"})
	net.followAll("assoc")
	bo := net.mastodon("social.example", "bo")
	bo.follow("https://photonics.example/a/photonics")
	if _, err := net.node("photonics").hub.Follow(t.Context(), hub.Program("test"), "@assoc@assoc.example"); err != nil {
		t.Fatal(err)
	}
	net.settle()
	net.publish("photonics", news("A kiadás híre", "News of the release"))
	event := news("A kiadás eseménye", "An event of the release")
	event.Type, event.Event = hub.AnEvent, &hub.Event{Start: hub.NewWhen(time.Now().AddDate(20, 0, 0), "Europe/Budapest"), Place: vocab.Place{Name: "ELI ALPS", Locality: "Szeged"}}
	event = net.publish("photonics", event)
	net.publish("assoc", news("Az egyesület híre", ""))
	net.settle()
	bo.post("https://photonics.example/inbox", map[string]any{"type": "Like", "object": event.ID})
	bo.post("https://photonics.example/inbox", map[string]any{"type": "Create", "object": map[string]any{
		"id": bo.id() + "/1", "type": "Note", "attributedTo": bo.id(), "content": "<p>Ott leszek.</p>", "inReplyTo": event.ID, "to": []string{vocab.Public}}})
	bo.join(event.ID, "")
	net.join("photonics", "assoc")
	call := net.publish("photonics", seeking("A kiadás felhívása"))
	net.settle()
	who, h := hub.Program("test"), net.node("photonics").hub
	_, answered := net.node("assoc").hub.Express(t.Context(), who, call.ID, hub.Expression{Message: "Mi."})
	_, blocked := h.Block(t.Context(), who, "bad.example", "spam")
	_, governed := h.SaveBody(t.Context(), who, hub.Body{Name: vocab.Text{{Lang: "hu", Value: "Elnökség"}}, Level: 1})
	if err := errors.Join(answered, blocked, governed,
		h.SaveDirectoryEntry(t.Context(), who, "", roster.Organisation{Name: "Minta Optika Kft.", Region: "HU33", Public: true}),
		h.Invite(t.Context(), who, event.ID, []string{actorAt("assoc")}, "", "Közösen?")); err != nil {
		t.Fatal(err)
	}
	net.settle()
	net.down["assoc.example"] = true
	net.publish("photonics", news("Úton", "")) // stands in the queue
	net.settle()
	c := net.made["photonics.example"]
	name := filepath.Join(released, fmt.Sprintf("schema-%05d", storage.Schema()))
	if err := errors.Join(os.MkdirAll(released, 0o755), net.node("photonics").close(), os.RemoveAll(name+".zip")); err != nil {
		t.Fatal(err)
	}
	if out, err := invoke(t, "", "backup", c.Dir, name+".zip"); err != nil {
		t.Fatal(err, out)
	}
	data, err := os.ReadFile(filepath.Join(c.Dir, c.Database))
	if err != nil {
		t.Fatal(err)
	}
	var small bytes.Buffer
	z, _ := gzip.NewWriterLevel(&small, gzip.BestCompression)
	_, err = z.Write(data)
	if err := errors.Join(err, z.Close(), os.WriteFile(name+".db.gz", small.Bytes(), 0o644)); err != nil {
		t.Fatal(err)
	}
}

func gunzip(t *testing.T, path string) []byte {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
