package settings

import (
	"context"
	"strconv"
	"strings"

	"deskbell/internal/support"
	"deskbell/views/ui"
	"deskbell/views/words"
)

// WebhooksProps is the list of webhooks with the form for one more.
type WebhooksProps struct {
	Webhooks []support.Webhook
	Form     WebhookForm
}

// WebhookForm is what was typed so far, and what is wrong with it.
type WebhookForm struct {
	URL    string
	Events []string
	// FormID lets one form make one webhook, also when its answer is reloaded.
	FormID string
	// Version is what a change is based on; Now is what holds when somebody has changed it meanwhile.
	Version int64
	Now     *support.Webhook
	Message string
	Fields  map[string]string
}

// WebhookProps is a webhook with its delivery log.
type WebhookProps struct {
	Webhook support.Webhook
	// Form is what is typed to change it.
	Form       WebhookForm
	Deliveries []support.WebhookDelivery
}

// eventTexts are the names of the texts that say what webhooks are told.
var eventTexts = map[string]string{
	support.WebhookMessage:  "webhooks.message",
	support.WebhookCreated:  "webhooks.created",
	support.WebhookAssigned: "webhooks.assigned",
	support.WebhookClosed:   "webhooks.closed",
	support.WebhookReopened: "webhooks.reopened",
	support.WebhookRated:    "webhooks.rated",
	support.WebhookContact:  "webhooks.changed",
}

func webhookPath(w support.Webhook) string { return "/settings/webhooks/" + w.ID }

// outcome says in words what came of the last try of a delivery; empty before the first one and when it arrived.
func outcome(ctx context.Context, d support.WebhookDelivery) string {
	switch {
	case d.Error != "":
		return words.Said(ctx, d.Error)
	case d.Answer != 0 && d.Status != support.DeliveryDelivered:
		return words.Say(ctx, "webhooks.answered", "code", strconv.FormatInt(d.Answer, 10))
	}
	return ""
}

// soon is within how many milliseconds a try has to be due for the page to wait for it.
const soon = 30_000

// moving reports whether the log is about to change, so that the page looks again by itself.
func moving(ctx context.Context, list []support.WebhookDelivery) bool {
	for _, d := range list {
		if d.Status == support.DeliveryWaiting && d.NextAt < ui.Now(ctx).UnixMilli()+soon {
			return true
		}
	}
	return false
}

func eventList(w support.Webhook) string { return strings.Join(w.Events, ", ") }
