package console

import (
	"cmp"
	"net/http"

	"deskbell/internal/auth"
	"deskbell/internal/fault"
	"deskbell/internal/id"
	"deskbell/views/settings"
	"deskbell/web/httpio"
)

var peoplePage = page{title: "People", active: "people"}

func (h *Handler) showPeople(c httpio.Ctx) error {
	return h.renderPeople(c, http.StatusOK, settings.InviteForm{Role: auth.RoleAgent})
}

func (h *Handler) renderPeople(c httpio.Ctx, status int, form settings.InviteForm) error {
	me := loginOf(c).User
	people, invites, err := h.Auth.People(c.Request().Context(), me)
	if err != nil {
		return err
	}
	form.Mails = h.MailConfigured
	if form.FormID == "" {
		form.FormID = id.Secret()
	}
	return h.render(c, status, peoplePage, settings.People(settings.PeopleProps{People: people, Invites: invites, Me: me.ID, Form: form}))
}

var inviteLabels = map[string]string{"email": "This", "role": "The role"}

// invite answers with the link itself: a redirect would need it in an address.
func (h *Handler) invite(c httpio.Ctx) error {
	form := settings.InviteForm{Email: c.FormValue("email"), Role: c.FormValue("role"), FormID: c.FormValue("form_id")}
	if !h.forms.use(form.FormID, h.Now()) {
		return h.linkShown(c)
	}
	invite, key, err := h.Auth.Invite(c.Request().Context(), loginOf(c).User, form.Email, form.Role, h.MailConfigured)
	if message, fields, ok := refusal(err, inviteLabels); ok {
		h.forms.release(form.FormID)
		form.Message, form.Fields = message, fields
		return h.renderPeople(c, http.StatusUnprocessableEntity, form)
	}
	if err != nil {
		return err
	}
	return h.renderLink(c, settings.PersonLinkProps{To: invite.Email, Link: h.BaseURL + auth.InvitePath + key})
}

func (h *Handler) linkShown(c httpio.Ctx) error {
	return h.backToPeople(c, "That link was shown once already. Make another one if you need it.")
}

// renderLink shows a link once; nothing on the page may tell another site where it was.
func (h *Handler) renderLink(c httpio.Ctx, p settings.PersonLinkProps) error {
	p.Mails = h.MailConfigured
	return h.render(c, http.StatusOK, peoplePage, settings.PersonLink(p))
}

func (h *Handler) backToPeople(c httpio.Ctx, flash string) error {
	return h.leadBack(c, "/settings/people", flash)
}

func (h *Handler) withdrawInvite(c httpio.Ctx) error {
	err := h.Auth.WithdrawInvite(c.Request().Context(), loginOf(c).User, c.Param("id"))
	return h.takenAway(c, err, "/settings/people", "The invite is withdrawn. Its link no longer works.")
}

func (h *Handler) showPerson(c httpio.Ctx) error { return h.renderPerson(c, http.StatusOK, "", "") }

// renderPerson shows a colleague; role is the one that was chosen when it could not be saved.
func (h *Handler) renderPerson(c httpio.Ctx, status int, message, role string) error {
	me := loginOf(c).User
	if c.Param("id") == me.ID {
		return httpio.SeeOther(c, "/settings/profile")
	}
	person, err := h.Auth.Person(c.Request().Context(), me, c.Param("id"))
	if err != nil {
		return err
	}
	p := settings.PersonProps{Person: person, FormID: id.Secret(), Mails: h.MailConfigured, Message: message, Role: cmp.Or(role, person.Role)}
	return h.render(c, status, peoplePage, settings.Person(p))
}

// changePerson answers a change with the list, or with the page again when it is refused.
func (h *Handler) changePerson(c httpio.Ctx, change auth.UserChange, flash string) error {
	u, err := h.Auth.ChangePerson(c.Request().Context(), loginOf(c).User, c.Param("id"), change)
	if fault.Is(err, fault.Invalid) && c.Param("id") != loginOf(c).ID {
		return h.renderPerson(c, http.StatusUnprocessableEntity, fault.As(err).Message, "")
	}
	if change.Role != nil && fault.Is(err, fault.Conflict) {
		return h.renderPerson(c, http.StatusConflict, fault.As(err).Message, *change.Role)
	}
	if err != nil {
		return err
	}
	return h.backToPeople(c, u.Name+flash)
}

func (h *Handler) changeRole(c httpio.Ctx) error {
	role := c.FormValue("role")
	change := auth.UserChange{Role: &role}
	if was := c.FormValue("was"); was != "" {
		change.RoleWas = &was
	}
	return h.changePerson(c, change, " is saved.")
}

func (h *Handler) disablePerson(c httpio.Ctx) error {
	return h.setDisabled(c, true, " is disabled and signed out.")
}

func (h *Handler) enablePerson(c httpio.Ctx) error {
	return h.setDisabled(c, false, " can sign in again.")
}

func (h *Handler) setDisabled(c httpio.Ctx, disabled bool, flash string) error {
	return h.changePerson(c, auth.UserChange{Disabled: &disabled}, flash)
}

func (h *Handler) makeResetLink(c httpio.Ctx) error {
	formID := c.FormValue("form_id")
	if !h.forms.use(formID, h.Now()) {
		return h.linkShown(c)
	}
	u, key, err := h.Auth.ResetLink(c.Request().Context(), loginOf(c).User, c.Param("id"), h.MailConfigured)
	if err != nil {
		h.forms.release(formID)
		return err
	}
	return h.renderLink(c, settings.PersonLinkProps{Reset: true, To: u.Name, Link: h.BaseURL + auth.ResetPath + key})
}

func (h *Handler) clearTwoStep(c httpio.Ctx) error {
	u, err := h.Auth.ClearTwoStep(c.Request().Context(), loginOf(c).User, c.Param("id"))
	if err != nil {
		return err
	}
	return h.backToPeople(c, u.Name+" signs in by password alone now.")
}
