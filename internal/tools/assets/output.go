package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/andybalholm/brotli"
)

// output is the wanted content of one dist folder, by file name. Compressed
// siblings are entries of their own.
type output struct {
	files map[string][]byte
}

func newOutput() *output { return &output{files: map[string][]byte{}} }

// add puts a file into the folder, with .br and .gz siblings when its type
// compresses, and answers its size in bytes with brotli (or as it is).
func (o *output) add(name string, content []byte) (int, error) {
	if _, taken := o.files[name]; taken {
		return 0, fmt.Errorf("two sources want the name %s", name)
	}
	o.files[name] = content
	if !compresses(name) {
		return len(content), nil
	}
	var br bytes.Buffer
	w := brotli.NewWriterLevel(&br, brotli.BestCompression)
	if err := writeAll(w, content); err != nil {
		return 0, err
	}
	var gz bytes.Buffer
	z, err := gzip.NewWriterLevel(&gz, gzip.BestCompression)
	if err != nil {
		return 0, err
	}
	if err := writeAll(z, content); err != nil {
		return 0, err
	}
	o.files[name+".br"] = br.Bytes()
	o.files[name+".gz"] = gz.Bytes()
	return br.Len(), nil
}

func writeAll(w io.WriteCloser, content []byte) error {
	if _, err := w.Write(content); err != nil {
		return err
	}
	return w.Close()
}

// save makes the folder hold exactly the wanted files. Files that are right
// already stay untouched, so that nothing watching the folder wakes up.
func (o *output) save(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	present, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, entry := range present {
		if _, wanted := o.files[entry.Name()]; !wanted {
			if err := os.RemoveAll(filepath.Join(dir, entry.Name())); err != nil {
				return err
			}
		}
	}
	for name, content := range o.files {
		path := filepath.Join(dir, name)
		if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, content) {
			continue
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func compresses(name string) bool {
	switch filepath.Ext(name) {
	case ".js", ".css", ".json", ".svg", ".txt":
		return true
	}
	return false
}

// hashed puts a fingerprint of the content into a file name, so that a browser
// may keep the file for ever: app.css becomes app.1f2e3d4c5b.css.
func hashed(name string, content []byte) string {
	ext := filepath.Ext(name)
	return strings.TrimSuffix(name, ext) + "." + fingerprint(content) + ext
}

func fingerprint(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])[:10]
}

func printSizes(w io.Writer, outputs ...*output) {
	fmt.Fprintf(w, "%-32s %8s %8s %8s\n", "file", "raw", "gzip", "brotli")
	for _, o := range outputs {
		for _, name := range slices.Sorted(maps.Keys(o.files)) {
			if strings.HasSuffix(name, ".br") || strings.HasSuffix(name, ".gz") {
				continue
			}
			gz, br := "-", "-"
			if _, packed := o.files[name+".br"]; packed {
				gz = fmt.Sprint(len(o.files[name+".gz"]))
				br = fmt.Sprint(len(o.files[name+".br"]))
			}
			fmt.Fprintf(w, "%-32s %8d %8s %8s\n", name, len(o.files[name]), gz, br)
		}
	}
}
