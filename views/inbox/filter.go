package inbox

import (
	"net/url"
	"slices"
	"strconv"

	"deskbell/internal/id"
	"deskbell/internal/support"
)

// Whom a list can be narrowed to besides a user's id.
const (
	assigneeMe   = "me"
	assigneeNone = "none"
)

// statusAny lists what is open, snoozed and closed alike.
const statusAny = "any"

// Filter is what the list shows; it travels in every address of the inbox.
type Filter struct {
	// View is one of support.Views; support.ViewAll is the default.
	View  string
	Query string
	Tag   string
	// Assignee is a user's id, "me" or "none"; TeamID is a team's id.
	Assignee string
	TeamID   string
	// Status is one of those that the view offers: see statuses.
	Status string
	// Site is the domain that the conversations began at.
	Site string
	// Verified is "true", "false", or empty for both.
	Verified string
	// Priority is one of support.Priorities.
	Priority string
	// Waiting is for how many minutes the visitor must at least have waited; 0 lists all.
	Waiting int64
	// Sort is support.SortWaiting, or empty.
	Sort string
}

// choice is a value of a filter and what people call it.
type choice struct{ value, name string }

// statuses are what a view can be narrowed to by status; the first one is what it lists by itself.
func statuses(view string) []choice {
	switch view {
	case support.ViewAll:
		return []choice{{"", "Open"}, {support.ConversationActive, "Open or snoozed"}, {support.ConversationClosed, "Closed"}, {statusAny, "Any"}}
	case support.ViewMine, support.ViewUnassigned:
		return []choice{{"", "Open"}, {support.ConversationClosed, "Closed"}}
	case support.ViewMentions:
		return []choice{{"", "Any"}, {support.ConversationActive, "Open or snoozed"}, {support.ConversationClosed, "Closed"}}
	}
	return nil
}

// ReadFilter takes a filter from an address or a form; what is unknown, or can't be combined with
// the view, becomes the default.
func ReadFilter(values url.Values) Filter {
	known := func(name string, valid func(string) bool) string {
		if value := values.Get(name); valid(value) {
			return value
		}
		return ""
	}
	waiting, _ := strconv.ParseInt(values.Get("waiting"), 10, 64)
	return Filter{
		View: values.Get("view"), Tag: values.Get("tag"), Site: values.Get("site"), Status: values.Get("status"),
		Assignee: known("assignee", func(who string) bool { return who == assigneeMe || who == assigneeNone || id.Valid(who) }),
		TeamID:   known("team", id.Valid),
		Verified: known("verified", func(yes string) bool { return yes == "true" || yes == "false" }),
		Priority: known("priority", func(p string) bool { return slices.Contains(support.Priorities, p) }),
		Waiting:  min(max(waiting, 0), longestWait),
		Sort:     known("sort", func(sort string) bool { return sort == support.SortWaiting }),
	}.settled()
}

// longestWait is a year, in minutes.
const longestWait = 365 * 24 * 60

// settled is the filter without what can't be combined with its view.
func (f Filter) settled() Filter {
	if !slices.Contains(support.Views, f.View) {
		f.View = support.ViewAll
	}
	if !f.assignable() {
		f.Assignee = ""
	}
	if !slices.ContainsFunc(statuses(f.View), func(s choice) bool { return s.value == f.Status }) {
		f.Status = ""
	}
	if f.View == support.ViewMentions {
		f.Sort = ""
	}
	return f
}

// assignable says that the view leaves open who takes care.
func (f Filter) assignable() bool {
	return f.View != support.ViewMine && f.View != support.ViewUnassigned
}

// pairs are the names and values as an address has them; defaults are left out.
func (f Filter) pairs() [][2]string {
	view, waiting := f.View, ""
	if view == support.ViewAll {
		view = ""
	}
	if f.Waiting > 0 {
		waiting = strconv.FormatInt(f.Waiting, 10)
	}
	all := [][2]string{
		{"view", view}, {"q", f.Query}, {"tag", f.Tag}, {"assignee", f.Assignee}, {"team", f.TeamID}, {"status", f.Status}, {"site", f.Site},
		{"verified", f.Verified}, {"priority", f.Priority}, {"waiting", waiting}, {"sort", f.Sort},
	}
	return slices.DeleteFunc(all, func(pair [2]string) bool { return pair[1] == "" })
}

// but is pairs without one name, for a form that has a field for it.
func (f Filter) but(name string) [][2]string {
	return slices.DeleteFunc(f.pairs(), func(pair [2]string) bool { return pair[0] == name })
}

// query writes the filter as the tail of an address: nothing for the default, else ?….
func (f Filter) query(more ...string) string {
	v := url.Values{}
	for _, pair := range f.pairs() {
		v.Set(pair[0], pair[1])
	}
	for i := 0; i+1 < len(more); i += 2 {
		v.Set(more[i], more[i+1])
	}
	if len(v) == 0 {
		return ""
	}
	return "?" + v.Encode()
}

// Address is where the inbox shows the filter.
func (f Filter) Address() string { return "/inbox" + f.query() }

// narrowed says that more than the view leaves conversations out.
func (f Filter) narrowed() bool {
	f.Query, f.Sort = "", ""
	return f != (Filter{View: f.View})
}

