package console

import (
	"net/http"
	"strconv"

	"deskbell/internal/fault"
	"deskbell/internal/id"
	"deskbell/internal/support"
	"deskbell/views/settings"
	"deskbell/web/httpio"
)

var teamsPage = page{title: "teams.title", active: "settings", translated: true}

func (h *Handler) showTeams(c httpio.Ctx) error {
	routing, err := h.Support.Routing(c.Request().Context(), actor(loginOf(c)))
	if err != nil {
		return err
	}
	return h.renderTeams(c, http.StatusOK, settings.RoutingForm{Chosen: routing, Now: routing})
}

func (h *Handler) renderTeams(c httpio.Ctx, status int, f settings.RoutingForm) error {
	list, err := h.Support.Teams(c.Request().Context(), actor(loginOf(c)))
	if err != nil {
		return err
	}
	return h.render(c, status, teamsPage, settings.Teams(list, f))
}

// saveRouting saves how new conversations find somebody, unless somebody else has just decided otherwise;
// sent again, it is saved knowingly.
func (h *Handler) saveRouting(c httpio.Ctx) error {
	if _, err := c.FormParams(); err != nil {
		return badForm(err)
	}
	ctx, who := c.Request().Context(), actor(loginOf(c))
	r, was := support.Routing{AutoAssign: c.FormValue("auto_assign") == "true"}, &support.Routing{AutoAssign: c.FormValue("was") == "true"}
	if c.FormValue("was") == "" {
		was = nil
	}
	err := h.Support.SetRouting(ctx, who, r, was)
	if message, _, ok := refusal(err, nil); ok {
		now, err := h.Support.Routing(ctx, who)
		if err != nil {
			return err
		}
		return h.renderTeams(c, http.StatusConflict, settings.RoutingForm{Chosen: r, Now: now, Message: message})
	}
	if err != nil {
		return err
	}
	return h.backToTeams(c, "Saved.")
}

func (h *Handler) showNewTeam(c httpio.Ctx) error {
	return h.renderTeam(c, http.StatusOK, settings.TeamForm{FormID: id.Secret()})
}

func (h *Handler) showTeam(c httpio.Ctx) error {
	t, err := h.Support.Team(c.Request().Context(), actor(loginOf(c)), c.Param("id"))
	if err != nil {
		return err
	}
	f := settings.TeamForm{ID: t.ID, Name: t.Name, AutoAssign: t.AutoAssign, UpdatedAt: strconv.FormatInt(t.UpdatedAt, 10)}
	for _, m := range t.Members {
		f.MemberIDs = append(f.MemberIDs, m.ID)
	}
	return h.renderTeam(c, http.StatusOK, f)
}

func (h *Handler) renderTeam(c httpio.Ctx, status int, f settings.TeamForm) (err error) {
	f.People, err = h.Support.Members(c.Request().Context(), actor(loginOf(c)))
	if err != nil {
		return err
	}
	return h.render(c, status, teamsPage, settings.EditTeam(f))
}

func readTeam(c httpio.Ctx) (f settings.TeamForm, in support.TeamChange, err error) {
	values, err := c.FormParams()
	if err != nil {
		return f, in, badForm(err)
	}
	f = settings.TeamForm{ID: c.Param("id"), Name: values.Get("name"), AutoAssign: values.Get("auto_assign") == "true",
		MemberIDs: values["member_ids"], FormID: values.Get("form_id"), UpdatedAt: values.Get("updated_at")}
	return f, support.TeamChange{Name: &f.Name, AutoAssign: &f.AutoAssign, MemberIDs: &f.MemberIDs}, nil
}

// refusedTeam shows a form again with what is wrong with it; a taken name stands at its field.
func refusedTeam(f *settings.TeamForm, err error) bool {
	message, fields, ok := refusal(err, map[string]string{"name": "The name", "member_ids": "Members"})
	if e := fault.As(err); ok && e.Code == "name_taken" {
		message, fields = "Please check the marked fields", map[string]string{"name": e.Message}
	}
	f.Message, f.Fields = message, fields
	return ok
}

func (h *Handler) createTeam(c httpio.Ctx) error {
	f, in, err := readTeam(c)
	if err != nil {
		return err
	}
	if !h.forms.use(f.FormID, h.Now()) {
		return h.backToTeams(c, "That team is saved already.")
	}
	_, err = h.Support.CreateTeam(c.Request().Context(), actor(loginOf(c)), in)
	if err != nil {
		h.forms.release(f.FormID)
	}
	if refusedTeam(&f, err) {
		return h.renderTeam(c, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	return h.backToTeams(c, "Saved. Conversations can be given to the team now.")
}

// changeTeam saves a form. One that is based on an older version comes back with what is stored now;
// sent again, it is saved knowingly.
func (h *Handler) changeTeam(c httpio.Ctx) error {
	f, in, err := readTeam(c)
	if err != nil {
		return err
	}
	if in.UpdatedAt, err = formInt(c, "updated_at"); err != nil {
		return err
	}
	ctx, who := c.Request().Context(), actor(loginOf(c))
	_, err = h.Support.ChangeTeam(ctx, who, f.ID, in)
	if refusedTeam(&f, err) {
		status := http.StatusUnprocessableEntity
		if len(f.Fields) == 0 {
			now, err := h.Support.Team(ctx, who, f.ID)
			if err != nil {
				return err
			}
			status = http.StatusConflict
			f.Message += ". Look at what is stored now, then save yours or cancel."
			f.Now, f.UpdatedAt = &now, strconv.FormatInt(now.UpdatedAt, 10)
		}
		return h.renderTeam(c, status, f)
	}
	if err != nil {
		return err
	}
	return h.backToTeams(c, "Saved.")
}

func (h *Handler) deleteTeam(c httpio.Ctx) error {
	err := h.Support.DeleteTeam(c.Request().Context(), actor(loginOf(c)), c.Param("id"))
	return h.takenAway(c, err, "/settings/teams", "The team is deleted.")
}

func (h *Handler) backToTeams(c httpio.Ctx, flash string) error {
	return h.leadBack(c, "/settings/teams", flash)
}
