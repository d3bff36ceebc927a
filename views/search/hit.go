package search

import (
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/a-h/templ"

	"deskbell/internal/support"
	"deskbell/views/inbox"
)

// piece is a part of a text that is marked or not.
type piece struct {
	text   string
	marked bool
}

// How much of a long text a result shows, in bytes: what stands before its first hit, and in all.
const (
	leadBytes    = 80
	excerptBytes = 320
)

// excerpt cuts a text to what is around its first hit, and that into pieces.
func excerpt(text, query string) []piece {
	marks := support.Marks(text, query)
	from, to := 0, len(text)
	if len(marks) > 0 && marks[0].From > leadBytes && len(text) > excerptBytes {
		from = boundary(text, marks[0].From-leadBytes)
	}
	if to-from > excerptBytes {
		to = boundary(text, from+excerptBytes)
	}
	var pieces []piece
	plain := func(s string) {
		if s != "" {
			pieces = append(pieces, piece{text: s})
		}
	}
	at := from
	if from > 0 {
		plain("…")
	}
	for _, m := range marks {
		if m.From < at || m.To > to {
			continue
		}
		plain(text[at:m.From])
		pieces = append(pieces, piece{text[m.From:m.To], true})
		at = m.To
	}
	if to < len(text) {
		plain(strings.TrimRight(text[at:to], " \n"))
	} else {
		plain(text[at:to])
	}
	if to < len(text) {
		plain("…")
	}
	return pieces
}

// boundary is the next position from at on where a text may be cut: after a space if one is near,
// and never within a character.
func boundary(text string, at int) int {
	if space := strings.IndexAny(text[at:min(at+24, len(text))], " \n"); space >= 0 {
		return at + space + 1
	}
	for at < len(text) && !utf8.RuneStart(text[at]) {
		at++
	}
	return at
}

// threadPath leads into a conversation at a message.
func threadPath(m support.Message) templ.SafeURL {
	return templ.SafeURL("/inbox/" + m.ConversationID + "?m=" + strconv.FormatInt(m.Seq, 10) + "#m-" + m.ID)
}

func path(page, query, cursor string) templ.SafeURL {
	v := url.Values{"q": {query}}
	if cursor != "" {
		v.Set("cursor", cursor)
	}
	return templ.SafeURL(page + "?" + v.Encode())
}

// addresses are what a contact can be reached by, as far as they are not its name.
func addresses(k support.Contact) []string {
	var list []string
	for _, address := range []string{k.Email, k.Phone} {
		if address != "" && address != inbox.ContactName(k) {
			list = append(list, address)
		}
	}
	return list
}
