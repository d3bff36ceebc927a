package console

import (
	"net/http"

	"deskbell/internal/support"
	"deskbell/internal/webpush"
	"deskbell/static"
	"deskbell/web/httpio"
)

// addPush lets the browser that sends this have pushes.
func (h *Handler) addPush(c httpio.Ctx) error {
	login := loginOf(c)
	browser := support.PushBrowser{UserAgent: c.Request().UserAgent(), Subscription: webpush.Subscription{
		Endpoint: c.FormValue("endpoint"), P256DH: c.FormValue("p256dh"), Auth: c.FormValue("auth"),
	}}
	if err := h.Support.AddPush(c.Request().Context(), actor(login), login.Digest, browser); err != nil {
		return err
	}
	return h.backToAlerts(c, "This browser is told of messages while Deskbell is closed.")
}

func (h *Handler) removePush(c httpio.Ctx) error {
	if err := h.Support.RemovePush(c.Request().Context(), actor(loginOf(c)), c.Param("id")); err != nil {
		return err
	}
	return h.backToAlerts(c, "That browser is told of nothing while Deskbell is closed.")
}

// showPushWorker answers with the script that receives pushes. Its address stays, and so does what
// it may control: nothing but pushes, because no page is below it.
func showPushWorker(c httpio.Ctx) error {
	script, err := static.Content("push-worker.js")
	if err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "no-cache")
	return c.Blob(http.StatusOK, "text/javascript; charset=utf-8", script)
}
