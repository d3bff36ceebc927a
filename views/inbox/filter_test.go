package inbox

import (
	"net/url"
	"testing"

	"deskbell/internal/support"
)

// What a saved view keeps comes back as the same filter, and as an address that means the same.
func TestFilterSurvivesSavingAndAddresses(t *testing.T) {
	for _, query := range []string{
		"", "view=mine", "view=mine&status=closed", "view=unassigned&tag=vip", "status=any", "status=active&assignee=me", "status=closed&assignee=none",
		"view=mentions&status=active", "view=mentions&status=closed", "view=snoozed&site=https%3A%2F%2Fshop.example", "view=spam&verified=true",
		"verified=false&priority=urgent&waiting=45&sort=waiting", "team=507f1f77bcf86cd799439011&assignee=507f1f77bcf86cd799439012",
	} {
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		f := ReadFilter(values)
		if got := FilterOf(f.ViewFilters()); got != f {
			t.Errorf("%s: saved as %+v", query, got)
		}
		again, err := url.ParseQuery(f.query())
		if len(f.query()) > 0 {
			again, err = url.ParseQuery(f.query()[1:])
		}
		if err != nil || ReadFilter(again) != f {
			t.Errorf("%s: its address is %s", query, f.Address())
		}
		want, _ := url.ParseQuery(query)
		if again.Encode() != want.Encode() {
			t.Errorf("%s became %s", query, again.Encode())
		}
	}
}

func TestFilterLeavesOutWhatItsViewExcludes(t *testing.T) {
	for query, want := range map[string]Filter{
		"view=nowhere":                          {View: support.ViewAll},
		"view=mine&assignee=none":               {View: support.ViewMine},
		"view=snoozed&status=closed":            {View: support.ViewSnoozed},
		"view=unassigned&status=any":            {View: support.ViewUnassigned},
		"view=mentions&sort=waiting":            {View: support.ViewMentions},
		"assignee=x&team=y&verified=z&sort=age": {View: support.ViewAll},
		"priority=huge&waiting=-5":              {View: support.ViewAll},
		"waiting=99999999999":                   {View: support.ViewAll, Waiting: longestWait},
	} {
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		if got := ReadFilter(values); got != want {
			t.Errorf("%s: %+v", query, got)
		}
	}
}

// What comes in live is listed by the same rules as what the tables are asked for.
func TestFilterLists(t *testing.T) {
	const now = int64(100 * 60_000)
	since := func(minutes int64) *int64 { at := now - minutes*60_000; return &at }
	with := func(change func(*support.Conversation)) support.Conversation {
		c := support.Conversation{Status: support.ConversationActive, LastSeq: 1, Site: "https://shop.example", Priority: "none", WaitingSince: since(10)}
		change(&c)
		return c
	}
	plain := with(func(*support.Conversation) {})
	closed := with(func(c *support.Conversation) { c.Status, c.WaitingSince = support.ConversationClosed, nil })
	snoozed := with(func(c *support.Conversation) { c.Snoozed, c.WaitingSince = true, nil })
	spam := with(func(c *support.Conversation) { c.Spam = true })
	mine := with(func(c *support.Conversation) { c.AssigneeID, c.Verified = "me", true })
	for _, test := range []struct {
		filter  Filter
		c       support.Conversation
		listed  bool
		unknown bool
	}{
		{Filter{}, plain, true, false}, {Filter{}, closed, false, false}, {Filter{}, snoozed, false, false}, {Filter{}, spam, false, false},
		{Filter{Status: statusAny}, closed, true, false}, {Filter{Status: statusAny}, spam, false, false},
		{Filter{Status: "active"}, snoozed, true, false}, {Filter{Status: "closed"}, closed, true, false}, {Filter{Status: "closed"}, plain, false, false},
		{Filter{View: support.ViewSpam}, spam, true, false}, {Filter{View: support.ViewMine}, mine, true, false}, {Filter{View: support.ViewMine}, plain, false, false},
		{Filter{Assignee: assigneeMe}, mine, true, false}, {Filter{Assignee: assigneeNone}, mine, false, false}, {Filter{View: support.ViewUnassigned}, mine, false, false},
		{Filter{Verified: "true"}, mine, true, false}, {Filter{Verified: "false"}, mine, false, false}, {Filter{Verified: "true"}, plain, false, false},
		{Filter{Site: "https://shop.example"}, plain, true, false}, {Filter{Site: "https://blog.example"}, plain, false, false},
		{Filter{Priority: "urgent"}, plain, false, false}, {Filter{Tag: "vip"}, plain, false, false},
		{Filter{Waiting: 10}, plain, true, false}, {Filter{Waiting: 11}, plain, false, false}, {Filter{Waiting: 1, Status: statusAny}, closed, false, false},
		// Where it stands among those who wait, only the tables know; that it does not wait is seen.
		{Filter{Sort: support.SortWaiting}, plain, true, true}, {Filter{Sort: support.SortWaiting, Status: statusAny}, closed, false, false},
		{Filter{Query: "x"}, plain, false, true}, {Filter{View: support.ViewMentions}, plain, false, true},
	} {
		listed, sure := test.filter.Lists(test.c, "me", now)
		if listed != test.listed || sure == test.unknown {
			t.Errorf("%+v of %+v: listed %v, sure %v", test.filter, test.c, listed, sure)
		}
	}
}
