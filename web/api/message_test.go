package api

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"deskbell/internal/support"
)

// FuzzMessageJSON holds the message's own way of writing JSON to the library's.
func FuzzMessageJSON(f *testing.F) {
	f.Add("Ann", "Hello", int64(1), int64(0), true, false)
	f.Add("", "<b>\"quoted\" & back\\slash</b>\n\u2028\x00", int64(1<<40), int64(1791504000123), false, true)
	f.Add("😀 \u202e", "日本語", int64(-1), int64(1), false, false)
	f.Fuzz(func(t *testing.T, name, text string, seq, at int64, private, file bool) {
		if !utf8.ValidString(name) || !utf8.ValidString(text) || at < 0 || at > 253402300799999 {
			return // the first are refused when they come in, the others are no times of this calendar
		}
		m := support.Message{
			ID: "66f1a2b3c4d5e6f7a8b9c0d1", ConversationID: "66f1a2b3c4d5e6f7a8b9c0d2", Seq: seq, ClientID: "a-Z.0_:",
			SenderType: "agent", SenderID: "66f1a2b3c4d5e6f7a8b9c0d3", SenderName: name, Private: private, Text: text, CreatedAt: at,
		}
		if at > 0 {
			m.EditedAt, m.DeletedAt = &at, &at
		}
		if file {
			m.Files = []support.File{{ID: "66f1a2b3c4d5e6f7a8b9c0d4", Name: text, Size: seq, ContentType: "text/plain", CreatedAt: at}}
		}
		for _, shown := range []messageJSON{showMessage(m), showTeamMessage(m)} {
			want, err := json.Marshal(shown)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := shown.AppendJSON(nil); err != nil || string(got) != string(want) {
				t.Errorf("got  %s\nwant %s\n%v", got, want, err)
			}
		}
	})
}
