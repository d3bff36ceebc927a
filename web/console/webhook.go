package console

import (
	"errors"
	"net/http"

	"deskbell/internal/fault"
	"deskbell/internal/id"
	"deskbell/internal/support"
	"deskbell/views/settings"
	"deskbell/web/httpio"
)

var webhooksPage = page{title: "webhooks.title", active: "webhooks", translated: true}

func (h *Handler) showWebhooks(c httpio.Ctx) error {
	return h.renderWebhooks(c, http.StatusOK, settings.WebhookForm{Events: []string{support.WebhookMessage}})
}

func (h *Handler) renderWebhooks(c httpio.Ctx, status int, form settings.WebhookForm) error {
	list, err := h.Support.Webhooks(c.Request().Context(), actor(loginOf(c)))
	if err != nil {
		return err
	}
	if form.FormID == "" {
		form.FormID = id.Secret()
	}
	return h.render(c, status, webhooksPage, settings.Webhooks(settings.WebhooksProps{Webhooks: list, Form: form}))
}

// createWebhook answers with the secret itself: a redirect would need it in an address.
func (h *Handler) createWebhook(c httpio.Ctx) error {
	values, err := c.FormParams()
	if err != nil {
		return badForm(err)
	}
	form := settings.WebhookForm{URL: values.Get("url"), Events: values["events"], FormID: values.Get("form_id")}
	if !h.forms.use(form.FormID, h.Now()) {
		return h.backToWebhook(c, "", "That webhook was added already. Its secret was shown once.")
	}
	w, secret, err := h.Support.CreateWebhook(c.Request().Context(), actor(loginOf(c)), form.URL, form.Events)
	if err != nil {
		h.forms.release(form.FormID)
	}
	if message, fields, ok := refusal(err, webhookLabels); ok {
		form.Message, form.Fields = message, fields
		return h.renderWebhooks(c, http.StatusUnprocessableEntity, form)
	}
	if err != nil {
		return err
	}
	return h.render(c, http.StatusOK, webhooksPage, settings.WebhookSecret(w, secret))
}

// showWebhook answers with a webhook and its log, or with the log alone when the page looks again.
func (h *Handler) showWebhook(c httpio.Ctx) error {
	w, err := h.Support.Webhook(c.Request().Context(), actor(loginOf(c)), c.Param("id"))
	if err != nil {
		return err
	}
	return h.renderWebhook(c, http.StatusOK, w, settings.WebhookForm{URL: w.URL, Events: w.Events, Version: w.Version})
}

func (h *Handler) renderWebhook(c httpio.Ctx, status int, w support.Webhook, form settings.WebhookForm) error {
	list, err := h.Support.WebhookDeliveries(c.Request().Context(), actor(loginOf(c)), w.ID)
	if err != nil {
		return err
	}
	p := settings.WebhookProps{Webhook: w, Form: form, Deliveries: list}
	if httpio.IsFragment(c) {
		return h.render(c, status, webhooksPage, settings.DeliveryLog(p))
	}
	return h.render(c, status, webhooksPage, settings.Webhook(p))
}

var webhookLabels = map[string]string{"url": "The address", "events": "The list"}

// changeWebhook gives a webhook another address or other events.
func (h *Handler) changeWebhook(c httpio.Ctx) error {
	values, err := c.FormParams()
	if err != nil {
		return badForm(err)
	}
	ctx, who := c.Request().Context(), actor(loginOf(c))
	form := settings.WebhookForm{URL: values.Get("url"), Events: values["events"]}
	if form.Version, err = formInt(c, "version"); err != nil {
		return err
	}
	_, err = h.Support.ChangeWebhook(ctx, who, c.Param("id"), support.WebhookChange{URL: &form.URL, Events: &form.Events, Version: form.Version})
	if err == nil {
		return h.backToWebhook(c, "/"+c.Param("id"), "Saved.")
	}
	stale := errors.Is(err, support.ErrWebhookStale)
	message, fields, wrong := refusal(err, webhookLabels)
	if !stale && !wrong {
		return err
	}
	w, err := h.Support.Webhook(ctx, who, c.Param("id"))
	if err != nil {
		return err
	}
	if stale {
		form.Message = "Somebody has changed this webhook meanwhile. Look at what holds now, then save yours or leave."
		form.Now, form.Version = &w, w.Version
		return h.renderWebhook(c, http.StatusConflict, w, form)
	}
	form.Message, form.Fields = message, fields
	return h.renderWebhook(c, http.StatusUnprocessableEntity, w, form)
}

func (h *Handler) testWebhook(c httpio.Ctx) error {
	err := h.Support.TestWebhook(c.Request().Context(), actor(loginOf(c)), c.Param("id"))
	return h.toldWebhook(c, "A test is on its way. What comes of it stands below.", err)
}

func (h *Handler) redeliver(c httpio.Ctx) error {
	err := h.Support.Redeliver(c.Request().Context(), actor(loginOf(c)), c.Param("id"), c.Param("delivery_id"))
	return h.toldWebhook(c, "It is being sent again.", err)
}

// toldWebhook leads back to a webhook, and says there why it can't be told when it was switched off meanwhile.
func (h *Handler) toldWebhook(c httpio.Ctx, done string, err error) error {
	if fault.Is(err, fault.Conflict) {
		done, err = fault.As(err).Message+".", nil
	}
	if err != nil {
		return err
	}
	return h.backToWebhook(c, "/"+c.Param("id"), done)
}

func (h *Handler) enableWebhook(c httpio.Ctx) error {
	if err := h.Support.EnableWebhook(c.Request().Context(), actor(loginOf(c)), c.Param("id")); err != nil {
		return err
	}
	return h.backToWebhook(c, "/"+c.Param("id"), "The webhook is on again.")
}

func (h *Handler) confirmDeleteWebhook(c httpio.Ctx) error {
	w, err := h.Support.Webhook(c.Request().Context(), actor(loginOf(c)), c.Param("id"))
	if err != nil {
		return err
	}
	return h.render(c, http.StatusOK, webhooksPage, settings.DeleteWebhook(w))
}

func (h *Handler) deleteWebhook(c httpio.Ctx) error {
	err := h.Support.DeleteWebhook(c.Request().Context(), actor(loginOf(c)), c.Param("id"))
	return h.takenAway(c, err, "/settings/webhooks", "The webhook is deleted.")
}

func (h *Handler) backToWebhook(c httpio.Ctx, path, flash string) error {
	return h.leadBack(c, "/settings/webhooks"+path, flash)
}
