package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"deskbell/internal/auth"
	"deskbell/internal/db"
	"deskbell/internal/jobs"
	"deskbell/internal/keys"
	"deskbell/internal/realtime"
	"deskbell/internal/support"
	"deskbell/internal/upload"
)

// Everybody on the team has the same password; nobody else ever sees such a directory.
const password = "correct horse battery"

// longest is how many messages the longest conversation has.
const longest = 600

// regular is how many conversations one contact has, where there are enough.
const regular = 5000

// firstMinute is when the first conversation began; the others follow one every few seconds.
var firstMinute = time.Date(2024, 3, 1, 8, 0, 0, 0, time.UTC)

var (
	sites = []string{"https://shop.example", "https://www.example", "https://help.example", "https://app.example", "https://docs.example"}
	tags  = []string{"refund", "shipping", "vip", "bug", "invoice", "wholesale", "returns", "feedback", "sales", "spam", "press", "legal"}
)

// filler writes rows of one database.
type filler struct {
	p     parameters
	s     *stamp
	team  []string
	r     *rand.Rand
	words *vocabulary
	conn  *sql.Conn
	note  func(what string)
	// claimed is the name of the contact that was made last.
	claimed any

	contacts, conversations, mentions, tagged, messages *table
}

// fill makes a data directory with everything in it.
func fill(ctx context.Context, dir string, s *stamp, progress io.Writer) error {
	f := &filler{p: s.Parameters, s: s}
	f.r = rand.New(rand.NewPCG(f.p.Seed, 0)) //nolint:gosec // the same rows each time
	f.words = newVocabulary(f.r)
	began := time.Now()
	f.note = func(what string) { _, _ = fmt.Fprintf(progress, "%6.1f s  %s\n", time.Since(began).Seconds(), what) }
	if err := f.inside(ctx, dir, func(p parts) error { return f.people(ctx, p) }); err != nil {
		return err
	}
	// Only here it does not matter what a power cut leaves: the directory is made anew then.
	pool, err := sql.Open("sqlite", "file:"+filepath.Join(dir, db.FileName)+"?_pragma=journal_mode(OFF)&_pragma=synchronous(OFF)"+
		"&_pragma=locking_mode(EXCLUSIVE)&_pragma=cache_size(-262144)&_pragma=temp_store(MEMORY)&_pragma=foreign_keys(0)")
	if err != nil {
		return err
	}
	if f.conn, err = pool.Conn(ctx); err != nil {
		return errors.Join(err, pool.Close())
	}
	if err := errors.Join(f.rows(ctx), f.conn.Close(), pool.Close(), leftovers(dir)); err != nil {
		return err
	}
	return f.inside(ctx, dir, func(p parts) error {
		err := p.support.CountReports(ctx, time.Now().Add(time.Hour))
		f.note("reports counted")
		return err
	})
}

// parts are those of the program that help to fill a directory.
type parts struct {
	support *support.Service
	users   *auth.Service
}

// inside opens the directory as the program itself does, for as long as fn runs.
func (f *filler) inside(ctx context.Context, dir string, fn func(parts) error) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	ring, err := keys.Load(dir, false)
	if err != nil {
		return err
	}
	log, now := slog.New(slog.DiscardHandler), func() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }
	d, err := db.Open(ctx, dir, log)
	if err != nil {
		return err
	}
	files, err := upload.NewStore(filepath.Join(dir, "files"), 0, 0)
	if err != nil {
		return errors.Join(err, d.Close())
	}
	queue := jobs.New(d, now, log)
	domain, err := support.New(support.Deps{
		DB: d, Jobs: queue, Hub: realtime.NewHub(), Keys: ring, Files: files, BaseURL: "http://localhost", Now: now, Log: log,
	})
	if err == nil {
		err = fn(parts{domain, auth.New(d, ring, queue, now)})
	}
	return errors.Join(err, d.Close())
}

