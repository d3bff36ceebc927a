package support

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"deskbell/internal/db"
)

// reportDayColumns reads durations by quarter for the days named, else those of the whole day.
const reportDayColumns = `d.value, d.day, d.counts, CASE WHEN d.day IN (SELECT value FROM json_each(?5)) THEN d.spread ELSE d.totals END`

const reportDaysOf = `/* reportDaysOf */ SELECT ` + reportDayColumns + ` FROM report_days d
	WHERE d.account_id = ?1 AND d.part = ?2 AND d.day BETWEEN ?3 AND ?4 AND d.value = ?6`

// reportNames steps from one value to the next, so that their days cost nothing.
const reportNames = `WITH RECURSIVE names(name) AS (
		SELECT MIN(value) FROM report_days WHERE account_id = ?1 AND part = ?2
		UNION ALL SELECT (SELECT MIN(n.value) FROM report_days n WHERE n.account_id = ?1 AND n.part = ?2 AND n.value > names.name)
			FROM names WHERE names.name IS NOT NULL)`

const reportDaysOfEach = `/* reportDaysOfEach */ ` + reportNames + ` SELECT ` + reportDayColumns + ` FROM names CROSS JOIN report_days d
		ON d.account_id = ?1 AND d.part = ?2 AND d.value = names.name AND d.day BETWEEN ?3 AND ?4`

