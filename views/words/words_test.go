package words

import (
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"deskbell/widget/src/languages"
)

func TestEveryLanguageOfTheWidgetHasEveryText(t *testing.T) {
	if got, want := Languages(), languages.Tags(); !slices.Equal(got, want) {
		t.Fatalf("the console speaks %v, the widget %v", got, want)
	}
	english := all[Fallback]
	for language, texts := range all {
		for name := range texts {
			if english[name] == nil {
				t.Errorf("%s has %s, which English lacks", language, name)
			}
		}
		for name, source := range english {
			text := texts[name]
			if len(text) == 0 {
				t.Errorf("%s lacks %s", language, name)
				continue
			}
			wanted := []string{other}
			if len(source) > 1 {
				wanted = formsOf(language)
			}
			for _, form := range wanted {
				if strings.TrimSpace(text[form]) == "" {
					t.Errorf("%s: %s lacks the form %q", language, name, form)
				}
			}
			if len(source) == 1 {
				sameParts(t, language, name, source[other], text[other])
			}
		}
	}
}

// sameParts compares gaps, code and links. What is said about a field leaves the field out, and what
// follows from the page may be left out too.
func sameParts(t *testing.T, language, name, english, text string) {
	t.Helper()
	gaps := func(s string) []string { return slices.Sorted(slices.Values(gapForm.FindAllString(s, -1))) }
	had, has := gaps(english), gaps(text)
	if strings.HasPrefix(name, "said.") {
		had = slices.DeleteFunc(had, func(gap string) bool { return gap == "{field}" })
		has = slices.DeleteFunc(has, func(gap string) bool { return gap == "{field}" })
	}
	if !slices.Equal(had, has) {
		t.Errorf("%s: %s has the gaps %v, English %v", language, name, has, had)
	}
	marked := func(s string) (parts []string) {
		for _, p := range split(s) {
			switch p.kind {
			case "code":
				parts = append(parts, p.text)
			case "link":
				parts = append(parts, p.href)
			}
		}
		return slices.Sorted(slices.Values(parts))
	}
	if had, has := marked(english), marked(text); !slices.Equal(had, has) {
		t.Errorf("%s: %s has the marks %v, English %v", language, name, has, had)
	}
}

// Names that a page builds of a prefix and a value stand in for every name that begins so.
var called = regexp.MustCompile(`"([a-z]+\.[A-Za-z_0-9]*)"`)

