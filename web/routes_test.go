package web

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"deskbell/web/api"
	"deskbell/web/httpio"
)

// Whoever adds a route to the API describes it in web/api/openapi.json, or nobody can know of it;
// whoever takes one away takes it out there too.
func TestEveryRouteIsDescribed(t *testing.T) {
	var doc struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	if err := json.Unmarshal(api.Description(), &doc); err != nil {
		t.Fatal(err)
	}
	described := map[string]bool{}
	for path, item := range doc.Paths {
		for key := range item {
			if key != "parameters" {
				described[strings.ToUpper(key)+" "+path] = true
			}
		}
	}
	parameter := regexp.MustCompile(`:([a-z_]+)`)
	served := map[string]bool{}
	for _, route := range newRouter(Deps{BaseURL: &url.URL{Scheme: "http", Host: "localhost"}, Log: slog.New(slog.DiscardHandler)}).Routes() {
		// Preflights are the browser's business, described once for all.
		inJSON := slices.ContainsFunc(httpio.APIPrefixes, func(prefix string) bool { return strings.HasPrefix(route.Path, prefix) })
		if inJSON && route.Method != http.MethodOptions && route.Method != "echo_route_not_found" {
			served[route.Method+" "+parameter.ReplaceAllString(route.Path, "{$1}")] = true
		}
	}
	if len(served) == 0 {
		t.Fatal("the router has no route")
	}
	for route := range served {
		if !described[route] {
			t.Errorf("%s is served, but web/api/openapi.json does not describe it", route)
		}
	}
	for route := range described {
		if !served[route] {
			t.Errorf("%s is described in web/api/openapi.json, but not served", route)
		}
	}
}
