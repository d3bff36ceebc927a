package web

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"regexp"
	"strings"

	"github.com/labstack/echo/v4"

	"deskbell/internal/fault"
	"deskbell/static"
	"deskbell/web/httpio"
	"deskbell/widget"
)

// How long browsers keep a file. A name with a hash never changes its content; the launcher's
// name is in customers' pages for ever, so it is asked for again after five minutes.
const (
	keepForever  = "public, max-age=31536000, immutable"
	keepLauncher = "public, max-age=300, stale-while-revalidate=86400"
	keepNot      = "no-cache"
)

// launcher is the file behind the documented snippet.
const launcher = "support-widget.js"

// asset is an embedded file with its encodings.
type asset struct {
	contentType string
	etag        string
	plain       []byte
	encoded     map[string][]byte // Content-Encoding → bytes
}

// loadAssets reads a folder of files and their .br and .gz siblings.
func loadAssets(files fs.FS) (map[string]asset, error) {
	assets := map[string]asset{}
	names, err := fs.Glob(files, "*")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		ext := path.Ext(name)
		if ext == ".br" || ext == ".gz" {
			continue
		}
		a := asset{contentType: mime.TypeByExtension(ext), encoded: map[string][]byte{}}
		if ext == ".woff2" {
			a.contentType = "font/woff2" // not in every system's table
		}
		if a.plain, err = fs.ReadFile(files, name); err != nil {
			return nil, err
		}
		for encoding, suffix := range map[string]string{"br": ".br", "gzip": ".gz"} {
			if body, err := fs.ReadFile(files, name+suffix); err == nil {
				a.encoded[encoding] = body
			}
		}
		sum := sha256.Sum256(a.plain)
		a.etag = hex.EncodeToString(sum[:12])
		assets[name] = a
	}
	return assets, nil
}

// serve answers with the smallest encoding that the client takes.
func (a asset) serve(c httpio.Ctx, cacheControl string) error {
	body, etag := a.plain, a.etag
	header := c.Response().Header()
	if len(a.encoded) > 0 {
		header.Set("Vary", "Accept-Encoding")
	}
	for _, encoding := range []string{"br", "gzip"} {
		if smaller, ok := a.encoded[encoding]; ok && httpio.Accepts(c.Request().Header.Get("Accept-Encoding"), encoding) {
			header.Set("Content-Encoding", encoding)
			body, etag = smaller, etag+"-"+encoding
			break
		}
	}
	header.Set("Cache-Control", cacheControl)
	header.Set("ETag", `"`+etag+`"`)
	if strings.Contains(c.Request().Header.Get("If-None-Match"), `"`+etag+`"`) {
		header.Del("Content-Encoding")
		return c.NoContent(http.StatusNotModified)
	}
	return c.Blob(http.StatusOK, a.contentType, body)
}

// panelName is the widget's second file under any build's hash.
var panelName = regexp.MustCompile(`^panel\.[0-9a-f]+\.js$`)

// current returns today's panel in place of an earlier build's.
func current(assets map[string]asset, name string) (asset, bool) {
	if panelName.MatchString(name) {
		for candidate, a := range assets {
			if panelName.MatchString(candidate) {
				return a, true
			}
		}
	}
	return asset{}, false
}

// registerAssets serves embedded files by exact name: no folder of the disk is ever reachable.
func registerAssets(e *echo.Echo) {
	widgetFiles, err := fs.Sub(widget.Files, "dist")
	if err == nil {
		err = serveFolder(e, "/widget/", widgetFiles, forPages)
	}
	if err == nil {
		err = serveFolder(e, "/static/", static.Files(), func(http.Header) {})
	}
	if err != nil {
		panic(fmt.Sprintf("web: embedded files: %v", err)) // only a broken build gets here
	}
}

// forPages lets pages of other sites load the widget's files.
func forPages(header http.Header) {
	header.Set("Access-Control-Allow-Origin", "*")
	header.Set("Cross-Origin-Resource-Policy", "cross-origin")
}

func serveFolder(e *echo.Echo, prefix string, files fs.FS, headers func(http.Header)) error {
	assets, err := loadAssets(files)
	if err != nil {
		return err
	}
	e.GET(prefix+":name", func(c httpio.Ctx) error {
		name := c.Param("name")
		a, ok := assets[name]
		keep := keepForever
		if !ok || name == launcher {
			// A launcher that a browser has kept over an upgrade asks for the panel it was built with.
			if a, ok = current(assets, name); !ok {
				return fault.New(fault.NotFound, "not_found", "Not found")
			}
			keep = keepNot
		}
		headers(c.Response().Header())
		return a.serve(c, keep)
	})
	if a, ok := assets[launcher]; ok {
		e.GET("/"+launcher, func(c httpio.Ctx) error {
			headers(c.Response().Header())
			return a.serve(c, keepLauncher)
		})
	}
	return nil
}
