// Package nodeinfo writes what a node tells everybody about itself: the two
// NodeInfo documents and the list that leads to them.
//
// It knows the shapes of NodeInfo 2.0 and 2.1 and nothing of where the figures
// come from. Of NodeInfo it reads only which installation wrote it: what peers can do
// is learned from their actors and their answers.
package nodeinfo

import (
	"encoding/json"
	"fmt"
	"maps"
)

// The relations under which a document is found. (NodeInfo 2.1, "Discovery")
const (
	rel20 = "http://nodeinfo.diaspora.software/ns/schema/2.0"
	rel21 = "http://nodeinfo.diaspora.software/ns/schema/2.1"
	// relApplication leads to the actor that speaks for the node itself.
	// (FEP-2677, "Identifying the Application Actor with nodeinfo")
	relApplication = "https://www.w3.org/ns/activitystreams#Application"
)

// A Usage is how much a node is used, and what it calls itself.
type Usage struct {
	// Users is how many accounts there are, ActiveMonth and ActiveHalfyear how
	// many of them signed in within 30 and 180 days.
	Users, ActiveMonth, ActiveHalfyear int
	// LocalPosts is how many items were published here and still stand.
	LocalPosts int
	// Name and Description are plain text for people; "" when there is none.
	Name, Description string
	// Installation tells copies of a node from each other; "" leaves it out.
	Installation string
}

type link struct {
	Rel  string `json:"rel"`
	Href string `json:"href"`
}

// Links is the document at /.well-known/nodeinfo of the node at base (scheme
// and host, no slash at the end). application is the id of the instance actor,
// by which Mobilizon finds whom to follow when it is given a host; "" leaves
// it out. (NodeInfo 2.1, "Discovery")
func Links(base, application string) ([]byte, error) {
	links := []link{
		{rel21, base + "/nodeinfo/2.1"},
		{rel20, base + "/nodeinfo/2.0"},
	}
	if application != "" {
		links = append(links, link{relApplication, application})
	}
	return json.Marshal(map[string][]link{"links": links})
}

type document struct {
	Version           string            `json:"version"`
	Software          software          `json:"software"`
	Protocols         []string          `json:"protocols"`
	Services          services          `json:"services"`
	OpenRegistrations bool              `json:"openRegistrations"`
	Usage             usage             `json:"usage"`
	Metadata          map[string]string `json:"metadata"`
}

// software has no repository or homepage: 2.1 does not ask for them and 2.0
// forbids them, so that one shape serves for both.
type software struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

type services struct {
	Inbound  []string `json:"inbound"`
	Outbound []string `json:"outbound"`
}

type usage struct {
	Users         users `json:"users"`
	LocalPosts    int   `json:"localPosts"`
	LocalComments int   `json:"localComments"`
}

type users struct {
	Total          int `json:"total"`
	ActiveMonth    int `json:"activeMonth"`
	ActiveHalfyear int `json:"activeHalfyear"`
}

// Document is the NodeInfo document of that version, "2.1" or "2.0"; any other
// is an error. release is the version of the program.
func Document(version, release string, u Usage) ([]byte, error) {
	if version != "2.1" && version != "2.0" {
		return nil, fmt.Errorf("nodeinfo version %q: want 2.1 or 2.0", version)
	}
	metadata := map[string]string{"nodeName": u.Name, "nodeDescription": u.Description, "installation": u.Installation}
	maps.DeleteFunc(metadata, func(_, value string) bool { return value == "" })
	return json.Marshal(document{
		Version:   version,
		Software:  software{Name: "pergola", Version: release},
		Protocols: []string{"activitypub"},
		Services:  services{Inbound: []string{}, Outbound: []string{}},
		Usage: usage{
			Users:      users{u.Users, u.ActiveMonth, u.ActiveHalfyear},
			LocalPosts: u.LocalPosts,
		},
		Metadata: metadata,
	})
}

// Installation reads which installation wrote a document, "" when it does not
// say.
func Installation(doc []byte) (string, error) {
	var d struct {
		Version  string `json:"version"`
		Metadata struct {
			Installation string `json:"installation"`
		} `json:"metadata"`
	}
	if err := json.Unmarshal(doc, &d); err != nil {
		return "", fmt.Errorf("reading nodeinfo: %w", err)
	}
	if d.Version == "" {
		return "", fmt.Errorf("reading nodeinfo: it is something else")
	}
	return d.Metadata.Installation, nil
}

// ContentType is what the document of that version is served as.
// (NodeInfo 2.1, "Retrieval")
func ContentType(version string) string {
	return `application/json; profile="http://nodeinfo.diaspora.software/ns/schema/` + version + `#"`
}
