package support

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"deskbell/internal/db"
)

// searched is how many of the newest matching messages, and contacts, an inbox search looks through at
// most. A common word is in every second conversation, so more of them would find nothing of use at the top.
const searched = 500

// Beginnings of words: one letter begins so many words that it stands for itself. The index has
// what begins with two or three letters. What begins with more is looked for by the words that do;
// when those are more than maxWords, by three letters, and each text found is held to the rest.
// Left to the engine, all messages with any such word would be collected first.
const (
	minBeginning     = 2
	indexedBeginning = 3
	maxWords         = 16
)

// partBits is how many rows, as a power of two, one part of an index holds: see the migration.
const partBits = 16

// searchTime bounds a search. Only words that are frequent but not together ever take that long:
// then the page ends where the search came to, and the next one goes on.
const searchTime = 40 * time.Millisecond

// searchIndex is one of the two full-text indexes.
type searchIndex struct {
	// name is that of its tables, rows the table that it is about, list those of its columns that it
	// looks at, text all of these in one.
	name, rows, list, text string
}

var (
	messageIndex = searchIndex{"message", "support_messages", "text", "text"}
	contactIndex = searchIndex{"contact", "contacts", "name, email, phone", "concat_ws(' ', name, email, phone)"}
)

// quoted makes a word plain: no sign in it means anything to the engine.
func quoted(word string) string { return `"` + strings.ReplaceAll(word, `"`, `""`) + `"` }

// wanted is what a search looks for.
type wanted struct {
	// match is what the index is asked for: all words, the last one as a beginning.
	match string
	// beginning, when set, is what a word of the text must begin with besides.
	beginning string
	// single says that there is but one word.
	single bool
}

func (x searchIndex) wanted(ctx context.Context, q db.Querier, query string) (wanted, error) {
	words := strings.Fields(strings.ReplaceAll(strings.ToValidUTF8(query, " "), "\x00", " "))
	if len(words) == 0 {
		return wanted{match: `""`}, nil // which finds nothing
	}
	last := len(words) - 1
	w, err := x.beginning(ctx, q, words[last])
	if err != nil {
		return w, err
	}
	for i := range last {
		words[i] = quoted(words[i])
	}
	words[last], w.single = w.match, last == 0
	w.match = strings.Join(words, " AND ")
	return w, nil
}

// beginning makes a word the beginning of one.
func (x searchIndex) beginning(ctx context.Context, q db.Querier, word string) (wanted, error) {
	head, tail := lastToken(word)
	switch n := utf8.RuneCountInString(tail); {
	case n < minBeginning:
		return wanted{match: quoted(word)}, nil
	case n <= indexedBeginning:
		return wanted{match: quoted(word) + " *"}, nil
	}
	// The next word is asked for by the smallest text after the one before, because going through
	// the list of words would go through all places where each stands.
	rows, err := q.Query(ctx, `/* words */ WITH RECURSIVE w(word, n) AS (
			SELECT (SELECT term FROM `+x.name+`_words WHERE term >= ?1 LIMIT 1), 1
			UNION ALL
			SELECT (SELECT term FROM `+x.name+`_words WHERE term >= w.word || char(1) LIMIT 1), n + 1 FROM w WHERE w.word < ?2 AND n <= ?3)
		SELECT word FROM w WHERE word < ?2`, tail, tail+string(unicode.MaxRune), maxWords)
	if err != nil {
		return wanted{}, fmt.Errorf("look for words: %w", err)
	}
	words, err := collect(rows, scanID)
	if err != nil {
		return wanted{}, fmt.Errorf("look for words: %w", err)
	}
	if len(words) > maxWords {
		return wanted{match: quoted(head+string([]rune(tail)[:indexedBeginning])) + " *", beginning: tail}, nil
	}
	// The word itself, too: should it be spelled in a way that only the engine knows to fold.
	either := []string{quoted(word)}
	for _, w := range words {
		if w != tail {
			either = append(either, quoted(head+w))
		}
	}
	return wanted{match: "(" + strings.Join(either, " OR ") + ")"}, nil
}

// lastToken cuts off the last of the tokens that the index makes of a word, as it is spelled there.
func lastToken(word string) (head, tail string) {
	word = strings.TrimRightFunc(word, outsideToken)
	start := 0
	for i, r := range word {
		if outsideToken(r) {
			start = i + utf8.RuneLen(r)
		}
	}
	return word[:start], fold(word[start:])
}

