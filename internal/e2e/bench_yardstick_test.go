package e2e

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// The yardstick is the least program that does the same durable work over the same wire: a message
// comes in by HTTP, is stored in the product's own tables with all their indexes, synced in
// groups, and only then answered and pushed to a stream. It checks nothing and knows nobody. What
// the product takes beyond it is the price of everything else.

const yardstickEnv = "DESKBELL_YARDSTICK" // address and data directory, when the test program is one

type yardstick struct {
	conn  *sql.Conn
	ids   atomic.Uint64
	queue chan *yardstickWrite
	// copies asks for the log to be copied; the rest of it is the writer's, once copied says so.
	copies chan struct{}
	copied atomic.Bool

	mu       sync.Mutex
	pushes   net.Conn         // the one team stream
	visitors []net.Conn       // the waiting streams
	next     map[string]int64 // conversation → seq
}

type yardstickWrite struct {
	conversation, clientID, text, id string
	seq, at                          int64
	done                             chan error
}

// runYardstick serves until the process is killed.
func runYardstick(addr, dir string) error {
	ctx := context.Background()
	pool, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "deskbell.db")+
		"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)&_txlock=immediate")
	if err != nil {
		return err
	}
	y := &yardstick{queue: make(chan *yardstickWrite, 256), next: map[string]int64{}}
	if y.conn, err = pool.Conn(ctx); err != nil {
		return err
	}
	copier, err := pool.Conn(ctx)
	if err != nil {
		return err
	}
	if _, err := y.conn.ExecContext(ctx, "PRAGMA wal_autocheckpoint = 0"); err != nil {
		return err
	}
	y.copies = make(chan struct{}, 1)
	go y.copy(ctx, copier)
	go y.commit(ctx)
	mux := http.NewServeMux()
	mux.HandleFunc("POST /messages", y.post)
	mux.HandleFunc("GET /hello", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]bool{"success": true})
	})
	mux.HandleFunc("GET /pushes", func(w http.ResponseWriter, _ *http.Request) { y.follow(w, func(c net.Conn) { y.pushes = c }) })
	mux.HandleFunc("GET /wait", func(w http.ResponseWriter, _ *http.Request) {
		y.follow(w, func(c net.Conn) { y.visitors = append(y.visitors, c) })
	})
	mux.HandleFunc("POST /push/{n}", y.pushOne)
	return (&http.Server{Addr: addr, Handler: mux}).ListenAndServe() //nolint:gosec // loopback, for minutes
}

func (y *yardstick) follow(w http.ResponseWriter, keep func(net.Conn)) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	y.mu.Lock()
	keep(conn)
	y.mu.Unlock()
	_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n: ok\n\n")
}

// pushOne is the raw write: an event to one of many waiting streams.
func (y *yardstick) pushOne(w http.ResponseWriter, r *http.Request) {
	n, _ := strconv.Atoi(r.PathValue("n"))
	body, _ := io.ReadAll(r.Body)
	y.mu.Lock()
	conn := y.visitors[n]
	y.mu.Unlock()
	_, _ = fmt.Fprintf(conn, "event: typing\ndata: %s\n\n", body)
	w.WriteHeader(http.StatusNoContent)
}

