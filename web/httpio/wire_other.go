//go:build !linux

package httpio

import "net"

// NoticeDeadPeer leaves a half-open connection to the system's own time-outs.
func NoticeDeadPeer(net.Conn) {}

// hungUp leaves it to the next write to find out.
func hungUp(net.Conn) bool { return false }

// writeSome leaves it to a write that may wait.
func writeSome(net.Conn, []byte) (n int, able bool) { return 0, false }
