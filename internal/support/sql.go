package support

import "deskbell/internal/db"

// collect scans all rows and closes them.
func collect[T any](rows *db.Rows, scan func(db.Scanner) (T, error)) ([]T, error) {
	return db.Collect(rows, scan)
}

func scanID(row db.Scanner) (rowID string, err error) {
	err = row.Scan(&rowID)
	return rowID, err
}

// nullable stores an absent text as NULL.
func nullable(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// text reads a NULL as an absent text.
type text struct{ to *string }

func (t text) Scan(value any) error {
	switch v := value.(type) {
	case string:
		*t.to = v
	case []byte:
		*t.to = string(v)
	default:
		*t.to = ""
	}
	return nil
}
