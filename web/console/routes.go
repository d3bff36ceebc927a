package console

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// Register adds the console's routes. All of them are behind the protection against requests
// that other sites make a browser send; those that need a login or an admin say so here.
func Register(e *echo.Echo, d Deps) {
	h := &Handler{Deps: d}
	open := e.Group("",
		echo.WrapMiddleware(http.NewCrossOriginProtection().Handler), echo.WrapMiddleware(guard), echo.WrapMiddleware(h.clock))
	open.GET("/", h.root)
	open.GET("/setup", h.showSetup)
	open.POST("/setup", h.setup)
	open.GET("/login", h.showLogin)
	open.POST("/login", h.login)

	team := open.Group("", h.requireLogin)
	team.POST("/logout", h.logout)
	team.GET("/inbox", h.showInbox)
	team.GET("/inbox/events", h.streamInbox)
	team.GET("/inbox/:id", h.showThread)
	team.POST("/inbox/:id/messages", h.reply)
	team.POST("/inbox/:id/status", h.changeStatus)
	team.POST("/inbox/:id/read", h.read)
	team.POST("/inbox/:id/typing", h.typing)

	admin := team.Group("/settings", requireAdmin)
	admin.GET("/tokens", h.showTokens)
	admin.POST("/tokens", h.createToken)
	admin.GET("/tokens/:id/regenerate", h.confirmRegenerate)
	admin.POST("/tokens/:id/regenerate", h.regenerateToken)
	admin.GET("/tokens/:id/delete", h.confirmDelete)
	admin.POST("/tokens/:id/delete", h.deleteToken)
	admin.GET("/widget", h.showWidget)
	admin.POST("/widget", h.saveWidget)
	admin.GET("/outbox", h.showOutbox)
	admin.GET("/outbox/:id", h.showMail)
}
