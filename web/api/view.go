package api

import (
	"net/http"

	"deskbell/internal/auth"
	"deskbell/internal/fault"
	"deskbell/internal/support"
	"deskbell/web/httpio"
)

type savedViewJSON struct {
	ID        string              `json:"_id"`
	Name      string              `json:"name"`
	Shared    bool                `json:"shared"`
	Filters   support.ViewFilters `json:"filters"`
	Position  int64               `json:"position"`
	CreatedAt httpio.Time         `json:"created_at"`
	UpdatedAt httpio.Time         `json:"updated_at"`
}

func showSavedView(v support.SavedView) savedViewJSON {
	return savedViewJSON{ID: v.ID, Name: v.Name, Shared: v.Shared, Filters: v.Filters, Position: v.Position,
		CreatedAt: httpio.Time(v.CreatedAt), UpdatedAt: httpio.Time(v.UpdatedAt)}
}

// listViews handles GET /views.
func (h *handler) listViews(c httpio.Ctx, u auth.TokenUser) error {
	list, err := h.support.SavedViews(c.Request().Context(), actor(u))
	if err != nil {
		return err
	}
	out := make([]savedViewJSON, len(list))
	for i, v := range list {
		out[i] = showSavedView(v)
	}
	return c.JSON(http.StatusOK, struct {
		Success bool            `json:"success"`
		Views   []savedViewJSON `json:"views"`
	}{true, out})
}

type savedViewBody struct {
	Name     *string              `json:"name"`
	Shared   *bool                `json:"shared"`
	Filters  *support.ViewFilters `json:"filters"`
	Position *int64               `json:"position"`
}

func (b savedViewBody) change() support.SavedViewChange {
	return support.SavedViewChange{Name: b.Name, Shared: b.Shared, Filters: b.Filters, Position: b.Position}
}

func answerView(c httpio.Ctx, status int, v support.SavedView, err error) error {
	if err != nil {
		return err
	}
	return c.JSON(status, struct {
		Success bool          `json:"success"`
		View    savedViewJSON `json:"view"`
	}{true, showSavedView(v)})
}

// createView handles POST /views.
func (h *handler) createView(c httpio.Ctx, u auth.TokenUser) error {
	var in savedViewBody
	if err := httpio.BindJSON(c, &in, httpio.MaxBody, false); err != nil {
		return err
	}
	v, err := h.support.CreateSavedView(c.Request().Context(), actor(u), in.change())
	return answerView(c, http.StatusCreated, v, err)
}

// changeView handles PATCH /views/:id.
func (h *handler) changeView(c httpio.Ctx, u auth.TokenUser) error {
	var in struct {
		savedViewBody
		version
	}
	if err := httpio.BindJSON(c, &in, httpio.MaxBody, false); err != nil {
		return err
	}
	change, err := in.change(), error(nil)
	if change.UpdatedAt, err = in.version.millis(); err != nil {
		return err
	}
	v, err := h.support.ChangeSavedView(c.Request().Context(), actor(u), c.Param("id"), change)
	return answerView(c, http.StatusOK, v, err)
}

// deleteView handles DELETE /views/:id.
func (h *handler) deleteView(c httpio.Ctx, u auth.TokenUser) error {
	return noContent(c, h.support.DeleteSavedView(c.Request().Context(), actor(u), c.Param("id")))
}

type viewCountJSON struct {
	Count int  `json:"count"`
	More  bool `json:"more"`
}

// countViews handles GET /views/counts.
func (h *handler) countViews(c httpio.Ctx, u auth.TokenUser) error {
	counts, err := h.support.ViewCounts(c.Request().Context(), actor(u))
	if err != nil {
		return err
	}
	out := map[string]viewCountJSON{}
	for name, n := range counts {
		out[name] = viewCountJSON{n.N, n.More}
	}
	return c.JSON(http.StatusOK, struct {
		Success bool                     `json:"success"`
		Counts  map[string]viewCountJSON `json:"counts"`
	}{true, out})
}

type bulkBody struct {
	IDs     []string             `json:"ids"`
	Filters *support.ViewFilters `json:"filters"`
	Action  conversationBody     `json:"action"`
}

type bulkResultJSON struct {
	ID    string  `json:"_id"`
	Done  bool    `json:"done"`
	Error *string `json:"error"`
}

// changeConversations handles POST /conversations/bulk.
func (h *handler) changeConversations(c httpio.Ctx, u auth.TokenUser) error {
	var in bulkBody
	if err := httpio.BindJSON(c, &in, httpio.MaxBody, false); err != nil {
		return err
	}
	change, err := in.Action.change()
	if err != nil {
		return err
	}
	var f *support.ConversationFilter
	if in.Filters != nil {
		filter := in.Filters.Filter()
		f = &filter
	}
	results, err := h.support.ChangeConversations(c.Request().Context(), actor(u), in.IDs, f, change)
	if err != nil {
		return err
	}
	out := make([]bulkResultJSON, len(results))
	for i, r := range results {
		out[i] = bulkResultJSON{ID: r.ConversationID, Done: r.Err == nil}
		if e := fault.As(r.Err); e != nil {
			out[i].Error = &e.Message
		}
	}
	return c.JSON(http.StatusOK, struct {
		Success bool             `json:"success"`
		Results []bulkResultJSON `json:"results"`
	}{true, out})
}
