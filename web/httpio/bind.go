package httpio

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/labstack/echo/v4"

	"deskbell/internal/fault"
)

// The documented sizes of request bodies in bytes, and how deep JSON may nest.
const (
	MaxBody        = 64 << 10
	MaxMessageBody = 256 << 10
	maxDepth       = 32
)

var (
	errTooLarge = fault.New(fault.TooLarge, "body_too_large", "Request body too large")
	errEncoding = fault.New(fault.Invalid, "content_encoding", "Send the body without Content-Encoding")
	errJSON     = fault.New(fault.Invalid, "invalid_json", "Request body must be valid JSON")
	errDeep     = fault.New(fault.Invalid, "invalid_json", "JSON is nested too deeply")
)

// ReadBody reads a request body of at most limit bytes. Kinds: Invalid, TooLarge.
func ReadBody(c Ctx, limit int64) ([]byte, error) {
	if c.Request().Header.Get("Content-Encoding") != "" {
		return nil, errEncoding
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.Response(), c.Request().Body, limit))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, errTooLarge
	}
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "body_unreadable", "The request body ended early", err)
	}
	return body, nil
}

// BoundForm refuses forms of more than so many bytes, and has read smaller ones when the handler asks for their
// values. Left to itself a form may take memory of 32 MiB, and of the disk as much as is sent. Kinds: TooLarge.
func BoundForm(limit int64) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c Ctx) error {
			r := c.Request()
			r.Body = http.MaxBytesReader(c.Response(), r.Body, limit)
			var tooLarge *http.MaxBytesError
			if _, err := c.FormParams(); errors.As(err, &tooLarge) {
				return errTooLarge
			}
			return next(c)
		}
	}
}

// BindJSON reads a JSON object into the struct that in points to, whatever the Content-Type
// says. It is strict: names are case-sensitive and stand once, nothing follows the value, text
// is valid UTF-8. Unknown names are ignored. With optional, no body at all is an empty object.
func BindJSON(c Ctx, in any, limit int64, optional bool) error {
	body, err := ReadBody(c, limit)
	if err != nil {
		return err
	}
	return Decode(body, in, optional)
}

// Decode is BindJSON for bytes that were read already.
func Decode(body []byte, in any, optional bool) error {
	if optional && len(strings.TrimSpace(string(body))) == 0 {
		return nil
	}
	if depth(body) > maxDepth {
		return errDeep
	}
	if kind := jsontext.Value(body).Kind(); kind != '{' {
		if kind == 0 {
			return errJSON
		}
		return fault.New(fault.Invalid, "invalid_json", "Request body must be a JSON object")
	}
	err := json.Unmarshal(body, in)
	var mistyped *json.SemanticError
	if errors.As(err, &mistyped) {
		return mistypedField(mistyped)
	}
	if err != nil {
		return fault.Wrap(fault.Invalid, "invalid_json", syntaxMessage(err), err)
	}
	return nil
}

// depth returns how deep brackets nest outside of strings, before anything is parsed.
func depth(body []byte) int {
	deepest, now := 0, 0
	inString, escaped := false, false
	for _, b := range body {
		switch {
		case escaped:
			escaped = false
		case inString:
			escaped = b == '\\'
			inString = b != '"'
		case b == '"':
			inString = true
		case b == '{' || b == '[':
			now++
			deepest = max(deepest, now)
		case b == '}' || b == ']':
			now--
		}
	}
	return deepest
}

func syntaxMessage(err error) string {
	if errors.Is(err, jsontext.ErrDuplicateName) {
		return "Request body has a name twice"
	}
	return errJSON.Message
}

// wanted says in plain words what a Go type takes.
var wanted = map[reflect.Kind]string{
	reflect.String: "text", reflect.Bool: "true or false", reflect.Int: "a whole number", reflect.Int64: "a whole number",
	reflect.Slice: "a list", reflect.Map: "an object", reflect.Struct: "an object",
}

func mistypedField(e *json.SemanticError) error {
	field := strings.ReplaceAll(strings.TrimPrefix(string(e.JSONPointer), "/"), "/", ".")
	want := "of another type"
	if e.GoType != nil {
		t := e.GoType
		for t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		if words, ok := wanted[t.Kind()]; ok {
			want = words
		}
	}
	if field == "" {
		return errJSON
	}
	return fault.Field(field, fmt.Sprintf("%s must be %s", field, want))
}

// QueryInt reads a whole, non-negative number from the query string; 0 when it is absent.
func QueryInt(c Ctx, name string) (int64, error) {
	text := c.QueryParam(name)
	if text == "" {
		return 0, nil
	}
	n, err := parseCount(text)
	if err != nil {
		return 0, fault.Field(name, name+" must be a whole number")
	}
	return n, nil
}

// LastSeq reads the number of the last message that a stream's reader has, as it was sent: digits alone.
func LastSeq(text string) (int64, error) {
	seq, err := parseCount(text)
	if err != nil {
		return 0, fault.Field("Last-Event-ID", "Last-Event-ID must be a message's seq")
	}
	return seq, nil
}

// parseCount takes no sign, so that "-0" and "+1" are not second names of numbers that were given out.
func parseCount(text string) (int64, error) {
	n, err := strconv.ParseUint(text, 10, 63)
	return int64(n), err
}
