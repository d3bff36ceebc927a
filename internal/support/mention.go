package support

import (
	"context"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"deskbell/internal/db"
	"deskbell/internal/realtime"
)

// mention notes whom a note names and tells them. Notes name members by @ and their name, or the
// first word of it; the longest name that fits counts, and everybody who bears it.
func (s *Service) mention(ctx context.Context, tx *db.Tx, accountID string, m Message) error {
	if !m.Private || !strings.Contains(m.Text, "@") {
		return nil
	}
	members, err := activeMembers(ctx, tx, accountID)
	if err != nil {
		return err
	}
	for _, userID := range mentioned(m.Text, members) {
		if userID == m.SenderID {
			continue
		}
		if err := upsertMention(ctx, tx, accountID, m, userID); err != nil {
			return err
		}
		event := mentionEvent(accountID, m.ConversationID, userID, m.Seq)
		event.Content = m
		s.publishAfter(tx, event)
		if err := s.pushLater(ctx, tx, event); err != nil {
			return err
		}
	}
	return nil
}

func mentionEvent(accountID, convID, userID string, seq int64) realtime.Event {
	return realtime.Event{Kind: realtime.Mention, AccountID: accountID, ConversationID: convID, UserID: userID, Seq: seq, Private: true}
}

// mentioned lists the ids of the members whom a text names, each once.
func mentioned(text string, members []Member) (ids []string) {
	bearers := map[string][]string{}
	for _, m := range members {
		name := strings.ToLower(strings.TrimSpace(m.Name))
		bearers[name] = append(bearers[name], m.ID)
		if first, _, several := strings.Cut(name, " "); several {
			bearers[first] = append(bearers[first], m.ID)
		}
	}
	seen := map[string]bool{}
	text = strings.ToLower(text)
	for i := strings.IndexByte(text, '@'); i >= 0; {
		before, _ := utf8.DecodeLastRuneInString(text[:i])
		rest, longest := text[i+1:], ""
		for name := range bearers {
			after, _ := utf8.DecodeRuneInString(rest[min(len(name), len(rest)):])
			if name != "" && len(name) > len(longest) && strings.HasPrefix(rest, name) && !wordRune(after) {
				longest = name
			}
		}
		if !wordRune(before) { // an e-mail address names nobody
			for _, userID := range bearers[longest] {
				if longest != "" && !seen[userID] {
					seen[userID] = true
					ids = append(ids, userID)
				}
			}
		}
		next := strings.IndexByte(rest, '@')
		if next < 0 {
			break
		}
		i += 1 + next
	}
	return ids
}

func wordRune(r rune) bool { return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) }

// UnreadMentions counts the conversations in which the actor was named and has not read it, up to 999.
func (s *Service) UnreadMentions(ctx context.Context, a Actor) (n int64, err error) {
	err = s.db.Read().QueryRow(ctx, `/* unreadMentions */ SELECT COUNT(*) FROM (SELECT 1 FROM support_mentions
		WHERE account_id = ? AND user_id = ? AND read_at IS NULL LIMIT ?)`, a.AccountID, a.UserID, countedUp).Scan(&n)
	return n, err
}

// readMention notes that a member has seen where they were named, when they have read that far.
func (s *Service) readMention(ctx context.Context, tx *db.Tx, accountID, convID, userID string, upTo int64) error {
	n, err := tx.Exec(ctx, `/* readMention */ UPDATE support_mentions SET read_at = ?
		WHERE conversation_id = ? AND user_id = ? AND account_id = ? AND read_at IS NULL AND message_seq <= ?`,
		s.millis(), convID, userID, accountID, upTo)
	if err == nil && n > 0 {
		s.publishAfter(tx, mentionEvent(accountID, convID, userID, upTo))
	}
	return err
}

func activeMembers(ctx context.Context, q db.Querier, accountID string) ([]Member, error) {
	rows, err := q.Query(ctx, `/* activeMembers */ SELECT _id, name, away FROM users WHERE account_id = ? AND disabled = false ORDER BY name, _id`, accountID)
	if err != nil {
		return nil, fmt.Errorf("list members: %w", err)
	}
	return collect(rows, scanMember)
}

// upsertMention keeps the newest note that names somebody in a conversation, unread.
func upsertMention(ctx context.Context, tx *db.Tx, accountID string, m Message, userID string) error {
	_, err := tx.Exec(ctx, `/* upsertMention */ INSERT INTO support_mentions (conversation_id, account_id, user_id, message_seq, created_at)
		VALUES (?, ?, ?, ?, ?) ON CONFLICT (conversation_id, user_id)
		DO UPDATE SET message_seq = excluded.message_seq, created_at = excluded.created_at, read_at = NULL WHERE excluded.message_seq > message_seq`,
		m.ConversationID, accountID, userID, m.Seq, m.CreatedAt)
	return err
}

func deleteMentions(ctx context.Context, tx *db.Tx, accountID string, m Message) error {
	_, err := tx.Exec(ctx, `/* deleteMentions */ DELETE FROM support_mentions WHERE conversation_id = ? AND message_seq = ? AND account_id = ?`,
		m.ConversationID, m.Seq, accountID)
	return err
}
