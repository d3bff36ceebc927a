package search

import (
	"strings"

	"deskbell/internal/support"
)

// JumpProps is what the jump box offers for what was typed.
type JumpProps struct {
	Query         string
	Admin         bool
	Contacts      []support.ListedContact
	Conversations []support.Conversation
}

type destination struct{ name, path, icon string }

var (
	teamPages = []destination{
		{"Inbox", "/inbox", "inbox"}, {"My conversations", "/inbox?view=mine", "inbox"}, {"Unassigned conversations", "/inbox?view=unassigned", "inbox"},
		{"Closed conversations", "/inbox?view=closed", "inbox"}, {"Contacts", "/contacts", "users"}, {"Search", "/search", "search"},
		{"Alerts", "/settings/alerts", "bell"}, {"Settings", "/settings", "settings"}, {"Canned replies", "/settings/replies", "message-circle"},
		{"Saved views", "/settings/views", "inbox"},
	}
	adminPages = []destination{
		{"Tokens", "/settings/tokens", "key-round"}, {"Widget", "/settings/widget", "sliders-horizontal"}, {"People", "/settings/people", "user-plus"}, {"Blocks", "/settings/blocks", "lock"}, {"Outbox", "/settings/outbox", "mail"},
		{"Webhooks", "/settings/webhooks", "webhook"}, {"Retention", "/settings/retention", "clock"},
		{"Audit", "/settings/audit", "scroll-text"},
	}
)

// pages are those whose name has what was typed.
func (p JumpProps) pages() (list []destination) {
	all := teamPages
	if p.Admin {
		all = append(all[:len(all):len(all)], adminPages...)
	}
	for _, d := range all {
		if strings.Contains(strings.ToLower(d.name), strings.ToLower(p.Query)) {
			list = append(list, d)
		}
	}
	return list
}
