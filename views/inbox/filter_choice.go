package inbox

import (
	"slices"
	"strconv"
	"strings"

	"deskbell/internal/support"
)

var (
	verifiedChoices = []choice{{"", "Any"}, {"true", "Verified"}, {"false", "Not verified"}}
	sortChoices     = []choice{{"", "Newest first"}, {support.SortWaiting, "Longest waiting first"}}
)

func priorityChoices() []choice {
	list := []choice{{"", "Any"}}
	for _, p := range support.Priorities {
		list = append(list, choice{p, priorityNames[p]})
	}
	return list
}

// with is a list that also has the value chosen now, where what it stands for is gone or nothing
// that is offered: saving a form must not lose it.
func with(list []choice, now, name string) []choice {
	if slices.ContainsFunc(list, func(c choice) bool { return c.value == now }) {
		return list
	}
	return append(list, choice{now, name})
}

func (f Filter) tags(all Choices) []choice {
	list := []choice{{"", "Any"}}
	for _, t := range all.Tags {
		list = append(list, choice{t.Name, t.Name})
	}
	return with(list, f.Tag, f.Tag)
}

func (f Filter) assignees(all Choices) []choice {
	list := []choice{{"", "Anybody"}, {assigneeMe, "Me"}, {assigneeNone, "Nobody"}}
	for _, m := range all.Members {
		list = append(list, choice{m.ID, m.Name})
	}
	return with(list, f.Assignee, "A former colleague")
}

func (f Filter) teams(all Choices) []choice {
	list := []choice{{"", "Any"}}
	for _, t := range all.Teams {
		list = append(list, choice{t.ID, t.Name})
	}
	return with(list, f.TeamID, "A deleted team")
}

func (f Filter) sites(all Choices) []choice {
	list := []choice{{"", "Any"}}
	for _, s := range all.Sites {
		list = append(list, choice{s, Site(s)})
	}
	return with(list, f.Site, Site(f.Site))
}

// waiting is Waiting as a form has it.
func (f Filter) waiting() string {
	if f.Waiting == 0 {
		return ""
	}
	return strconv.FormatInt(f.Waiting, 10)
}

func (f Filter) waits() []choice {
	list := []choice{
		{"", "Any time"}, {"5", "5 minutes"}, {"15", "15 minutes"}, {"30", "30 minutes"}, {"60", "1 hour"}, {"240", "4 hours"}, {"1440", "1 day"},
	}
	return with(list, f.waiting(), f.waiting()+" minutes")
}

// Among names the view that the filter narrows.
func (f Filter) Among() string { return "Conversations in the view “" + viewNames[f.View] + "”" }

// Words says in a few words what the filter lists.
func (f Filter) Words(all Choices) string {
	parts := []string{viewNames[f.View]}
	add := func(before, now string, list []choice) {
		i := slices.IndexFunc(list, func(c choice) bool { return c.value == now })
		if now != "" && i >= 0 {
			parts = append(parts, before+list[i].name)
		}
	}
	add("", f.Status, statuses(f.View))
	add("tag ", f.Tag, f.tags(all))
	add("assigned to ", f.Assignee, f.assignees(all))
	add("team ", f.TeamID, f.teams(all))
	add("on ", f.Site, f.sites(all))
	add("", f.Verified, verifiedChoices)
	add("", f.Priority, priorityChoices())
	add("waiting for ", f.waiting(), f.waits())
	add("", f.Sort, sortChoices)
	return strings.Join(parts, " · ")
}
