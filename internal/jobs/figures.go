package jobs

import (
	"context"

	"deskbell/internal/metrics"
)

// Figures writes how many jobs wait and how many were given up. It reads the table, and leaves out what it can't read.
func (q *Queue) Figures(ctx context.Context, p *metrics.Page) {
	p.Gauge("deskbell_jobs", "Jobs that wait, and dead ones that people should see.")
	for _, status := range []string{waiting, dead} {
		var n int64
		if err := q.db.Read().QueryRow(ctx, `/* countJobs */ SELECT COUNT(*) FROM jobs WHERE status = ?`, status).Scan(&n); err != nil {
			q.log.WarnContext(ctx, "jobs can't be counted", "error", err)
			continue
		}
		p.Value("deskbell_jobs", float64(n), "status", status)
	}
}
