package contain

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestCallTellsOfAPanic(t *testing.T) {
	var log bytes.Buffer
	before := caught.Value()
	err := Call(slog.New(slog.NewTextHandler(&log, nil)), "a job", func() error { panic("a bug") }, "kind", "send")
	var p *Panic
	if !errors.As(err, &p) || err.Error() != "panic: a bug" {
		t.Errorf("got %v", err)
	}
	for _, part := range []string{`msg="panic in a job" panic="a bug"`, "contain_test.go", "kind=send"} {
		if !strings.Contains(log.String(), part) {
			t.Errorf("the log lacks %s: %s", part, &log)
		}
	}
	if n := caught.Value() - before; n != 1 {
		t.Errorf("%v panics were counted", n)
	}
	want := errors.New("refused")
	if err := Call(nil, "a job", func() error { return want }); !errors.Is(err, want) {
		t.Errorf("got %v", err)
	}
}

func TestKeepBeginsAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		began := []time.Duration{}
		start := time.Now()
		err := Keep(ctx, slog.New(slog.DiscardHandler), "a loop", func(ctx context.Context) error {
			began = append(began, time.Since(start))
			switch len(began) {
			case 1, 2:
				panic("a bug")
			case 3:
				time.AfterFunc(time.Minute, stop)
			}
			<-ctx.Done()
			return errors.New("what it ended with")
		})
		if err == nil || err.Error() != "what it ended with" {
			t.Errorf("got %v", err)
		}
		if len(began) != 3 || began[1] != pause || began[2] != 2*pause {
			t.Errorf("begun after %v", began)
		}
	})
}

func TestKeepEndsWhileItWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithTimeout(t.Context(), pause/2)
		defer stop()
		if err := Keep(ctx, slog.New(slog.DiscardHandler), "a loop", func(context.Context) error { panic("a bug") }); err != nil {
			t.Errorf("got %v", err)
		}
	})
}
