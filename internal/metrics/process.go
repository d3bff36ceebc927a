package metrics

import (
	"runtime/metrics"
	"time"
)

// started is close enough to the process's start.
var started = time.Now()

// Process writes what the process itself uses, under the names that Prometheus' own libraries use.
// What the system doesn't tell is left out.
func (p *Page) Process() {
	p.Gauge("process_start_time_seconds", "When the process started, in Unix seconds.")
	p.Value("process_start_time_seconds", float64(started.UnixMilli())/1000)
	used := processUsage()
	for _, m := range []struct {
		name, help string
		value      float64
		counter    bool
	}{
		{"process_resident_memory_bytes", "Memory in use.", used.resident, false},
		{"process_cpu_seconds_total", "Processor time used.", used.cpu, true},
		{"process_open_fds", "Open files and connections.", used.files, false},
		{"process_max_fds", "How many may be open.", used.maxFiles, false},
	} {
		if m.value == 0 {
			continue
		}
		if m.counter {
			p.Counter(m.name, m.help)
		} else {
			p.Gauge(m.name, m.help)
		}
		p.Value(m.name, m.value)
	}
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/sched/goroutines:goroutines"}, {Name: "/gc/cycles/total:gc-cycles"}}
	metrics.Read(sample)
	p.Gauge("go_memstats_heap_alloc_bytes", "Heap memory of objects.")
	p.Value("go_memstats_heap_alloc_bytes", float64(sample[0].Value.Uint64()))
	p.Gauge("go_goroutines", "Goroutines that exist.")
	p.Value("go_goroutines", float64(sample[1].Value.Uint64()))
	p.Counter("go_gc_cycles_total", "Garbage collections.")
	p.Value("go_gc_cycles_total", float64(sample[2].Value.Uint64()))
}

// usage is zero where the system doesn't tell.
type usage struct{ resident, cpu, files, maxFiles float64 }
