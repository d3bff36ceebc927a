// Package inbox holds the conversation list, the thread and what stands beside it.
package inbox

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"deskbell/internal/support"
)

// memberName is a colleague's name, with whether they are away.
func memberName(m support.Member) string {
	if m.Away {
		return m.Name + " (away)"
	}
	return m.Name
}

// Name is what a conversation is called.
func Name(c support.Conversation) string { return c.Called() }

// ContactName is what a contact is called.
func ContactName(k support.Contact) string { return k.Called() }

// claims are what the newest session says about itself.
func claims(sessions []support.Session) support.Claims {
	if len(sessions) == 0 {
		return support.Claims{}
	}
	return sessions[0].Claims
}

// Site is a token's origin without its scheme, which says nothing in a narrow list.
func Site(domain string) string {
	return strings.TrimPrefix(strings.TrimPrefix(domain, "https://"), "http://")
}

type attribute struct{ key, value string }

// attributes lists the visitor's own fields in the order of their names; values that are not
// plain are shown as JSON.
func attributes(raw json.RawMessage) []attribute {
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil {
		return nil
	}
	list := make([]attribute, 0, len(fields))
	for key, value := range fields {
		list = append(list, attribute{key, plain(value)})
	}
	slices.SortFunc(list, func(a, b attribute) int { return strings.Compare(a.key, b.key) })
	return list
}

func plain(value json.RawMessage) string {
	var text string
	if json.Unmarshal(value, &text) == nil {
		return text
	}
	var pretty bytes.Buffer
	if json.Indent(&pretty, value, "", "  ") != nil {
		return string(value)
	}
	return pretty.String()
}

func clip(s string, runes int) string {
	r := []rune(s)
	if len(r) <= runes {
		return s
	}
	return string(r[:runes-1]) + "…"
}
