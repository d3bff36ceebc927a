package app

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"deskbell/internal/outbound"
	"deskbell/internal/support"
	"deskbell/web/api"
)

const (
	// webhookTimeout bounds one call of a webhook.
	webhookTimeout = 10 * time.Second
	// maxWebhookAnswer is how much of an answer is read, only to use the connection again.
	maxWebhookAnswer = 64 << 10
)

// callWebhook tells a webhook of an event, signed as Standard Webhooks has it.
func (s *server) callWebhook(ctx context.Context, call support.WebhookCall) support.WebhookAnswer {
	req, err := newWebhookRequest(ctx, call)
	if err != nil {
		return support.WebhookAnswer{Error: "This can't be sent"}
	}
	resp, err := s.webhooks.Do(req)
	if err != nil {
		return support.WebhookAnswer{Error: webhookFailure(err)}
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, maxWebhookAnswer))
	_ = resp.Body.Close()
	return support.WebhookAnswer{Status: int64(resp.StatusCode)}
}

func newWebhookRequest(ctx context.Context, call support.WebhookCall) (*http.Request, error) {
	body, err := api.WebhookBody(call)
	if err != nil {
		return nil, err
	}
	_, encoded, _ := strings.Cut(call.Secret, "_")
	key, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return nil, fmt.Errorf("webhook secret: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, call.URL, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	at := strconv.FormatInt(now().Unix(), 10)
	mac := hmac.New(sha256.New, key)
	_, _ = fmt.Fprintf(mac, "%s.%s.%s", call.ID, at, body)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Deskbell")
	req.Header.Set("webhook-id", call.ID)
	req.Header.Set("webhook-timestamp", at)
	req.Header.Set("webhook-signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	return req, nil
}

// webhookFailure tells admins what went wrong, without the address: its path may be secret.
func webhookFailure(err error) string {
	var timeout net.Error
	switch {
	case errors.Is(err, outbound.ErrNotPublic):
		return "The address is not public"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "No answer within 10 seconds"
	}
	return "The address can't be reached"
}
