// Command release builds what is handed out: the program for each system, packages for Debian and
// Red Hat, the licences of everything inside, and the digests of all of it. It is a module of its
// own, so that who only builds Deskbell never fetches what packages are made with.
//
//	go run . -version v1.2.3 -out ../../../bin/release
package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// root is the repository, seen from here.
const root = "../../.."

var targets = []struct{ os, arch string }{
	{"linux", "amd64"}, {"linux", "arm64"}, {"darwin", "amd64"}, {"darwin", "arm64"}, {"windows", "amd64"}, {"windows", "arm64"},
}

func main() {
	version := flag.String("version", "dev", "what `deskbell version` says; packages want v1.2.3")
	out := flag.String("out", root+"/bin/release", "folder to write, which is emptied first")
	flag.Parse()
	if err := release(*version, *out); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

func release(version, out string) error {
	if err := errors.Join(os.RemoveAll(out), os.MkdirAll(out, 0o755)); err != nil { //nolint:gosec // for everybody to read
		return err
	}
	at, err := committed()
	if err != nil {
		return err
	}
	licences := filepath.Join(out, "LICENCES.txt")
	if err := writeLicences(licences); err != nil {
		return err
	}
	for _, t := range targets {
		file := filepath.Join(out, "deskbell-"+t.os+"-"+t.arch)
		if t.os == "windows" {
			file += ".exe"
		}
		if err := build(version, t.os, t.arch, file); err != nil {
			return err
		}
		if t.os == "linux" {
			if err := writePackages(version, t.arch, file, licences, out, at); err != nil {
				return err
			}
		}
	}
	return writeSums(out)
}

// committed is the time of the commit, so that the same commit makes the same packages.
func committed() (time.Time, error) {
	text, err := exec.Command("git", "log", "-1", "--format=%ct").Output()
	if err != nil {
		return time.Time{}, fmt.Errorf("time of the commit: %w", err)
	}
	seconds, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	return time.Unix(seconds, 0).UTC(), err
}

func build(version, system, arch, file string) error {
	absolute, err := filepath.Abs(file)
	if err != nil {
		return err
	}
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w -X deskbell/internal/app.Version="+version, "-o", absolute, ".") //nolint:gosec // our own arguments
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+system, "GOARCH="+arch)
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build for %s %s: %w\n%s", system, arch, err, text)
	}
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	fmt.Printf("%-28s %5.1f MB\n", filepath.Base(file), float64(info.Size())/1e6)
	return nil
}

// writeSums writes a line for each file as sha256sum does.
func writeSums(out string) error {
	entries, err := os.ReadDir(out)
	if err != nil {
		return err
	}
	var sums bytes.Buffer
	for _, entry := range entries {
		f, err := os.Open(filepath.Join(out, entry.Name()))
		if err != nil {
			return err
		}
		digest := sha256.New()
		_, err = io.Copy(digest, f)
		if err = errors.Join(err, f.Close()); err != nil {
			return err
		}
		fmt.Fprintf(&sums, "%x  %s\n", digest.Sum(nil), entry.Name())
	}
	return os.WriteFile(filepath.Join(out, "SHA256SUMS"), sums.Bytes(), 0o644) //nolint:gosec // for everybody to read
}

// writeLicences collects the licence of every module that is linked into the program on any system, of
// Go itself, and of what is vendored for the browser. A module without one is an error.
func writeLicences(path string) error {
	modules := map[string]string{}
	for _, t := range targets {
		cmd := exec.Command("go", "list", "-deps", "-f", `{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}{{"\t"}}{{.Dir}}{{end}}{{end}}`, ".")
		cmd.Dir, cmd.Env = root, append(os.Environ(), "CGO_ENABLED=0", "GOOS="+t.os, "GOARCH="+t.arch)
		text, err := cmd.Output()
		if err != nil {
			return fmt.Errorf("list modules: %w", err)
		}
		for line := range strings.Lines(string(text)) {
			if name, dir, found := strings.Cut(strings.TrimSpace(line), "\t"); found {
				modules[name] = dir
			}
		}
	}
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("find Go: %w", err)
	}
	modules["Go"] = strings.TrimSpace(string(goroot))
	vendored, err := filepath.Glob(root + "/static/vendor/*@*")
	if err != nil {
		return err
	}
	for _, dir := range vendored {
		modules[filepath.Base(dir)] = dir
	}
	var text bytes.Buffer
	text.WriteString("Deskbell holds the work of these projects.\n")
	names := make([]string, 0, len(modules))
	for name := range modules {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		licences, err := licencesIn(modules[name])
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		fmt.Fprintf(&text, "\n%s\n%s\n\n%s\n", name, strings.Repeat("=", len(name)), licences)
	}
	fmt.Printf("licences of %d projects\n", len(names))
	return os.WriteFile(path, text.Bytes(), 0o644) //nolint:gosec // for everybody to read
}

func licencesIn(dir string) (string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	var found []string
	for _, entry := range entries {
		name := strings.ToUpper(entry.Name())
		if entry.IsDir() || !(strings.HasPrefix(name, "LICEN") || strings.HasPrefix(name, "COPYING") || strings.HasPrefix(name, "NOTICE") || strings.HasPrefix(name, "PATENTS")) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			return "", err
		}
		found = append(found, strings.TrimSpace(string(text)))
	}
	if len(found) == 0 {
		return "", errors.New("no licence")
	}
	return strings.Join(found, "\n\n") + "\n", nil
}
