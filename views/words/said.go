package words

import (
	"context"
	"regexp"
	"strings"
)

// said are the sentences that the domain and the handlers say in English, as patterns: their gaps
// stand for anything.
var said = patterns()

type pattern struct {
	name string
	gaps []string
	form *regexp.Regexp
}

var gapForm = regexp.MustCompile(`\{([a-z]+)\}`)

func patterns() (found []pattern) {
	for name, text := range all[Fallback] {
		if !strings.HasPrefix(name, "said.") {
			continue
		}
		p, source, at := pattern{name: name}, text.get(other), 0
		form := "(?is)^"
		for _, gap := range gapForm.FindAllStringSubmatchIndex(source, -1) {
			form += regexp.QuoteMeta(source[at:gap[0]]) + "(.+)"
			p.gaps = append(p.gaps, source[gap[2]:gap[3]])
			at = gap[1]
		}
		p.form = regexp.MustCompile(form + regexp.QuoteMeta(source[at:]) + `\.?$`)
		found = append(found, p)
	}
	return found
}

// Said translates a sentence that was said in English, such as what is wrong with a field. A
// sentence that no file has stays as it is. In other languages it leaves out the field that English
// begins with: it stands beside that field.
func Said(ctx context.Context, sentence string) string {
	if Language(ctx) == Fallback {
		return sentence
	}
	for _, p := range said {
		match := p.form.FindStringSubmatch(sentence)
		if match == nil {
			continue
		}
		var gaps []string
		for i, gap := range p.gaps {
			gaps = append(gaps, gap, match[i+1])
		}
		return Say(ctx, p.name, gaps...)
	}
	return sentence
}
