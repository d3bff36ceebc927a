package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// builtIn is the language that the widget's own files carry; every other one has the same texts.
const builtIn = "en"

// vocabulary is a language's texts by part of the widget and name.
type vocabulary map[string]map[string]string

// addLanguages adds a file for each language beside English. A text that is missing, unknown, empty
// or without its gap fails the build.
func addLanguages(out *output, dir string) error {
	english, err := readLanguage(filepath.Join(dir, builtIn+".json"))
	if err != nil {
		return err
	}
	sources, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return err
	}
	sources = slices.DeleteFunc(sources, func(source string) bool { return filepath.Base(source) == builtIn+".json" })
	for _, source := range sources {
		tag := strings.TrimSuffix(filepath.Base(source), ".json")
		texts, err := readLanguage(source)
		if err != nil {
			return err
		}
		if err := errors.Join(differences(tag, english, texts)...); err != nil {
			return err
		}
		content, err := json.Marshal(texts)
		if err != nil {
			return err
		}
		if _, err := out.add(hashed(tag+".json", content), content); err != nil {
			return err
		}
	}
	return nil
}

func readLanguage(path string) (vocabulary, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var texts vocabulary
	if err := json.Unmarshal(content, &texts); err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	return texts, nil
}

func differences(tag string, english, other vocabulary) (wrong []error) {
	for part, texts := range english {
		for name, text := range texts {
			translated := other[part][name]
			if translated == "" {
				wrong = append(wrong, fmt.Errorf("%s: %s.%s is missing", tag, part, name))
			} else if strings.Count(text, "{}") != strings.Count(translated, "{}") {
				wrong = append(wrong, fmt.Errorf("%s: %s.%s needs the gap {} as often as English has it", tag, part, name))
			}
		}
	}
	for part, texts := range other {
		for name := range texts {
			if _, known := english[part][name]; !known {
				wrong = append(wrong, fmt.Errorf("%s: %s.%s does not exist in English", tag, part, name))
			}
		}
	}
	return wrong
}
