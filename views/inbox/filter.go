package inbox

import (
	"net/url"
	"slices"

	"deskbell/internal/support"
)

// Filter is what the list shows; it travels in every address of the inbox.
type Filter struct {
	// View is one of support.Views; support.ViewAll is the default.
	View  string
	Query string
	Tag   string
	// Assignee is a user's id, TeamID a team's.
	Assignee string
	TeamID   string
	// Sort is support.SortWaiting, or empty.
	Sort string
}

// pairs are the names and values as an address has them; defaults are left out.
func (f Filter) pairs() [][2]string {
	view := f.View
	if view == support.ViewAll {
		view = ""
	}
	all := [][2]string{{"view", view}, {"q", f.Query}, {"tag", f.Tag}, {"assignee", f.Assignee}, {"team", f.TeamID}, {"sort", f.Sort}}
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

// narrowed says that more than the view leaves conversations out.
func (f Filter) narrowed() bool { return f.Tag != "" || f.Assignee != "" || f.TeamID != "" }

// in is the filter in another view.
func (f Filter) in(view string) Filter {
	f.View = view
	return f
}

// ConversationFilter is the filter in the words of the domain.
func (f Filter) ConversationFilter() support.ConversationFilter {
	return support.ConversationFilter{View: f.View, Query: f.Query, Tag: f.Tag, Assignee: f.Assignee, TeamID: f.TeamID, Sort: f.Sort}
}

// FilterOf is a saved view's filter, as far as the list has fields for it.
func FilterOf(f support.ConversationFilter) Filter {
	out := Filter{View: f.View, Tag: f.Tag, Assignee: f.Assignee, TeamID: f.TeamID}
	if out.View == "" {
		out.View = support.ViewAll
	}
	if f.Sort == support.SortWaiting {
		out.Sort = f.Sort
	}
	return out
}

// Lists says whether the filter lists a conversation, for its reader; sure is false where only the
// tables can tell.
func (f Filter) Lists(c support.Conversation, userID string) (listed, sure bool) {
	if f.Query != "" || f.View == support.ViewMentions || f.Sort != "" {
		return false, false
	}
	if c.LastMessageAt == nil && c.LastSeq == 0 {
		return false, true
	}
	open := c.Status == support.ConversationActive && !c.Spam && !c.Snoozed
	switch f.View {
	case support.ViewMine:
		listed = open && c.AssigneeID == userID
	case support.ViewUnassigned:
		listed = open && c.AssigneeID == ""
	case support.ViewSnoozed:
		listed = c.Snoozed
	case support.ViewClosed:
		listed = c.Status == support.ConversationClosed && !c.Spam
	case support.ViewSpam:
		listed = c.Spam
	default:
		listed = open
	}
	return listed && (f.Tag == "" || slices.Contains(c.Tags, f.Tag)) && (f.Assignee == "" || c.AssigneeID == f.Assignee) &&
		(f.TeamID == "" || c.TeamID == f.TeamID), true
}

// Choices is what conversations can be filtered by, and given to.
type Choices struct {
	Counts  map[string]support.ViewCount
	Saved   []support.SavedView
	Tags    []support.Tag
	Members []support.Member
	Teams   []support.Team
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
