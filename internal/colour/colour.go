// Package colour finds the colours that follow from a brand's: those that can be read on it and
// those of it that can be read elsewhere.
package colour

import (
	"fmt"
	"math"
	"strconv"
)

type rgb [3]float64

var (
	white = rgb{255, 255, 255}
	black = rgb{17, 19, 24}
	// The bubbles' surfaces in the widget's panel.css, on which links and buttons are read.
	pale = rgb{241, 243, 247}
	dim  = rgb{37, 41, 50}
)

// enough is the contrast that text needs (4.5 to 1), with a little to spare.
const enough = 4.6

// Brand are the colours that the widget wears, each as "#rrggbb".
type Brand struct {
	// Fill is the brand's colour as a surface, OnFill what is written on it.
	Fill, OnFill string
	// Ink is the brand's colour as text on the light panel, InkDark on the dark one.
	Ink, InkDark string
}

// Of returns the colours for a brand's colour "#rrggbb"; anything else counts as black. Every
// text among them reaches 4.5 to 1. White is what brands expect to stand on their colour, so one
// that nearly carries it is darkened a little; only a light one gets dark text.
func Of(brand string) Brand {
	own := parse(brand)
	fill, on := own, black
	if contrast(own, white) >= 3 {
		fill, on = readable(own, white), white
	}
	return Brand{fill.hex(), on.hex(), readable(own, pale).hex(), readable(own, dim).hex()}
}

func parse(text string) (c rgb) {
	if len(text) != 7 || text[0] != '#' {
		return c
	}
	n, err := strconv.ParseUint(text[1:], 16, 32)
	if err != nil {
		return c
	}
	return rgb{float64(n >> 16), float64(n >> 8 & 255), float64(n & 255)}
}

func (c rgb) hex() string { return fmt.Sprintf("#%02x%02x%02x", int(c[0]), int(c[1]), int(c[2])) }

// luminance and contrast are those of WCAG 2.
func (c rgb) luminance() float64 {
	var sum float64
	for i, weight := range [3]float64{0.2126, 0.7152, 0.0722} {
		v := c[i] / 255
		if v <= 0.03928 {
			v /= 12.92
		} else {
			v = math.Pow((v+0.055)/1.055, 2.4)
		}
		sum += weight * v
	}
	return sum
}

func contrast(a, b rgb) float64 {
	low, high := a.luminance(), b.luminance()
	if low > high {
		low, high = high, low
	}
	return (high + 0.05) / (low + 0.05)
}

// readable moves a colour towards black or white until it can be read on a surface.
func readable(c, on rgb) rgb {
	target := 255.0
	if on.luminance() > 0.5 {
		target = 0
	}
	for contrast(c, on) < enough {
		for i, v := range c {
			c[i] = math.Round(v + (target-v)*0.06)
		}
		// Rounding would hold a colour a step or two short of black and white for ever.
		if math.Abs(c[0]-target)+math.Abs(c[1]-target)+math.Abs(c[2]-target) < 30 {
			return rgb{target, target, target}
		}
	}
	return c
}
