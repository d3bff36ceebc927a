package e2e

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"testing"
	"time"
)

func BenchmarkQuick(b *testing.B) {
	s := startServer(b, noLimits()...)
	a := newAccount(b, s)
	tok := a.newToken(b, "https://bench.example", "chat")
	p := followPushes(b, s.addr, api+"/events", "Authorization", "Bearer "+a.token)
	const clients = 64
	heads := make([]*visitor, clients)
	for i := range heads {
		heads[i] = started(b, s, tok, obj{})
	}
	op := func(l *loadConn, client, n int) (int, error) {
		v := heads[client]
		body := `{"client_id":"m` + fmt.Sprint(time.Now().UnixNano()) + `","text":"` + markedText() + `"}`
		return l.do(rawRequest("POST", api+"/session/messages", body, "Authorization", "Bearer "+v.token, "X-Device-ID", v.device, "X-Session-Token", v.session))
	}
	for _, c := range []int{1, 16, 64} {
		cpu := cpuTime(s.cmd.Process.Pid)
		if c == 64 && os.Getenv("PERF") != "" {
			go func() {
				out, err := exec.Command("perf", "record", "-o", os.Getenv("PERF"), "-g", "-p", fmt.Sprint(s.cmd.Process.Pid), "sleep", "4").CombinedOutput()
				fmt.Println(string(out), err)
			}()
		}
		rate, err := closedFor(s.addr, c, 5*time.Second, http.StatusCreated, op)
		if err != nil {
			b.Fatal(err)
		}
		used := cpuTime(s.cmd.Process.Pid) - cpu
		took := p.taken()
		fmt.Printf("c=%d %.0f/s cpu/msg %.0fus push p50 %v p99 %v n %d\n", c, rate, used.Seconds()*1e6/(rate*5), percentile(took, .5), percentile(took, .99), len(took))
	}
}

func BenchmarkQuickYard(b *testing.B) {
	s := startServer(b, noLimits()...)
	a := newAccount(b, s)
	tok := a.newToken(b, "https://bench.example", "chat")
	convs := make([]string, 64)
	for i := range convs {
		convs[i] = started(b, s, tok, obj{}).conversation
	}
	s.kill()
	addr, pid := startYardstick(b, s.dir)
	p := followPushes(b, addr, "/pushes")
	op := func(l *loadConn, client, n int) (int, error) {
		body := `{"client_id":"m` + fmt.Sprint(time.Now().UnixNano()) + `","text":"` + markedText() + `"}`
		return l.do(rawRequest("POST", "/messages", body, "X-Session-Token", convs[client]))
	}
	for _, c := range []int{1, 16, 64} {
		cpu := cpuTime(pid)
		rate, err := closedFor(addr, c, 5*time.Second, http.StatusCreated, op)
		if err != nil {
			b.Fatal(err)
		}
		used := cpuTime(pid) - cpu
		took := p.taken()
		fmt.Printf("yard c=%d %.0f/s cpu/msg %.0fus push p50 %v p99 %v n %d\n", c, rate, used.Seconds()*1e6/(rate*5), percentile(took, .5), percentile(took, .99), len(took))
	}
}

func cpuTime(pid int) time.Duration {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/schedstat", pid))
	_ = b
	// utime+stime in ticks of 10 ms
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	var f [20]string
	rest := stat[lastIndex(stat, ')')+2:]
	n, _ := fmt.Sscan(string(rest), &f[0], &f[1], &f[2], &f[3], &f[4], &f[5], &f[6], &f[7], &f[8], &f[9], &f[10], &f[11], &f[12])
	_ = n
	var u, k int64
	fmt.Sscan(f[11], &u)
	fmt.Sscan(f[12], &k)
	return time.Duration(u+k) * 10 * time.Millisecond
}

func lastIndex(b []byte, c byte) int {
	for i := len(b) - 1; i >= 0; i-- {
		if b[i] == c {
			return i
		}
	}
	return -1
}
