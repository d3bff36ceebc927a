package api

import (
	"encoding/json"
	"net/http"

	"deskbell/internal/auth"
	"deskbell/internal/support"
	"deskbell/web/httpio"
)

type webhookJSON struct {
	ID           string       `json:"_id"`
	URL          string       `json:"url"`
	Events       []string     `json:"events"`
	CreatedAt    httpio.Time  `json:"created_at"`
	FailingSince *httpio.Time `json:"failing_since"`
	DisabledAt   *httpio.Time `json:"disabled_at"`
	Version      int64        `json:"version"`
	// Secret is told once, when the webhook is made.
	Secret string `json:"secret,omitempty"`
}

func showWebhook(w support.Webhook) webhookJSON {
	return webhookJSON{
		ID: w.ID, URL: w.URL, Events: w.Events, CreatedAt: httpio.Time(w.CreatedAt), FailingSince: httpio.OptionalTime(w.FailingSince),
		DisabledAt: httpio.OptionalTime(w.DisabledAt), Version: w.Version,
	}
}

type deliveryJSON struct {
	ID             string      `json:"_id"`
	Event          string      `json:"event"`
	ConversationID *string     `json:"conversation_id"`
	ContactID      *string     `json:"contact_id"`
	Status         string      `json:"status"`
	Attempts       int64       `json:"attempts"`
	Answer         *int64      `json:"answer"`
	Error          *string     `json:"error"`
	CreatedAt      httpio.Time `json:"created_at"`
	// NextAt is there while it waits.
	NextAt *httpio.Time `json:"next_at"`
}

func showDelivery(d support.WebhookDelivery) deliveryJSON {
	shown := deliveryJSON{
		ID: d.ID, Event: d.Event, ConversationID: httpio.Optional(d.ConversationID), ContactID: httpio.Optional(d.ContactID),
		Status: d.Status, Attempts: d.Attempts, Error: httpio.Optional(d.Error), CreatedAt: httpio.Time(d.CreatedAt),
	}
	if d.Answer != 0 {
		shown.Answer = &d.Answer
	}
	if d.Status == support.DeliveryWaiting {
		shown.NextAt = httpio.OptionalTime(&d.NextAt)
	}
	return shown
}

// registerWebhooks adds the routes of webhooks.
func (h *handler) registerWebhooks(add func(method, path string, handle func(httpio.Ctx, auth.TokenUser) error)) {
	add(http.MethodGet, "/webhooks", h.listWebhooks)
	add(http.MethodPost, "/webhooks", h.createWebhook)
	add(http.MethodPatch, "/webhooks/:id", h.changeWebhook)
	add(http.MethodDelete, "/webhooks/:id", h.deleteWebhook)
	add(http.MethodPost, "/webhooks/:id/test", h.testWebhook)
	add(http.MethodPost, "/webhooks/:id/enable", h.enableWebhook)
	add(http.MethodGet, "/webhooks/:id/deliveries", h.listDeliveries)
	add(http.MethodPost, "/webhooks/:id/deliveries/:delivery_id/redeliver", h.redeliver)
}

// listWebhooks handles GET /webhooks.
func (h *handler) listWebhooks(c httpio.Ctx, u auth.TokenUser) error {
	list, err := h.support.Webhooks(c.Request().Context(), actor(u))
	if err != nil {
		return err
	}
	out := make([]webhookJSON, len(list))
	for i, w := range list {
		out[i] = showWebhook(w)
	}
	return c.JSON(http.StatusOK, struct {
		Success  bool          `json:"success"`
		Webhooks []webhookJSON `json:"webhooks"`
	}{true, out})
}

// createWebhook handles POST /webhooks.
func (h *handler) createWebhook(c httpio.Ctx, u auth.TokenUser) error {
	var in struct {
		URL    string   `json:"url"`
		Events []string `json:"events"`
	}
	if err := httpio.BindJSON(c, &in, httpio.MaxMessageBody, false); err != nil {
		return err
	}
	w, secret, err := h.support.CreateWebhook(c.Request().Context(), actor(u), in.URL, in.Events)
	if err != nil {
		return err
	}
	shown := showWebhook(w)
	shown.Secret = secret
	return c.JSON(http.StatusCreated, struct {
		Success bool        `json:"success"`
		Webhook webhookJSON `json:"webhook"`
	}{true, shown})
}

// changeWebhook handles PATCH /webhooks/:id.
func (h *handler) changeWebhook(c httpio.Ctx, u auth.TokenUser) error {
	var in struct {
		URL     *string   `json:"url"`
		Events  *[]string `json:"events"`
		Version int64     `json:"version"`
	}
	if err := httpio.BindJSON(c, &in, httpio.MaxMessageBody, false); err != nil {
		return err
	}
	w, err := h.support.ChangeWebhook(c.Request().Context(), actor(u), c.Param("id"), support.WebhookChange(in))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, struct {
		Success bool        `json:"success"`
		Webhook webhookJSON `json:"webhook"`
	}{true, showWebhook(w)})
}

// deleteWebhook handles DELETE /webhooks/:id.
func (h *handler) deleteWebhook(c httpio.Ctx, u auth.TokenUser) error {
	return noContent(c, h.support.DeleteWebhook(c.Request().Context(), actor(u), c.Param("id")))
}

// testWebhook handles POST /webhooks/:id/test.
func (h *handler) testWebhook(c httpio.Ctx, u auth.TokenUser) error {
	return noContent(c, h.support.TestWebhook(c.Request().Context(), actor(u), c.Param("id")))
}

// enableWebhook handles POST /webhooks/:id/enable.
func (h *handler) enableWebhook(c httpio.Ctx, u auth.TokenUser) error {
	return noContent(c, h.support.EnableWebhook(c.Request().Context(), actor(u), c.Param("id")))
}

// listDeliveries handles GET /webhooks/:id/deliveries.
func (h *handler) listDeliveries(c httpio.Ctx, u auth.TokenUser) error {
	list, err := h.support.WebhookDeliveries(c.Request().Context(), actor(u), c.Param("id"))
	if err != nil {
		return err
	}
	out := make([]deliveryJSON, len(list))
	for i, d := range list {
		out[i] = showDelivery(d)
	}
	return c.JSON(http.StatusOK, struct {
		Success    bool           `json:"success"`
		Deliveries []deliveryJSON `json:"deliveries"`
	}{true, out})
}

// redeliver handles POST /webhooks/:id/deliveries/:delivery_id/redeliver.
func (h *handler) redeliver(c httpio.Ctx, u auth.TokenUser) error {
	return noContent(c, h.support.Redeliver(c.Request().Context(), actor(u), c.Param("id"), c.Param("delivery_id")))
}

// WebhookBody is what a webhook is told: the message, the conversation or the contact as the team's API shows it.
func WebhookBody(call support.WebhookCall) ([]byte, error) {
	data := map[string]any{}
	if call.Message != nil {
		message, err := showTeamMessage(*call.Message).AppendJSON(nil)
		if err != nil {
			return nil, err
		}
		data["message"] = json.RawMessage(message)
	}
	if call.Conversation != nil {
		data["conversation"] = showConversation(*call.Conversation)
	}
	if call.Contact != nil {
		data["contact"] = showContact(*call.Contact)
	}
	return json.Marshal(struct {
		Type      string         `json:"type"`
		Timestamp httpio.Time    `json:"timestamp"`
		Data      map[string]any `json:"data"`
	}{call.Event, httpio.Time(call.CreatedAt), data})
}
