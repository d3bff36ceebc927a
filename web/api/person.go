package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"deskbell/internal/auth"
	"deskbell/internal/fault"
	"deskbell/web/httpio"
)

type personJSON struct {
	ID        string       `json:"_id"`
	Name      string       `json:"name"`
	Email     string       `json:"email"`
	Role      string       `json:"role"`
	Owner     bool         `json:"owner"`
	Disabled  bool         `json:"disabled"`
	TwoStep   bool         `json:"two_step"`
	LastLogin *httpio.Time `json:"last_login_at"`
	CreatedAt httpio.Time  `json:"created_at"`
	Picture   *string      `json:"picture_url"`
}

func (h *handler) showPerson(u auth.User) personJSON {
	return personJSON{
		ID: u.ID, Name: u.Name, Email: u.Email, Role: u.Role, Owner: u.Owner, Disabled: u.Disabled, TwoStep: u.TwoStep(),
		LastLogin: httpio.OptionalTime(u.LastLogin), CreatedAt: httpio.Time(u.CreatedAt),
		Picture: h.pictureURL(u),
	}
}

type inviteJSON struct {
	ID        string      `json:"_id"`
	Email     string      `json:"email"`
	Role      string      `json:"role"`
	CreatedAt httpio.Time `json:"created_at"`
	ExpiresAt httpio.Time `json:"expires_at"`
}

func showInvite(i auth.Invite) inviteJSON {
	return inviteJSON{ID: i.ID, Email: i.Email, Role: i.Role, CreatedAt: httpio.Time(i.CreatedAt), ExpiresAt: httpio.Time(i.ExpiresAt)}
}

func (h *handler) answerPerson(c httpio.Ctx, u auth.User) error {
	return c.JSON(http.StatusOK, struct {
		Success bool       `json:"success"`
		Person  personJSON `json:"person"`
	}{true, h.showPerson(u)})
}

// listPeople handles GET /people.
func (h *handler) listPeople(c httpio.Ctx, u auth.TokenUser) error {
	people, invites, err := h.auth.People(c.Request().Context(), u.User)
	if err != nil {
		return err
	}
	out := struct {
		Success bool         `json:"success"`
		People  []personJSON `json:"people"`
		Invites []inviteJSON `json:"invites"`
	}{true, make([]personJSON, len(people)), make([]inviteJSON, len(invites))}
	for i, person := range people {
		out.People[i] = h.showPerson(person)
	}
	for i, invite := range invites {
		out.Invites[i] = showInvite(invite)
	}
	return c.JSON(http.StatusOK, out)
}

// invitePerson handles POST /people/invites.
func (h *handler) invitePerson(c httpio.Ctx, u auth.TokenUser) error {
	var in struct {
		Email string `json:"email"`
		Role  string `json:"role"`
	}
	if err := httpio.BindJSON(c, &in, httpio.MaxBody, false); err != nil {
		return err
	}
	invite, key, err := h.auth.Invite(c.Request().Context(), u.User, in.Email, in.Role, h.mails)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, struct {
		Success bool       `json:"success"`
		Invite  inviteJSON `json:"invite"`
		Link    string     `json:"link"`
	}{true, showInvite(invite), h.base.String() + auth.InvitePath + key})
}

// withdrawInvite handles DELETE /people/invites/:id.
func (h *handler) withdrawInvite(c httpio.Ctx, u auth.TokenUser) error {
	return noContent(c, h.auth.WithdrawInvite(c.Request().Context(), u.User, c.Param("id")))
}

// getPerson handles GET /people/:id.
func (h *handler) getPerson(c httpio.Ctx, u auth.TokenUser) error {
	person, err := h.auth.Person(c.Request().Context(), u.User, c.Param("id"))
	if err != nil {
		return err
	}
	return h.answerPerson(c, person)
}

// changePerson handles PATCH /people/:id.
func (h *handler) changePerson(c httpio.Ctx, u auth.TokenUser) error {
	var in struct {
		Role     *string `json:"role"`
		Disabled *bool   `json:"disabled"`
	}
	if err := httpio.BindJSON(c, &in, httpio.MaxBody, false); err != nil {
		return err
	}
	if in.Role == nil && in.Disabled == nil {
		return fault.Field("role", "role or disabled is required")
	}
	person, err := h.auth.ChangePerson(c.Request().Context(), u.User, c.Param("id"), auth.UserChange{Role: in.Role, Disabled: in.Disabled})
	if err != nil {
		return err
	}
	return h.answerPerson(c, person)
}

// makeResetLink handles POST /people/:id/reset-link.
func (h *handler) makeResetLink(c httpio.Ctx, u auth.TokenUser) error {
	_, key, err := h.auth.ResetLink(c.Request().Context(), u.User, c.Param("id"), h.mails)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, struct {
		Success bool   `json:"success"`
		Link    string `json:"link"`
	}{true, h.base.String() + auth.ResetPath + key})
}

// clearTwoStep handles DELETE /people/:id/two-step.
func (h *handler) clearTwoStep(c httpio.Ctx, u auth.TokenUser) error {
	_, err := h.auth.ClearTwoStep(c.Request().Context(), u.User, c.Param("id"))
	return noContent(c, err)
}

func (h *handler) registerPeople(g *echo.Group) {
	g.GET("/people", h.team(h.listPeople))
	g.POST("/people/invites", h.team(h.invitePerson))
	g.DELETE("/people/invites/:id", h.team(h.withdrawInvite))
	g.GET("/people/:id", h.team(h.getPerson))
	g.PATCH("/people/:id", h.team(h.changePerson))
	g.POST("/people/:id/reset-link", h.team(h.makeResetLink))
	g.DELETE("/people/:id/two-step", h.team(h.clearTwoStep))
}
