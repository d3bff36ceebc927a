package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// buildConsole gathers the console's own sources and its vendored files under
// hashed names. A folder that does not exist counts as empty.
func buildConsole(dir string) (*output, []budget, error) {
	c := console{out: newOutput(), names: map[string]string{}}
	if err := c.vendored(filepath.Join(dir, "vendor")); err != nil {
		return nil, nil, err
	}
	if err := c.own(filepath.Join(dir, "src")); err != nil {
		return nil, nil, err
	}
	if len(c.names) == 0 {
		return c.out, nil, nil
	}
	manifest, err := json.MarshalIndent(c.names, "", "  ")
	if err != nil {
		return nil, nil, err
	}
	c.out.files["manifest.json"] = append(manifest, '\n')
	return c.out, []budget{
		{"console styles", c.styles, consoleStyleBudget},
		{"console scripts", c.scripts, consoleScriptBudget},
	}, nil
}

type console struct {
	out *output
	// names maps the name a page asks for (app.css) to the hashed one.
	names           map[string]string
	styles, scripts int
}

func (c *console) vendored(dir string) error {
	return walk(dir, func(path string) error {
		switch filepath.Ext(path) {
		case ".js", ".css", ".woff2", ".svg", ".png", ".txt":
		default:
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return c.add(filepath.Base(path), content)
	})
}

// own takes the files of the folder itself; those in folders below are parts that they import.
func (c *console) own(dir string) error {
	return walk(dir, func(path string) error {
		if filepath.Dir(path) != dir {
			return nil
		}
		kind := filepath.Ext(path)
		if kind != ".css" && kind != ".js" {
			return nil
		}
		content, err := gather(path)
		if err != nil {
			return err
		}
		if kind == ".css" {
			if content, err = c.linkFiles(path, content); err != nil {
				return err
			}
		}
		return c.add(filepath.Base(path), content)
	})
}

// gather is one script or sheet with all that it imports; what it links to stays as it is written.
func gather(entry string) ([]byte, error) {
	result := api.Build(api.BuildOptions{
		EntryPoints:       []string{entry},
		Bundle:            true,
		External:          []string{"*.woff2"},
		Format:            api.FormatESModule,
		Platform:          api.PlatformBrowser,
		Charset:           api.CharsetUTF8,
		MinifyWhitespace:  true,
		MinifyIdentifiers: true,
		MinifySyntax:      true,
		LegalComments:     api.LegalCommentsNone,
		LogLevel:          api.LogLevelSilent,
	})
	if err := failures(entry, result.Errors, result.Warnings); err != nil {
		return nil, err
	}
	return result.OutputFiles[0].Contents, nil
}

var bareURL = regexp.MustCompile(`url\(["']?([A-Za-z0-9_.@-]+)["']?\)`)

// linkFiles turns url(inter-latin.woff2) into the hashed name of that vendored
// file. A name that nothing answers to would be a missing font: it fails the build.
func (c *console) linkFiles(path string, css []byte) ([]byte, error) {
	var missing []error
	linked := bareURL.ReplaceAllFunc(css, func(match []byte) []byte {
		name := string(bareURL.FindSubmatch(match)[1])
		target, ok := c.names[name]
		if !ok {
			missing = append(missing, fmt.Errorf("%s: no vendored file is called %s", filepath.Base(path), name))
			return match
		}
		return []byte("url(" + target + ")")
	})
	return linked, errors.Join(missing...)
}

func (c *console) add(name string, content []byte) error {
	if _, taken := c.names[name]; taken {
		return fmt.Errorf("two sources are called %s", name)
	}
	c.names[name] = hashed(name, content)
	size, err := c.out.add(c.names[name], content)
	switch filepath.Ext(name) {
	case ".css":
		c.styles += size
	case ".js":
		c.scripts += size
	}
	return err
}

// walk visits the files below dir in a fixed order; hidden ones are skipped.
func walk(dir string, visit func(path string) error) error {
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasPrefix(entry.Name(), ".") {
			return err
		}
		return visit(path)
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
