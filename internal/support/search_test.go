package support

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

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

// indexed makes all rows findable, in small steps.
func indexed(t *testing.T, d *db.DB) {
	t.Helper()
	for _, x := range []searchIndex{messageIndex, contactIndex} {
		for waiting := int64(1); waiting > 0; {
			err := d.Write(t.Context(), func(tx *db.Tx) (err error) {
				if err = x.index(t.Context(), tx, 20_000); err == nil {
					waiting, err = x.waiting(t.Context(), tx)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}

// A backup is made by VACUUM INTO, and the index refers to rows by a number that is no column:
// were the copy to number them anew, a search in it would find other messages.
func TestSearchIndexFitsACopy(t *testing.T) {
	d := dbtest.New(t)
	addMessages(t, d, 200)
	indexed(t, d)
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
	change := func(queries ...string) {
		t.Helper()
		err := d.Write(ctx, func(tx *db.Tx) error {
			for _, query := range queries {
				if _, err := tx.Exec(ctx, query); err != nil {
					return fmt.Errorf("%s: %w", query, err)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	fits := func() {
		t.Helper()
		indexed(t, d)
		change(`INSERT INTO message_search(message_search, rank) VALUES ('integrity-check', 1)`,
			`INSERT INTO contact_search(contact_search, rank) VALUES ('integrity-check', 1)`)
	}
	const add = `INSERT INTO support_messages (_id, account_id, conversation_id, seq, client_id, sender_type, sender_id, private, text, created_at)
		VALUES ('again', 'a', 'c', 99, 'again', 'visitor', '', false, 'again', 0)`
	const changed, gone = `UPDATE support_messages SET text = 'changed' WHERE seq % 5 = 0`, `DELETE FROM support_messages WHERE seq > 20`
	change(changed, gone, add, `UPDATE contacts SET name = 'Named', email = NULL`) // before anything is indexed
	fits()
	change(`UPDATE support_messages SET text = 'twice' WHERE seq % 4 = 0`, `UPDATE contacts SET name = 'Renamed'`)
	fits()
	// The last row goes, and the next one gets its number.
	change(`DELETE FROM support_messages WHERE seq = 99`, add)
	if found, _, err := messageIndex.find(ctx, d.Read(), "a", "again", 0, 9, time.Minute); err != nil || len(found) != 0 {
		t.Errorf("a deleted message is found: %v, %v", found, err)
	}
	fits()
	if found, _, err := messageIndex.find(ctx, d.Read(), "a", "again", 0, 9, time.Minute); err != nil || len(found) != 1 {
		t.Errorf("a message under a number that was used before: %v, %v", found, err)
	}
	// One that is indexed goes together with one after it that is not yet, as when a contact is erased.
	const next = `INSERT INTO support_messages (_id, account_id, conversation_id, seq, client_id, sender_type, sender_id, private, text, created_at)
		VALUES ('next', 'a', 'c', 100, 'next', 'visitor', '', false, 'next', 0)`
	change(next, `DELETE FROM support_messages WHERE seq = 99`, `DELETE FROM support_messages WHERE seq = 100`, next)
	fits()
	if found, _, err := messageIndex.find(ctx, d.Read(), "a", "next", 0, 9, time.Minute); err != nil || len(found) != 1 {
		t.Errorf("a message under the number of an erased one: %v, %v", found, err)
	}
}

// The last word is a beginning however often it stands there by itself, and however it is spelled.
func TestLastWordIsABeginning(t *testing.T) {
	d := dbtest.New(t)
	addMessages(t, d, 200)
	ctx := t.Context()
	err := d.Write(ctx, func(tx *db.Tx) error {
		for seq, text := range map[int]string{
			1: "Übergröße bestellt", 2: "the e-mail says so", 4: "Crème brûlée", 5: "заказ оформлен", 7: "word", 8: "주문번호 확인",
			10: "wordless speech",
		} {
			if n, err := tx.Exec(ctx, `UPDATE support_messages SET text = ? WHERE seq = ?`, text, seq); err != nil || n != 1 {
				return fmt.Errorf("message %d: %d rows, %w", seq, n, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	indexed(t, d)
	for query, want := range map[string]int{
		"word": 129, "wordl": 1, "speech word": 1, "word1": 74, "word19": 8, "wor": 129, "w": 0, "nothing": 0,
		"ubergr": 1, "ÜBERGRÖ": 1, "best": 1, "e-mai": 1, "e-mail.": 1, "emai": 0, "crem": 1, "BRÛL": 1, "bru\u0302le": 1,
		"зака": 1, "ЗАКАЗ": 1, "офор": 1, "주문번": 1, "주문번호": 1, "!!!": 0, `"`: 0, "word* AND": 0, "text:word": 0, "*": 0, "\x00": 0, "\xff": 0,
	} {
		found, rest, err := searchMessages(ctx, d.Read(), "a", query, 0, 300)
		if err != nil || len(found) != want || rest != 0 {
			t.Errorf("%q finds %d, want %d (%v)", query, len(found), want, err)
		}
	}
}

// A search whose time is over says where to go on, and nothing is skipped or found twice.
func TestSearchGoesOnWhereItStopped(t *testing.T) {
	d := dbtest.New(t)
	addMessages(t, d, 30)
	ctx := t.Context()
	err := d.Write(ctx, func(tx *db.Tx) error {
		const insert = `INSERT INTO support_messages (rowid, _id, account_id, conversation_id, seq, client_id, sender_type, sender_id,
				private, text, created_at)
			SELECT ?2 + value * ?3, ?1 || value, ?1, 'c', 1000 + ?2 + value, ?1 || value, 'visitor', '', false, 'far away', 0
			FROM (WITH RECURSIVE s(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM s WHERE value < ?4) SELECT value FROM s)`
		if _, err := tx.Exec(ctx, insert, "a", 0, 30_000, 40); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, insert, "b", 1_300_000, 1, 3*candidates)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	indexed(t, d)
	all, rest, err := messageIndex.find(ctx, d.Read(), "a", "far", 0, 100, time.Minute)
	if err != nil || len(all) != 40 || rest != 0 || !slices.IsSortedFunc(all, func(a, b int64) int { return cmp.Compare(b, a) }) {
		t.Fatalf("%d found, newest first: %v, %v; rest %d", len(all), all, err, rest)
	}
	var pieces []int64
	steps := 0
	for before := int64(0); steps == 0 || before > 0; steps++ {
		var found []int64
		if found, before, err = messageIndex.find(ctx, d.Read(), "a", "far away", before, 100, 0); err != nil {
			t.Fatal(err)
		}
		pieces = append(pieces, found...)
	}
	if !slices.Equal(all, pieces) || steps < 10 {
		t.Errorf("in %d pieces %v, at once %v", steps, pieces, all)
	}
	if found, rest, err := messageIndex.find(ctx, d.Read(), "a", "nowhere far", 0, 100, 0); err != nil || len(found) != 0 || rest == 0 {
		t.Errorf("a piece without anything found: %v, %d, %v", found, rest, err)
	}
	if found, _, err := messageIndex.find(ctx, d.Read(), "b", "far", 0, 500, time.Minute); err != nil || len(found) != 3*candidates {
		t.Errorf("another account finds %d (%v)", len(found), err)
	}
}