func (y *yardstick) post(w http.ResponseWriter, r *http.Request) {
	job := &yardstickWrite{conversation: r.Header.Get("X-Session-Token"), at: time.Now().UnixMilli(), done: make(chan error, 1)}
	var in struct {
		ClientID string `json:"client_id"`
		Text     string `json:"text"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	job.clientID, job.text = in.ClientID, in.Text
	job.id = fmt.Sprintf("%08x%016x", job.at/1000, y.ids.Add(1)) // two messages may share a nanosecond
	y.queue <- job
	if err := <-job.done; err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	_ = json.NewEncoder(w).Encode(map[string]any{"_id": job.id, "seq": job.seq, "text": job.text, "client_id": job.clientID, "created_at": job.at})
}

// copyEvery is after how many messages the log is copied back, as in the design that the known figure is of.
const copyEvery = 1000

// copy copies the log beside the writer, which then has only the tail to copy.
func (y *yardstick) copy(ctx context.Context, conn *sql.Conn) {
	for range y.copies {
		if _, err := conn.ExecContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)"); err != nil {
			panic(err)
		}
		y.copied.Store(true)
	}
}

func (y *yardstick) commit(ctx context.Context) {
	must := func(query string) *sql.Stmt {
		stmt, err := y.conn.PrepareContext(ctx, query)
		if err != nil {
			panic(err)
		}
		return stmt
	}
	begin, commit := must("BEGIN IMMEDIATE"), must("COMMIT")
	insert := must(`INSERT INTO support_messages (_id, account_id, conversation_id, seq, client_id, sender_type, sender_id, private, text, files, created_at)
		SELECT ?, account_id, _id, ?, ?, 'visitor', '', false, ?, 0, ? FROM support_conversations WHERE _id = ?`)
	update := must(`UPDATE support_conversations SET last_seq = ?, visitor_seq = ?, agent_unread = agent_unread + 1, last_message = ?,
		last_sender = 'visitor', last_message_at = ?, updated_at = ?, waiting_since = COALESCE(waiting_since, ?) WHERE _id = ?`)
	// What can be searched is indexed four times a second, as in the product.
	index := must(`INSERT INTO message_search (rowid, part, text)
		SELECT row, part, text FROM message_search_rows WHERE row > (SELECT row FROM search_progress WHERE _id = 'message')`)
	indexed := must(`UPDATE search_progress SET row = (SELECT MAX(rowid) FROM support_messages) WHERE _id = 'message'`)
	tail := must("PRAGMA wal_checkpoint(PASSIVE)")
	next, uncopied := time.Now(), 0
	batch := make([]*yardstickWrite, 0, 256)
	for first := range y.queue {
		batch = append(batch[:0], first)
		for more := true; more && len(batch) < cap(batch); {
			select {
			case job := <-y.queue:
				batch = append(batch, job)
			default:
				more = false
			}
		}
		_, err := begin.ExecContext(ctx)
		for _, job := range batch {
			y.next[job.conversation]++
			job.seq = y.next[job.conversation]
			if err == nil {
				_, err = insert.ExecContext(ctx, job.id, job.seq, job.clientID, job.text, job.at, job.conversation)
			}
			if err == nil {
				_, err = update.ExecContext(ctx, job.seq, job.seq, job.text, job.at, job.at, job.at, job.conversation)
			}
		}
		if now := time.Now(); err == nil && now.After(next) {
			next = now.Add(250 * time.Millisecond)
			if _, err = index.ExecContext(ctx); err == nil {
				_, err = indexed.ExecContext(ctx)
			}
		}
		if err == nil {
			_, err = commit.ExecContext(ctx)
		}
		y.push(batch)
		for _, job := range batch {
			job.done <- err
		}
		if uncopied += len(batch); uncopied >= copyEvery {
			uncopied = 0
			select {
			case y.copies <- struct{}{}:
			default:
			}
		}
		if y.copied.CompareAndSwap(true, false) {
			if _, err := tail.ExecContext(ctx); err != nil {
				panic(err)
			}
		}
	}
}

func (y *yardstick) push(batch []*yardstickWrite) {
	y.mu.Lock()
	conn := y.pushes
	y.mu.Unlock()
	if conn == nil {
		return
	}
	out := bufio.NewWriterSize(conn, 64<<10)
	for _, job := range batch {
		text, _ := json.Marshal(map[string]any{"_id": job.id, "seq": job.seq, "text": job.text, "conversation_id": job.conversation})
		_, _ = fmt.Fprintf(out, "event: message\ndata: %s\n\n", text)
	}
	_ = out.Flush()
}

// startYardstick runs one on a copy of the database that a stopped server has left.
func startYardstick(tb testing.TB, dir string) (addr string, pid int) {
	tb.Helper()
	addr, err := freeAddr()
	if err != nil {
		tb.Fatal(err)
	}
	cmd := exec.Command(os.Args[0]) //nolint:gosec // this test program
	cmd.Env = append(os.Environ(), yardstickEnv+"="+addr+" "+dir)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	for deadline := time.Now().Add(10 * time.Second); ; {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			_ = conn.Close()
			return addr, cmd.Process.Pid
		}
		if time.Now().After(deadline) {
			tb.Fatal(err)
		}
	}
}