// eachReportDay reads the sums of a timeline's days, of one value or, when that is empty, of each. Times are those
// by quarter for days that the timeline cuts, else those of the whole day.
func (s *Service) eachReportDay(ctx context.Context, accountID, part, value string, l *timeline, each func(value string, day int64, counts, times []byte)) error {
	cut := []int64{}
	for day := l.firstDay; day < l.firstDay+l.days; day++ {
		if _, ok := l.whole(day); !ok {
			cut = append(cut, day)
		}
	}
	list, err := json.Marshal(cut)
	if err != nil {
		return err
	}
	query, args := reportDaysOfEach, []any{accountID, part, l.firstDay, l.firstDay + l.days - 1, string(list)}
	if part == partAll || value != "" {
		query, args = reportDaysOf, append(args, value)
	}
	rows, err := s.db.Read().Query(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("read report: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var day int64
		var counts, times []byte
		if err := rows.Scan(&value, &day, &counts, &times); err != nil {
			return fmt.Errorf("read report: %w", err)
		}
		each(value, day, counts, times)
	}
	return rows.Err()
}

// reportValues lists the sites, agents or tags that there are sums for.
func reportValues(ctx context.Context, q db.Querier, accountID, part string) ([]string, error) {
	rows, err := q.Query(ctx, `/* reportValues */ `+reportNames+` SELECT name FROM names WHERE name IS NOT NULL LIMIT ?3`, accountID, part, mostReportRows)
	if err != nil {
		return nil, fmt.Errorf("list what reports are about: %w", err)
	}
	return collect(rows, scanID)
}

// countWaiting counts who began to wait after one time and up to another.
func countWaiting(ctx context.Context, q db.Querier, accountID string, after, upTo int64) (n int64, err error) {
	err = q.QueryRow(ctx, `/* countWaiting */ SELECT COUNT(*) FROM support_conversations
		WHERE account_id = ? AND shelf = 'open' AND waiting_since IS NOT NULL AND waiting_since > ? AND waiting_since <= ?`,
		accountID, after, upTo).Scan(&n)
	return n, err
}

func longestWaiting(ctx context.Context, q db.Querier, accountID string) (since *int64, err error) {
	err = q.QueryRow(ctx, `/* longestWaiting */ SELECT MIN(waiting_since) FROM support_conversations
		WHERE account_id = ? AND shelf = 'open' AND waiting_since IS NOT NULL`, accountID).Scan(&since)
	return since, err
}

// uncounted tells how much waits to be counted: row numbers of messages, and changes.
func uncounted(ctx context.Context, q db.Querier) (messages, changes int64, err error) {
	err = q.QueryRow(ctx, `/* uncounted */ SELECT COALESCE((SELECT MAX(rowid) FROM support_messages), 0) - (SELECT row FROM report_progress),
		COALESCE((SELECT MAX(rowid) - MIN(rowid) + 1 FROM report_changes), 0)`).Scan(&messages, &changes)
	if err != nil {
		return 0, 0, fmt.Errorf("look for what is not counted: %w", err)
	}
	return max(messages, 0), changes, nil
}

func countedUpToRow(ctx context.Context, q db.Querier) (row int64, err error) {
	err = q.QueryRow(ctx, `/* countedUpTo */ SELECT row FROM report_progress`).Scan(&row)
	return row, err
}

func setCounted(ctx context.Context, tx *db.Tx, row int64) error {
	_, err := tx.Exec(ctx, `/* setCounted */ UPDATE report_progress SET row = ?`, row)
	return err
}

// newMessage is what a report needs of a message.
type newMessage struct {
	row            int64
	conversationID string
	senderType     string
	senderID       string
	private        bool
	createdAt      int64
}

// counts says that the message is one for a visitor's eyes: notes and remarks of the system are none.
func (m newMessage) counts() bool {
	return !m.private && (m.senderType == byVisitor || m.senderType == byAgent)
}

const newMessageColumns = `m.rowid, m.conversation_id, m.sender_type, m.sender_id, m.private, m.created_at FROM support_messages m`

func scanNewMessage(row db.Scanner) (m newMessage, err error) {
	err = row.Scan(&m.row, &m.conversationID, &m.senderType, &m.senderID, &m.private, &m.createdAt)
	return m, err
}

// messageGroup is how many messages one sender wrote to one conversation in one quarter of an hour, counted from 1970 on.
type messageGroup struct {
	conversationID, senderType, senderID string
	quarter, count                       int64
}

// alone is the group of one message, of none when it is not counted.
func (m newMessage) alone() messageGroup {
	g := messageGroup{m.conversationID, m.senderType, m.senderID, floorDiv(m.createdAt, quarterSeconds*1000), 1}
	if !m.counts() {
		g.count = 0
	}
	return g
}

func newestMessageRow(ctx context.Context, q db.Querier) (row int64, err error) {
	err = q.QueryRow(ctx, `/* newestMessageRow */ SELECT COALESCE(MAX(rowid), 0) FROM support_messages`).Scan(&row)
	return row, err
}

// newMessageGroups sums up the rows after one and up to another: a row read costs several times what SQLite takes to count it.
func newMessageGroups(ctx context.Context, q db.Querier, after, upTo int64) ([]messageGroup, error) {
	rows, err := q.Query(ctx, `/* newMessageGroups */ SELECT conversation_id, sender_type, sender_id, created_at / ? AS quarter, COUNT(*)
		FROM support_messages WHERE rowid > ? AND rowid <= ? AND private = false AND sender_type IN ('visitor', 'agent')
		GROUP BY conversation_id, sender_type, sender_id, quarter`, quarterSeconds*1000, after, upTo)
	if err != nil {
		return nil, fmt.Errorf("sum up what is not counted: %w", err)
	}
	return collect(rows, func(row db.Scanner) (g messageGroup, err error) {
		err = row.Scan(&g.conversationID, &g.senderType, &g.senderID, &g.quarter, &g.count)
		return g, err
	})
}

// newMessagesOf reads the messages of some conversations among those rows.
func newMessagesOf(ctx context.Context, q db.Querier, after, upTo int64, convIDs []string) ([]newMessage, error) {
	wanted, err := json.Marshal(convIDs)
	if err != nil {
		return nil, err
	}
	rows, err := q.Query(ctx, `/* newMessagesOf */ SELECT `+newMessageColumns+` WHERE m.rowid > ? AND m.rowid <= ?
		AND +m.conversation_id IN (SELECT value FROM json_each(?)) ORDER BY m.rowid`, after, upTo, string(wanted))
	if err != nil {
		return nil, fmt.Errorf("read what is not counted: %w", err)
	}
	return collect(rows, scanNewMessage)
}

// messagesOf reads the messages of one conversation that are counted already, or those that are not.
func messagesOf(ctx context.Context, q db.Querier, convID string, row int64, counted bool) ([]newMessage, error) {
	query := `/* countedOf */ SELECT ` + newMessageColumns + ` WHERE m.conversation_id = ? AND m.rowid <= ? ORDER BY m.rowid`
	if !counted {
		query = `/* uncountedOf */ SELECT ` + newMessageColumns + ` WHERE m.conversation_id = ? AND m.rowid > ? ORDER BY m.rowid`
	}
	rows, err := q.Query(ctx, query, convID, row)
	if err != nil {
		return nil, fmt.Errorf("read a conversation's messages: %w", err)
	}
	return collect(rows, scanNewMessage)
}

// roundBegan is when the first message after one and up to another was written.
func roundBegan(ctx context.Context, q db.Querier, convID string, after, upTo int64) (at int64, found bool, err error) {
	err = q.QueryRow(ctx, `/* roundBegan */ SELECT created_at FROM support_messages WHERE conversation_id = ? AND seq > ? AND seq <= ?
		AND private = false AND sender_type IN ('visitor', 'agent') ORDER BY seq LIMIT 1`, convID, after, upTo).Scan(&at)
	if errors.Is(err, db.ErrNoRows) {
		return 0, false, nil
	}
	return at, err == nil, err
}

// reportChange is a row of what is to be counted beside messages.
type reportChange struct {
	row            int64
	conversationID string
	kind           string
	at             int64
	seq, score     *int64
	agentID        string
}

const reportChangeColumns = `rowid, conversation_id, kind, at, seq, score, agent_id FROM report_changes`

func scanReportChange(row db.Scanner) (c reportChange, err error) {
	err = row.Scan(&c.row, &c.conversationID, &c.kind, &c.at, &c.seq, &c.score, text{&c.agentID})
	return c, err
}

func reportChanges(ctx context.Context, q db.Querier, most int) ([]reportChange, error) {
	rows, err := q.Query(ctx, `/* reportChanges */ SELECT `+reportChangeColumns+` ORDER BY rowid LIMIT ?`, most)
	if err != nil {
		return nil, fmt.Errorf("read changes: %w", err)
	}
	return collect(rows, scanReportChange)
}

func reportChangesOf(ctx context.Context, q db.Querier, convID string) ([]reportChange, error) {
	rows, err := q.Query(ctx, `/* reportChangesOf */ SELECT `+reportChangeColumns+` WHERE conversation_id = ? ORDER BY rowid`, convID)
	if err != nil {
		return nil, fmt.Errorf("read changes: %w", err)
	}
	return collect(rows, scanReportChange)
}

func deleteReportChange(ctx context.Context, tx *db.Tx, row int64) error {
	_, err := tx.Exec(ctx, `/* deleteReportChange */ DELETE FROM report_changes WHERE rowid = ?`, row)
	return err
}

// countedConversations reads what is counted of conversations, and what they are now. Those that are gone are left out.
func countedConversations(ctx context.Context, q db.Querier, convIDs []string) ([]*countedConversation, error) {
	wanted, err := json.Marshal(convIDs)
	if err != nil {
		return nil, err
	}
	rows, err := q.Query(ctx, `/* countedConversations */ SELECT c._id, c.account_id, c.site, c.tags, c.shelf = 'spam',
			COALESCE(r.tags, c.tags), COALESCE(r.spam, c.shelf = 'spam'), r.asked_at, COALESCE(r.closed_seq, 0), COALESCE(r.facts, '[]')
		FROM json_each(?) w CROSS JOIN support_conversations c ON c._id = w.value LEFT JOIN report_conversations r ON r.conversation_id = c._id`, string(wanted))
	if err != nil {
		return nil, fmt.Errorf("read what is counted: %w", err)
	}
	return collect(rows, func(row db.Scanner) (*countedConversation, error) {
		c := &countedConversation{}
		var tags, facts string
		err := row.Scan(&c.id, &c.accountID, &c.site, &c.tagsNow, &c.spamNow, &tags, &c.spam, &c.askedAt, &c.closedSeq, &facts)
		if err == nil {
			c.tagsText = tags
			err = errors.Join(json.Unmarshal([]byte(tags), &c.tags), json.Unmarshal([]byte(facts), &c.facts))
		}
		return c, err
	})
}

func upsertCounted(ctx context.Context, tx *db.Tx, c *countedConversation) error {
	facts, err := json.Marshal(c.facts)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `/* upsertCounted */ INSERT INTO report_conversations (conversation_id, tags, spam, asked_at, closed_seq, facts)
		VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (conversation_id) DO UPDATE
		SET tags = excluded.tags, spam = excluded.spam, asked_at = excluded.asked_at, closed_seq = excluded.closed_seq, facts = excluded.facts`,
		c.id, c.tagsText, c.spam, c.askedAt, c.closedSeq, string(facts))
	return err
}

// addToReportDay adds to the sums of one day.
func addToReportDay(ctx context.Context, tx *db.Tx, k reportDay, more tally) error {
	var counts, spread []byte
	err := tx.QueryRow(ctx, `/* reportDay */ SELECT counts, spread FROM report_days WHERE account_id = ? AND part = ? AND value = ? AND day = ?`,
		k.accountID, k.part, k.value, k.day).Scan(&counts, &spread)
	if err != nil && !errors.Is(err, db.ErrNoRows) {
		return fmt.Errorf("read a day's sums: %w", err)
	}
	more.add(counts)
	more.add(spread)
	_, err = tx.Exec(ctx, `/* upsertReportDay */ INSERT INTO report_days (account_id, part, value, day, counts, totals, spread)
		VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (account_id, part, value, day) DO UPDATE
		SET counts = excluded.counts, totals = excluded.totals, spread = excluded.spread`,
		k.accountID, k.part, k.value, k.day, more.pack(isCount), more.totals().pack(isSpread), more.pack(isSpread))
	return err
}
