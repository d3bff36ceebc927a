package e2e

import (
	"slices"
	"strings"
	"testing"
)

// consolePage is one address of the console that is read: a page, or a part that htmx asks for.
type consolePage struct {
	name, path string
	part       bool
}

// consolePages lists all that the console shows, out of the routes' table, so that none can be
// forgotten. What is made to be saved and what stays open is no page.
func consolePages(t testing.TB, ids map[string]string) (list []consolePage) {
	t.Helper()
	parts := []string{"/inbox/:id/part", "/inbox/:id/replies", "/jump"}
	for _, r := range routes {
		method, name, _ := strings.Cut(r.name, " ")
		if method != "GET" || (r.who != desk && r.who != deskAdmin) || strings.HasSuffix(name, "/events") ||
			strings.Contains(name, "/export.") || name == "/reports/:file" {
			continue
		}
		page := consolePage{name: name, part: slices.Contains(parts, name)}
		if _, page.path, _, _ = r.request(t, ids); name == "/settings/tag" {
			page.path = "/settings/tag?tag=" + ids["tag"]
		}
		list = append(list, page)
	}
	return list
}
