package hub

import (
	"fmt"
	"strings"
	"testing"

	"pergola/federation/vocab"
	"pergola/hub/roster"
)

func TestMatch(t *testing.T) {
	firm := roster.Organisation{Name: "Optika Kft.", Kind: "company", Region: "HU31", Country: "HU", Sectors: []string{"C"}, Keywords: []string{"lézer", "smart packaging"}, Offers: "Lézeres vágás, mérés"}
	uni := roster.Organisation{Name: "Egyetem", Kind: "education", Region: "HU32", Country: "HU"}
	for _, tt := range []struct {
		name   string
		call   Call
		title  string
		member roster.Organisation
		want   string // "" when the score is too low
	}{
		{"a sector", Call{Sectors: []string{"A", "C"}}, "", firm, "4 sector:C"},
		{"another sector", Call{Sectors: []string{"A"}, Partners: []string{"larger"}, Regions: []string{"HU31"}}, "", firm, ""},
		{"another sector, but its word", Call{Sectors: []string{"A"}, Keywords: []string{"Lézer"}}, "", firm, "4 keyword:lézer"},
		{"a keyword in the title, in other letters", Call{}, "LÉZERREL vágunk", firm, "4 keyword:lézer"},
		{"a keyword in what is sought", Call{Seeks: vocab.Text{{Lang: "en", Value: "makers of smart packaging"}}}, "", firm, "4 keyword:smart packaging"},
		{"a keyword in what is offered", Call{Keywords: []string{"mérés"}}, "", firm, "4 keyword:mérés"},
		{"half a keyword", Call{}, "Smart cities", firm, ""},
		{"inside of a word", Call{}, "Hasonlézer", firm, ""},
		{"a short word", Call{Keywords: []string{"vág"}}, "", firm, ""},
		{"all of it", Call{Sectors: []string{"C"}, Keywords: []string{"lézer"}, Partners: []string{"sme-49", "university"}, Regions: []string{"SK04", "HU31"}}, "", firm,
			"12 sector:C keyword:lézer partner:company region:HU31"},
		{"who and where", Call{Partners: []string{"university"}, Regions: []string{"HU32"}}, "", uni, "4 partner:education region:HU32"},
		{"a larger region", Call{Partners: []string{"university"}, Regions: []string{"HU3"}}, "", uni, "4 partner:education region:HU3"},
		{"who and in which country", Call{Partners: []string{"university"}, Countries: []string{"HU"}}, "", uni, ""},
		{"others are sought", Call{Sectors: []string{"C"}, Partners: []string{"university"}}, "", firm, ""},
		{"kinds of others", Call{Sectors: []string{"C"}, Partners: []string{"unicorn"}}, "", firm, "4 sector:C"},
		{"a member of whom little is known", Call{Keywords: []string{"lézer"}, Partners: []string{"university"}, Countries: []string{"AT"}}, "", roster.Organisation{Keywords: []string{"lézer"}}, "4 keyword:lézer"},
		{"in another country", Call{Sectors: []string{"C"}, Countries: []string{"AT", "SK"}}, "", firm, ""},
		{"in its country", Call{Sectors: []string{"C"}, Countries: []string{"AT", "HU"}}, "", firm, "5 sector:C country:HU"},
		{"in another region", Call{Sectors: []string{"C"}, Regions: []string{"HU11"}}, "", firm, ""},
		{"in another region or its country", Call{Sectors: []string{"C"}, Regions: []string{"SK04"}, Countries: []string{"HU"}}, "", firm, "5 sector:C country:HU"},
		{"somewhere in the country of the region", Call{Sectors: []string{"C"}, Regions: []string{"HU11"}}, "", roster.Organisation{Country: "HU", Sectors: []string{"C"}}, "5 sector:C country:HU"},
		{"Greece", Call{Sectors: []string{"C"}, Countries: []string{"GR"}}, "", roster.Organisation{Region: "EL30", Sectors: []string{"C"}}, "5 sector:C country:GR"},
		{"nothing said", Call{}, "", firm, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			it := Item{Call: &tt.call, Texts: []ItemText{{Lang: "hu", Title: tt.title}}}
			got := ""
			if score, reasons := match(tt.call, callTopic(it), tt.member, memberTopic(tt.member)); score >= matchScore {
				got = fmt.Sprint(score)
				for _, r := range reasons {
					got += " " + r.Kind + ":" + strings.Join(r.Terms, ",")
				}
			}
			if got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}
