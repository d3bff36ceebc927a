package e2e

import (
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"
)

// silent asks on a connection of its own, and reads of the answer no more than that it begins.
func (s *server) silent(t testing.TB, path string, headers ...string) net.Conn {
	t.Helper()
	conn, err := (&net.Dialer{KeepAlive: -1}).DialContext(t.Context(), "tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	text := "GET " + path + " HTTP/1.1\r\nHost: " + s.addr + "\r\n"
	for i := 0; i < len(headers); i += 2 {
		text += headers[i] + ": " + headers[i+1] + "\r\n"
	}
	// As much as a few long messages, so that not megabytes are on their way before anybody notices.
	if err := conn.(*net.TCPConn).SetReadBuffer(128 << 10); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, text+"\r\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// TestReadersThatNeverRead has a visitor's stream and each of the team's stall while long messages come in.
// They are cut off, and the others miss nothing.
func TestReadersThatNeverRead(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	a := newAccount(t, s)
	v := started(t, s, a.newToken(t, shop), obj{})
	v.post(t, "hello")
	cookie := a.console(t).cookie
	stalled := map[string]net.Conn{
		"visitor":    s.silent(t, api+"/session/events", v.headers()...),
		"team":       s.silent(t, api+"/events", "Authorization", "Bearer "+a.token),
		"inbox page": s.silent(t, "/inbox/events?open="+v.conversation+"&after=0&event=0", "Cookie", cookie),
	}
	healthy := map[string]*stream{"visitor": v.stream(t, "?after_seq=1"), "team": a.stream(t)}
	for _, st := range healthy {
		st.await(t, "state")
	}
	// Six bytes of JSON for each sign, five of HTML: more in all than the kernel keeps for one connection.
	const messages, size = 120, 9900
	var want []string
	for n := range messages {
		want = append(want, fmt.Sprintf("%04d", n)+strings.Repeat("&", size))
		a.reply(t, v.conversation, want[n], false)
	}
	for who, st := range healthy {
		if got := messageTexts(t, st.until(t, want[messages-1])); !slices.Equal(got, want) {
			t.Errorf("the %s who reads got %d of %d messages", who, len(got), messages)
		}
	}
	for who, conn := range stalled {
		// A connection that the other side has closed is told so when it is written to.
		eventually(t, 30*time.Second, "the "+who+" who never reads is cut off", func() bool {
			_, err := io.WriteString(conn, "\r\n")
			return err != nil
		})
	}
}
