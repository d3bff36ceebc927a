package api

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"net/http"

	"deskbell/web/httpio"
)

// DescriptionPath is where the description is served.
const DescriptionPath = "/api/openapi.json"

//go:embed openapi.json
var description []byte

// Description is the OpenAPI 3.1 document of every route that answers in JSON. The end-to-end
// tests hold each request and answer to it. Callers must not change it.
func Description() []byte { return description }

var descriptionTag = func() string {
	sum := sha256.Sum256(description)
	return `"` + hex.EncodeToString(sum[:12]) + `"`
}()

// describe handles GET /api/openapi.json.
func describe(c httpio.Ctx) error {
	header := c.Response().Header()
	header.Set("Cache-Control", "no-cache")
	header.Set("ETag", descriptionTag)
	if matches(c.Request().Header.Get("If-None-Match"), descriptionTag) {
		return c.NoContent(http.StatusNotModified)
	}
	return c.JSONBlob(http.StatusOK, description)
}
