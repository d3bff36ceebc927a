package widget

// icons are drawn with lines in a square of 24 units.
var icons = map[string]string{
	"":         "M21 11.5a8.4 8.4 0 0 1-12.2 7.5L3 21l2-5.8A8.4 8.4 0 1 1 21 11.5z",
	"question": "M9.2 9.2a2.9 2.9 0 1 1 4.5 2.4c-1 .7-1.7 1.3-1.7 2.4M12 17.3v.1M12 21.5a9.5 9.5 0 1 0 0-19 9.5 9.5 0 0 0 0 19z",
	"hand":     "M8 13V6.1a1.6 1.6 0 0 1 3.2 0V11M11.2 11V4.6a1.6 1.6 0 0 1 3.2 0V11M14.4 11V6.1a1.6 1.6 0 0 1 3.2 0V12M17.6 10.5a1.6 1.6 0 0 1 3.2 0V14a7 7 0 0 1-7 7h-1c-3 0-4.7-1.3-6.2-3.8L4 13.6a1.6 1.6 0 0 1 2.7-1.7L8 13.8",
	"mail":     "M5 5h14a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2zM3.4 7.3L12 13.2l8.6-5.9",
}

// Icon returns the launcher's picture of a name in the settings as the path of an SVG of 24 units,
// the bubble for a name without one.
func Icon(name string) string {
	if path, found := icons[name]; found {
		return path
	}
	return icons[""]
}
