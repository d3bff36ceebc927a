package app

import (
	"context"
	"encoding/json"
	"time"

	"deskbell/internal/support"
)

// pushTimeout bounds one request to a push service, pushLife is how long the service keeps a message
// for a browser that is off.
const (
	pushTimeout = 10 * time.Second
	pushLife    = time.Hour
)

// sendPush tells a browser of a visitor's message. What was written is in it only when its reader
// wants that: notifications show on locked screens.
func (s *server) sendPush(ctx context.Context, p support.Push) error {
	c := p.Conversation
	text := p.News
	if p.Settings.PushText {
		text = p.Text
	}
	payload, err := json.Marshal(struct {
		Title string `json:"title"`
		Text  string `json:"text"`
		URL   string `json:"url"`
	}{c.Called(), text, "/inbox/" + c.ID})
	if err != nil {
		return err
	}
	return s.push.Send(ctx, p.To, payload, c.ID, pushLife)
}
