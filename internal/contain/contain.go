// Package contain keeps a bug in one part of the server from ending all of it. Whoever starts a goroutine,
// or runs what others have handed in, does it through here; requests have httpio.Recover.
package contain

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"deskbell/internal/metrics"
)

// pause is how long after a panic a part is begun again: one that panics each time must fill neither the
// log nor a core.
const pause = 5 * time.Second

// caught counts the panics of this process.
var caught metrics.Counter

// Panic is the error that a panic becomes.
type Panic struct {
	value any
	// Stack is that of the goroutine, with the place of the panic.
	Stack []byte
}

func (p *Panic) Error() string { return fmt.Sprint("panic: ", p.value) }

// Caught counts what recover has returned and makes an error of it. It must be called by the deferred
// function itself, or the stack is another one.
func Caught(value any) *Panic {
	caught.Inc()
	return &Panic{value, debug.Stack()}
}

// Call runs fn. A panic is counted, logged as one in part, such as "a job", with its stack and with what
// args say, and returned as a *Panic.
func Call(log *slog.Logger, part string, fn func() error, args ...any) (err error) {
	defer func() {
		if value := recover(); value != nil {
			p := Caught(value)
			log.Error("panic in "+part, append([]any{"panic", fmt.Sprint(value), "stack", string(p.Stack)}, args...)...)
			err = p
		}
	}()
	return fn()
}

// Keep runs a part that works until ctx ends, and begins it again a moment after each panic. What else
// run returns is returned.
func Keep(ctx context.Context, log *slog.Logger, part string, run func(context.Context) error) error {
	for {
		err := Call(log, part, func() error { return run(ctx) })
		var p *Panic
		if !errors.As(err, &p) {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
	}
}

// Figures writes how many panics were caught.
func Figures(p *metrics.Page) {
	p.Counter("deskbell_panics_total", "Bugs that were met and contained; the log has the place of each.")
	p.Value("deskbell_panics_total", caught.Value())
}
