package console

import (
	"net/http"
	"slices"

	"deskbell/internal/support"
	"deskbell/views/inbox"
	"deskbell/web/httpio"
)

var conversationMergePage = page{title: "Merge conversations", active: "inbox"}

// showConversationMerge offers the contact's other conversations, or shows what merging one does.
func (h *Handler) showConversationMerge(c httpio.Ctx) error {
	ctx, who, convID := c.Request().Context(), actor(loginOf(c)), c.Param("id")
	if with := c.QueryParam("with"); with != "" {
		m, err := h.Support.PreviewConversationMerge(ctx, who, convID, with)
		if reason, ok := whyApart(err); ok {
			return h.render(c, http.StatusConflict, conversationMergePage, inbox.MergeRefused(convID, reason))
		}
		if err != nil {
			return err
		}
		return h.render(c, http.StatusOK, conversationMergePage, inbox.Merge(m))
	}
	kept, err := h.Support.Conversation(ctx, who, convID)
	if err != nil {
		return err
	}
	found, err := h.Support.ContactConversations(ctx, who, kept.Contact.ID, "", conversationsPerPage)
	if err != nil {
		return err
	}
	others := slices.DeleteFunc(found.Conversations, func(c support.Conversation) bool { return c.ID == convID })
	return h.render(c, http.StatusOK, conversationMergePage, inbox.MergePick(kept, others))
}

// mergeConversations makes the merge; pressed twice it does nothing more.
func (h *Handler) mergeConversations(c httpio.Ctx) error {
	_, err := h.Support.MergeConversations(c.Request().Context(), actor(loginOf(c)), c.Param("id"), c.FormValue("conversation_id"))
	if reason, ok := whyApart(err); ok {
		return h.render(c, http.StatusConflict, conversationMergePage, inbox.MergeRefused(c.Param("id"), reason))
	}
	if err != nil {
		return err
	}
	return httpio.SeeOther(c, "/inbox/"+c.Param("id"))
}

// showPart is a merged conversation as it unfolds in the one that stays.
func (h *Handler) showPart(c httpio.Ctx) error {
	ctx, who := c.Request().Context(), actor(loginOf(c))
	conversation, err := h.Support.Conversation(ctx, who, c.Param("id"))
	if err != nil {
		return err
	}
	if !httpio.IsFragment(c) {
		return httpio.SeeOther(c, "/inbox/"+conversation.ID)
	}
	found, err := h.Support.Messages(ctx, who, conversation.ID, support.MessageRange{BeforeSeq: conversation.LastSeq + 1, Limit: 2 * messagesPerPage})
	if err != nil {
		return err
	}
	p := inbox.ThreadProps{Conversation: conversation, Messages: found.Messages, Earlier: found.HasMore, Newest: true}
	if err := h.addEvents(ctx, who, &p); err != nil {
		return err
	}
	return httpio.Render(c, http.StatusOK, inbox.Part(p), nil)
}
