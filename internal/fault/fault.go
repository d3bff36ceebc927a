// Package fault is the vocabulary of expected failures. The domain returns a *Error, and
// web/httpio alone decides which status and format a kind becomes. It knows no HTTP.
package fault

import (
	"errors"
	"time"
)

// Kind says what sort of failure happened, independent of any protocol.
type Kind int

// The kinds of failure a caller can be told about.
const (
	Internal Kind = iota
	Invalid
	Unauthenticated
	Forbidden
	NotFound
	Conflict
	RateLimited
	Unproven
	TooLarge
	Unavailable
)

// Error is a failure with a text that is safe to show and a cause that is not.
type Error struct {
	Kind Kind
	// Code is a stable word for programs, such as "invalid_otp"; it may be empty.
	Code string
	// Message is plain English for people and never holds a secret.
	Message string
	// Fields maps an input field's name to what is wrong with it.
	Fields map[string]string
	// RetryAfter is how long to wait before trying again; zero when unknown.
	RetryAfter time.Duration
	// Challenge is what the caller has to solve before the next try, and Difficulty how many zero bits
	// the solution's digest begins with; only of kind Unproven.
	Challenge  string
	Difficulty int
	// Err is the cause, for the log only.
	Err error
}

// Error returns the message and, for the log, the cause.
func (e *Error) Error() string {
	if e.Err != nil {
		return e.Message + ": " + e.Err.Error()
	}
	return e.Message
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// New returns a failure of the given kind with a text that is safe to show.
func New(kind Kind, code, message string) *Error {
	return &Error{Kind: kind, Code: code, Message: message}
}

// Wrap is New with a cause for the log.
func Wrap(kind Kind, code, message string, cause error) *Error {
	return &Error{Kind: kind, Code: code, Message: message, Err: cause}
}

// Field returns an Invalid failure about one input field.
func Field(name, message string) *Error {
	return &Error{Kind: Invalid, Code: "invalid_input", Message: message, Fields: map[string]string{name: message}}
}

// Limited returns a RateLimited failure that may be retried after the given time.
func Limited(code, message string, retryAfter time.Duration) *Error {
	return &Error{Kind: RateLimited, Code: code, Message: message, RetryAfter: retryAfter}
}

// As returns the *Error inside err, or nil when err is not an expected failure.
func As(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}

// Is reports whether err is an expected failure of the given kind.
func Is(err error, kind Kind) bool {
	e := As(err)
	return e != nil && e.Kind == kind
}

// Fields collects what is wrong with an input, field by field.
type Fields map[string]string

// Add notes the first thing that is wrong with a field.
func (f Fields) Add(name, message string) {
	if _, ok := f[name]; !ok {
		f[name] = message
	}
}

// Err returns nil when nothing was noted, else an Invalid failure whose message is that of
// the alphabetically first field, so that the same input always gives the same text.
func (f Fields) Err() error {
	if len(f) == 0 {
		return nil
	}
	first := ""
	for name := range f {
		if first == "" || name < first {
			first = name
		}
	}
	return &Error{Kind: Invalid, Code: "invalid_input", Message: f[first], Fields: f}
}