// people makes the account, its team and a token by the use cases that the program itself has.
func (f *filler) people(ctx context.Context, p parts) (err error) {
	for i, name := range []string{"Ada Admin", "Ben", "Carla", "Dora", "Emil"} {
		u, err := p.users.CreateUser(ctx, auth.NewUser{
			Email: fmt.Sprintf("agent%d@deskbell.example", i), Name: name, Role: auth.RoleAgent, Password: password,
		})
		if err != nil {
			return err
		}
		if i == 0 {
			f.s.AccountID, f.s.UserID, f.s.Email, f.s.Password = u.AccountID, u.ID, u.Email, password
		}
		f.team = append(f.team, u.ID)
	}
	life := int64(support.MaxExpiry)
	_, f.s.Token, err = p.support.CreateToken(ctx, support.Actor{AccountID: f.s.AccountID, UserID: f.s.UserID, Admin: true},
		support.NewToken{Domain: sites[0], Scopes: support.Scopes, ExpiryTime: &life})
	f.s.Common, f.s.Second, f.s.Rare, f.s.Tag, f.s.Site = frequentWords[0], frequentWords[2], f.words.words[3000], tags[0], "https://quiet.example"
	return err
}

// filled are the tables whose indexes and triggers wait until all rows are there, which is
// several times faster.
var filled = []string{"contacts", "support_conversations", "support_mentions", "support_conversation_tags", "support_sessions", "support_messages"}

func (f *filler) rows(ctx context.Context) error {
	later, err := f.takeAway(ctx)
	if err != nil {
		return err
	}
	f.note("begin")
	if _, err := f.conn.ExecContext(ctx, "BEGIN"); err != nil {
		return err
	}
	f.contacts = f.table("contacts", "_id, account_id, name, email, phone, email_verified, phone_verified, created_at, updated_at")
	f.conversations = f.table("support_conversations", `_id, account_id, contact_id, site, type, status, auth_attr, verified, last_seq,
		visitor_seq, visitor_read_seq, agent_read_seq, visitor_unread, agent_unread, last_message, last_sender, last_message_at, assignee_id,
		created_at, updated_at, tags, claimed_name, shelf, waiting_since, priority`)
	f.mentions = f.table("support_mentions", "conversation_id, account_id, user_id, message_seq, created_at")
	f.tagged = f.table("support_conversation_tags", "conversation_id, account_id, tag, shelf, updated_at")
	f.messages = f.table("support_messages", `_id, account_id, conversation_id, seq, client_id, sender_type, sender_id, sender_name,
		private, text, created_at`)
	if err := f.all(ctx); err != nil {
		return err
	}
	steps := append([]string{
		`INSERT INTO support_sessions (_id, account_id, token_id, conversation_id, contact_id, device_id, ip, user_agent, name, email, phone,
			auth_attr, otp_attempts, verified, status, created_at, last_activity)
			SELECT substr(c._id, 1, 8) || substr(k._id, 9), c.account_id, (SELECT _id FROM support_tokens), c._id, k._id, 'device-' || k._id,
				'203.0.113.7', 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
				k.name, k.email, k.phone, '{}', 0, false, 'inactive', c.created_at, c.updated_at
			FROM support_conversations c JOIN contacts k ON k._id = c.contact_id ORDER BY c.rowid`,
		`UPDATE accounts SET unread_conversations = (SELECT COUNT(*) FROM support_conversations WHERE shelf = 'open' AND agent_unread > 0)`,
	}, later...)
	// What a migration of such a directory would have written down for the reports.
	steps = append(steps, `INSERT INTO report_changes (conversation_id, kind, at, seq, agent_id) SELECT c._id, 'closed', c.updated_at, c.last_seq,
		COALESCE(c.assignee_id, (SELECT m.sender_id FROM support_messages m WHERE m.conversation_id = c._id
			AND m.sender_type = 'agent' AND m.private = false ORDER BY m.seq DESC LIMIT 1))
		FROM support_conversations c WHERE c.shelf = 'closed' ORDER BY c.rowid`,
		`UPDATE contacts SET last_seen = COALESCE((SELECT MAX(c.updated_at) FROM support_conversations c WHERE c.contact_id = contacts._id), created_at)`,
		"INSERT INTO message_search(message_search) VALUES ('rebuild')",
		"INSERT INTO contact_search(contact_search) VALUES ('rebuild')",
		"UPDATE search_progress SET row = (SELECT MAX(rowid) FROM support_messages) WHERE _id = 'message'",
		"UPDATE search_progress SET row = (SELECT MAX(rowid) FROM contacts) WHERE _id = 'contact'", "COMMIT", "PRAGMA journal_mode(WAL)")
	for _, step := range steps {
		if _, err := f.conn.ExecContext(ctx, step); err != nil {
			return fmt.Errorf("%s: %w", step, err)
		}
		f.note(strings.Join(strings.Fields(step)[:min(5, len(strings.Fields(step)))], " "))
	}
	return nil
}

