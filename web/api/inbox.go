package api

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// registerInbox adds the routes of the inbox: who takes care of what, and what helps to answer.
func (h *handler) registerInbox(g *echo.Group) {
	g.GET("/teams", h.team(h.listTeams))
	g.POST("/teams", h.team(h.saveTeam(http.StatusCreated, h.createTeam)))
	g.PATCH("/teams/:id", h.team(h.saveTeam(http.StatusOK, h.changeTeam)))
	g.DELETE("/teams/:id", h.team(h.deleteTeam))
	g.GET("/routing", h.team(h.getRouting))
	g.PUT("/routing", h.team(h.putRouting))
	g.GET("/views", h.team(h.listViews))
	g.POST("/views", h.team(h.createView))
	g.GET("/views/counts", h.team(h.countViews))
	g.PATCH("/views/:id", h.team(h.changeView))
	g.DELETE("/views/:id", h.team(h.deleteView))
	g.POST("/conversations/bulk", h.team(h.changeConversations))
	g.GET("/conversation/:conv_id/pending", h.team(h.listPending))
	g.DELETE("/conversation/:conv_id/pending/:pending_id", h.team(h.cancelPending))
	g.GET("/conversation/:conv_id/events", h.team(h.listConversationEvents))
	g.GET("/conversation/:conv_id/draft", h.team(h.getDraft))
	g.PUT("/conversation/:conv_id/draft", h.team(h.putDraft))
	g.GET("/conversation/:conv_id/presence", h.team(h.getPresence))
	g.POST("/conversation/:conv_id/presence", h.team(h.setPresence))
	g.POST("/conversation/:conv_id/ask-verification", h.team(h.askVerification))
	g.GET("/blocks", h.team(h.listBlocks))
	g.POST("/blocks", h.team(h.addBlock))
	g.DELETE("/blocks/:id", h.team(h.deleteBlock))
	g.GET("/members", h.team(h.listMembers))
	g.GET("/tags", h.team(h.listTags))
	g.PATCH("/tags", h.team(h.renameTag))
	g.DELETE("/tags", h.team(h.deleteTag))
	g.GET("/canned-replies", h.team(h.listCanned))
	g.POST("/canned-replies", h.team(h.createCanned))
	g.PATCH("/canned-replies/:id", h.team(h.changeCanned))
	g.DELETE("/canned-replies/:id", h.team(h.deleteCanned))
}
