package app

import (
	"log/slog"
	"net"
	"os"
)

// tellSystemd says where a service of Type=notify is: READY=1 once it answers, STOPPING=1 when it
// ends. Whatever else started us has set no socket, and nothing happens.
func tellSystemd(state string, log *slog.Logger) {
	socket := os.Getenv("NOTIFY_SOCKET")
	if socket == "" {
		return
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err == nil {
		_, err = conn.Write([]byte(state))
		_ = conn.Close()
	}
	if err != nil {
		log.Warn("systemd was not told", "state", state, "error", err)
	}
}
