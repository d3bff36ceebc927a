package httpio

import (
	"errors"
	"net"
	"syscall"
	"time"
)

// deadPeer is after how long without an answer the kernel gives a connection up. Nothing reads
// from a wire, so a peer that vanished shows only by writes that are never acknowledged; with a
// heartbeat's time before, and what a busy machine adds, it is gone within 90 s.
const deadPeer = 45 * time.Second

// tcpUserTimeout is TCP_USER_TIMEOUT of linux/tcp.h (RFC 5482), which package syscall lacks.
const tcpUserTimeout = 0x12

// NoticeDeadPeer makes the kernel drop a half-open connection; without it, writes to a vanished
// peer succeed for a quarter of an hour.
func NoticeDeadPeer(conn net.Conn) {
	if encrypted, ok := conn.(interface{ NetConn() net.Conn }); ok {
		conn = encrypted.NetConn()
	}
	control(conn, func(fd int) {
		_ = syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, tcpUserTimeout, int(deadPeer.Milliseconds()))
	})
}

// hungUp says whether the peer has closed the connection, without waiting for anything.
func hungUp(conn net.Conn) (gone bool) {
	control(conn, func(fd int) {
		var next [1]byte
		n, _, err := syscall.Recvfrom(fd, next[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		gone = n == 0 && err == nil || errors.Is(err, syscall.ECONNRESET)
	})
	return gone
}

// writeSome writes what fits into the socket's buffer, without waiting, and returns how many bytes; able says
// that it can on this connection. A failure shows at the next write.
func writeSome(conn net.Conn, text []byte) (n int, able bool) {
	able = control(conn, func(fd int) {
		if wrote, err := syscall.Write(fd, text); err == nil {
			n = wrote
		}
	})
	return n, able
}

// control says whether there was a descriptor to use.
func control(conn net.Conn, use func(fd int)) bool {
	c, ok := conn.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := c.SyscallConn()
	return err == nil && raw.Control(func(fd uintptr) { use(int(fd)) }) == nil //nolint:gosec // descriptors are small
}
