package console

import (
	"github.com/labstack/echo/v4"
)

// routes adds routes that share their middleware. (An echo group with middleware would also
// catch every unknown address below it, and ask strangers there to log in.)
type routes struct {
	e          *echo.Echo
	middleware []echo.MiddlewareFunc
}

func (r routes) behind(m ...echo.MiddlewareFunc) routes {
	return routes{r.e, append(r.middleware[:len(r.middleware):len(r.middleware)], m...)}
}

func (r routes) get(path string, h echo.HandlerFunc)  { r.e.GET(path, h, r.middleware...) }
func (r routes) post(path string, h echo.HandlerFunc) { r.e.POST(path, h, r.middleware...) }

// Register adds the console's routes. All of them are behind the protection against requests
// that other sites make a browser send; those that need a login or an admin say so here.
func Register(e *echo.Echo, d Deps) {
	h := &Handler{Deps: d}
	pages := routes{e: e}.behind(
		echo.WrapMiddleware(guard), ownSite, echo.WrapMiddleware(h.clock), echo.WrapMiddleware(speak))
	// Files are bounded by their own limit, and read only after the login is known.
	pages.behind(h.requireLogin).post("/inbox/:id/files", h.uploadFile)

	open := pages.behind(echo.WrapMiddleware(bounded))
	open.get("/", h.root)
	open.get("/alerts/worker.js", showPushWorker)
	keyed := open.behind(secretAddress)
	keyed.get("/setup", h.showSetup)
	keyed.post("/setup", h.setup)
	keyed.get("/invite", h.showInvite)
	keyed.post("/invite", h.acceptInvite)
	keyed.get("/reset", h.showReset)
	keyed.post("/reset", h.reset)
	open.get("/forgot", h.showForgot)
	open.post("/forgot", h.forgot)
	open.get("/login", h.showLogin)
	open.post("/login", h.login)
	open.post("/login/code", h.finishLogin)
	open.post("/language", h.chooseLanguage)

	team := open.behind(h.requireLogin)
	team.post("/logout", h.logout)
	team.post("/away", h.setAway)
	team.get("/settings/profile", h.showProfile)
	team.post("/settings/profile", h.saveProfile)
	team.post("/settings/profile/password", h.changePassword)
	team.get("/settings/profile/two-step", h.showTwoStep)
	team.post("/settings/profile/two-step", h.turnOnTwoStep)
	team.post("/settings/profile/two-step/codes", h.renewRecoveryCodes)
	team.post("/settings/profile/two-step/off", h.turnOffTwoStep)
	team.post("/settings/profile/devices/end", h.endDevice)
	team.post("/settings/profile/devices/end-others", h.endOtherDevices)
	team.get("/settings/alerts", h.showAlerts)
	team.post("/settings/alerts", h.saveAlerts)
	team.behind(ownReads).get("/alerts/events", h.streamAlerts)
	team.post("/settings/alerts/push", h.addPush)
	team.post("/settings/alerts/push/:id/remove", h.removePush)
	team.get("/settings", h.showSettings)
	team.get("/settings/replies", h.showCannedReplies)
	team.get("/settings/replies/new", h.showNewCanned)
	team.post("/settings/replies", h.createCanned)
	team.get("/settings/replies/:id", h.showCanned)
	team.post("/settings/replies/:id", h.changeCanned)
	team.post("/settings/replies/:id/delete", h.deleteCanned)
	team.get("/inbox", h.showInbox)
	team.behind(ownReads).get("/inbox/events", h.streamInbox)
	team.post("/inbox/bulk", h.changeConversations)
	team.get("/inbox/:id", h.showThread)
	team.post("/inbox/:id/messages", h.reply)
	team.post("/inbox/:id/pending/:pending_id/undo", h.undo)
	team.get("/inbox/:id/messages/:message_id", h.showChange)
	team.post("/inbox/:id/messages/:message_id", h.changeMessage)
	team.post("/inbox/:id/status", h.changeStatus)
	team.post("/inbox/:id/changes", h.changeConversation)
	team.post("/inbox/:id/block", h.block)
	team.get("/inbox/:id/merge", h.showConversationMerge)
	team.post("/inbox/:id/merge", h.mergeConversations)
	team.get("/inbox/:id/part", h.showPart)
	team.post("/inbox/:id/ask-verification", h.askVerification)
	team.post("/inbox/:id/draft", h.saveDraft)
	team.get("/inbox/:id/replies", h.showReplies)
	team.post("/inbox/:id/presence", h.present)
	team.post("/inbox/:id/read", h.read)
	team.post("/inbox/:id/typing", h.typing)

	team.get("/search", h.showSearch)
	team.get("/jump", h.showJump)

	team.get("/contacts", h.showContacts)
	team.get("/contacts/:id", h.showContact)
	team.get("/contacts/:id/edit", h.showEditContact)
	team.post("/contacts/:id/edit", h.editContact)
	team.post("/contacts/:id/notes", h.addContactNote)
	team.post("/contacts/:id/notes/:note_id/delete", h.deleteContactNote)
	team.get("/contacts/:id/export.json", h.exportContact)
	team.get("/contacts/:id/export.csv", h.exportContactCSV)

	team.get("/reports", h.showReports)
	team.get("/reports/agents", h.showReportTable(h.Support.ReportByAgent, true))
	team.get("/reports/sites", h.showReportTable(h.Support.ReportBySite, false))
	team.get("/reports/tags", h.showReportTable(h.Support.ReportByTag, false))
	team.get("/reports/:file", h.saveReport)

	admin := team.behind(requireAdmin)
	admin.get("/contacts/export.csv", h.exportContacts)
	admin.get("/contacts/:id/merge", h.showMerge)
	admin.post("/contacts/:id/merge", h.mergeContacts)
	admin.get("/contacts/:id/erase", h.confirmErase)
	admin.post("/contacts/:id/erase", h.eraseContact)
	admin.get("/settings/tokens", h.showTokens)
	admin.post("/settings/tokens", h.createToken)
	admin.get("/settings/tokens/:id/regenerate", h.confirmRegenerate)
	admin.post("/settings/tokens/:id/regenerate", h.regenerateToken)
	admin.get("/settings/tokens/:id/replace", h.confirmReplace)
	admin.post("/settings/tokens/:id/replace", h.replaceToken)
	admin.post("/settings/tokens/:id/keep", h.keepToken)
	admin.get("/settings/tokens/:id/identity", h.showIdentity)
	admin.post("/settings/tokens/:id/identity", h.newIdentity)
	admin.get("/settings/tokens/:id/delete", h.confirmDelete)
	admin.post("/settings/tokens/:id/delete", h.deleteToken)
	admin.get("/settings/widget", h.showWidget)
	admin.post("/settings/widget", h.saveWidget)
	admin.post("/settings/widget/questions", h.editQuestions)
	admin.post("/settings/widget/hours", h.editHours)
	admin.post("/settings/widget/texts", h.showTexts)
	admin.get("/settings/people", h.showPeople)
	admin.post("/settings/people", h.invite)
	admin.post("/settings/people/invites/:id/withdraw", h.withdrawInvite)
	admin.get("/settings/people/:id", h.showPerson)
	admin.post("/settings/people/:id/role", h.changeRole)
	admin.post("/settings/people/:id/disable", h.disablePerson)
	admin.post("/settings/people/:id/enable", h.enablePerson)
	admin.post("/settings/people/:id/reset", h.makeResetLink)
	admin.post("/settings/people/:id/two-step", h.clearTwoStep)
	admin.get("/settings/blocks", h.showBlocks)
	admin.post("/settings/blocks", h.addBlock)
	admin.post("/settings/blocks/:id/lift", h.liftBlock)
	admin.get("/settings/retention", h.showRetention)
	admin.post("/settings/retention", h.saveRetention)
	admin.get("/settings/outbox", h.showOutbox)
	admin.get("/settings/outbox/:id", h.showMail)
	admin.post("/settings/outbox/failures/:id/retry", h.retryDelivery)
	admin.get("/settings/audit", h.showAudit)
	admin.get("/settings/audit/export.csv", h.exportAudit)
}
