package words

// The plural forms of the Unicode CLDR.
const (
	zero  = "zero"
	one   = "one"
	two   = "two"
	few   = "few"
	many  = "many"
	other = "other"
)

// pluralForms are the forms of each language with more or fewer than one and other.
var pluralForms = map[string][]string{
	"ar": {zero, one, two, few, many, other}, "pl": {one, few, many, other}, "ja": {other}, "zh": {other},
}

// formsOf returns the plural forms that a text of a language must have.
func formsOf(language string) []string {
	if own, ok := pluralForms[language]; ok {
		return own
	}
	return []string{one, other}
}

// plural is the form that goes with n things, by the rules of the CLDR for whole numbers below a
// million.
func plural(language string, n int) string {
	last, tail := n%10, n%100
	switch language {
	case "ja", "zh":
		return other
	case "ar":
		switch {
		case n == 0:
			return zero
		case n == 1:
			return one
		case n == 2:
			return two
		case tail >= 3 && tail <= 10:
			return few
		case tail >= 11:
			return many
		}
		return other
	case "pl":
		switch {
		case n == 1:
			return one
		case last >= 2 && last <= 4 && (tail < 12 || tail > 14):
			return few
		}
		return many
	case "fr", "pt":
		if n == 0 {
			return one
		}
	}
	if n == 1 {
		return one
	}
	return other
}
