package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// waiting is one visitor's open stream.
type waiting struct {
	conn         net.Conn
	conversation string
}

// streamFigures measures what visitors who wait cost, and how fast one of them is reached.
func streamFigures(b *testing.B, length benchLength) []result {
	var results []result
	for _, n := range length.streams {
		s, _, tok := startBench(b)
		before := residentKiB(b, s.cmd.Process.Pid)
		streams := openWaiting(b, s, tok, n)
		<-time.After(5 * time.Second) // the garbage of connecting goes
		each := (residentKiB(b, s.cmd.Process.Pid) - before) / float64(n)
		results = append(results, result{name: fmt.Sprintf("memory for each of %d waiting streams", n), value: each, unit: "KiB", goal: 2, guard: 4})
		for _, w := range streams {
			_ = w.conn.Close()
		}
		s.kill()
	}
	return append(results, pushToOne(b, length.among))
}

// openWaiting starts sessions and opens the stream of each.
func openWaiting(b *testing.B, s *server, tok supportToken, n int) []waiting {
	b.Helper()
	streams := make([]waiting, n)
	const clients = 16
	failed := make(chan error, clients)
	for client := range clients {
		go func() {
			l, err := dialLoad(s.addr)
			for i := client; err == nil && i < n; i += clients {
				streams[i], err = openOne(l, s.addr, tok.token, i)
			}
			failed <- err
		}()
	}
	for range clients {
		if err := <-failed; err != nil {
			b.Fatal(err)
		}
	}
	return streams
}

func openOne(l *loadConn, addr, token string, i int) (waiting, error) {
	device := fmt.Sprintf("device_waiting_%08d", i)
	ip := nextIP()
	if _, err := l.conn.Write(rawRequest("POST", api+"/session", "{}", "Authorization", "Bearer "+token, "X-Device-ID", device, "X-Forwarded-For", ip)); err != nil {
		return waiting{}, err
	}
	status, size, err := l.head()
	if err != nil || status != http.StatusCreated {
		return waiting{}, fmt.Errorf("session: %d %w", status, err)
	}
	body := make([]byte, size)
	if _, err := io.ReadFull(l.in, body); err != nil {
		return waiting{}, err
	}
	var session struct {
		Session struct {
			Token        string `json:"session_token"`
			Conversation string `json:"conversation_id"`
		} `json:"session"`
	}
	if err := json.Unmarshal(body, &session); err != nil {
		return waiting{}, err
	}
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return waiting{}, err
	}
	if _, err := conn.Write(rawRequest("GET", api+"/session/events", "", "Authorization", "Bearer "+token, "X-Device-ID", device,
		"X-Session-Token", session.Session.Token, "X-Forwarded-For", ip)); err != nil {
		return waiting{}, err
	}
	w := waiting{conn, session.Session.Conversation}
	return w, readTo(conn, "event: state")
}

// readTo reads a stream up to the end of the event that contains the mark.
func readTo(conn net.Conn, mark string) error {
	if err := conn.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		return err
	}
	var got []byte
	chunk := make([]byte, 4096)
	for !bytes.Contains(got, []byte(mark)) || !bytes.HasSuffix(got, []byte("\n\n")) {
		n, err := conn.Read(chunk)
		if err != nil {
			return fmt.Errorf("waiting for %q: %w: %s", mark, err, got)
		}
		got = append(got, chunk[:n]...)
	}
	return conn.SetReadDeadline(time.Time{})
}

func procFile(b testing.TB, pid int, name string) string {
	b.Helper()
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), name))
	if err != nil {
		b.Fatal(err)
	}
	return string(text)
}

func residentKiB(b *testing.B, pid int) float64 {
	b.Helper()
	_, rest, _ := strings.Cut(procFile(b, pid, "status"), "VmRSS:")
	kib, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
	if err != nil {
		b.Fatal(err)
	}
	return kib
}

// cpuTime is what a process has used, in ticks of 10 ms.
func cpuTime(b *testing.B, pid int) time.Duration {
	b.Helper()
	stat := procFile(b, pid, "stat")
	fields := strings.Fields(stat[strings.LastIndexByte(stat, ')')+2:])
	var ticks int64
	for _, field := range fields[11:13] {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			b.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}
