package settings

import (
	"fmt"
	"strings"

	"rsc.io/qr"
)

// quiet is the empty edge that readers need around a QR code, in units.
const quiet = 4

// QR draws a text as the path of a picture that is size units wide.
func QR(text string) (path string, size int, err error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return "", 0, fmt.Errorf("QR code: %w", err)
	}
	var b strings.Builder
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			from := x
			for x < code.Size && code.Black(x, y) {
				x++
			}
			if x > from {
				_, _ = fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", from+quiet, y+quiet, x-from, x-from)
			}
		}
	}
	return b.String(), code.Size + 2*quiet, nil
}

func joinLines(lines []string) string { return strings.Join(lines, "\n") }
