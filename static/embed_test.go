package static

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every file that a page names must be there under its hashed address, with its compressed forms.
func TestEveryNamedFileIsEmbedded(t *testing.T) {
	for _, name := range []string{"app.css", "app.js", "htmx.min.js", "hx-sse.min.js", "inter-latin.woff2"} {
		file, found := strings.CutPrefix(URL(name), "/static/")
		if !found || file == name {
			t.Errorf("URL(%q) = %q, want a hashed address", name, URL(name))
			continue
		}
		siblings := []string{file, file + ".br", file + ".gz"}
		if strings.HasSuffix(name, ".woff2") {
			siblings = siblings[:1]
		}
		for _, s := range siblings {
			if _, err := fs.Stat(Files(), s); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// What we ship from others is exactly what we took, and comes with its licence.
func TestVendoredFilesAreUnchangedAndLicensed(t *testing.T) {
	sums := map[string]string{}
	list, err := os.Open("vendor/SHA256SUMS")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = list.Close() }()
	for lines := bufio.NewScanner(list); lines.Scan(); {
		sum, name, _ := strings.Cut(lines.Text(), "  ")
		sums[name] = sum
	}
	err = filepath.WalkDir("vendor", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if filepath.Dir(path) == "vendor" {
				if _, err := os.Stat(filepath.Join(path, "LICENSE")); err != nil {
					t.Errorf("%s has no licence: %v", path, err)
				}
			}
			return nil
		}
		name := strings.TrimPrefix(filepath.ToSlash(path), "vendor/")
		if name == "SHA256SUMS" {
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(data)
		if sums[name] != hex.EncodeToString(sum[:]) {
			t.Errorf("%s differs from vendor/SHA256SUMS", name)
		}
		delete(sums, name)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range sums {
		t.Errorf("vendor/SHA256SUMS lists %s, which is not there", name)
	}
}
