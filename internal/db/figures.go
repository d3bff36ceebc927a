package db

import (
	"os"

	"deskbell/internal/metrics"
)

// figures are what the writer counts.
type figures struct {
	commits, failed metrics.Counter
	batch, took     *metrics.Histogram
}

func newFigures() figures {
	return figures{batch: metrics.NewHistogram([]float64{1, 2, 4, 8, 16, 32, 64, 128, 256}), took: metrics.NewHistogram(metrics.Seconds)}
}

// Figures writes what the database has done and how large it is.
func (d *DB) Figures(p *metrics.Page) {
	w := d.writer
	p.Counter("deskbell_commits_total", "Transactions on disk.")
	p.Value("deskbell_commits_total", w.figures.commits.Value())
	p.Counter("deskbell_commits_failed_total", "Transactions that could not be stored.")
	p.Value("deskbell_commits_failed_total", w.figures.failed.Value())
	p.Histogram("deskbell_commit_writes", "Writes that shared a transaction.")
	p.Buckets("deskbell_commit_writes", w.figures.batch)
	p.Histogram("deskbell_commit_seconds", "Time until a transaction was on disk.")
	p.Buckets("deskbell_commit_seconds", w.figures.took)
	p.Gauge("deskbell_write_queue", "Writes that wait for their transaction.")
	p.Value("deskbell_write_queue", float64(len(w.queue)))
	p.Gauge("deskbell_database_bytes", "Size of the database's file.")
	p.Value("deskbell_database_bytes", size(d.path))
	p.Gauge("deskbell_log_bytes", "Size of the write-ahead log's file.")
	p.Value("deskbell_log_bytes", size(d.path+"-wal"))
	p.Gauge("deskbell_damaged", "1 when damage was found in the database, and writing has stopped.")
	damaged := 0.0
	if d.Damaged() {
		damaged = 1
	}
	p.Value("deskbell_damaged", damaged)
}

func size(path string) float64 {
	file, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return float64(file.Size())
}