// fold spells a token as the index does: in lower case and without accents.
func fold(token string) string {
	var folded strings.Builder
	for _, r := range token {
		if accent(r) {
			continue
		}
		if r >= utf8.RuneSelf {
			if parts := []rune(norm.NFD.String(string(r))); !slices.ContainsFunc(parts[1:], func(r rune) bool { return !unicode.Is(unicode.Mn, r) }) {
				r = parts[0]
			}
		}
		folded.WriteRune(unicode.ToLower(r))
	}
	return folded.String()
}

func outsideToken(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.Is(unicode.Co, r) && !accent(r)
}

// accent tells marks that belong to the letter before and are not indexed.
func accent(r rune) bool { return r >= 0x300 && r <= 0x331 }

func (w wanted) in(text string) bool {
	return w.beginning == "" || slices.ContainsFunc(strings.FieldsFunc(text, outsideToken), func(token string) bool {
		return strings.HasPrefix(fold(token), w.beginning)
	})
}

// find returns the newest rows below a position (0: all) that match, by position, at most limit.
// It goes back part by part, in ever larger steps; rest is the position to go on from when its time
// was over before it came to the end, else 0.
func (x searchIndex) find(ctx context.Context, q db.Querier, accountID, query string, before int64, limit int, most time.Duration) (
	found []int64, rest int64, err error,
) {
	w, err := x.wanted(ctx, q, query)
	if err != nil {
		return nil, 0, err
	}
	if before == 0 {
		if err := q.QueryRow(ctx, `/* newestRow */ SELECT COALESCE(MAX(rowid), 0) + 1 FROM `+x.rows).Scan(&before); err != nil {
			return nil, 0, fmt.Errorf("search: %w", err)
		}
	}
	began, step := time.Now(), int64(1)
	// A single word is never long looked for, and seldom one of other accounts: the parts, each of
	// which costs a look of its own, come in only when these are in the way.
	whole, many := w.single, candidates
	for before > 0 {
		oldest := max((before-1)>>partBits-step+1, 0)
		if whole {
			oldest = 0
		}
		take := limit - len(found)
		if whole || w.beginning != "" {
			take = max(take, many)
			many = min(2*many, mostCandidates)
		}
		more, err := x.findIn(ctx, q, accountID, w, whole, oldest, before, take)
		if err != nil {
			return nil, 0, err
		}
		before = oldest << partBits
		if len(more) == take {
			before = more[take-1].position
		}
		ours := 0
		for _, c := range more {
			if c.own {
				ours++
			}
			if c.own && w.in(c.text) {
				if found = append(found, c.position); len(found) == limit {
					return found, 0, nil
				}
			}
		}
		took := time.Since(began)
		if took > most {
			break
		}
		if !whole && took < most/8 {
			step *= 4
		}
		whole = whole && ours > len(more)/2
	}
	return found, before, nil
}

// candidate is a row that the index has found.
type candidate struct {
	position int64
	own      bool
	text     string
}

// candidates is how many rows are read at first when some of them may be others than those wanted, and
// mostCandidates how many later on: a look at all of an index costs as much as reading some hundred rows.
const (
	candidates     = 120
	mostCandidates = 1000
)

// findIn looks in the parts down to the oldest, below a position; whole looks in everything and
// says which rows are the account's own.
func (x searchIndex) findIn(ctx context.Context, q db.Querier, accountID string, w wanted, whole bool, oldest, before int64, limit int) ([]candidate, error) {
	own, text, match := `true`, `''`, `{`+strings.ReplaceAll(x.list, ",", "")+`} : (`+w.match+`)`
	args := []any{}
	if whole {
		own, args = `f.part LIKE ? || 'x%'`, []any{accountID}
	} else {
		var parts []string
		for part := (before - 1) >> partBits; part >= oldest; part-- {
			parts = append(parts, `"`+accountID+"x"+strconv.FormatInt(part, 10)+`"`)
		}
		match = `{part} : (` + strings.Join(parts, " OR ") + `) AND ` + match
	}
	if w.beginning != "" {
		text = x.text
	}
	rows, err := q.Query(ctx, `/* search */ SELECT f.rowid, `+own+`, `+text+` FROM `+x.name+`_search f WHERE `+x.name+`_search MATCH ? AND f.rowid < ?
		ORDER BY f.rowid DESC LIMIT ?`, append(args, match, before, limit)...)
	if err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	return collect(rows, func(row db.Scanner) (c candidate, err error) {
		err = row.Scan(&c.position, &c.own, &c.text)
		return c, err
	})
}

