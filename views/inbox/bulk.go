package inbox

import (
	"strconv"

	"deskbell/internal/support"
	"deskbell/views/ui"
)

// BulkDeed says in a few words what a change does to each conversation; empty when it does nothing.
func BulkDeed(change support.ConversationChange) string {
	switch {
	case change.AutoAssign:
		return "given to whoever was next"
	case change.AssigneeID != nil && *change.AssigneeID == "":
		return "given to nobody"
	case change.AssigneeID != nil:
		return "assigned"
	case change.TeamID != nil:
		return "given to the team"
	case len(change.AddTags) > 0:
		return "tagged “" + change.AddTags[0] + "”"
	case change.Status != nil && *change.Status == support.ConversationClosed:
		return "closed"
	case change.Status != nil:
		return "opened"
	case change.Spam != nil && *change.Spam:
		return "marked as spam"
	case change.Spam != nil:
		return "taken out of spam"
	case change.Snooze != nil && change.Snooze.End:
		return "brought back"
	case change.Snooze != nil:
		return "snoozed"
	}
	return ""
}

// BulkText says to how many conversations it was done, and why not to the others.
func BulkText(done int, deed string, left int, why string) string {
	said := strconv.Itoa(done) + " conversations " + deed + "."
	if done == 1 {
		said = "1 conversation " + deed + "."
	}
	if left > 0 {
		said += " " + strconv.Itoa(left) + " left as before: " + ui.Sentence(why)
	}
	return said
}
