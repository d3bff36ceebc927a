package support

import (
	"context"
	"fmt"
	"time"

	"deskbell/internal/db"
)

// indexEvery is how often new messages and contacts become findable when nobody searches; a
// search itself waits for all that is stored.
const indexEvery = 250 * time.Millisecond

// leastIndexed is how many rows are indexed in one write while few are waiting. Other writes wait for
// it, some 3 ms; but each such write becomes a part of the index that has to be merged with others
// later: with 64, indexing a message cost half as much again.
const leastIndexed = 512

// indexPause is how long indexing rests after a failure, as on a full disk.
const indexPause = 5 * time.Second

// KeepIndexed makes what is stored findable, until ctx ends. It asks the tables nothing while
// nothing is added to them.
func (s *Service) KeepIndexed(ctx context.Context) error {
	tick := time.NewTicker(indexEvery)
	defer tick.Stop()
	var done uint64
	var rest time.Time
	for first := true; ; {
		select {
		case <-ctx.Done():
			return nil
		case now := <-tick.C:
			added := s.db.Added("support_messages") + s.db.Added("contacts")
			if (added == done && !first) || now.Before(rest) || s.db.Damaged() {
				continue
			}
			if s.catchUp(ctx) {
				done, first = added, false
			} else {
				rest = now.Add(indexPause)
			}
		}
	}
}

// catchUp indexes what is not yet, and reports whether it could. When that can't be stored now,
// searches go without it.
func (s *Service) catchUp(ctx context.Context) (all bool) {
	all = true
	for _, x := range []searchIndex{messageIndex, contactIndex} {
		for {
			waiting, err := x.waiting(ctx, s.db.Read())
			if err == nil && waiting > 0 {
				most := max(leastIndexed, waiting/2)
				err = s.db.Write(ctx, func(tx *db.Tx) error { return x.index(ctx, tx, most) })
			}
			if err != nil && ctx.Err() == nil {
				s.log.Warn("search is behind", "index", x.name, "error", err)
			}
			all = all && err == nil
			if err != nil || waiting == 0 {
				break
			}
		}
	}
	return all
}

// waiting tells how many row numbers there are after the last row that is indexed.
func (x searchIndex) waiting(ctx context.Context, q db.Querier) (n int64, err error) {
	err = q.QueryRow(ctx, `/* waiting */ SELECT COALESCE((SELECT MAX(rowid) FROM `+x.rows+`), 0) - row FROM search_progress WHERE _id = ?`,
		x.name).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("look for new rows: %w", err)
	}
	return max(n, 0), nil
}

// index adds the next rows to the index.
func (x searchIndex) index(ctx context.Context, tx *db.Tx, most int64) error {
	waiting, err := x.waiting(ctx, tx)
	if err != nil || waiting == 0 {
		return err
	}
	var from int64
	if err := tx.QueryRow(ctx, `/* indexed */ SELECT row FROM search_progress WHERE _id = ?`, x.name).Scan(&from); err != nil {
		return fmt.Errorf("look for new rows: %w", err)
	}
	to := from + min(waiting, most)
	tx.Certain()
	if _, err := tx.Exec(ctx, `/* index */ INSERT INTO `+x.name+`_search (rowid, part, `+x.list+`)
		SELECT row, part, `+x.list+` FROM `+x.name+`_search_rows WHERE row > ? AND row <= ?`, from, to); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `/* setIndexed */ UPDATE search_progress SET row = ? WHERE _id = ?`, to, x.name)
	return err
}
