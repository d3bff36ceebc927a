package ui

import (
	"html"
	"regexp"
	"strings"
	"testing"
)

func rendered(t testing.TB, text string) string {
	t.Helper()
	var out strings.Builder
	if err := Markdown(text).Render(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestMarkdownShowsWhatAgentsWrite(t *testing.T) {
	link := func(href, text string) string {
		return `<a dir="ltr" href="` + href + `" title="` + href + `" target="_blank" rel="noopener noreferrer nofollow">` + text + `</a>`
	}
	for text, want := range map[string]string{
		"plain":                              "<p>plain</p>",
		"two\n\nparts":                       "<p>two\n\nparts</p>",
		"a **bold** and *slanted* `x*y*`":    "<p>a <strong>bold</strong> and <em>slanted</em> <code>x*y*</code></p>",
		"**both *at* once**":                 "<p><strong>both </strong><strong><em>at</em></strong><strong> once</strong></p>",
		"2*3*4 and snake_case_name, * a *":   "<p>2*3*4 and snake_case_name, * a *</p>",
		"**open":                             "<p>**open</p>",
		"Do:\n- one\n- **two**\nthen":        "<p>Do:</p><ul><li>one</li><li><strong>two</strong></li></ul><p>then</p>",
		"3. c\n4. d":                         `<ol start="3"><li>c</li><li>d</li></ol>`,
		"> said\n> so\nyes":                  "<blockquote><p>said</p><p>so</p></blockquote><p>yes</p>",
		"```js\na < b **c**\n```\nok":        "<pre tabindex=\"0\"><code>a &lt; b **c**</code></pre><p>ok</p>",
		"```\nopen":                          "<p>```\nopen</p>",
		"**see https://e.com/a_b_c.**":       "<p><strong>see </strong><strong>" + link("https://e.com/a_b_c", "https://e.com/a_b_c") + "</strong><strong>.</strong></p>",
		"[here](https://e.com)!":             "<p>" + link("https://e.com", "here") + "!</p>",
		"[here](javascript:alert(1))":        "<p>[here](javascript:alert(1))</p>",
		"mailto:ann@shop.example.":           "<p>" + link("mailto:ann@shop.example", "mailto:ann@shop.example") + ".</p>",
		"https://bank.example@evil.example/": "<p>https://bank.example@evil.example/</p>",
		"https://e.com/\u202egpj.exe":        "<p>" + link("https://e.com/", "https://e.com/") + "\u202egpj.exe</p>",
		"<b>no</b>":                          "<p>&lt;b&gt;no&lt;/b&gt;</p>",
	} {
		if got := rendered(t, text); got != want {
			t.Errorf("%q\n got %s\nwant %s", text, got, want)
		}
	}
}

var tag = regexp.MustCompile(`<[^>]*>`)
var known = regexp.MustCompile(`^</?(p|ul|li|strong|em|code|blockquote)>$|^<pre tabindex="0">$|^</pre>$|^</a>$|^</?ol>$|^<ol start="\d+">$|` +
	`^<a dir="ltr" href="(?i:https?://|mailto:)[^"<>]*" title="[^"<>]*" target="_blank" rel="noopener noreferrer nofollow">$`)

// Whatever is written, only known tags come out, and no letter gets lost.
func FuzzMarkdown(f *testing.F) {
	for _, seed := range []string{"**a *b* `c`**", "- a\n1. b\n> c\n```\nd\n```", "[x](https://e.com) https://e.com/\"onmouseover=x", "*_*_**__", "<script>"} {
		f.Add(seed)
	}
	letters := func(s string) int { return strings.Count(s, "q") + strings.Count(s, "w") }
	f.Fuzz(func(t *testing.T, text string) {
		out := rendered(t, text)
		for _, found := range tag.FindAllString(out, -1) {
			if !known.MatchString(found) {
				t.Fatalf("%q became %q", text, found)
			}
		}
		shown := html.UnescapeString(tag.ReplaceAllString(out, ""))
		if !strings.Contains(text, "```") && !strings.Contains(text, "](") && letters(shown) != letters(text) {
			t.Fatalf("%q shows %q", text, shown)
		}
	})
}