func TestPagesNameTextsThatAreThere(t *testing.T) {
	used, unknown := map[string]bool{}, map[string]string{}
	read := func(root string) {
		err := fs.WalkDir(os.DirFS(root), ".", func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || strings.HasSuffix(path, "_templ.go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			if !strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, ".templ") {
				return nil
			}
			content, err := os.ReadFile(root + "/" + path)
			for _, match := range called.FindAllStringSubmatch(string(content), -1) {
				used[match[1]] = true
			}
			for _, match := range regexp.MustCompile(`words\.(?:Say|Count|Rich)\((?:ctx, )?"([^"]*[^".])"`).FindAllStringSubmatch(string(content), -1) {
				if all[Fallback][match[1]] == nil {
					unknown[match[1]] = path
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	read("..")
	read("../../web/console")
	for name, path := range unknown {
		t.Errorf("%s names %q, and there is no such text", path, name)
	}
	for _, name := range slices.Sorted(maps.Keys(all[Fallback])) {
		page, _, _ := strings.Cut(name, ".")
		if page != "said" && !used[name] && !used[page+"."] {
			t.Errorf("no page shows %s", name)
		}
	}
	for _, section := range languages.Sections() {
		if all[Fallback]["part."+section.Name] == nil {
			t.Errorf("the part %s of the widget has no name", section.Name)
		}
	}
}

func TestPlurals(t *testing.T) {
	for language, want := range map[string]string{
		"en": "other one other other other other other", "fr": "one one other other other other other", "ja": "other other other other other other other",
		"pl": "many one few many many few many", "ar": "zero one two few many many other",
	} {
		var got []string
		for _, n := range []int{0, 1, 2, 5, 11, 22, 100} {
			got = append(got, plural(language, n))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %s, want %s", language, strings.Join(got, " "), want)
		}
	}
	if got := Count(With(t.Context(), "pl"), "widget.changed", 3); got != "3 zmienione" {
		t.Errorf("three changed in Polish: %q", got)
	}
}

func TestGapsHoldTextAndNothingElse(t *testing.T) {
	var page strings.Builder
	ctx := With(t.Context(), "de")
	if err := Rich("snippet.strictHint", "address", "`<b>`[x](/y){address}").Render(ctx, &page); err != nil {
		t.Fatal(err)
	}
	if got := page.String(); !strings.Contains(got, "`&lt;b&gt;`[x](/y){address}</code>") || strings.Contains(got, "<a") {
		t.Errorf("got %s", got)
	}
}

func TestWhatTheDomainSaysIsTranslated(t *testing.T) {
	ctx := With(t.Context(), "de")
	for english, want := range map[string]string{
		"The title may have at most 60 characters":                   "Höchstens 60 Zeichen.",
		"The distance must be a number from 0 to 400":                "Bitte eine Zahl von 0 bis 400 angeben.",
		"Please check the marked fields":                             "Bitte prüfen Sie die markierten Felder.",
		"nothing anybody ever said":                                  "nothing anybody ever said",
		"start must be before end":                                   "Der Beginn muss vor dem Ende liegen.",
		"Pages may have at most 50 patterns":                         "Höchstens 50 Muster.",
		"The theme must be one of light, {list}, auto":               "Möglich sind: light, {list}, auto.",
		"Saved. Sites show it within five minutes.":                  "Gespeichert. Websites zeigen es innerhalb von fünf Minuten.",
		"key order is there twice":                                   "order kommt zweimal vor.",
		"The question is required":                                   "Bitte ausfüllen.",
		"Too many failed logins. Try again later.":                   "Zu viele fehlgeschlagene Anmeldungen. Versuchen Sie es später noch einmal.",
		"Computer and phone together would hide the chat everywhere": "Zusammen mit Telefonen wäre der Chat überall verborgen.",
	} {
		if got := Said(ctx, english); got != want {
			t.Errorf("%q became %q, want %q", english, got, want)
		}
		if got := Said(t.Context(), english); got != english {
			t.Errorf("in English %q became %q", english, got)
		}
	}
}

func TestAccepted(t *testing.T) {
	for header, want := range map[string]string{
		"":                                   "",
		"de-AT,de;q=0.9,en;q=0.8":            "de-AT de en",
		"en;q=0.1, fr ; q=0.7,*;q=0.5,ar":    "ar fr en",
		"pl;q=0,tr;q=2,it;q=x,nl;q=NaN,es":   "es",
		"<script>;q=1,ja":                    "ja",
		strings.Repeat("x", 36) + ",zh-Hans": "zh-Hans",
	} {
		if got := strings.Join(Accepted(header), " "); got != want {
			t.Errorf("%q: %q, want %q", header, got, want)
		}
	}
}

func FuzzAccepted(f *testing.F) {
	for _, header := range []string{"de-AT,de;q=0.9,*;q=0.1", ",,;;q=", "en;q=1e309,fr;q=-1", strings.Repeat("a,", 100), "\xff;q=\x00"} {
		f.Add(header)
	}
	f.Fuzz(func(t *testing.T, header string) {
		tags := Accepted(header)
		if len(tags) > maxAccepted {
			t.Errorf("%d languages", len(tags))
		}
		for _, tag := range tags {
			if !isTag(tag) || !strings.Contains(header, tag) {
				t.Errorf("%q was never asked for", tag)
			}
		}
		if !Known(languages.Choose(tags...)) {
			t.Errorf("%q leads to no language", header)
		}
	})
}
