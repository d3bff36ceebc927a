package settings

import (
	"encoding/json"
	"fmt"
	"strings"

	"deskbell/internal/support"
	"deskbell/views/ui"
)

func joined(scopes []string) string { return strings.Join(scopes, ", ") }

func pageSnippet(p SnippetProps) string {
	return fmt.Sprintf(`<script>
  window.supportConfig = { token: '%s', position: 'bottom-right' };
</script>
<script src="%s/support-widget.js" async></script>`, p.Secret, p.BaseURL)
}

func strictSnippet(p SnippetProps) string {
	return fmt.Sprintf(`<script src="%s/support-widget.js" data-token="%s" async></script>`, p.BaseURL, p.Secret)
}

func apiSnippet(p SnippetProps) string {
	return fmt.Sprintf(`const supportToken = '%s';

const answer = await fetch('%s/api/conversation-v2/support/session', {
  method: 'POST',
  headers: {
    Authorization: `+"`Bearer ${supportToken}`"+`,
    'X-Device-ID': deviceId,
  },
  body: JSON.stringify({
    email: user.email,
    name: user.name,
  }),
});`, p.Secret, p.BaseURL)
}

// days are the keys of a schedule in the order of a week.
var days = []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}

func titled(day string) string { return strings.ToUpper(day[:1]) + day[1:] }

// hoursOf are a day's hours as an input of type time shows them, which knows no 24:00; a day
// without any proposes office hours.
func hoursOf(p WidgetProps, day string) support.DayHours {
	h, ok := p.Settings.BusinessHours.Schedule[day]
	if !ok {
		return support.DayHours{Start: "09:00", End: "17:00"}
	}
	if h.End == "24:00" {
		h.End = "00:00"
	}
	return h
}

// jobError makes a delivery's last error one readable sentence.
func jobError(s string) string {
	var text string
	if json.Unmarshal([]byte(s), &text) == nil {
		s = text
	}
	return ui.Sentence(s)
}
