package e2e

import (
	"os/exec"
	"testing"
	"time"
)

// runBeside runs another program until the test ends, and shows what it wrote when the test fails.
func runBeside(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	var out logBuffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.WaitDelay = 5 * time.Second
	dieWithTests(cmd)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			text := out.String()
			t.Logf("%s:\n%s", cmd.Args[0], text[max(0, len(text)-3000):])
		}
	})
}
