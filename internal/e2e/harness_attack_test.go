package e2e

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"sync"
	"testing"
)

// attacks counts what the tests tried against the server, by kind.
var attacks = struct {
	mu             sync.Mutex
	tried, refused map[string]int
}{tried: map[string]int{}, refused: map[string]int{}}

// attempt notes one attack and whether it got nowhere. It asserts nothing: that is the test's.
func attempt(kind string, refused bool) {
	attacks.mu.Lock()
	defer attacks.mu.Unlock()
	attacks.tried[kind]++
	if refused {
		attacks.refused[kind]++
	}
}

// printAttacks ends a verbose run with the list of what was tried; docs/security.md says how to get it.
func printAttacks() {
	if !testing.Verbose() || len(attacks.tried) == 0 {
		return
	}
	fmt.Fprintf(os.Stdout, "%-60s %7s %8s\n", "attack", "tried", "refused")
	tried, refused := 0, 0
	for _, kind := range slices.Sorted(maps.Keys(attacks.tried)) {
		fmt.Fprintf(os.Stdout, "%-60s %7d %8d\n", kind, attacks.tried[kind], attacks.refused[kind])
		tried, refused = tried+attacks.tried[kind], refused+attacks.refused[kind]
	}
	fmt.Fprintf(os.Stdout, "%-60s %7d %8d\n", "all", tried, refused)
}