// in is the filter in another view, without what that can't be combined with.
func (f Filter) in(view string) Filter {
	f.View = view
	return f.settled()
}

// ConversationFilter is the filter in the words of the domain.
func (f Filter) ConversationFilter() support.ConversationFilter {
	out := f.ViewFilters().Filter()
	out.Query = f.Query
	return out
}

// ViewFilters is what a saved view keeps of the filter.
func (f Filter) ViewFilters() support.ViewFilters {
	out := support.ViewFilters{
		View: f.View, Status: f.Status, Assignee: f.Assignee, Team: f.TeamID, Tag: f.Tag, Site: f.Site, Priority: f.Priority, Waiting: f.Waiting, Sort: f.Sort,
	}
	if f.Verified != "" {
		yes := f.Verified == "true"
		out.Verified = &yes
	}
	// The domain's own "all" holds what is open; without a view its lists go further.
	if f.View == support.ViewAll && (f.Status == statusAny || f.Status == support.ConversationActive) {
		out.View = ""
	}
	if f.Status == statusAny {
		out.Status = ""
	}
	return out
}

// FilterOf is a saved view's filter.
func FilterOf(v support.ViewFilters) Filter {
	out := Filter{
		View: v.View, Status: v.Status, Assignee: v.Assignee, TeamID: v.Team, Tag: v.Tag, Site: v.Site, Priority: v.Priority, Waiting: v.Waiting,
	}
	switch {
	case v.View == "" && v.Status == "":
		out.View, out.Status = support.ViewAll, statusAny
	case v.View == "":
		out.View = support.ViewAll
	case v.Status == support.ConversationActive && v.View != support.ViewMentions:
		out.Status = ""
	}
	if v.Verified != nil {
		out.Verified = strconv.FormatBool(*v.Verified)
	}
	if v.Sort == support.SortWaiting {
		out.Sort = v.Sort
	}
	return out.settled()
}

// Lists says whether the filter lists a conversation at a time in Unix milliseconds, for its reader;
// sure is false where only the tables can tell, or where in the list it then stands.
func (f Filter) Lists(c support.Conversation, userID string, now int64) (listed, sure bool) {
	if f.Query != "" || f.View == support.ViewMentions {
		return false, false
	}
	if c.LastMessageAt == nil && c.LastSeq == 0 {
		return false, true
	}
	switch {
	case f.View == support.ViewSnoozed:
		listed = c.Snoozed
	case f.View == support.ViewSpam:
		listed = c.Spam
	case f.View == support.ViewClosed || f.Status == support.ConversationClosed:
		listed = c.Status == support.ConversationClosed && !c.Spam
	case f.Status == statusAny:
		listed = !c.Spam
	default:
		listed = c.Status == support.ConversationActive && !c.Spam && (!c.Snoozed || f.Status == support.ConversationActive)
	}
	waits := c.WaitingSince != nil && *c.WaitingSince <= now-f.Waiting*60_000
	listed = listed && f.has(c, userID) && (waits || f.Waiting == 0 && f.Sort == "")
	return listed, !listed || f.Sort == ""
}

// has says that a conversation is what the filter asks for, wherever it lies.
func (f Filter) has(c support.Conversation, userID string) bool {
	assignee := f.Assignee
	switch {
	case f.View == support.ViewMine || assignee == assigneeMe:
		assignee = userID
	case f.View == support.ViewUnassigned:
		assignee = assigneeNone
	}
	return (assignee == "" || c.AssigneeID == assignee || assignee == assigneeNone && c.AssigneeID == "") &&
		(f.Tag == "" || slices.Contains(c.Tags, f.Tag)) && (f.TeamID == "" || c.TeamID == f.TeamID) && (f.Site == "" || c.Site == f.Site) &&
		(f.Verified == "" || f.Verified == strconv.FormatBool(c.Verified)) && (f.Priority == "" || c.Priority == f.Priority)
}

// Choices is what conversations can be filtered by, and given to.
type Choices struct {
	Counts  map[string]support.ViewCount
	Saved   []support.SavedView
	Tags    []support.Tag
	Members []support.Member
	Teams   []support.Team
	Sites   []string
}

// viewNames are the views as people call them.
var viewNames = map[string]string{
	support.ViewMine: "Mine", support.ViewUnassigned: "Unassigned", support.ViewAll: "All", support.ViewMentions: "Mentions",
	support.ViewSnoozed: "Snoozed", support.ViewClosed: "Closed", support.ViewSpam: "Spam",
}

var priorityNames = map[string]string{"none": "No priority", "low": "Low", "high": "High", "urgent": "Urgent"}

// nothingIn says what an empty view means, for those whose emptiness is not simply good news.
var nothingIn = map[string][2]string{
	support.ViewMine:       {"Nothing is yours", "Take a conversation, or have a colleague give you one."},
	support.ViewUnassigned: {"Everybody is taken care of", "Conversations that nobody has taken show up here."},
	support.ViewMentions:   {"Nobody has mentioned you", "Notes with your @name show up here."},
	support.ViewSnoozed:    {"Nothing is snoozed", "Snooze a conversation to see it again later, or when the visitor writes."},
	support.ViewClosed:     {"Nothing closed yet", "Conversations you close are kept here. A new message opens them again."},
	support.ViewSpam:       {"No spam", "What you mark as spam is kept here and disturbs nobody."},
}
