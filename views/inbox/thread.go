package inbox

import (
	"context"
	"fmt"
	"hash/fnv"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"deskbell/internal/support"
	"deskbell/views/ui"
)

// groupGap (ms) is how long a pause may be within one group of messages by one sender.
const groupGap = 5 * 60 * 1000

func kind(m support.Message) string {
	if m.Private && m.SenderType != "system" {
		return "note"
	}
	return m.SenderType
}

// follows reports whether m continues its predecessor's group, so that the name is not repeated.
func follows(ctx context.Context, m support.Message, previous *support.Message) bool {
	return previous != nil && kind(m) == kind(*previous) && m.SenderID == previous.SenderID &&
		m.CreatedAt-previous.CreatedAt < groupGap && ui.SameDay(ctx, m.CreatedAt, previous.CreatedAt)
}

// SenderName is who a message is from, for people.
func SenderName(m support.Message) string {
	switch {
	case m.SenderName != "":
		return m.SenderName
	case m.SenderType == "visitor":
		return "Visitor"
	}
	return "Deskbell"
}

// own reports whether the reader wrote m.
func own(m support.Message, me string) bool { return m.SenderType == "agent" && m.SenderID == me }

func changePath(m support.Message) string {
	return "/inbox/" + m.ConversationID + "/messages/" + m.ID
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

// local is a link of ours as a path: the console may be open under another name than the base
// URL's, and its pictures come from its own origin only.
func local(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return ""
	}
	return u.RequestURI()
}

// thumbnailSide is the longest side in pixels at which the thread shows a picture.
const thumbnailSide = 240

// thumbnailSize keeps the place of a picture that has not loaded yet.
func thumbnailSize(f support.File) templ.Attributes {
	if f.Width == nil || f.Height == nil || *f.Width < 1 || *f.Height < 1 {
		return nil
	}
	scale := min(1, thumbnailSide/float64(max(*f.Width, *f.Height)))
	pixels := func(n int64) string { return strconv.Itoa(max(1, int(float64(n)*scale))) }
	return templ.Attributes{"width": pixels(*f.Width), "height": pixels(*f.Height)}
}

func firstSeq(list []support.Message) string {
	if len(list) == 0 {
		return "0"
	}
	return strconv.FormatInt(list[0].Seq, 10)
}

// newerPath loads what follows the messages here, and tells up to where the stream does not bring it.
func newerPath(p ThreadProps) string {
	last := int64(0)
	if len(p.Messages) > 0 {
		last = p.Messages[len(p.Messages)-1].Seq
	}
	return "/inbox/" + p.Conversation.ID + p.Filter.query("after", strconv.FormatInt(last, 10), "until", strconv.FormatInt(p.Conversation.LastSeq, 10),
		"event", strconv.FormatInt(p.NewestEvent, 10))
}

// MarkUnread finds what the team had not read of a thread that is opened at its end.
func (p *ThreadProps) MarkUnread() {
	if !p.Newest || p.Conversation.AgentUnread == 0 {
		return
	}
	if p.Earlier && p.Messages[0].Seq > p.Conversation.AgentReadSeq+1 {
		p.UnreadBefore = p.Conversation.AgentReadSeq + 1
		return
	}
	i := slices.IndexFunc(p.Messages, func(m support.Message) bool {
		return m.SenderType == "visitor" && m.Seq > p.Conversation.AgentReadSeq
	})
	if i >= 0 {
		p.Unread = p.Messages[i].Seq
	}
}

// Shown is what a page shows of an open conversation: what comes after these the stream brings.
type Shown struct {
	// ID is empty while no conversation is open.
	ID string
	// Seq is the last message, Event the number of the last event.
	Seq, Event int64
	// Merged is what the conversation was merged with, as MergedMark tells it apart.
	Merged string
}

// MergedMark is another one whenever the thread has to say something else of what the conversation was
// merged with; empty while there is nothing.
func MergedMark(m support.MergedConversations) string {
	if m.Into == "" && len(m.Parts) == 0 {
		return ""
	}
	sum := fnv.New64a()
	fmt.Fprint(sum, m.Into)
	for _, part := range m.Parts {
		fmt.Fprint(sum, " ", part.ID, part.LastSeq)
	}
	return strconv.FormatUint(sum.Sum64(), 36)
}

func shownOf(p ThreadProps) Shown {
	return Shown{p.Conversation.ID, lastSeq(p), p.NewestEvent, MergedMark(p.Merged)}
}

func (s Shown) query() []string {
	if s.ID == "" {
		return nil
	}
	pairs := []string{"open", s.ID, "after", strconv.FormatInt(s.Seq, 10), "event", strconv.FormatInt(s.Event, 10)}
	if s.Merged != "" {
		pairs = append(pairs, "merged", s.Merged)
	}
	return pairs
}

// lastSeq is the position from which on the stream brings messages.
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

// present says who else has the conversation open, those who write first.
func present(others []support.Presence) string {
	var writing, looking []string
	for _, p := range others {
		if p.Replying {
			writing = append(writing, p.Name)
		} else {
			looking = append(looking, p.Name)
		}
	}
	var parts []string
	if len(writing) > 0 {
		parts = append(parts, strings.Join(writing, ", ")+verb(writing)+"replying")
	}
	if len(looking) > 0 {
		parts = append(parts, strings.Join(looking, ", ")+verb(looking)+"here too")
	}
	return strings.Join(parts, " · ")
}

func verb(names []string) string {
	if len(names) == 1 {
		return " is "
	}
	return " are "
}
