package console

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"deskbell/internal/fault"
	"deskbell/internal/id"
	"deskbell/internal/support"
	"deskbell/views/inbox"
	"deskbell/web/httpio"
)

// Page sizes of the list and of the thread.
const (
	rowsPerPage     = 30
	messagesPerPage = 50
)

// badForm is a form that could not be read.
func badForm(err error) error {
	return fault.Wrap(fault.Invalid, "invalid_form", "The form could not be read", err)
}

// readFilter takes the list's filter from an address; unknown values become the default.
func readFilter(c httpio.Ctx) inbox.Filter {
	f := inbox.ReadFilter(c.QueryParams())
	f.Query = readQuery(c)
	return f
}

// readQuery takes what is searched for from an address, at most as long as a search may be.
func readQuery(c httpio.Ctx) string {
	query := strings.TrimSpace(c.QueryParam("q"))
	if runes := []rune(query); len(runes) > 200 {
		return string(runes[:200])
	}
	return query
}

// list loads one page of the list.
func (h *Handler) list(ctx context.Context, who support.Actor, f inbox.Filter, cursor, openID string) (inbox.ListProps, error) {
	filter := f.ConversationFilter()
	filter.Cursor, filter.Limit = cursor, rowsPerPage
	found, err := h.Support.Conversations(ctx, who, filter)
	if err != nil {
		return inbox.ListProps{}, err
	}
	p := inbox.ListProps{
		Filter: f, Conversations: found.Conversations, NextCursor: found.NextCursor, OpenID: openID, Older: cursor != "", Me: who.UserID,
	}
	if len(p.Conversations) == 0 && f == (inbox.Filter{View: support.ViewAll}) {
		ever, err := h.Support.Conversations(ctx, who, support.ConversationFilter{Limit: 1})
		if err != nil {
			return p, err
		}
		p.Fresh = len(ever.Conversations) == 0
	}
	return p, nil
}

// showInbox is the list: as a page, as the answer to a search, or as its next rows.
func (h *Handler) showInbox(c httpio.Ctx) error {
	who, f := actor(loginOf(c)), readFilter(c)
	cursor := c.QueryParam("cursor")
	p, err := h.list(c.Request().Context(), who, f, cursor, "")
	if err != nil {
		return err
	}
	switch target := httpio.Target(c); {
	case target == "more":
		return httpio.Render(c, http.StatusOK, inbox.Rows(p), nil)
	case target == "list-body":
		open := openOf(c)
		p.OpenID = open.ID
		return httpio.Render(c, http.StatusOK, inbox.Found(p, open), nil)
	}
	if p.Choices, err = h.choices(c.Request().Context(), who, true); err != nil {
		return err
	}
	return h.render(c, http.StatusOK, page{title: "Inbox", active: "inbox"}, inbox.Page(p, nil))
}

// choices loads what conversations can be filtered by and given to; sites, counts and saved views are
// for the list alone.
func (h *Handler) choices(ctx context.Context, who support.Actor, list bool) (all inbox.Choices, err error) {
	if all.Tags, err = h.Support.Tags(ctx, who); err != nil {
		return all, err
	}
	if all.Members, err = h.Support.Members(ctx, who); err != nil {
		return all, err
	}
	if all.Teams, err = h.Support.Teams(ctx, who); err != nil || !list {
		return all, err
	}
	if all.Sites, err = h.Support.SiteNames(ctx, who); err != nil {
		return all, err
	}
	if all.Saved, err = h.Support.SavedViews(ctx, who); err != nil {
		return all, err
	}
	all.Counts, err = h.Support.ViewCounts(ctx, who)
	return all, err
}

// openOf tells which conversation is shown on the page that a search or a stream belongs to.
func openOf(c httpio.Ctx) inbox.Shown {
	after, errAfter := httpio.QueryInt(c, "after")
	event, errEvent := httpio.QueryInt(c, "event")
	if convID := c.QueryParam("open"); errAfter == nil && errEvent == nil && id.Valid(convID) {
		return inbox.Shown{ID: convID, Seq: after, Event: event, Merged: c.QueryParam("merged")}
	}
	return inbox.Shown{}
}

// formInt reads a whole, non-negative number from a form.
func formInt(c httpio.Ctx, name string) (int64, error) {
	n, err := strconv.ParseInt(c.FormValue(name), 10, 64)
	if err != nil || n < 0 {
		return 0, fault.Field(name, name+" must be a whole number")
	}
	return n, nil
}
