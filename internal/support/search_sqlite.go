package support

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"deskbell/internal/db"
)

// What the lists look through: the newest messages and contacts that match. A common word is in
// every second conversation, so more of them would find nothing that is of use at the top.
const (
	searchedMessages = 1000
	searchedContacts = 1000
)

// minPrefix is how many characters make the last word a beginning: one letter begins so many
// words that looking them up takes seconds in a large account.
const minPrefix = 2

// frequent is how many messages make a word one of its own and no beginning: collecting all words
// that begin with it would mean to go through all of those messages (80 ms for a million), and
// would only find more.
const frequent = 100

// searchedWords are the words of a search as the index wants them: every one quoted, so that no
// sign of the user's means anything.
func searchedWords(query string) []string {
	words := strings.Fields(strings.ReplaceAll(strings.ToValidUTF8(query, " "), "\x00", " "))
	if len(words) == 0 {
		return []string{`""`} // which finds nothing
	}
	for i, word := range words {
		words[i] = `"` + strings.ReplaceAll(word, `"`, `""`) + `"`
	}
	return words
}

// beginning makes the last word the beginning of one.
func beginning(words []string) []string {
	last := &words[len(words)-1]
	if utf8.RuneCountInString(*last) >= minPrefix+len(`""`) {
		*last += " *"
	}
	return words
}

// match looks for messages or contacts of one account that have all words in these columns.
func match(accountID, columns string, words []string) string {
	return `{account_id} : "` + accountID + `" AND {` + columns + `} : (` + strings.Join(words, " AND ") + `)`
}

func matchMessages(ctx context.Context, q db.Querier, accountID, query string) (string, error) {
	words := searchedWords(query)
	var n int
	err := q.QueryRow(ctx, `/* frequentWord */ SELECT COUNT(*) FROM
		(SELECT 1 FROM message_search WHERE message_search MATCH ? ORDER BY rowid DESC LIMIT ?)`,
		match(accountID, "text", words[len(words)-1:]), frequent).Scan(&n)
	if err != nil {
		return "", fmt.Errorf("look for a word: %w", err)
	}
	if n < frequent {
		words = beginning(words)
	}
	return match(accountID, "text", words), nil
}

// searchMessages returns up to one more than the limit, newest first.
func searchMessages(ctx context.Context, q db.Querier, accountID, query string, before int64, limit int) ([]FoundMessage, error) {
	matching, err := matchMessages(ctx, q, accountID, query)
	if err != nil {
		return nil, err
	}
	sql := `/* searchMessages */ SELECT ` + messageColumns + `, f.rowid FROM message_search f
		JOIN support_messages m ON m.rowid = f.rowid JOIN support_conversations c ON c._id = m.conversation_id
		WHERE message_search MATCH ? AND m.account_id = ?`
	args := []any{matching, accountID}
	if before > 0 {
		sql, args = sql+` AND f.rowid < ?`, append(args, before)
	}
	rows, err := q.Query(ctx, sql+` ORDER BY f.rowid DESC LIMIT ?`, append(args, limit+1)...)
	if err != nil {
		return nil, fmt.Errorf("search messages: %w", err)
	}
	return collect(rows, func(row db.Scanner) (found FoundMessage, err error) {
		found.Message, err = scanMessage(withPosition{row, &found.position})
		return found, err
	})
}

// withPosition reads one more column behind those of a message.
type withPosition struct {
	db.Scanner
	position *int64
}

func (w withPosition) Scan(dest ...any) error { return w.Scanner.Scan(append(dest, w.position)...) }

// matchingContacts is a subquery for the ids of the newest contacts that match.
func matchingContacts(accountID, query string) (clause string, args []any) {
	return `SELECT mk._id FROM contact_search fk JOIN contacts mk ON mk.rowid = fk.rowid
		WHERE contact_search MATCH ? AND mk.account_id = ? ORDER BY fk.rowid DESC LIMIT ?`,
		[]any{match(accountID, "name email phone", beginning(searchedWords(query))), accountID, searchedContacts}
}

// matchingConversations is a subquery for the ids of conversations that match by their contact or
// by one of the newest messages that match.
func matchingConversations(ctx context.Context, q db.Querier, accountID, query string) (clause string, args []any, err error) {
	matching, err := matchMessages(ctx, q, accountID, query)
	if err != nil {
		return "", nil, err
	}
	contacts, args := matchingContacts(accountID, query)
	return `SELECT mc._id FROM support_conversations mc WHERE mc.contact_id IN (` + contacts + `) AND mc.account_id = ?
		UNION SELECT conversation_id FROM (SELECT mm.conversation_id FROM message_search fm JOIN support_messages mm ON mm.rowid = fm.rowid
			WHERE message_search MATCH ? AND mm.account_id = ? ORDER BY fm.rowid DESC LIMIT ?)`,
		append(args, accountID, matching, accountID, searchedMessages), nil
}
