package app

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"deskbell/internal/db"
	"deskbell/internal/jobs"
	"deskbell/internal/support"
)

type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// TestServesWithABrokenPart runs a whole server of which the part that delivers mails was never put
// together: what it does in the background, and each of its jobs, panics. All else goes on.
func TestServesWithABrokenPart(t *testing.T) {
	var cli commands
	parser, err := kong.New(&cli)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if _, err := parser.Parse([]string{"serve", "--addr", "127.0.0.1:0", "--data-dir", dir}); err != nil {
		t.Fatal(err)
	}
	settled, err := cli.Serve.Settle()
	if err != nil {
		t.Fatal(err)
	}
	var log lockedBuffer
	logger := slog.New(slog.NewTextHandler(&log, nil))
	store, err := openStore(t.Context(), dir, logger)
	if err != nil {
		t.Fatal(err)
	}
	app, err := cli.Serve.assemble(settled, store, logger)
	if err != nil {
		t.Fatal(err)
	}
	app.post = &post{auth: app.auth}
	ctx, stop := context.WithCancel(t.Context())
	err = store.db.Write(ctx, func(tx *db.Tx) error {
		return app.jobs.Enqueue(ctx, tx, jobs.Job{ID: "wake", Kind: support.JobWake, Payload: []byte("{}"), GiveUpAt: now().Add(time.Hour).UnixMilli()})
	})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- app.run(ctx, IO{Err: &log}) }()
	for _, said := range []string{`msg="panic in clean-up"`, `msg="panic in a job"`, "kind=" + support.JobWake, "post.go"} {
		for deadline := time.Now().Add(20 * time.Second); !strings.Contains(log.String(), said); time.Sleep(5 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("the log lacks %s: %s", said, log.String())
			}
		}
	}
	addr := regexp.MustCompile(`msg=listening addr=(\S+)`).FindStringSubmatch(log.String())[1]
	answer, err := http.Get("http://" + addr + "/readyz")
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%v %v", answer, err)
	}
	_ = answer.Body.Close()
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if err := store.db.Close(); err != nil {
		t.Error(err)
	}
}
