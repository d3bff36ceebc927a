package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// compileAhead asks browsers to compile a file's functions while it comes in, off the page's own thread.
const compileAhead = "//# allFunctionsCalledOnLoad\n"

// buildWidget bundles from the inside out, because the hashed name of each file goes into the
// one that loads it: parts on demand into the panel, the panel into the launcher. Which file holds a
// language the server tells.
func buildWidget(dir string) (*output, []budget, error) {
	out := newOutput()
	src := filepath.Join(dir, "src")
	if err := addLanguages(out, filepath.Join(src, "languages")); err != nil {
		return nil, nil, err
	}
	emoji, err := emojiText(filepath.Join(dir, "..", "static", "vendor", "emoji-picker-element-data@1.8.0", "en.json"))
	if err != nil {
		return nil, nil, err
	}
	emojiName := hashed("emoji.txt", emoji)
	if _, err := out.add(emojiName, emoji); err != nil {
		return nil, nil, err
	}
	parts, err := addParts(out, filepath.Join(src, "parts"), map[string]string{"EMOJI_FILE": strconv.Quote(emojiName)})
	if err != nil {
		return nil, nil, err
	}
	panel, err := bundle(filepath.Join(src, "panel.ts"), api.FormatESModule, map[string]string{"PARTS": strconv.Quote(parts)})
	if err != nil {
		return nil, nil, err
	}
	panelName := hashed("panel.js", panel)
	panelSize, err := out.add(panelName, panel)
	if err != nil {
		return nil, nil, err
	}
	launcher, err := bundle(filepath.Join(src, "launcher.ts"), api.FormatIIFE,
		map[string]string{"PANEL_FILE": strconv.Quote(panelName)})
	if err != nil {
		return nil, nil, err
	}
	launcherSize, err := out.add("support-widget.js", append([]byte(compileAhead), launcher...))
	if err != nil {
		return nil, nil, err
	}
	rehearsal, err := bundle(filepath.Join(src, "rehearsal.ts"), api.FormatIIFE, nil)
	if err != nil {
		return nil, nil, err
	}
	if _, err := out.add(hashed("rehearsal.js", rehearsal), rehearsal); err != nil {
		return nil, nil, err
	}
	return out, []budget{
		{"widget before it is opened", launcherSize, launcherBudget},
		{"widget panel", panelSize, panelBudget},
	}, nil
}

// addParts bundles each src/parts/<name>.ts, which the panel imports when a visitor needs it, and
// answers the fingerprint of all, which stands in the name of each: one is less to load than seven.
func addParts(out *output, dir string, define map[string]string) (string, error) {
	sources, err := filepath.Glob(filepath.Join(dir, "*.ts"))
	if err != nil {
		return "", err
	}
	codes := make([][]byte, len(sources))
	for i, source := range sources {
		if codes[i], err = bundle(source, api.FormatESModule, define); err != nil {
			return "", err
		}
	}
	print := fingerprint(bytes.Join(codes, nil))
	for i, source := range sources {
		name := strings.TrimSuffix(filepath.Base(source), ".ts") + "." + print + ".js"
		if _, err := out.add(name, codes[i]); err != nil {
			return "", err
		}
	}
	return print, nil
}

func bundle(entry string, format api.Format, define map[string]string) ([]byte, error) {
	result := api.Build(api.BuildOptions{
		EntryPoints:       []string{entry},
		AbsWorkingDir:     filepath.Dir(entry),
		Bundle:            true,
		Format:            format,
		Target:            api.ES2021,
		Platform:          api.PlatformBrowser,
		Charset:           api.CharsetUTF8,
		MinifyWhitespace:  true,
		MinifyIdentifiers: true,
		MinifySyntax:      true,
		LegalComments:     api.LegalCommentsNone,
		// Plain assignment of class fields, without a helper function in every bundle.
		TsconfigRaw: `{"compilerOptions":{"useDefineForClassFields":false,"strict":true}}`,
		Define:      define,
		Plugins:     []api.Plugin{styleAsText},
		Outfile:     "out.js",
		LogLevel:    api.LogLevelSilent,
	})
	if err := failures(entry, result.Errors, result.Warnings); err != nil {
		return nil, err
	}
	return result.OutputFiles[0].Contents, nil
}

// styleAsText lets the widget import its styles as a string: they go into a
// constructed sheet, which works under a strict content security policy.
var styleAsText = api.Plugin{Name: "style-as-text", Setup: func(build api.PluginBuild) {
	build.OnLoad(api.OnLoadOptions{Filter: `\.css$`}, func(args api.OnLoadArgs) (api.OnLoadResult, error) {
		source, err := os.ReadFile(args.Path)
		if err != nil {
			return api.OnLoadResult{}, err
		}
		minified, err := minify(args.Path, source, api.LoaderCSS)
		if err != nil {
			return api.OnLoadResult{}, err
		}
		text := string(minified)
		return api.OnLoadResult{Contents: &text, Loader: api.LoaderText}, nil
	})
}}

func minify(path string, source []byte, loader api.Loader) ([]byte, error) {
	result := api.Transform(string(source), api.TransformOptions{
		Loader:            loader,
		Sourcefile:        filepath.Base(path),
		Charset:           api.CharsetUTF8,
		MinifyWhitespace:  true,
		MinifyIdentifiers: true,
		MinifySyntax:      true,
		LegalComments:     api.LegalCommentsNone,
	})
	if err := failures(path, result.Errors, result.Warnings); err != nil {
		return nil, err
	}
	return result.Code, nil
}

// failures treats warnings as errors: nothing that esbuild finds odd is shipped.
func failures(path string, lists ...[]api.Message) error {
	var all []error
	for _, list := range lists {
		for _, m := range list {
			where := filepath.Base(path)
			if m.Location != nil {
				where = fmt.Sprintf("%s:%d:%d", m.Location.File, m.Location.Line, m.Location.Column)
			}
			all = append(all, fmt.Errorf("%s: %s", where, m.Text))
		}
	}
	return errors.Join(all...)
}
