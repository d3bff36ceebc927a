package e2e

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"deskbell/internal/realtime"
	"deskbell/web/httpio"
)

// telling sends what an event carries.
type telling struct{}

func (telling) On(_ context.Context, out *httpio.Stream, e realtime.Event) error {
	return out.Send("message", e.Seq, e.Content)
}

func (telling) Frame(e realtime.Event) ([]byte, error) {
	return httpio.Frame("message", e.Seq, e.Content)
}

// pushedMessage is as large as a message that visitors are sent, and written as that is.
type pushedMessage struct{ id, conversation, text string }

// AppendJSON is for httpio.
func (m pushedMessage) AppendJSON(b []byte) ([]byte, error) {
	b = append(append(b, `{"message":{"_id":"`...), m.id...)
	b = append(append(b, `","conversation_id":"`...), m.conversation...)
	b = strconv.AppendInt(append(b, `","seq":`...), 1, 10)
	b = append(append(b, `,"client_id":"b1","sender":{"type":"agent","_id":"`...), m.id...)
	b = httpio.AppendText(append(b, `","name":"Ann"},"text":`...), m.text)
	b = time.Now().UTC().AppendFormat(append(b, `,"attachments":[],"created_at":"`...), time.RFC3339Nano)
	return append(b, `","edited_at":null,"deleted_at":null}}`...), nil
}

// recording remembers the connections that it accepts, by the address at their other end.
type recording struct {
	net.Listener
	mu       sync.Mutex
	accepted map[string]net.Conn
}

func (l *recording) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err == nil {
		l.mu.Lock()
		l.accepted[conn.RemoteAddr().String()] = conn
		l.mu.Unlock()
	}
	return conn, err
}

// pushToOne compares an event on its way through hub and streams to one of many readers with a
// plain write of as many bytes to the same connection. Both happen in this process, because the
// way of a request would be most of what is measured, and by turns, because the machine's mood would be.
func pushToOne(b *testing.B, n int) result {
	b.Helper()
	hub := realtime.NewHub()
	wires := httpio.NewWires(hub, slog.New(slog.DiscardHandler),
		func(context.Context, []httpio.Follower) (map[int]error, error) { return nil, nil })
	ctx, stop := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	go func() { ended <- wires.Run(ctx) }()
	router := echo.New()
	router.GET("/:n", func(c httpio.Ctx) error {
		who := c.Param("n")
		wire, err := wires.Follow(telling{}, who, who, [2]realtime.Topic{realtime.ConversationTopic(who), realtime.VisitorsTopic("a")})
		if err != nil {
			return err
		}
		if err := errors.Join(wire.Open(c), wire.Send("state", 0, "ready")); err != nil {
			wire.Close()
			return err
		}
		wire.Start()
		return nil
	})
	server := httptest.NewUnstartedServer(router)
	accepting := &recording{Listener: server.Listener, accepted: map[string]net.Conn{}}
	server.Listener = accepting
	server.Start()
	readers := make([]net.Conn, n)
	for i := range readers {
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		if err == nil {
			_, err = conn.Write(rawRequest("GET", "/"+strconv.Itoa(i), ""))
		}
		if err == nil {
			err = readTo(conn, "event: state")
		}
		if err != nil {
			b.Fatal(err)
		}
		readers[i] = conn
	}
	content := pushedMessage{id: "66f1a2b3c4d5e6f7a8b9c0d1", conversation: "66f1a2b3c4d5e6f7a8b9c0d2", text: markedText()}
	writers := make([]net.Conn, n)
	for i := range readers {
		writers[i] = accepting.accepted[readers[i].LocalAddr().String()]
	}
	text, err := httpio.Frame("message", 1, content)
	if err != nil {
		b.Fatal(err)
	}
	through, plain := timedPushes(b, readers, writers, func(i int) error {
		hub.Publish(realtime.Event{Kind: realtime.Message, AccountID: "a", ConversationID: strconv.Itoa(i), Seq: 1, Content: content})
		return nil
	}, func(i int) error {
		_, err := writers[i].Write(text)
		return err
	})
	stop()
	server.Close()
	for i := range readers {
		_ = readers[i].Close()
	}
	if err := <-ended; err != nil {
		b.Fatal(err)
	}
	return result{name: fmt.Sprintf("message to 1 of %d streams, p50", n), value: micros(through), unit: "µs", yardstick: micros(plain), goal: 1.5, guard: 3, known: known{46, false}}
}

// timedPushes answers the median times of two ways from sending to having read.
func timedPushes(b *testing.B, readers, writers []net.Conn, product, yardstick func(int) error) (first, second time.Duration) {
	b.Helper()
	var took [2][]time.Duration
	ways := [2]func(int) error{product, yardstick}
	chunk := make([]byte, 4096)
	const turn = 100
	for round := range 40 * turn {
		i, way := round*7919%len(readers), round/turn%2
		read := make(chan error, 1)
		var arrived time.Time
		go func() {
			_ = readers[i].SetReadDeadline(time.Now().Add(10 * time.Second))
			_, err := readers[i].Read(chunk)
			arrived = time.Now()
			read <- err
		}()
		<-time.After(200 * time.Microsecond)         // the reader waits, as a visitor does
		_ = writers[i].SetWriteDeadline(time.Time{}) // the product's was for its own write
		began := time.Now()
		if err := errors.Join(ways[way](i), <-read); err != nil {
			b.Fatal(err)
		}
		took[way] = append(took[way], arrived.Sub(began))
	}
	for _, times := range took {
		slices.Sort(times)
	}
	return percentile(took[0], 0.5), percentile(took[1], 0.5)
}