// takeAway removes indexes and triggers and returns what makes them again.
func (f *filler) takeAway(ctx context.Context) (later []string, err error) {
	rows, err := f.conn.QueryContext(ctx, `SELECT type, name, sql FROM sqlite_master
		WHERE type IN ('index', 'trigger') AND sql IS NOT NULL AND tbl_name IN ('`+strings.Join(filled, "', '")+`') ORDER BY type, name`)
	if err != nil {
		return nil, err
	}
	var drops []string
	for rows.Next() {
		var kind, name, definition string
		if err := rows.Scan(&kind, &name, &definition); err != nil {
			return nil, errors.Join(err, rows.Close())
		}
		drops, later = append(drops, "DROP "+kind+" "+name), append(later, definition)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, err
	}
	for _, drop := range drops {
		if _, err := f.conn.ExecContext(ctx, drop); err != nil {
			return nil, fmt.Errorf("%s: %w", drop, err)
		}
	}
	return later, nil
}

// all makes the rows, oldest first. One conversation in 33 is empty, as visitors who open the
// panel and write nothing leave them.
func (f *filler) all(ctx context.Context) error {
	lengths := make([]int, f.p.Conversations)
	left := f.p.Messages
	for i := range lengths {
		if i%33 != 32 {
			lengths[i] = 1
			left--
		}
	}
	long := f.p.Conversations / 2 / 33 * 33 // not an empty one
	if left >= longest {
		lengths[long] += longest
		left -= longest
	}
	for left > 0 {
		if i := f.r.IntN(len(lengths)); lengths[i] > 0 {
			lengths[i]++
			left--
		}
	}
	at, contact := firstMinute, ""
	for i, length := range lengths {
		again := i%5 == 4 // every fifth conversation is by somebody who wrote before
		if !again || contact == "" {
			contact = fmt.Sprintf("%08x%016x", f.r.Uint32(), f.r.Uint64())
			if err := f.contact(ctx, contact, i, at); err != nil {
				return err
			}
		}
		by := contact
		if i == 0 {
			f.s.Regular = contact
		} else if again && i < 5*regular {
			by = f.s.Regular
		}
		convID := fmt.Sprintf("%08x%016x", at.Unix(), f.r.Uint64())
		if i == long {
			f.s.Longest = convID
		}
		if err := f.conversation(ctx, convID, by, length, at); err != nil {
			return err
		}
		at = at.Add(time.Duration(1000+f.r.IntN(60_000)) * time.Millisecond)
		if (i+1)%200_000 == 0 {
			f.note(fmt.Sprintf("%d conversations", i+1))
		}
	}
	for _, t := range []*table{f.contacts, f.conversations, f.mentions, f.tagged, f.messages} {
		if err := t.flush(ctx); err != nil {
			return err
		}
	}
	f.note(fmt.Sprintf("%d conversations, %d messages", f.p.Conversations, f.p.Messages))
	return nil
}

func (f *filler) contact(ctx context.Context, contactID string, n int, at time.Time) error {
	var name, email, phone any
	if n%10 < 7 {
		first := f.words.words[len(frequentWords)+f.r.IntN(4000)]
		last := f.words.words[len(frequentWords)+f.r.IntN(20_000)]
		name = strings.ToUpper(first[:1]) + first[1:] + " " + strings.ToUpper(last[:1]) + last[1:]
		email = fmt.Sprintf("%s.%s%d@mail.example", first, last, n)
		if n%10 == 0 {
			phone = fmt.Sprintf("+4799%07d", n)
		}
	}
	f.claimed = name
	return f.contacts.add(ctx, contactID, f.s.AccountID, name, email, phone, false, false, at.UnixMilli(), at.UnixMilli())
}

