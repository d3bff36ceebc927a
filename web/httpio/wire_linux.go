package httpio

import (
	"net"
	"syscall"
	"time"
)

// deadPeer is after how long without an answer the kernel gives a connection up. Nothing reads
// from a wire, so a peer that vanished shows only by writes that are never acknowledged; with a
// heartbeat's time before, it is gone within 90 s.
const deadPeer = 60 * time.Second

// tcpUserTimeout is TCP_USER_TIMEOUT of linux/tcp.h (RFC 5482), which package syscall lacks.
const tcpUserTimeout = 0x12

// NoticeDeadPeer makes the kernel drop a half-open connection; without it, writes to a vanished
// peer succeed for a quarter of an hour.
func NoticeDeadPeer(conn net.Conn) {
	c, ok := conn.(syscall.Conn)
	if !ok {
		return
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) {
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpUserTimeout, int(deadPeer.Milliseconds())) //nolint:gosec // descriptors are small
	})
}
