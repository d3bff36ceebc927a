package api

import (
	"net/http"

	"deskbell/internal/auth"
	"deskbell/internal/fault"
	"deskbell/internal/support"
	"deskbell/web/httpio"
)

type memberJSON struct {
	ID     string `json:"_id"`
	Name   string `json:"name"`
	Online bool   `json:"online"`
	Away   bool   `json:"away"`
}

type teamJSON struct {
	ID         string       `json:"_id"`
	Name       string       `json:"name"`
	AutoAssign bool         `json:"auto_assign"`
	Members    []memberJSON `json:"members"`
	CreatedAt  httpio.Time  `json:"created_at"`
	UpdatedAt  httpio.Time  `json:"updated_at"`
}

func showMembers(list []support.Member) []memberJSON {
	out := make([]memberJSON, len(list))
	for i, m := range list {
		out[i] = memberJSON(m)
	}
	return out
}

func showTeam(t support.Team) teamJSON {
	return teamJSON{ID: t.ID, Name: t.Name, AutoAssign: t.AutoAssign, Members: showMembers(t.Members), CreatedAt: httpio.Time(t.CreatedAt), UpdatedAt: httpio.Time(t.UpdatedAt)}
}

// listMembers handles GET /members.
func (h *handler) listMembers(c httpio.Ctx, u auth.TokenUser) error {
	list, err := h.support.Members(c.Request().Context(), actor(u))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, struct {
		Success bool         `json:"success"`
		Members []memberJSON `json:"members"`
	}{true, showMembers(list)})
}

// listTeams handles GET /teams.
func (h *handler) listTeams(c httpio.Ctx, u auth.TokenUser) error {
	list, err := h.support.Teams(c.Request().Context(), actor(u))
	if err != nil {
		return err
	}
	out := make([]teamJSON, len(list))
	for i, t := range list {
		out[i] = showTeam(t)
	}
	return c.JSON(http.StatusOK, struct {
		Success bool       `json:"success"`
		Teams   []teamJSON `json:"teams"`
	}{true, out})
}

type teamBody struct {
	Name       *string   `json:"name"`
	AutoAssign *bool     `json:"auto_assign"`
	MemberIDs  *[]string `json:"member_ids"`
	version
}

// saveTeam handles POST /teams and PATCH /teams/:id.
func (h *handler) saveTeam(status int, save func(httpio.Ctx, support.Actor, support.TeamChange) (support.Team, error)) func(httpio.Ctx, auth.TokenUser) error {
	return func(c httpio.Ctx, u auth.TokenUser) error {
		var in teamBody
		if err := httpio.BindJSON(c, &in, httpio.MaxBody, false); err != nil {
			return err
		}
		basedOn, err := in.version.millis()
		if err != nil {
			return err
		}
		t, err := save(c, actor(u), support.TeamChange{Name: in.Name, AutoAssign: in.AutoAssign, MemberIDs: in.MemberIDs, UpdatedAt: basedOn})
		if err != nil {
			return err
		}
		return c.JSON(status, struct {
			Success bool     `json:"success"`
			Team    teamJSON `json:"team"`
		}{true, showTeam(t)})
	}
}

func (h *handler) createTeam(c httpio.Ctx, a support.Actor, in support.TeamChange) (support.Team, error) {
	return h.support.CreateTeam(c.Request().Context(), a, in)
}

func (h *handler) changeTeam(c httpio.Ctx, a support.Actor, in support.TeamChange) (support.Team, error) {
	return h.support.ChangeTeam(c.Request().Context(), a, c.Param("id"), in)
}

// deleteTeam handles DELETE /teams/:id.
func (h *handler) deleteTeam(c httpio.Ctx, u auth.TokenUser) error {
	return noContent(c, h.support.DeleteTeam(c.Request().Context(), actor(u), c.Param("id")))
}

type routingJSON struct {
	AutoAssign *bool `json:"auto_assign"`
}

func answerRouting(c httpio.Ctx, r support.Routing) error {
	return c.JSON(http.StatusOK, struct {
		Success bool        `json:"success"`
		Routing routingJSON `json:"routing"`
	}{true, routingJSON{&r.AutoAssign}})
}

// getRouting handles GET /routing.
func (h *handler) getRouting(c httpio.Ctx, u auth.TokenUser) error {
	r, err := h.support.Routing(c.Request().Context(), actor(u))
	if err != nil {
		return err
	}
	return answerRouting(c, r)
}

// putRouting handles PUT /routing.
func (h *handler) putRouting(c httpio.Ctx, u auth.TokenUser) error {
	var in routingJSON
	if err := httpio.BindJSON(c, &in, httpio.MaxBody, false); err != nil {
		return err
	}
	if in.AutoAssign == nil {
		return fault.Field("auto_assign", "auto_assign must be true or false")
	}
	r := support.Routing{AutoAssign: *in.AutoAssign}
	if err := h.support.SetRouting(c.Request().Context(), actor(u), r, nil); err != nil {
		return err
	}
	return answerRouting(c, r)
}
