package web

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// TestPanicInAHandler is one answer with 500 for the one who asked, one line in the log that names
// the request, and nothing to anybody else.
func TestPanicInAHandler(t *testing.T) {
	var log bytes.Buffer
	failing := true
	srv, _ := NewServer(Deps{
		Ready: func(context.Context) error {
			if failing {
				panic("a bug in a handler")
			}
			return nil
		},
		Metrics: &Metrics{}, BaseURL: &url.URL{Scheme: "https", Host: "chat.example"}, Log: slog.New(slog.NewJSONHandler(&log, nil)),
	})
	ask := func() *httptest.ResponseRecorder {
		answer := httptest.NewRecorder()
		srv.Handler.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/readyz", nil))
		return answer
	}
	answer := ask()
	var body struct {
		Error      string `json:"error"`
		StatusCode int    `json:"statusCode"`
		RequestID  string `json:"request_id"`
	}
	if err := json.Unmarshal(answer.Body.Bytes(), &body); err != nil {
		t.Fatalf("%v: %s", err, answer.Body)
	}
	if answer.Code != http.StatusInternalServerError || body.StatusCode != http.StatusInternalServerError || body.RequestID == "" {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
	if strings.Contains(answer.Body.String(), "a bug") || strings.Contains(answer.Body.String(), "goroutine") {
		t.Errorf("the answer shows the inside: %s", answer.Body)
	}
	if text := log.String(); !strings.Contains(text, "a bug in a handler") || !strings.Contains(text, body.RequestID) || !strings.Contains(text, "panic_test.go") {
		t.Errorf("the log does not tell where: %s", text)
	}
	failing = false
	if next := ask(); next.Code != http.StatusOK {
		t.Errorf("the next request: %d", next.Code)
	}
}
