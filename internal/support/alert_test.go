package support

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	"deskbell/internal/db/dbtest"
)

// Reminders concern open conversations of one's scope that wait, and nothing else.
func TestWaitingBetween(t *testing.T) {
	ctx := t.Context()
	d := dbtest.New(t)
	all := addInbox(t, d, 400)
	slices.SortFunc(all, func(a, b Conversation) int { return cmp.Compare(a.ID, b.ID) })
	const from, to = 1000, 1060
	for _, scope := range AlertScopes {
		want := []string{}
		for _, c := range all {
			settings := AlertSettings{Scope: scope}
			if c.AccountID == "a" && c.shelf() == shelfOpen && c.LastSeq > 0 && c.WaitingSince != nil && *c.WaitingSince >= from && *c.WaitingSince <= to && settings.covers(c, me) {
				want = append(want, c.ID)
			}
		}
		got, err := waitingBetween(ctx, d.Read(), Actor{AccountID: "a", UserID: me}, scope, from, to)
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(got)
		if len(want) == 0 || len(want) > waitingLooked || !slices.Equal(got, want) {
			t.Errorf("%s: want %v, got %v", scope, want, got)
		}
	}
	query, args := waitingQuery(Actor{AccountID: "a", UserID: me}, AlertUnassigned, from, to)
	if p := plan(t, d, query, args...); !strings.Contains(p, "support_conversations_waiting") || strings.Contains(p, "TEMP B-TREE") {
		t.Errorf("a reminder looks through too much: %s", p)
	}
}
