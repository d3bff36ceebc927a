package settings

import (
	"strings"

	"deskbell/internal/support"
	"deskbell/views/ui"
)

// deed is how the audit log tells of one kind of action.
type deed struct {
	action string
	// label names it in the filter.
	label string
	// did is what stands before what it was done to.
	did string
	// target is what it was done to, in words; href leads there, or is empty.
	target func(support.AuditEntry) (text, href string)
}

func tokenTarget(e support.AuditEntry) (text, href string) {
	if e.Action == "token.delete" {
		return e.Detail, ""
	}
	return e.Detail, "/settings/tokens#token-" + e.TargetID
}

func siteTarget(e support.AuditEntry) (text, href string) {
	return e.Detail, "/settings/widget?site=" + e.TargetID
}

func contactTarget(e support.AuditEntry) (text, href string) {
	switch {
	case !e.TargetFound:
		return "a contact that is gone", ""
	case e.TargetName == "":
		return "an anonymous contact", "/contacts/" + e.TargetID
	}
	return e.TargetName, "/contacts/" + e.TargetID
}

func conversationTarget(e support.AuditEntry) (text, href string) {
	return "a conversation", "/inbox/" + e.TargetID
}

func personTarget(e support.AuditEntry) (text, href string) {
	return e.TargetName, "/settings/people/" + e.TargetID
}

func roleTarget(e support.AuditEntry) (text, href string) {
	return e.TargetName + " an " + e.Detail, "/settings/people/" + e.TargetID
}

// detail is for deeds that name what they were done to.
func detail(e support.AuditEntry) (text, href string) { return e.Detail, "" }

// deviceTarget names a browser whose versions were left out.
func deviceTarget(e support.AuditEntry) (text, href string) { return ui.ParseDevice(e.Detail).Name, "" }

func fixed(text, href string) func(support.AuditEntry) (string, string) {
	return func(support.AuditEntry) (string, string) { return text, href }
}

// deeds are all actions that the log knows, in the order of the filter.
var deeds = []deed{
	{"login.success", "Signed in", "signed in", fixed("", "")},
	{"login.failure", "Sign-in failed", "was refused with a wrong password or code, at least once in this hour", fixed("", "")},
	{"login.device", "Signed in from a new device", "signed in from a new device:", deviceTarget},
	{"token.create", "Token made", "made a token for", tokenTarget},
	{"token.regenerate", "Token regenerated", "regenerated the token for", tokenTarget},
	{"token.replace", "Token replaced", "replaced the token for", tokenTarget},
	{"token.keep", "Replaced token kept", "kept the replaced token for", tokenTarget},
	{"token.delete", "Token deleted", "deleted the token for", tokenTarget},
	{"token.identity_secret", "Identity secret made", "made a new identity secret for", tokenTarget},
	{"webhook.create", "Webhook made", "made a webhook to", detail},
	{"webhook.delete", "Webhook deleted", "deleted the webhook to", detail},
	{"webhook.enable", "Webhook switched on", "switched on the webhook to", detail},
	{"webhook.test", "Webhook tested", "sent a test to the webhook to", detail},
	{"webhook.change", "Webhook changed", "changed the webhook to", detail},
	{"webhook.redeliver", "Webhook told again", "sent something again to the webhook to", detail},
	{"mail.test", "Mail server tested", "sent a test mail by", detail},
	{"sms.test", "SMS gateway tested", "sent a test message by", detail},
	{"send_caps.change", "Daily limits changed", "set the daily limits:", detail},
	{"reply_mails.change", "Mails about unread replies changed", "set mails about unread replies:", detail},
	{"outbox.retry", "Failed delivery tried again", "tried to send", fixed("a failed delivery again", "/settings/outbox")},
	{"user.invite", "Person invited", "invited", detail},
	{"user.withdraw", "Invite withdrawn", "withdrew the invite of", detail},
	{"user.join", "Invite taken up", "joined the", fixed("team", "")},
	{"user.role", "Role changed", "made", roleTarget},
	{"user.disable", "Person disabled", "disabled", personTarget},
	{"user.enable", "Person enabled", "enabled", personTarget},
	{"user.reset_link", "Reset link made", "made a reset link for", personTarget},
	{"user.password", "Password changed", "chose a new", fixed("password", "")},
	{"user.password_set", "Password set by a command", "set a new password for", personTarget},
	{"user.two_step_on", "Two-step sign-in on", "turned on", fixed("two-step sign-in", "")},
	{"user.two_step_off", "Two-step sign-in off", "turned off", fixed("two-step sign-in", "")},
	{"user.two_step_clear", "Two-step sign-in taken off", "turned off two-step sign-in for", personTarget},
	{"user.recovery_codes", "Recovery codes made", "made", fixed("new recovery codes", "")},
	{"settings.save", "Settings saved", "changed", fixed("the widget’s settings", "/settings/widget")},
	{"settings.site", "A site’s settings saved", "changed the widget’s settings for", siteTarget},
	{"settings.site_back", "A site’s settings dropped", "had the widget’s settings of all sites used for", siteTarget},
	{"team.create", "Team made", "made the team", detail},
	{"team.change", "Team changed", "changed the team", detail},
	{"team.delete", "Team deleted", "deleted the team", detail},
	{"routing.change", "Assignment changed", "had new conversations assigned", detail},
	{"tag.rename", "Tag renamed", "renamed the tag", detail},
	{"tag.merge", "Tags merged", "merged the tag", detail},
	{"tag.delete", "Tag deleted", "deleted the tag", detail},
	{"block.add", "Block added", "blocked a", detail},
	{"block.remove", "Block ended", "unblocked a", detail},
	{"retention.change", "Retention changed", "changed the retention:", detail},
	{"retention.erase", "Erased by retention", "erased", detail},
	{"conversation.merge", "Conversations merged", "merged another conversation into", conversationTarget},
	{"contact.change", "Contact edited", "changed the % of", contactTarget},
	{"contact.merge", "Contacts merged", "merged another contact into", contactTarget},
	{"contact.export", "Contact exported", "saved everything about", contactTarget},
	{"contacts.export", "Contact list exported", "saved", fixed("the list of contacts", "/contacts")},
	{"contact.erase", "Contact erased", "erased", fixed("a contact", "")},
}

// sentence is an entry of the log in plain words: who, what they did, and to what.
type sentence struct{ who, did, target, href string }

// Text is the sentence as one line.
func (s sentence) text() string { return strings.TrimSpace(s.who + " " + s.did + " " + s.target) }

func tell(e support.AuditEntry) sentence {
	s := sentence{who: e.UserName}
	switch {
	case e.Action == "retention.erase":
		s.who = "Retention"
	case e.UserID == "":
		s.who = "The command line"
	case e.UserName == "":
		s.who = "Somebody who left"
	}
	for _, d := range deeds {
		if d.action == e.Action {
			s.did = strings.ReplaceAll(d.did, "%", fieldsChanged(e.Detail))
			s.target, s.href = d.target(e)
			return s
		}
	}
	// An action of a newer version, seen after going back to this one.
	s.did, s.target = "did “"+e.Action+"”", e.Detail
	return s
}

// Sentence is an entry of the log in plain words.
func Sentence(e support.AuditEntry) string { return tell(e).text() }

// fieldsChanged reads a list such as "name, email" as words: name and e-mail.
func fieldsChanged(list string) string {
	names := strings.Split(strings.ReplaceAll(list, "email", "e-mail"), ", ")
	if len(names) == 1 {
		return names[0]
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
}
