package ui

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// block is a part of a text that stands on lines of its own. kind is "text", "code", "quote", "ul"
// or "ol"; code has its text in lines, the others a list of spans for each of theirs.
type block struct {
	kind  string
	code  string
	start string
	lines [][]span
}

// span is a part of a line in one style; href makes it a link.
type span struct {
	text               string
	href               string
	bold, italic, code bool
}

var (
	fence      = regexp.MustCompile("^```[\\w+-]*$")
	bullet     = regexp.MustCompile(`^[-*] +(\S.*)$`)
	numbered   = regexp.MustCompile(`^(\d{1,6})[.)] +(\S.*)$`)
	namedLink  = regexp.MustCompile(`^\[([^\[\]\n]+)\]\(([^\s()]+)\)`)
	blankEnds  = "\n\r"
	delimiters = []string{"**", "*", "_"}
)

// blocks reads the little Markdown that agents write. What is not quite Markdown stays as it was typed.
func blocks(text string) []block {
	var out []block
	var plain []string
	flush := func() {
		if kept := strings.Trim(strings.Join(plain, "\n"), blankEnds); kept != "" {
			out = append(out, block{kind: "text", lines: [][]span{spans(kept)}})
		}
		plain = nil
	}
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); {
		if fence.MatchString(lines[i]) {
			if end := closing(lines, i); end > 0 {
				flush()
				out = append(out, block{kind: "code", code: strings.Join(lines[i+1:end], "\n")})
				i = end + 1
				continue
			}
		}
		kind, start, rest := lineKind(lines[i])
		if kind == "text" {
			plain = append(plain, lines[i])
			i++
			continue
		}
		flush()
		b := block{kind: kind, start: start, lines: [][]span{spans(rest)}}
		for i++; i < len(lines); i++ {
			next, _, rest := lineKind(lines[i])
			if next != kind {
				break
			}
			b.lines = append(b.lines, spans(rest))
		}
		out = append(out, b)
	}
	flush()
	return out
}

// closing is the line that ends the code which begins at a line, or 0.
func closing(lines []string, from int) int {
	for i := from + 1; i < len(lines); i++ {
		if lines[i] == "```" {
			return i
		}
	}
	return 0
}

func lineKind(line string) (kind, start, rest string) {
	if quoted, found := strings.CutPrefix(line, ">"); found && strings.TrimSpace(quoted) != "" {
		return "quote", "", strings.TrimPrefix(quoted, " ")
	}
	if m := bullet.FindStringSubmatch(line); m != nil {
		return "ul", "", m[1]
	}
	if m := numbered.FindStringSubmatch(line); m != nil {
		return "ol", m[1], m[2]
	}
	return "text", "", line
}

// spans reads what stands within lines.
func spans(text string) []span { return styled(text, span{}) }

func styled(text string, style span) []span {
	var out []span
	at := 0
	plain := func(to int) {
		if to > at {
			s := style
			s.text = text[at:to]
			out = append(out, s)
		}
	}
	links := address.FindAllStringIndex(text, -1)
	// Up to where a sign is known to have no end in its line: none that follows has one either.
	hopeless := map[string]int{}
	for i := 0; i < len(text); {
		for len(links) > 0 && links[0][0] < i {
			links = links[1:]
		}
		s, size := style, 0
		var inner []span
		switch {
		case len(links) > 0 && links[0][0] == i && harmless(text[i:links[0][1]]):
			size = links[0][1] - i
			s.text, s.href = text[i:i+size], text[i:i+size]
		case text[i] == '`':
			line, _, _ := strings.Cut(text[i+1:], "\n")
			if end := strings.IndexByte(line, '`'); end > 0 {
				size, s.text, s.code = end+2, line[:end], true
			}
		case text[i] == '[':
			if m := namedLink.FindStringSubmatch(text[i:]); m != nil && address.FindString(m[2]) == m[2] && harmless(m[2]) {
				size, s.text, s.href = len(m[0]), m[1], m[2]
			}
		case text[i] == '*' || text[i] == '_':
			inner, size = emphasis(text, i, style, hopeless)
		}
		if size == 0 {
			_, size = utf8.DecodeRuneInString(text[i:])
			i += size
			continue
		}
		plain(i)
		if inner != nil {
			out = append(out, inner...)
		} else {
			out = append(out, s)
		}
		i += size
		at = i
	}
	plain(len(text))
	return out
}

// emphasis reads bold or italic text that begins at a sign; size is 0 when there is none. The signs
// must hug the text and may not stand within a word, so that 2*3*4 and snake_case stay what they are.
func emphasis(text string, at int, style span, hopeless map[string]int) (inner []span, size int) {
	before, _ := utf8.DecodeLastRuneInString(text[:at])
	if at > 0 && wordRune(before) {
		return nil, 0
	}
	for _, sign := range delimiters {
		rest, found := strings.CutPrefix(text[at:], sign)
		if !found || at < hopeless[sign] || sign == "**" && style.bold || sign != "**" && style.italic {
			continue
		}
		if first, _ := utf8.DecodeRuneInString(rest); rest == "" || unicode.IsSpace(first) || strings.HasPrefix(rest, sign[:1]) {
			return nil, 0
		}
		line, _, _ := strings.Cut(rest, "\n")
		for from := 1; from < len(line); {
			end := strings.Index(line[from:], sign)
			if end < 0 {
				break
			}
			end += from
			last, _ := utf8.DecodeLastRuneInString(line[:end])
			next, _ := utf8.DecodeRuneInString(line[end+len(sign):])
			if !unicode.IsSpace(last) && !(end+len(sign) < len(line) && (wordRune(next) || next == rune(sign[0]))) {
				if sign == "**" {
					style.bold = true
				} else {
					style.italic = true
				}
				return styled(line[:end], style), end + 2*len(sign)
			}
			from = end + len(sign)
		}
		hopeless[sign] = at + len(line)
		return nil, 0
	}
	return nil, 0
}

func wordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }
