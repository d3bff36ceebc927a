package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
)

// noLimits switches off what would refuse a benchmark's load.
func noLimits() []option {
	return []option{
		withEnv("DESKBELL_LIMIT_SESSIONS_PER_IP", "0"), withEnv("DESKBELL_LIMIT_SESSIONS_PER_DEVICE", "0"),
		withEnv("DESKBELL_LIMIT_MESSAGES", "0"), withEnv("DESKBELL_LOG_LEVEL", "error"),
	}
}

// closedLoop runs b.N operations by clients that each wait for their answer, and reports how
// many were done in a second.
func closedLoop(b *testing.B, clients int, operation func(client, n int) error) {
	b.Helper()
	var next atomic.Int64
	var group sync.WaitGroup
	b.ResetTimer()
	for client := range clients {
		group.Go(func() {
			for {
				n := int(next.Add(1))
				if n > b.N {
					return
				}
				if err := operation(client, n); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "per_second")
}

func wantStatus(r reply, err error, status int) error {
	if err == nil && r.status != status {
		err = fmt.Errorf("want %d, got %s", status, r)
	}
	return err
}

// BenchmarkDiskSync is what everything durable is measured against: one 4 KiB write and sync.
func BenchmarkDiskSync(b *testing.B) {
	f, err := os.Create(filepath.Join(b.TempDir(), "sync"))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	page := make([]byte, 4096)
	closedLoop(b, 1, func(int, int) error {
		if _, err := f.Write(page); err != nil {
			return err
		}
		return f.Sync()
	})
}

// BenchmarkVisitorMessage posts messages that are on disk when they are answered.
func BenchmarkVisitorMessage(b *testing.B) {
	s := startServer(b, noLimits()...)
	tok := newAccount(b, s).newToken(b, "https://bench.example", "chat")
	for _, clients := range []int{1, 16, 64} {
		visitors := make([]*visitor, clients)
		for i := range visitors {
			visitors[i] = started(b, s, tok, obj{})
		}
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
			closedLoop(b, clients, func(client, _ int) error {
				v := visitors[client]
				r, err := v.send("POST", "/session/messages", obj{"client_id": unique("m"), "text": "How long does shipping to Norway take?"})
				return wantStatus(r, err, http.StatusCreated)
			})
		})
	}
}

// BenchmarkNewSession starts sessions, each with its contact and conversation.
func BenchmarkNewSession(b *testing.B) {
	s := startServer(b, noLimits()...)
	tok := newAccount(b, s).newToken(b, "https://bench.example", "chat")
	closedLoop(b, 16, func(int, int) error {
		r, err := newVisitor(s, tok).send("POST", "/session", obj{"email": unique("bench") + "@customer.example"})
		return wantStatus(r, err, http.StatusCreated)
	})
}

// BenchmarkConfig reads what every page view reads.
func BenchmarkConfig(b *testing.B) {
	s := startServer(b, noLimits()...)
	tok := newAccount(b, s).newToken(b, "https://bench.example", "chat")
	closedLoop(b, 64, func(int, int) error {
		r, err := newVisitor(s, tok).send("GET", "/config", nil)
		return wantStatus(r, err, http.StatusOK)
	})
}
