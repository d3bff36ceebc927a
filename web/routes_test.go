package web

import (
	"encoding/json"
	"html"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"deskbell/web/api"
	"deskbell/web/httpio"
)

// bareRouter has every route and nothing behind it.
func bareRouter() *echo.Echo {
	router, _ := newRouter(Deps{Metrics: &Metrics{}, BaseURL: &url.URL{Scheme: "https", Host: "chat.example"}, Log: slog.New(slog.DiscardHandler)})
	return router
}

type described struct {
	Summary string `json:"summary"`
}

// readDescription returns the described calls by path and method.
func readDescription(t *testing.T) map[string]map[string]described {
	t.Helper()
	var doc struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	if err := json.Unmarshal(api.Description(), &doc); err != nil {
		t.Fatal(err)
	}
	calls := map[string]map[string]described{}
	for path, item := range doc.Paths {
		calls[path] = map[string]described{}
		for method, raw := range item {
			var call described
			if method == "parameters" {
				continue
			}
			if err := json.Unmarshal(raw, &call); err != nil {
				t.Fatal(err)
			}
			calls[path][method] = call
		}
	}
	return calls
}

// Whoever adds a route to the API describes it in web/api/openapi.json, or nobody can know of it;
// whoever takes one away takes it out there too.
func TestEveryRouteIsDescribed(t *testing.T) {
	described := map[string]bool{}
	for path, item := range readDescription(t) {
		for method := range item {
			described[strings.ToUpper(method)+" "+path] = true
		}
	}
	parameter := regexp.MustCompile(`:([a-z_]+)`)
	served := map[string]bool{}
	for _, route := range bareRouter().Routes() {
		call := route.Method + " " + parameter.ReplaceAllString(route.Path, "{$1}")
		served[call] = true
		inJSON := slices.ContainsFunc(httpio.APIPrefixes, func(prefix string) bool { return strings.HasPrefix(route.Path, prefix) })
		// Preflights are the browser's business, described once for all.
		if inJSON && route.Method != http.MethodOptions && !described[call] {
			t.Errorf("%s is served, but web/api/openapi.json does not describe it", call)
		}
	}
	for route := range described {
		if !served[route] {
			t.Errorf("%s is described in web/api/openapi.json, but not served", route)
		}
	}
}

// A call whose tag is in no section would silently be missing from the page.
func TestDocsShowEveryCall(t *testing.T) {
	answer := httptest.NewRecorder()
	bareRouter().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/docs", nil))
	page := html.UnescapeString(answer.Body.String())
	if answer.Code != http.StatusOK || strings.Contains(page, "<script") || strings.Contains(page, "style=") {
		t.Fatalf("%d, or a script or style of its own: %.500s", answer.Code, page)
	}
	for path, item := range readDescription(t) {
		for method, call := range item {
			heading := "<h3>" + call.Summary + "</h3>"
			shown := "</span> <code>" + path + "</code>"
			if call.Summary == "" || !strings.Contains(page, heading) || !strings.Contains(page, ">"+strings.ToUpper(method)+shown) {
				t.Errorf("%s %s, %q, is not on the page", method, path, call.Summary)
			}
		}
	}
	for _, text := range []string{"https://chat.example", "Too many failed attempts. Request new OTP.", `"primary_color": "#007bff"`, "expiry_time", "file_upload"} {
		if !strings.Contains(page, text) {
			t.Errorf("%q is not on the page", text)
		}
	}
}
