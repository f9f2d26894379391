package web

import (
	"maps"
	"reflect"
	"testing"

	"github.com/jba/templatecheck"
)

// views are all pages with their structs.
func views() map[string]any {
	all := map[string]any{
		"error": errorPage{}, "feed": feedPage{}, "item": itemPage{}, "events": eventsPage{}, "calls": callsPage{},
		"clusters": clustersPage{}, "cluster": clusterPage{}, "about": aboutPage{}, "follow_from": followFromPage{}, "digests": digestsPage{}, "digest": issuePage{},
		"register": registerPage{}, "seat": seatPage{}, "join": joinPage{}, "answer": answerPage{}, "answer_form": answerFormPage{}, "application": applicationPage{},
	}
	maps.Copy(all, deskViews())
	return all
}

func TestTemplatesFitTheirPages(t *testing.T) {
	all := loadTemplates()
	for name, page := range views() {
		tmpl, ok := all[name]
		if !ok {
			t.Errorf("no template %q", name)
			continue
		}
		if err := templatecheck.CheckHTML(tmpl().Lookup("layout"), page); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		// What the layout shows is the frame's, not something of the same name.
		for _, of := range reflect.VisibleFields(reflect.TypeFor[frame]()) {
			if f, ok := reflect.TypeOf(page).FieldByName(of.Name); ok && f.Type != of.Type {
				t.Errorf("%s: its %s hides that of the frame", name, of.Name)
			}
		}
	}
	for name := range all {
		if _, ok := views()[name]; !ok {
			t.Errorf("template %q is checked against no struct", name)
		}
	}
}
