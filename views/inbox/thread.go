package inbox

import (
	"context"
	"strconv"

	"deskbell/internal/support"
	"deskbell/views/ui"
)

// groupGap (ms) is how long a pause may be within one group of messages by one sender.
const groupGap = 5 * 60 * 1000

func kind(m support.Message) string {
	if m.Private {
		return "note"
	}
	return m.SenderType
}

// follows reports whether m continues its predecessor's group, so that the name is not repeated.
func follows(ctx context.Context, m support.Message, previous *support.Message) bool {
	return previous != nil && kind(m) == kind(*previous) && m.SenderID == previous.SenderID &&
		m.CreatedAt-previous.CreatedAt < groupGap && ui.SameDay(ctx, m.CreatedAt, previous.CreatedAt)
}

func senderName(m support.Message) string {
	switch {
	case m.SenderName != "":
		return m.SenderName
	case m.SenderType == "visitor":
		return "Visitor"
	}
	return "Deskbell"
}

// lastAnswer is the position of the team's last public message when nothing of the visitor
// follows it, else 0: whoever answers has read.
func lastAnswer(list []support.Message) int64 {
	for i := len(list) - 1; i >= 0; i-- {
		switch {
		case list[i].Private || list[i].SenderType == "system":
		case list[i].SenderType == "agent":
			return list[i].Seq
		default:
			return 0
		}
	}
	return 0
}

func firstSeq(list []support.Message) string {
	if len(list) == 0 {
		return "0"
	}
	return strconv.FormatInt(list[0].Seq, 10)
}

func lastSeq(p ThreadProps) int64 {
	if !p.Newest || len(p.Messages) == 0 {
		return p.Conversation.LastSeq
	}
	return p.Messages[len(p.Messages)-1].Seq
}

func statusName(status string) string {
	if status == "closed" {
		return "Closed"
	}
	return "Open"
}