// conversation adds one with its messages: visitor and team take turns, some messages are notes.
func (f *filler) conversation(ctx context.Context, convID, contactID string, length int, at time.Time) error {
	status, assignee, bears := "closed", any(nil), []string{}
	if f.r.IntN(10) == 0 {
		status = "active"
	}
	if f.r.IntN(10) < 6 {
		assignee = f.team[min(f.r.IntN(8), len(f.team)-1)]
	}
	for f.r.IntN(8) == 0 && len(bears) < 3 {
		// The first tags are the most frequent ones.
		if tag := tags[min(f.r.IntN(len(tags)), f.r.IntN(len(tags)))]; !slices.Contains(bears, tag) {
			bears = append(bears, tag)
		}
	}
	list, err := json.Marshal(bears)
	if err != nil {
		return err
	}
	shelf := map[string]string{"closed": "closed", "active": "open"}[status]
	switch roll := f.r.IntN(100); {
	case roll == 0:
		shelf = "spam"
	case roll < 10 && shelf == "open":
		shelf = "snoozed"
	}
	began, visitorSeq, unread := at.UnixMilli(), 0, 0
	var text, lastText, lastSender, lastAt, waiting any
	buf := make([]byte, 0, 256)
	for seq := 1; seq <= length; seq++ {
		at = at.Add(time.Duration(f.r.IntN(20_000)) * time.Millisecond)
		sender, senderID, private := "visitor", "", false
		if seq%2 == 0 {
			sender, senderID, private = "agent", f.team[f.r.IntN(len(f.team))], f.r.IntN(10) == 0
		}
		buf = f.words.text(buf[:0])
		text = string(buf)
		if !private {
			visitorSeq, lastText, lastSender, lastAt = seq, text, sender, at.UnixMilli()
			if sender == "agent" {
				waiting = nil
			} else if waiting == nil && status == "active" {
				waiting = at.UnixMilli()
			}
			if unread = 0; sender == "visitor" && status == "active" && f.r.IntN(3) == 0 {
				unread = 1
			}
		}
		err := f.messages.add(ctx, fmt.Sprintf("%08x%016x", at.Unix(), f.r.Uint64()), f.s.AccountID, convID, seq,
			fmt.Sprintf("%016x-%d", f.r.Uint64(), seq), sender, senderID, nil, private, text, at.UnixMilli())
		if err != nil {
			return err
		}
	}
	for _, tag := range bears {
		if err := f.tagged.add(ctx, convID, f.s.AccountID, tag, shelf, at.UnixMilli()); err != nil {
			return err
		}
	}
	if length > 1 && f.r.IntN(20) == 0 {
		if err := f.mentions.add(ctx, convID, f.s.AccountID, f.team[f.r.IntN(len(f.team))], 2, at.UnixMilli()); err != nil {
			return err
		}
	}
	site, priority := sites[f.r.IntN(len(sites))], 0
	switch roll := f.r.IntN(2000); {
	case roll < 4:
		site = f.s.Site
	case roll < 64:
		priority = 1 + roll%3
	}
	return f.conversations.add(ctx, convID, f.s.AccountID, contactID, site, "support", status, "{}", f.r.IntN(20) == 0, length,
		visitorSeq, visitorSeq, visitorSeq-unread, 0, unread, lastText, lastSender, lastAt, assignee, began, at.UnixMilli(), string(list), f.claimed, shelf, waiting, priority)
}

// table collects rows and inserts many of them at once.
type table struct {
	conn  *sql.Conn
	name  string
	names string
	width int
	full  *sql.Stmt
	args  []any
}

// together is how many rows one statement inserts.
const together = 50

func (f *filler) table(name, columns string) *table {
	return &table{conn: f.conn, name: name, names: columns, width: strings.Count(columns, ",") + 1}
}

func (t *table) insert(rows int) string {
	row := "(" + strings.TrimSuffix(strings.Repeat("?, ", t.width), ", ") + "), "
	return "INSERT INTO " + t.name + " (" + t.names + ") VALUES " + strings.TrimSuffix(strings.Repeat(row, rows), ", ")
}

func (t *table) add(ctx context.Context, values ...any) (err error) {
	if t.args = append(t.args, values...); len(t.args) < together*t.width {
		return nil
	}
	if t.full == nil {
		if t.full, err = t.conn.PrepareContext(ctx, t.insert(together)); err != nil {
			return err
		}
	}
	_, err = t.full.ExecContext(ctx, t.args...)
	t.args = t.args[:0]
	return err
}

func (t *table) flush(ctx context.Context) error {
	// A statement left open would keep the database locked.
	if t.full != nil {
		if err := t.full.Close(); err != nil {
			return err
		}
	}
	if len(t.args) == 0 {
		return nil
	}
	_, err := t.conn.ExecContext(ctx, t.insert(len(t.args)/t.width), t.args...)
	return err
}
