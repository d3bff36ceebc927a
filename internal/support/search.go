package support

import (
	"context"
	"encoding/base64"
	"strconv"
	"strings"
	"unicode/utf8"

	"deskbell/internal/fault"
)

// maxQuery is the longest search in characters.
const maxQuery = 200

// FoundMessage is a message that a search found, with where it stands.
type FoundMessage struct {
	Message
	Conversation Conversation

	// position is what the results are sorted by.
	position int64
}

// SearchPage is a part of a search's results; NextCursor is empty at the end.
type SearchPage struct {
	Results    []FoundMessage
	NextCursor string
}

// Search finds the account's messages, notes included, that have all words of a query, newest
// first. The last word may be the beginning of one, unless it is a frequent word itself. Words are plain: no sign has a meaning.
// Kinds: Invalid.
func (s *Service) Search(ctx context.Context, a Actor, query, cursorText string, limit int) (SearchPage, error) {
	if n := utf8.RuneCountInString(query); n > maxQuery || strings.TrimSpace(query) == "" {
		return SearchPage{}, fault.Field("q", "q must have 1 to 200 characters")
	}
	limit, err := pageSize(limit)
	if err != nil {
		return SearchPage{}, err
	}
	before, err := parsePosition(cursorText)
	if err != nil {
		return SearchPage{}, err
	}
	list, err := searchMessages(ctx, s.db.Read(), a.AccountID, query, before, limit)
	if err != nil {
		return SearchPage{}, err
	}
	page := SearchPage{Results: list}
	if len(list) > limit {
		page.Results, page.NextCursor = list[:limit], positionCursor(list[limit-1].position)
	}
	known := map[string]Conversation{}
	for i, found := range page.Results {
		c, ok := known[found.ConversationID]
		if !ok {
			if c, err = conversationOf(ctx, s.db.Read(), a.AccountID, found.ConversationID); err != nil {
				return SearchPage{}, err
			}
			known[found.ConversationID] = c
		}
		page.Results[i].Conversation = c
		if err := s.fillFiles(ctx, s.db.Read(), a.AccountID, &page.Results[i].Message); err != nil {
			return SearchPage{}, err
		}
	}
	return page, nil
}

func positionCursor(position int64) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(position, 10)))
}

// parsePosition reads a search's cursor; 0 when there is none.
func parsePosition(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil {
		var position int64
		if position, err = strconv.ParseInt(string(raw), 10, 64); err == nil && position > 0 {
			return position, nil
		}
	}
	return 0, fault.Field("cursor", "cursor must be a next_cursor of this list")
}
