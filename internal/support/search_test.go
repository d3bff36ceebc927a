package support

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"

	"deskbell/internal/db"
	"deskbell/internal/db/dbtest"
)

func addMessages(t *testing.T, d *db.DB, n int) {
	t.Helper()
	ctx := t.Context()
	err := d.Write(ctx, func(tx *db.Tx) error {
		for _, query := range []string{
			`INSERT INTO accounts (_id, name, created_at) VALUES ('a', 'a', 0)`,
			`INSERT INTO contacts (_id, account_id, email_verified, phone_verified, created_at, updated_at) VALUES ('k', 'a', false, false, 0, 0)`,
			`INSERT INTO support_conversations (_id, account_id, contact_id, site, type, status, auth_attr, verified, last_seq, visitor_seq,
				visitor_read_seq, agent_read_seq, visitor_unread, agent_unread, created_at, updated_at)
				VALUES ('c', 'a', 'k', '', 'support', 'active', '{}', false, 0, 0, 0, 0, 0, 0, 0, 0)`,
		} {
			if _, err := tx.Exec(ctx, query); err != nil {
				return err
			}
		}
		for i := range n {
			m := Message{ID: fmt.Sprintf("%04d", n-i), ConversationID: "c", Seq: int64(i + 1), ClientID: fmt.Sprint(i), SenderType: byVisitor, Text: fmt.Sprintf("word%d", i)}
			if _, err := insertMessage(ctx, tx, "a", m); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, `DELETE FROM support_messages WHERE seq % 3 = 0`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A backup is made by VACUUM INTO, and the index refers to rows by a number that is no column:
// were the copy to number them anew, a search in it would find other messages.
func TestSearchIndexFitsACopy(t *testing.T) {
	d := dbtest.New(t)
	addMessages(t, d, 200)
	dir := t.TempDir()
	source := ""
	if err := d.Read().QueryRow(t.Context(), `SELECT file FROM pragma_database_list WHERE name = 'main'`).Scan(&source); err != nil {
		t.Fatal(err)
	}
	pool, err := sql.Open("sqlite", "file:"+source)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = pool.Close() }()
	copied := filepath.Join(dir, db.FileName)
	if _, err := pool.ExecContext(t.Context(), `VACUUM INTO ?`, copied); err != nil {
		t.Fatal(err)
	}
	other, err := sql.Open("sqlite", "file:"+copied)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Close() }()
	if _, err := other.ExecContext(t.Context(), `INSERT INTO message_search(message_search, rank) VALUES ('integrity-check', 1)`); err != nil {
		t.Errorf("the copy's index does not fit its messages: %v", err)
	}
}

func TestSearchIndexFollowsEveryChange(t *testing.T) {
	d := dbtest.New(t)
	addMessages(t, d, 30)
	ctx := context.WithoutCancel(t.Context())
	err := d.Write(ctx, func(tx *db.Tx) error {
		for _, query := range []string{
			`UPDATE support_messages SET text = 'changed' WHERE seq % 5 = 0`, `DELETE FROM support_messages WHERE seq > 20`,
			`UPDATE contacts SET name = 'Named', email = NULL`,
			`INSERT INTO message_search(message_search, rank) VALUES ('integrity-check', 1)`,
			`INSERT INTO contact_search(contact_search, rank) VALUES ('integrity-check', 1)`,
		} {
			if _, err := tx.Exec(ctx, query); err != nil {
				return fmt.Errorf("%s: %w", query, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestFrequentWordIsNoBeginning(t *testing.T) {
	d := dbtest.New(t)
	addMessages(t, d, 200)
	ctx := t.Context()
	find := func(query string) int {
		t.Helper()
		found, err := searchMessages(ctx, d.Read(), "a", query, 0, 300)
		if err != nil {
			t.Fatal(err)
		}
		return len(found)
	}
	retext := func(text string, upTo int) {
		t.Helper()
		err := d.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE support_messages SET text = ? WHERE seq <= ?`, text, upTo)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	all := find("word")
	if all < frequent {
		t.Fatalf("%d messages begin with it", all)
	}
	retext("word", 30) // every third one is gone
	if n := find("word"); n != all {
		t.Errorf("a word that few messages have finds %d of %d that begin with it", n, all)
	}
	retext("word", 180)
	if n := find("word"); n < frequent || n >= all {
		t.Errorf("a frequent word finds %d of %d, the ones that only begin with it too", n, all)
	}
}
