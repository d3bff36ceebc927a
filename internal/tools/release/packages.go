package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/goreleaser/nfpm/v2"
	_ "github.com/goreleaser/nfpm/v2/deb" // the format
	"github.com/goreleaser/nfpm/v2/files"
	_ "github.com/goreleaser/nfpm/v2/rpm" // the format
)

// writePackages puts the program, its unit file and its documents where systems with systemd want them.
func writePackages(version, arch, program, licences, out string, at time.Time) error {
	docs := func(name string) string { return root + "/docs/" + name }
	file := func(source, destination string, mode os.FileMode) *files.Content {
		return &files.Content{Source: source, Destination: destination, FileInfo: &files.ContentFileInfo{Mode: mode, MTime: at}}
	}
	settings := file("package/deskbell.env", "/etc/deskbell/deskbell.env", 0o600)
	settings.Type = files.TypeConfigNoReplace
	number := strings.TrimPrefix(version, "v")
	if number == "" || number[0] < '0' || number[0] > '9' {
		number = "0.0.0~" + number // sorts before every version
	}
	info := &nfpm.Info{
		Name: "deskbell", Arch: arch, Platform: "linux", Version: number, VersionSchema: "none", MTime: at,
		Section: "net", Priority: "optional", Maintainer: "The Deskbell authors", Description: "Self-hosted live chat for support teams",
		Overridables: nfpm.Overridables{
			Contents: files.Contents{
				file(program, "/usr/bin/deskbell", 0o755),
				file(docs("deploy/deskbell.service"), "/usr/lib/systemd/system/deskbell.service", 0o644),
				file("package/sysusers.conf", "/usr/lib/sysusers.d/deskbell.conf", 0o644),
				settings,
				file(licences, "/usr/share/doc/deskbell/copyright", 0o644),
				file(docs("operations.md"), "/usr/share/doc/deskbell/operations.md", 0o644),
				file(docs("sizing.md"), "/usr/share/doc/deskbell/sizing.md", 0o644),
				file(docs("deploy/nginx.conf"), "/usr/share/doc/deskbell/deploy/nginx.conf", 0o644),
				file(docs("deploy/Caddyfile"), "/usr/share/doc/deskbell/deploy/Caddyfile", 0o644),
				file(docs("monitoring/grafana.json"), "/usr/share/doc/deskbell/monitoring/grafana.json", 0o644),
			},
			Scripts: nfpm.Scripts{PostInstall: "package/installed.sh", PreRemove: "package/remove.sh"},
		},
	}
	for _, format := range []string{"deb", "rpm"} {
		packager, err := nfpm.Get(format)
		if err != nil {
			return err
		}
		name := "deskbell-linux-" + arch + "." + format
		f, err := os.Create(filepath.Join(out, name)) //nolint:gosec // our own name
		if err != nil {
			return err
		}
		err = packager.Package(nfpm.WithDefaults(info), f)
		if err = errors.Join(err, f.Close()); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		fmt.Println(name)
	}
	return nil
}
