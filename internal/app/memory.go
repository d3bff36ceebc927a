package app

import (
	"context"
	"os"
	"runtime/debug"
	"time"
)

// How much garbage may wait to be collected, in percents of the memory in use, as in GOGC. What a
// server without streams has in use is a few MiB, so twice as much is little memory, and collecting
// half as often as by default saves a tenth of the processor's time for each message. Open streams
// keep about one KiB each for hours; once they are most of what is in use, half of it suffices, and
// costs next to nothing, because waiting streams make no garbage. Measured with 19,000: 2.3 KiB for
// each with the default of 100.
const (
	usualGarbage = 200
	lessGarbage  = 50
	manyStreams  = 4000
	fewStreams   = 2000
	lookEvery    = 2 * time.Second
	// startLasts is how long after it began a start has done what it has to.
	startLasts = time.Second
)

// forgetStart lets go of what only starting needed, a moment later: it would stay for as long as
// nobody asks the server anything.
func forgetStart(ctx context.Context) error {
	select {
	case <-ctx.Done():
	case <-time.After(startLasts):
		debug.FreeOSMemory()
		forgetCode()
	}
	return nil
}

// limitGarbage follows the number of open streams until ctx ends. Who sets GOGC decides alone.
func limitGarbage(ctx context.Context, streams func() int) error {
	if os.Getenv("GOGC") != "" {
		return nil
	}
	debug.SetGCPercent(usualGarbage)
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	many := false
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		switch open := streams(); {
		case !many && open >= manyStreams:
			many = true
			debug.SetGCPercent(lessGarbage)
			debug.FreeOSMemory() // what connecting has left
		case many && open <= fewStreams:
			many = false
			debug.SetGCPercent(usualGarbage)
		}
	}
}
