package ui

import (
	"strings"

	"github.com/mileusna/useragent"
)

// Device is a browser and what it runs on, as a User-Agent header says, which a caller can make up.
type Device struct {
	Name  string
	Phone bool
}

// maxDevice is how much of a header is shown that names no browser, in characters.
const maxDevice = 60

// ParseDevice reads a User-Agent header.
func ParseDevice(header string) Device {
	ua := useragent.Parse(header)
	name := ua.Name
	if ua.Name == "" || ua.OS == "" && !ua.Bot {
		if header == "" {
			return Device{Name: "Unknown device"}
		}
		if r := []rune(header); len(r) > maxDevice {
			header = string(r[:maxDevice-1]) + "…"
		}
		return Device{Name: header}
	}
	if major, _, _ := strings.Cut(ua.Version, "."); major != "" {
		name += " " + major
	}
	if ua.OS != "" {
		name += " on " + ua.OS
	}
	return Device{Name: name, Phone: ua.Mobile || ua.Tablet}
}
