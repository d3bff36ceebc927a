package support

import (
	"context"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"deskbell/internal/fault"
	"deskbell/internal/id"
)

// The views of the inbox.
const (
	ViewMine       = "mine"
	ViewUnassigned = "unassigned"
	ViewAll        = "all"
	ViewMentions   = "mentions"
	ViewSnoozed    = "snoozed"
	ViewClosed     = "closed"
	ViewSpam       = "spam"
)

// Views lists every view in the order in which they are shown.
var Views = []string{ViewMine, ViewUnassigned, ViewAll, ViewMentions, ViewSnoozed, ViewClosed, ViewSpam}

// The orders of a list.
const (
	SortNewest  = "newest"
	SortWaiting = "waiting"
)

// Priorities lists every priority of a conversation, the least first.
var Priorities = []string{"none", "low", "high", "urgent"}

// Page sizes of lists.
const (
	defaultPage = 50
	maxPage     = 100
)

// ConversationFilter says which conversations to list. Empty fields don't filter.
type ConversationFilter struct {
	// View is one of Views: mine, unassigned and all hold what is open and not snoozed unless
	// Status says closed. Without one the list has everything but spam.
	View   string
	Status string
	// Assignee is a user's id, or "none".
	Assignee string
	// TeamID is a group of members.
	TeamID string
	// Tag is one that the conversations must bear, exactly as it was set.
	Tag string
	// Site is the domain that they began at, exactly.
	Site     string
	Verified *bool
	// Priority is one of Priorities.
	Priority string
	// Waiting is for how many minutes the visitor must at least have waited.
	Waiting int64
	// Sort is SortNewest, which is also the default, or SortWaiting: the longest waiting first, and
	// none that does not wait. Mentions are sorted by their own time.
	Sort string
	// Query is looked for in contacts and in the newest matching messages: see search_sqlite.go.
	Query        string
	UpdatedAfter int64
	// Empty also lists conversations without a message.
	Empty  bool
	Cursor string
	Limit  int

	// What View and the rest come to: see ready.
	shelves       []string
	mentioned     string
	waitingBefore int64
}

// ConversationPage is a part of a list; NextCursor is empty at the end. A page of a list that is
// filtered by what no index knows may be short, even empty, and still have a next one.
type ConversationPage struct {
	Conversations []Conversation
	NextCursor    string
}

// ready checks a filter and works out, for its reader, what it asks the tables for.
func (f *ConversationFilter) ready(a Actor, now int64) error {
	bad := fault.Fields{}
	oneOf := func(field, value string, allowed ...string) {
		if value != "" && !slices.Contains(allowed, value) {
			bad.Add(field, field+" must be "+strings.Join(allowed[:len(allowed)-1], ", ")+" or "+allowed[len(allowed)-1])
		}
	}
	oneOf("view", f.View, Views...)
	oneOf("status", f.Status, ConversationActive, ConversationClosed)
	oneOf("sort", f.Sort, SortNewest, SortWaiting)
	oneOf("priority", f.Priority, Priorities...)
	if f.Assignee == "me" {
		f.Assignee = a.UserID
	}
	if f.Assignee != "" && f.Assignee != "none" && !id.Valid(f.Assignee) {
		bad.Add("assignee", "assignee must be a user's id, me or none")
	}
	if f.TeamID != "" && !id.Valid(f.TeamID) {
		bad.Add("team", "team must be a team's id")
	}
	if f.Waiting < 0 {
		bad.Add("waiting", "waiting must be a number of minutes")
	}
	if utf8.RuneCountInString(f.Query) > maxQuery {
		bad.Add("q", "q may have at most 200 characters")
	}
	f.open(a, bad)
	if err := bad.Err(); err != nil {
		return err
	}
	if f.Waiting > 0 {
		f.waitingBefore = now - min(f.Waiting, 1<<31)*60_000
	}
	var err error
	f.Limit, err = pageSize(f.Limit)
	return err
}

// open turns the view into where to look.
func (f *ConversationFilter) open(a Actor, bad fault.Fields) {
	// assign holds one of the views that are about who takes care to that.
	assign := func(who string) {
		if f.Assignee != "" && f.Assignee != who {
			bad.Add("assignee", "assignee can't be combined with this view")
		}
		f.Assignee = who
	}
	f.shelves = []string{shelfOpen}
	switch f.View {
	case ViewMine:
		assign(a.UserID)
	case ViewUnassigned:
		assign("none")
	case "", ViewMentions:
		f.shelves = []string{shelfOpen, shelfSnoozed, shelfClosed}
		if f.Status == ConversationActive {
			f.shelves = []string{shelfOpen, shelfSnoozed}
		}
		if f.View == ViewMentions {
			f.mentioned = a.UserID
			if f.Sort == SortWaiting {
				bad.Add("sort", "sort can't be combined with this view")
			}
		}
	case ViewSnoozed, ViewClosed, ViewSpam:
		f.shelves = []string{f.View}
		if f.Status != "" {
			bad.Add("status", "status can't be combined with this view")
		}
	}
	if f.Status == ConversationClosed {
		f.shelves = []string{shelfClosed}
	}
}

// pageSize is how many rows a page of a list has; 0 asks for the default.
func pageSize(limit int) (int, error) {
	if limit == 0 {
		return defaultPage, nil
	}
	if limit < 1 {
		return 0, fault.Field("limit", "limit must be a positive number")
	}
	return min(limit, maxPage), nil
}

// cursor names the last row of a page by the time it is sorted by and its id; pages continue
// after it, so that they neither repeat nor skip what did not move meanwhile.
func cursor(at int64, rowID string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(at, 10) + "." + rowID))
}

func parseCursor(s string) (at int64, rowID string, err error) {
	raw, err := base64.RawURLEncoding.DecodeString(s)
	text, rowID, found := strings.Cut(string(raw), ".")
	if err == nil && found && id.Valid(rowID) {
		if at, err = strconv.ParseInt(text, 10, 64); err == nil {
			return at, rowID, nil
		}
	}
	return 0, "", fault.Field("cursor", "cursor must be a next_cursor of this list")
}

// Conversations lists the account's conversations in the order of the filter. Kinds: Invalid.
func (s *Service) Conversations(ctx context.Context, a Actor, f ConversationFilter) (ConversationPage, error) {
	if err := f.ready(a, s.millis()); err != nil {
		return ConversationPage{}, err
	}
	if f.Query = strings.TrimSpace(f.Query); f.Query != "" {
		s.catchUp(ctx)
	}
	return listConversations(ctx, s.db.Read(), a.AccountID, f)
}

// countedUp is how far views are counted.
const countedUp = 999

// ViewCount is how many conversations a view has; More says that there are more than N.
type ViewCount struct {
	N    int
	More bool
}

// CountConversations counts what a filter lists, up to 999. Query, Cursor and Limit count for
// nothing. Kinds: Invalid.
func (s *Service) CountConversations(ctx context.Context, a Actor, f ConversationFilter) (c ViewCount, err error) {
	f.Query, f.Cursor, f.Limit = "", "", 0
	if err := f.ready(a, s.millis()); err != nil {
		return c, err
	}
	c.N, c.More, err = countConversations(ctx, s.db.Read(), a.AccountID, f, countedUp)
	return c, err
}
