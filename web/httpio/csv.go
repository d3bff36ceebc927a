package httpio

import (
	"encoding/csv"
	"net/http"
	"strings"
	"time"
)

// csvPatience is how long a reader may take for what was written since the last Flush.
const csvPatience = 30 * time.Second

// CSV is a table that is sent row by row, as a file to save.
type CSV struct {
	c       Ctx
	w       *csv.Writer
	control *http.ResponseController
}

// StartCSV begins a table with its head. It has no end of its own: once rows were sent, an error can
// only break the connection, which Abort does.
func StartCSV(c Ctx, file string, head ...string) (*CSV, error) {
	header := c.Response().Header()
	header.Set("Content-Type", "text/csv; charset=utf-8")
	header.Set("Content-Disposition", `attachment; filename="`+file+`"`)
	header.Set("Cache-Control", "no-store")
	c.Response().WriteHeader(http.StatusOK)
	t := &CSV{c: c, w: csv.NewWriter(c.Response()), control: http.NewResponseController(c.Response())}
	t.w.UseCRLF = true
	// Spreadsheets take a file without this mark for another encoding than UTF-8.
	if _, err := c.Response().Write([]byte("\ufeff")); err != nil {
		return nil, err
	}
	return t, t.Row(head...)
}

// Row adds a row.
func (t *CSV) Row(cells ...string) error {
	row := make([]string, len(cells))
	for i, cell := range cells {
		row[i] = harmless(cell)
	}
	return t.w.Write(row)
}

// harmless keeps a spreadsheet from running a cell that a stranger wrote as a formula.
func harmless(cell string) string {
	if cell != "" && strings.Contains("=+-@\t\r\n", cell[:1]) {
		return "'" + cell
	}
	return cell
}

// Flush sends what was added so far.
func (t *CSV) Flush() error {
	if err := t.control.SetWriteDeadline(time.Now().Add(csvPatience)); err != nil {
		return err
	}
	t.w.Flush()
	return t.w.Error()
}

// Abort breaks the connection, so that nobody takes half a table for a whole one.
func (t *CSV) Abort() { panic(http.ErrAbortHandler) }

// CSVTime writes a moment (Unix ms) so that programs and spreadsheets read it: UTC.
func CSVTime(ms int64) string { return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z") }
