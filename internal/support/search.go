package support

import (
	"context"
	"encoding/base64"
	"slices"
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
}

// SearchPage is a part of a search's results; NextCursor is empty at the end.
type SearchPage struct {
	Results    []FoundMessage
	NextCursor string
}

// Search finds the account's messages, notes included, that have all words of a query, newest
// first. The last word may be the beginning of one. Words are plain: no sign has a meaning. A page
// may have fewer results than asked for, even none, and still a cursor to go on: a search that
// takes long is answered in pieces. Kinds: Invalid.
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
	s.catchUp(ctx)
	list, rest, err := searchMessages(ctx, s.db.Read(), a.AccountID, query, before, limit)
	if err != nil {
		return SearchPage{}, err
	}
	page := SearchPage{Results: list, NextCursor: positionCursor(rest)}
	var in []string
	for _, found := range list {
		if !slices.Contains(in, found.ConversationID) {
			in = append(in, found.ConversationID)
		}
	}
	conversations, err := conversationsOf(ctx, s.db.Read(), a.AccountID, in)
	if err != nil {
		return SearchPage{}, err
	}
	known := map[string]Conversation{}
	for _, c := range conversations {
		known[c.ID] = c
	}
	for i, found := range page.Results {
		page.Results[i].Conversation = known[found.ConversationID]
		if err := s.fillFiles(ctx, s.db.Read(), a.AccountID, &page.Results[i].Message); err != nil {
			return SearchPage{}, err
		}
	}
	return page, nil
}

// positionCursor names where a search goes on; empty for 0.
func positionCursor(position int64) string {
	if position == 0 {
		return ""
	}
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
