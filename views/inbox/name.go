// Package inbox holds the conversation list, the thread and what stands beside it.
package inbox

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"deskbell/internal/support"
)

// Name is what a conversation is called: of a verified visitor the stored contact's name, of
// anybody else what they call themselves. A stranger who claims an address must not borrow its
// owner's name.
func Name(c support.Conversation) string {
	if c.Verified && c.Contact.Name == "" && c.ClaimedName != "" {
		return c.ClaimedName
	}
	if c.Verified {
		return ContactName(c.Contact)
	}
	return ContactName(support.Contact{ID: c.Contact.ID, Name: c.ClaimedName})
}

// ContactName is what a contact is called: by name, else by address, else by the end of its id.
func ContactName(k support.Contact) string {
	for _, name := range []string{k.Name, k.Email, k.Phone} {
		if name != "" {
			return name
		}
	}
	tail := k.ID
	if len(tail) > 4 {
		tail = tail[len(tail)-4:]
	}
	return "Visitor " + tail
}

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
