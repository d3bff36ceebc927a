package api

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"deskbell/internal/support"
	"deskbell/web/httpio"
	"deskbell/widget/src/languages"
)

// The states that the widget can be looked at in, in the order in which a visitor meets them.
const (
	PreviewClosed       = "closed"
	PreviewOpen         = "open"
	PreviewAway         = "away"
	PreviewForm         = "form"
	PreviewCode         = "code"
	PreviewConversation = "conversation"
	PreviewEnded        = "ended"
)

// PreviewStates are all of them.
var PreviewStates = []string{PreviewClosed, PreviewOpen, PreviewAway, PreviewForm, PreviewCode, PreviewConversation, PreviewEnded}

// previewToken names the widget's corner of the browser's storage, where it looks for an earlier visit.
const previewToken = "preview"

// Preview is what a widget is answered that nobody visits: its settings need not be saved, and the
// rest is made up.
type Preview struct {
	State    string
	Settings support.Settings
	// Language is the one of the page around the widget.
	Language string
	// Agent, Question and Answer are who says what in the example.
	Agent, Question, Answer string
	Now                     time.Time
}

// Asks reports whether the settings have the widget ask for anything before the chat.
func (p Preview) Asks() bool {
	return len(p.Settings.PreChat.Fields) > 0 || p.Settings.RequiresEmail || p.Settings.RequiresPhone
}

// Token is what the widget is loaded with.
func (p Preview) Token() string { return previewToken }

// Play is what widget/src/rehearsal.ts answers, as JSON.
func (p Preview) Play() (string, error) {
	session := sessionJSON{
		SessionID: previewToken, ConversationID: previewToken, SessionToken: previewToken, Status: "active", CreatedAt: httpio.Time(p.Now.UnixMilli()),
		RequiresVerification: p.State == PreviewCode || (p.State == PreviewForm && p.Settings.OTPVerificationEnabled),
	}
	store := map[string]any{}
	if p.State != PreviewClosed && p.State != PreviewOpen && p.State != PreviewForm {
		store[storedName("session")] = map[string]any{
			"token": previewToken, "session_id": previewToken, "conversation_id": previewToken, "requires_verification": session.RequiresVerification,
		}
		if p.State == PreviewCode {
			store[storedName("claims")] = p.proves()
		}
	}
	messages, open := p.messages(), p.availability()
	state := stateJSON{ConversationID: previewToken, Status: "open", LastSeq: int64(len(messages)), Read: readJSON{Visitor: int64(len(messages)), Agent: 1}, Availability: open}
	if p.State == PreviewEnded {
		state.Status = "closed"
	}
	play, err := json.Marshal(map[string]any{
		"open": p.State != PreviewClosed, "store": store,
		"answers": map[string]any{
			http.MethodGet + " /config":                 map[string]any{"config": p.config(open)},
			http.MethodGet + " /availability":           open,
			http.MethodPost + " /session":               map[string]any{"session": session},
			http.MethodPatch + " /session":              map[string]any{"session": session},
			http.MethodPost + " /session/conversations": map[string]any{"session": session},
			http.MethodGet + " /session/conversations":  map[string]any{"conversations": []any{}},
			http.MethodPost + " /otp/verify":            map[string]any{"session_token": previewToken, "conversation_id": previewToken},
			http.MethodGet + " /session/messages":       map[string]any{"messages": messages, "has_more": false},
			http.MethodGet + " /session/events":         state,
		},
	})
	return string(play), err
}

// proves is the address that the code is sent to.
func (p Preview) proves() map[string]string {
	if p.Settings.RequiresPhone && !p.Settings.RequiresEmail {
		return map[string]string{"phone": "+12025550123"}
	}
	return map[string]string{"email": "visitor@example.com"}
}

func storedName(key string) string { return "deskbell:" + previewToken + ":" + key }

// config shows the launcher wherever the settings would hide it, and asks for nothing but in the states that are about that.
func (p Preview) config(open availabilityJSON) configJSON {
	s := p.Settings
	language := languages.Choose(s.WidgetSettings.Locale, p.Language)
	s.Hide = support.Hide{}
	if p.State != PreviewForm {
		s.PreChat, s.RequiresEmail, s.RequiresPhone = support.PreChat{}, false, false
	}
	s.WidgetSettings = s.WidgetSettings.In(language)
	return configJSON{s, hoursJSON{s.BusinessHours, open.IsOpen, open.NextChangeAt}, support.Scopes, launcher(language, s)}
}

func (p Preview) availability() availabilityJSON {
	if p.State != PreviewAway {
		return availabilityJSON{IsOpen: true, AgentsOnline: 1}
	}
	tomorrow := time.Date(p.Now.Year(), p.Now.Month(), p.Now.Day()+1, 9, 0, 0, 0, p.Now.Location()).UnixMilli()
	return availabilityJSON{NextChangeAt: httpio.OptionalTime(&tomorrow)}
}

func (p Preview) messages() []messageJSON {
	said := []messageJSON{}
	say := func(by, text string, name *string) {
		seq := int64(len(said) + 1)
		said = append(said, messageJSON{
			ID: previewToken + strconv.FormatInt(seq, 10), ConversationID: previewToken, Seq: seq, Sender: senderJSON{Type: by, Name: name}, Text: text,
			Attachments: []fileJSON{}, CreatedAt: httpio.Time(p.Now.Add(time.Duration(seq-4) * time.Minute).UnixMilli()),
		})
	}
	switch p.State {
	case PreviewAway:
		say("visitor", p.Question, nil)
	case PreviewConversation, PreviewEnded:
		say("visitor", p.Question, nil)
		say("agent", p.Answer, &p.Agent)
	}
	return said
}
