package main_test

import (
	"go/ast"
	"slices"
	"testing"
)

// frequentBugs are those that programs of the fediverse had again and again,
// and the tests that we have of each.
var frequentBugs = []struct {
	bug   string
	tests []string
}{
	{"signed GETs do not verify: query, host, escaped paths", []string{"TestFetchIsSigned", "TestSignedRequestsVerifyOverHTTP", "TestCavageOfOthers", "TestMessagesOfOthers"}},
	{"two hosts that ask for signatures wait for each other", []string{"TestBothSidesAskForSignatures"}},
	{"a proxy confuses scheme or host", []string{"TestBehindAProxy", "TestHostsAreTheSameInOtherSpelling", "TestIDsAreOfTheBaseURL", "TestUnknownHostIsMisdirected"}},
	{"a Follow stays requested for ever", []string{"TestReceiveFollow", "TestMastodonUserFollowsACluster", "TestFedify", "TestNothingIsLostWhenAProcessIsKilled"}},
	{"titles and texts vanish at microblogs", []string{"TestNeeds", "TestCompose", "TestNoFormThatPeersRefuse", "TestWire", "TestFedify"}},
	{"edits are not applied", []string{"TestChangesArrive", "TestOddOrders", "TestPublishAndChange", "TestFedify"}},
	{"deletions come by the thousand, keys are gone", []string{"TestInboxDeleteOfTheUnknown", "TestInboxDeleteWithoutKey"}},
	{"activities are taken twice, or lost", []string{"TestOddOrders", "TestAttackRetry", "TestReceiveFollow", "TestEachJobIsDoneOnce"}},
	{"one value stands for an array, or in one", []string{"TestInboxOddActivities", "TestInboxOddActors", "TestObjectInAllShapes", "TestOneValueHasOneForm"}},
	{"a new key ends a connection", []string{"TestKeyRotation", "TestOurKeyChanges", "TestKeysAreRenewed"}},
	{"handles and hosts disagree", []string{"TestLookupOfOthers", "TestWebfinger", "TestHostMeta"}},
	{"new followers see no history", []string{"TestFetchOutbox", "TestMastodonUserFollowsACluster", "TestLongBackCatalogue"}},
	{"events disappoint", []string{"TestEditorHoldsAnEvent", "TestMobilizonFollowsAnInstance", "TestEventChanges", "TestForeignEvents", "TestEventOfMobilizon", "TestEventOfGancio"}},
	{"deliveries are not repeated, or repeated for ever", []string{"TestPostAnswers", "TestJudge", "TestADeadHostDelaysNobodyElse", "TestAHoldThatWasAskedForIsHonoured", "TestAHostDownForDaysIsUnavailableAndItsJobsGivenUp", "TestAssociationWasDown", "TestInboxesThatAreNotFound"}},
	{"security: forged origins, uploads, inner addresses, replays", []string{"TestAttacks", "TestActorBehindARedirect", "TestAttackAddresses", "TestAttackNames", "TestAttackMediaTypes", "TestAttackReplays", "TestAttackAmplification", "TestInjection"}},
}

// Each frequent bug has a test, under the name by which it stands there.
func TestFrequentBugs(t *testing.T) {
	files, _ := readTree(t)
	var there []string
	for _, f := range files {
		for _, decl := range f.tree.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && f.test && fn.Recv == nil {
				there = append(there, fn.Name.Name)
			}
		}
	}
	for _, b := range frequentBugs {
		for _, name := range b.tests {
			if !slices.Contains(there, name) {
				t.Errorf("%s: there is no %s", b.bug, name)
			}
		}
	}
}
