package web

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"pergola/hub/locale"
)

// deskViews are the pages of those who sign in with their structs.
func deskViews() map[string]any {
	return map[string]any{
		"signin": signInPage{}, "account": accountPage{}, "desk": deskPage{}, "desk_edit": editPage{}, "desk_move": movePage{}, "desk_result": resultPage{}, "desk_matches": matchesPage{},
		"confirm": confirmPage{}, "office_follow": followPage{}, "office_delivery": deliveryPage{}, "office_lane": lanePage{},
		"office_status": statusPage{}, "office_digests": officeDigestsPage{}, "office_digest": digestFormPage{},
		"office_preview": digestPreviewPage{}, "office_profile": profilePage{}, "office_accounts": accountsPage{},
		"office_password": passwordPage{}, "desk_participants": participantsPage{}, "desk_invite": invitePage{}, "desk_programme": programmePage{}, "desk_online": movePage{}, "desk_invitations": invitationsPage{}, "desk_invitation": invitationPage{}, "desk_replies": repliesPage{}, "office_hide": hidePage{},
		"office_blocks": blocksPage{}, "office_reports": reportsPage{}, "members": directoryPage{}, "office_directory": officeDirectoryPage{}, "office_directory_edit": officeDirectoryPage{}, "office_import": importPage{},
		"office_charter": charterPage{}, "office_charter_edit": partPage{}, "office_messages": messagesPage{}, "contact": contactPage{},
		"office_members": membersPage{}, "office_member": memberPage{}, "office_apply": applicationPart{},
		"desk_answers": interestsPage{}, "desk_answer": interestPage{}, "desk_answer_new": expressPage{},
	}
}

// TestEveryOutcomeHasAText reads from the source which outcomes there are: they
// are put together with the keys of their texts while the program runs, so no
// page shows all of them in a test.
func TestEveryOutcomeHasAText(t *testing.T) {
	texts, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []struct{ files, find, prefix string }{
		{"*.go", `\.flash\(w, "([a-z_]+)"\)`, "flash_"},
		{"*.go", `s\.done\(w, r, .*, "([a-z_]+)", (?:s\.path|p\.|query|cmpPath)`, "flash_"},
		{"*.go", `s\.finish\(w, r, err, "[a-z_]+", &p, "([a-z_]+)"`, "flash_"},
		{"*.go", `s\.act\([^"]+, "[a-z]+", "([a-z_]+)",`, "flash_"},
		{"*.go", `s\.setDisabled\([a-z]+, "([a-z_]+)"\)`, "flash_"},
		{"../*.go", `\.add\("?[a-z_. "+()A-Z]+, "([a-z_]+)"`, "problem_"},
		{"../*.go", `FieldError\{\{"[a-z_]+", "([a-z_]+)"`, "problem_"},
		{"*.go", `FieldError\{(?:Field: [^,]+, )?Problem: "([a-z_]+)"`, "problem_"},
		{"../*.go", `note\(ctx, tx, [a-z]+, "([a-z_]+)"`, "deed_"},
		{"../*.go", `officeDoes\(ctx, who, "([a-z_]+)"`, "deed_"},
		{"../*.go", `answerByLink\(ctx, token, "([a-z_]+)"`, "deed_"},
		{"../*.go", `decide\(ctx, who, id, "([a-z_]+)"`, "deed_"},
		{"../*.go", `Standing = "([a-z_]+)"`, "seat_"},
		{"../*.go", `Standing = "([a-z_]+)"`, "seat_short_"},
		{"../*.go", `Standing = "([a-z_]+)"`, "participants_"},
		{"../*.go", `Door = "([a-z_]+)"`, "registration_"},
		{"../*.go", `(?:editorDoes|settleReply)\(ctx, who, "([a-z_]+)"`, "deed_"},
		{"../*.go", `\bdid :?= "([a-z_]+)"`, "deed_"},
		{"../*.go", `(?:onMembership|takeStep)\(ctx, who, "([a-z_]+)",`, "deed_"},
		{"../*.go", `byLink\(ctx, token, "([a-z_]+)"`, "deed_"},
		{"../*.go", `wrong\("([a-z_]+)"\)`, "problem_"},
		{"../*.go", `MembershipState = "([a-z_]+)"`, "membership_"},
		{"../*.go", `MembershipState = "([a-z_]+)"`, "membership_did_"},
		{"../*.go", `\{"([a-z]+)", .*>= ready`, "check_"},
		{"*.go", `s\.onMember\("([a-z_]+)"`, "flash_"},
		{"../*.go", `LaneState = "([a-z_]+)"`, "lane_"},
		{"../*.go", `FollowState = "([a-z_]+)"`, "follow_"},
		{"../*.go", `IssueState = "([a-z_]+)"`, "issue_state_"},
		{"*.go", `"([a-z]+)": without\(`, "flash_done_"},
		{"../../cmd/pergola/node.go", `schedule\.Every\("([a-z_]+)"`, "run_"},
	} {
		found := matches(t, kind.files, kind.find)
		if len(found) == 0 {
			t.Errorf("nothing in %s is like %s", kind.files, kind.find)
		}
		for _, name := range found {
			if name == "changed_" {
				continue // has the change behind it
			}
			for _, lang := range texts.Languages() {
				key := kind.prefix + name
				if !texts.Printer(lang).Has(key) {
					t.Errorf("there is no %s in %s", key, lang)
				}
			}
		}
	}
}

// matches are the first groups of a pattern in the source files of a pattern,
// tests left out.
func matches(t *testing.T, files, pattern string) []string {
	t.Helper()
	names, err := filepath.Glob(files)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(pattern).FindAllSubmatch(source, -1) {
			found = append(found, string(m[1]))
		}
	}
	return found
}
