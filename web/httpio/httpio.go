// Package httpio is how the server reads and writes HTTP: requests into inputs, failures into
// answers, events into streams. It is the only place that decides on formats.
package httpio

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"deskbell/internal/contain"
	"deskbell/internal/fault"
)

// Ctx is a request with its response. Handlers use this name, so that a newer echo is one edit.
type Ctx = echo.Context

// RequestID is the response header that names a request, also in the log.
const RequestID = "X-Request-Id"

// AccountKey is where a handler notes the account of a request, for the log.
const AccountKey = "account_id"

// APIPrefixes begin the paths that answer in JSON.
var APIPrefixes = []string{"/api/", "/healthz", "/readyz", "/metrics"}

// errorBody is the documented shape of every failure of the API.
type errorBody struct {
	Error      string            `json:"error"`
	StatusCode int               `json:"statusCode"`
	Code       string            `json:"code,omitempty"`
	Fields     map[string]string `json:"fields,omitempty"`
	RetryAfter int64             `json:"retry_after,omitempty"`
	Challenge  string            `json:"challenge,omitempty"`
	Difficulty int               `json:"difficulty,omitempty"`
	RequestID  string            `json:"request_id,omitempty"`
}

// ErrorPage answers with a failure for people.
type ErrorPage func(c Ctx, status int, message, requestID string) error

// statuses maps each kind of failure to its HTTP status.
var statuses = map[fault.Kind]int{
	fault.Invalid: http.StatusBadRequest, fault.Unauthenticated: http.StatusUnauthorized, fault.Forbidden: http.StatusForbidden,
	fault.NotFound: http.StatusNotFound, fault.Conflict: http.StatusConflict, fault.RateLimited: http.StatusTooManyRequests,
	fault.TooLarge: http.StatusRequestEntityTooLarge, fault.Unavailable: http.StatusServiceUnavailable,
	fault.Unproven: http.StatusPreconditionRequired,
}

// Status returns the HTTP status of a failure; anything unexpected is 500.
func Status(err error) int {
	if e := fault.As(err); e != nil {
		if status, ok := statuses[e.Kind]; ok {
			return status
		}
	}
	return http.StatusInternalServerError
}

// ErrorHandler answers every error that a handler returned, in the format of the route, and is
// the only place that logs them. Expected failures are not logged: the request line has their
// status.
func ErrorHandler(page ErrorPage, log *slog.Logger) echo.HTTPErrorHandler {
	return func(err error, c Ctx) {
		if c.Response().Committed {
			return
		}
		body := describe(err)
		if body.StatusCode == http.StatusMethodNotAllowed && strings.Count(c.Path(), "/") != strings.Count(c.Request().URL.Path, "/") {
			// The router lets the last parameter of a route swallow slashes: no such address exists.
			body = describe(echo.ErrNotFound)
			c.Response().Header().Del("Allow")
		}
		requestID := c.Response().Header().Get(RequestID)
		canceled := errors.Is(err, context.Canceled) && c.Request().Context().Err() != nil
		if body.StatusCode >= http.StatusInternalServerError && !canceled {
			body.RequestID = requestID
			log.ErrorContext(c.Request().Context(), "request failed", "request_id", requestID, "route", c.Path(), "error", err)
		}
		header := c.Response().Header()
		header.Set("Cache-Control", "no-store")
		header.Del("ETag")
		if body.StatusCode == http.StatusTooManyRequests {
			header.Set("Retry-After", strconv.FormatInt(max(body.RetryAfter, 1), 10))
		}
		if isAPI(c.Request().URL.Path) {
			err = c.JSON(body.StatusCode, body)
		} else {
			header.Set("Content-Security-Policy", PagePolicy)
			err = page(c, body.StatusCode, body.Error, body.RequestID)
		}
		if err != nil {
			log.WarnContext(c.Request().Context(), "error answer failed", "request_id", requestID, "error", err)
		}
	}
}

func isAPI(path string) bool {
	for _, prefix := range APIPrefixes {
		if strings.HasPrefix(path, prefix) {
			return true
		}
	}
	return false
}

func describe(err error) errorBody {
	var unrouted *echo.HTTPError
	if e := fault.As(err); e != nil && e.Kind != fault.Internal {
		return errorBody{
			Error: e.Message, StatusCode: Status(e), Code: e.Code, Fields: e.Fields,
			RetryAfter: int64(math.Ceil(e.RetryAfter.Seconds())), Challenge: e.Challenge, Difficulty: e.Difficulty,
		}
	}
	if errors.As(err, &unrouted) {
		return errorBody{Error: http.StatusText(unrouted.Code), StatusCode: unrouted.Code}
	}
	return errorBody{Error: "Something went wrong on our side", StatusCode: http.StatusInternalServerError, Code: "internal"}
}

// Recover turns a panic of a handler into an error, so that one bad request is one 500.
func Recover(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c Ctx) (err error) {
		defer func() {
			if p := recover(); p != nil {
				if p == http.ErrAbortHandler { //nolint:errorlint,err113 // the value that net/http compares with
					panic(p)
				}
				caught := contain.Caught(p)
				err = fmt.Errorf("%w\n%s", caught, caught.Stack)
			}
		}()
		return next(c)
	}
}

// Time is Unix milliseconds that show as 2025-10-08T10:30:00.000Z.
type Time int64

const timeForm = `"2006-01-02T15:04:05.000Z"`

// MarshalJSON writes the documented form.
func (t Time) MarshalJSON() ([]byte, error) {
	return []byte(time.UnixMilli(int64(t)).UTC().Format(timeForm)), nil
}

// AppendTime appends the documented form, or null for nil.
func AppendTime(b []byte, t *Time) []byte {
	if t == nil {
		return append(b, "null"...)
	}
	return time.UnixMilli(int64(*t)).UTC().AppendFormat(b, timeForm)
}

// AppendText appends a text as encoding/json writes it. Most texts hold nothing to escape, and looking
// is quicker than escaping.
func AppendText(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			quoted, _ := json.Marshal(s) // which fails for no string
			return append(b, quoted...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}

// WriteJSON answers with a value that writes its own JSON.
func WriteJSON(c Ctx, status int, v Appender) error {
	text, err := v.AppendJSON(make([]byte, 0, 512))
	if err != nil {
		return err
	}
	return c.JSONBlob(status, append(text, '\n'))
}

// OptionalTime shows nil as null.
func OptionalTime(ms *int64) *Time {
	if ms == nil {
		return nil
	}
	t := Time(*ms)
	return &t
}

// Optional shows an absent text as null.
func Optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
