package api

import (
	"net/http"

	"deskbell/internal/auth"
	"deskbell/internal/support"
	"deskbell/web/httpio"
)

type keptMailJSON struct {
	ID        string       `json:"_id"`
	To        string       `json:"to"`
	Subject   string       `json:"subject"`
	CreatedAt httpio.Time  `json:"created_at"`
	ExpiresAt *httpio.Time `json:"expires_at"`
	// Text is told of one mail, not in the list.
	Text *string `json:"text,omitempty"`
}

func showKeptMail(m support.KeptMail) keptMailJSON {
	return keptMailJSON{ID: m.ID, To: m.Recipient, Subject: m.Subject, CreatedAt: httpio.Time(m.CreatedAt), ExpiresAt: httpio.OptionalTime(m.ExpiresAt)}
}

type failureJSON struct {
	ID        string      `json:"_id"`
	Kind      string      `json:"kind"`
	Error     string      `json:"error"`
	CreatedAt httpio.Time `json:"created_at"`
}

// listOutbox handles GET /outbox.
func (h *handler) listOutbox(c httpio.Ctx, u auth.TokenUser) error {
	ctx := c.Request().Context()
	mails, err := h.support.KeptMails(ctx, actor(u))
	if err != nil {
		return err
	}
	failed, err := h.support.FailedDeliveries(ctx, actor(u))
	if err != nil {
		return err
	}
	out := struct {
		Success  bool           `json:"success"`
		Mails    []keptMailJSON `json:"mails"`
		Failures []failureJSON  `json:"failures"`
	}{true, make([]keptMailJSON, len(mails)), make([]failureJSON, len(failed))}
	for i, m := range mails {
		out.Mails[i] = showKeptMail(m)
	}
	for i, j := range failed {
		out.Failures[i] = failureJSON{ID: j.ID, Kind: j.Kind, Error: j.LastError, CreatedAt: httpio.Time(j.CreatedAt)}
	}
	return c.JSON(http.StatusOK, out)
}

// retryDelivery handles POST /outbox/failures/:id/retry.
func (h *handler) retryDelivery(c httpio.Ctx, u auth.TokenUser) error {
	return noContent(c, h.support.RetryDelivery(c.Request().Context(), actor(u), c.Param("id")))
}

// getKeptMail handles GET /outbox/:id.
func (h *handler) getKeptMail(c httpio.Ctx, u auth.TokenUser) error {
	m, text, err := h.support.ReadKeptMail(c.Request().Context(), actor(u), c.Param("id"), h.readMail)
	if err != nil {
		return err
	}
	shown := showKeptMail(m)
	shown.Text = &text
	return c.JSON(http.StatusOK, struct {
		Success bool         `json:"success"`
		Mail    keptMailJSON `json:"mail"`
	}{true, shown})
}
