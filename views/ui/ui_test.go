package ui

import (
	"context"
	"strings"
	"testing"
	"time"
)

func TestProseLinksAddressesAndEscapesTheRest(t *testing.T) {
	cases := map[string]string{
		"see https://example.com/a?b=1&c=2.": `see <a dir="ltr" href="https://example.com/a?b=1&amp;c=2" title="https://example.com/a?b=1&amp;c=2" target="_blank" rel="noopener noreferrer nofollow">https://example.com/a?b=1&amp;c=2</a>.`,
		"(http://localhost:3000/x)":          `(<a dir="ltr" href="http://localhost:3000/x" title="http://localhost:3000/x" target="_blank" rel="noopener noreferrer nofollow">http://localhost:3000/x</a>)`,
		"javascript:alert(1)":                `javascript:alert(1)`,
		"<img src=x onerror=alert(1)>":       `&lt;img src=x onerror=alert(1)&gt;`,
		`https://e.com/"onmouseover="x`:      `<a dir="ltr" href="https://e.com/" title="https://e.com/" target="_blank" rel="noopener noreferrer nofollow">https://e.com/</a>&#34;onmouseover=&#34;x`,
		"two\nlines":                         "two\nlines",
	}
	for text, want := range cases {
		var out strings.Builder
		if err := Prose(text).Render(t.Context(), &out); err != nil {
			t.Fatal(err)
		}
		if out.String() != want {
			t.Errorf("Prose(%q)\n got %s\nwant %s", text, out.String(), want)
		}
	}
}

func TestTimesAreToldInTheReadersZone(t *testing.T) {
	now := time.Date(2025, 10, 8, 23, 30, 0, 0, time.UTC)
	ms := func(t time.Time) int64 { return t.UnixMilli() }
	tokyo := time.FixedZone("JST", 9*3600)
	ctx := WithClock(context.Background(), now, tokyo)
	for _, c := range []struct {
		name string
		got  string
		want string
	}{
		{"today", Format(ctx, ms(now.Add(-time.Hour)), Short), "07:30"},
		{"within a week", Format(ctx, ms(now.Add(-48*time.Hour)), Short), "Tue"},
		{"this year", Format(ctx, ms(now.AddDate(0, -1, 0)), Short), "9 Sep"},
		{"another year", Format(ctx, ms(now.AddDate(-1, 0, 0)), Short), "9 Oct 2024"},
		{"full", Format(ctx, ms(now), Full), "9 Oct 2025, 08:30"},
		{"day line today", Day(ctx, ms(now)), "Today"},
		{"day line yesterday", Day(ctx, ms(now.Add(-10*time.Hour))), "Yesterday"},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, c.got, c.want)
		}
	}
	if SameDay(ctx, ms(now), ms(now.Add(-10*time.Hour))) {
		t.Error("23:30 UTC and 13:30 UTC are two days in Tokyo")
	}
}
