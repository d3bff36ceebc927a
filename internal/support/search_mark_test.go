package support

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestMarksAreTheWordsASearchFindsATextBy(t *testing.T) {
	for _, c := range []struct{ text, query, want string }{
		{"The delivery of my café table is late", "late delivery", "The [delivery] of my café table is [late]"},
		{"The delivery of my café table is late", "CAFE", "The delivery of my [café] table is late"},
		{"Deliveries, delivered; delivery", "deliver", "[Deliveries], [delivered]; [delivery]"},
		{"deliver delivery", "delivery x", "deliver [delivery]"},
		{"write to jane@customer.example!", "jane@customer.example", "write to [jane]@[customer].[example]!"},
		{"a b", "a", "[a] b"},
		{"abc", "a", "abc"},
		{"<b>bold</b>", "bold", "<b>[bold]</b>"},
		{"nothing", `"*`, "nothing"},
		{"übergröße", "ubergro", "[übergröße]"},
	} {
		marked := c.text
		for _, m := range slices.Backward(Marks(c.text, c.query)) {
			marked = marked[:m.From] + "[" + marked[m.From:m.To] + "]" + marked[m.To:]
		}
		if marked != c.want {
			t.Errorf("%q in %q: got %q, want %q", c.query, c.text, marked, c.want)
		}
	}
}

func FuzzMarks(f *testing.F) {
	f.Add("The delivery of my café", "cafe")
	f.Add("\xff\u0301e", "e\u0301")
	f.Fuzz(func(t *testing.T, text, query string) {
		end := 0
		for _, m := range Marks(text, query) {
			if m.From < end || m.To <= m.From || m.To > len(text) || utf8.ValidString(text) && !utf8.ValidString(text[m.From:m.To]) {
				t.Fatalf("%v in %q", m, text)
			}
			if strings.ContainsAny(text[m.From:m.To], "<> ") {
				t.Fatalf("no word: %q", text[m.From:m.To])
			}
			end = m.To
		}
	})
}
