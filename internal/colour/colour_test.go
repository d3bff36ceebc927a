package colour

import (
	"fmt"
	"testing"
)

// Whatever colour a site's owner picks, everything written in it or on it can be read.
func TestEveryBrandCanBeRead(t *testing.T) {
	t.Parallel()
	for r := 0; r < 256; r += 15 {
		for g := 0; g < 256; g += 15 {
			for b := 0; b < 256; b += 15 {
				brand := fmt.Sprintf("#%02x%02x%02x", r, g, b)
				c := Of(brand)
				for what, pair := range map[string][2]rgb{
					"text on the fill":         {parse(c.OnFill), parse(c.Fill)},
					"ink on a light bubble":    {parse(c.Ink), pale},
					"ink on the light surface": {parse(c.Ink), white},
					"ink on a dark bubble":     {parse(c.InkDark), dim},
				} {
					if got := contrast(pair[0], pair[1]); got < 4.5 {
						t.Fatalf("%s: %s has %.2f to 1: %+v", brand, what, got, c)
					}
				}
			}
		}
	}
}

func TestABrandStaysItself(t *testing.T) {
	t.Parallel()
	for brand, want := range map[string]Brand{
		"#1d4ed8": {"#1d4ed8", "#ffffff", "#1d4ed8", "#7693e8"}, // dark enough as it is
		"#ffdd00": {"#ffdd00", "#111318", "#796900", "#ffdd00"}, // light: dark text, and the colour untouched
		"broken":  {"#000000", "#ffffff", "#000000", "#949494"},
	} {
		if got := Of(brand); got != want {
			t.Errorf("%s: %+v, want %+v", brand, got, want)
		}
	}
}
