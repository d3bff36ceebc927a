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

// matchQuery writes a search in the index's own language, in which every word of the user is
// quoted: no sign of theirs means anything. Columns names what is searched.
func matchQuery(accountID, columns, query string) string {
	words := strings.Fields(strings.ReplaceAll(strings.ToValidUTF8(query, " "), "\x00", " "))
	if len(words) == 0 {
		words = []string{""} // which finds nothing
	}
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = `"` + strings.ReplaceAll(word, `"`, `""`) + `"`
		if i == len(words)-1 && utf8.RuneCountInString(word) >= minPrefix {
			quoted[i] += " *"
		}
	}
	return `{account_id} : "` + accountID + `" AND {` + columns + `} : (` + strings.Join(quoted, " AND ") + `)`
}

// searchMessages returns up to one more than the limit, newest first.
func searchMessages(ctx context.Context, q db.Querier, accountID, query string, before int64, limit int) ([]FoundMessage, error) {
	sql := `/* searchMessages */ SELECT ` + messageColumns + `, f.rowid FROM message_search f
		JOIN support_messages m ON m.rowid = f.rowid JOIN support_conversations c ON c._id = m.conversation_id
		WHERE message_search MATCH ? AND m.account_id = ?`
	args := []any{matchQuery(accountID, "text", query), accountID}
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
		[]any{matchQuery(accountID, "name email phone", query), accountID, searchedContacts}
}

// matchingConversations is a subquery for the ids of conversations that match by their contact or
// by one of the newest messages that match.
func matchingConversations(accountID, query string) (clause string, args []any) {
	contacts, args := matchingContacts(accountID, query)
	return `SELECT mc._id FROM support_conversations mc WHERE mc.contact_id IN (` + contacts + `) AND mc.account_id = ?
		UNION SELECT conversation_id FROM (SELECT mm.conversation_id FROM message_search fm JOIN support_messages mm ON mm.rowid = fm.rowid
			WHERE message_search MATCH ? AND mm.account_id = ? ORDER BY fm.rowid DESC LIMIT ?)`,
		append(args, accountID, matchQuery(accountID, "text", query), accountID, searchedMessages)
}