// searchMessages returns the newest matching messages, at most limit, and the position from which
// there may be more; 0 when there are none.
func searchMessages(ctx context.Context, q db.Querier, accountID, query string, before int64, limit int) ([]FoundMessage, int64, error) {
	found, rest, err := messageIndex.find(ctx, q, accountID, query, before, limit+1, searchTime)
	if err != nil {
		return nil, 0, err
	}
	if len(found) > limit {
		found = found[:limit]
		rest = found[limit-1]
	}
	rows, err := q.Query(ctx, `/* foundMessages */ SELECT `+messageColumns+` FROM json_each(?) w
		CROSS JOIN support_messages m ON m.rowid = w.value JOIN support_conversations c ON c._id = m.conversation_id
		WHERE m.account_id = ? ORDER BY w.key`, list(found), accountID)
	if err != nil {
		return nil, 0, fmt.Errorf("read found messages: %w", err)
	}
	messages, err := collect(rows, func(row db.Scanner) (f FoundMessage, err error) {
		f.Message, err = scanMessage(row)
		return f, err
	})
	return messages, rest, err
}

// searchContacts is searchMessages for contacts; of those found, only the ones of certain kinds are
// returned.
func searchContacts(ctx context.Context, q db.Querier, accountID, query string, kinds []string, before int64, limit int) ([]ListedContact, int64, error) {
	found, rest, err := contactIndex.find(ctx, q, accountID, query, before, limit+1, searchTime)
	if err != nil {
		return nil, 0, err
	}
	if len(found) > limit {
		found = found[:limit]
		rest = found[limit-1]
	}
	wanted, err := json.Marshal(kinds)
	if err != nil {
		return nil, 0, err
	}
	rows, err := q.Query(ctx, `/* foundContacts */ SELECT `+listedColumns+` FROM json_each(?) w
		CROSS JOIN contacts k ON k.rowid = w.value WHERE k.account_id = ? AND k.kind IN (SELECT value FROM json_each(?)) ORDER BY w.key`,
		list(found), accountID, string(wanted))
	if err != nil {
		return nil, 0, fmt.Errorf("read found contacts: %w", err)
	}
	contacts, err := collect(rows, scanListedContact)
	return contacts, rest, err
}

// searchedFor is how many matching messages, and contacts, are looked at for a page of so many rows: a
// box that shows five needs no more, each of which may lie in another corner of the disk.
func searchedFor(rows int) int { return min(max(10*rows, 100), searched) }

// matchingConversations returns, as a JSON list, the row numbers of conversations that match by their
// contact or by one of the newest messages that match, for a page of so many rows.
func matchingConversations(ctx context.Context, q db.Querier, accountID, query string, rows int) (string, error) {
	messages, _, err := messageIndex.find(ctx, q, accountID, query, 0, searchedFor(rows), searchTime)
	if err != nil {
		return "", err
	}
	contacts, _, err := contactIndex.find(ctx, q, accountID, query, 0, searchedFor(rows), searchTime)
	if err != nil {
		return "", err
	}
	var found string
	err = q.QueryRow(ctx, `/* matchingConversations */ SELECT json_group_array(row) FROM (
			SELECT c.rowid AS row FROM json_each(?) w CROSS JOIN support_messages m ON m.rowid = w.value
				CROSS JOIN support_conversations c ON c._id = m.conversation_id WHERE m.account_id = ?
			UNION
			SELECT c.rowid FROM json_each(?) w CROSS JOIN contacts k ON k.rowid = w.value
				CROSS JOIN support_conversations c ON c.contact_id = k._id AND c.account_id = ?)`,
		list(messages), accountID, list(contacts), accountID).Scan(&found)
	if err != nil {
		return "", fmt.Errorf("read found conversations: %w", err)
	}
	return found, nil
}

// list passes numbers to a statement as one argument.
func list(numbers []int64) string {
	text, err := json.Marshal(append([]int64{}, numbers...))
	if err != nil {
		panic(err) // numbers can always be written
	}
	return string(text)
}
