package languages

import (
	"bytes"
	"encoding/json"
)

// Section is one part of the widget and the names of its texts, in the order they were written.
type Section struct {
	Name string
	Keys []string
}

var sections = readSections()

// Sections returns the parts of the widget in the order they were written. It must not be changed.
func Sections() []Section { return sections }

// readSections reads the order, which a map does not keep.
func readSections() (found []Section) {
	content, err := files.ReadFile("en.json")
	if err != nil {
		panic(err)
	}
	tokens := json.NewDecoder(bytes.NewReader(content))
	depth, isKey := 0, false
	for {
		token, err := tokens.Token()
		if err != nil {
			return found
		}
		switch value := token.(type) {
		case json.Delim:
			if value == '{' {
				depth++
			} else {
				depth--
			}
			isKey = true
		case string:
			switch {
			case depth == 1:
				found = append(found, Section{Name: value})
			case isKey:
				last := &found[len(found)-1]
				last.Keys = append(last.Keys, value)
				isKey = false
			default:
				isKey = true
			}
		}
	}
}
