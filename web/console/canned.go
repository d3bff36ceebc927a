package console

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"deskbell/internal/fault"
	"deskbell/internal/id"
	"deskbell/internal/support"
	"deskbell/views/settings"
	"deskbell/web/httpio"
)

var cannedPage = page{title: "Canned replies", active: "replies"}

// showSettings lists every settings page that the reader may open.
func (h *Handler) showSettings(c httpio.Ctx) error {
	return h.render(c, http.StatusOK, page{title: "Settings", active: "settings"}, settings.Index(loginOf(c).Admin()))
}

func (h *Handler) showCannedReplies(c httpio.Ctx) error {
	login := loginOf(c)
	list, err := h.Support.CannedReplies(c.Request().Context(), actor(login), "", "")
	if err != nil {
		return err
	}
	p := settings.CannedProps{Query: strings.TrimSpace(c.QueryParam("q")), Fresh: len(list) == 0, Admin: login.Admin()}
	wanted := strings.ToLower(strings.TrimPrefix(p.Query, "/"))
	p.Replies = slices.DeleteFunc(list, func(r support.CannedReply) bool {
		return !strings.Contains(strings.ToLower(r.Title+"\n"+r.Shortcut+"\n"+r.Text), wanted)
	})
	if httpio.IsFragment(c) {
		return h.render(c, http.StatusOK, cannedPage, settings.CannedBody(p))
	}
	return h.render(c, http.StatusOK, cannedPage, settings.CannedReplies(p))
}

func (h *Handler) showNewCanned(c httpio.Ctx) error {
	return h.renderCanned(c, http.StatusOK, settings.CannedForm{FormID: id.Secret(), Shared: loginOf(c).Admin()})
}

func (h *Handler) renderCanned(c httpio.Ctx, status int, f settings.CannedForm) error {
	f.Admin = loginOf(c).Admin()
	return h.render(c, status, cannedPage, settings.Canned(f))
}

func (h *Handler) showCanned(c httpio.Ctx) error {
	r, err := h.Support.CannedReply(c.Request().Context(), actor(loginOf(c)), c.Param("id"))
	if err != nil {
		return err
	}
	return h.renderCanned(c, http.StatusOK, settings.CannedForm{
		ID: r.ID, Title: r.Title, Shortcut: r.Shortcut, Text: r.Text, Shared: r.Shared, Locked: r.Shared && !loginOf(c).Admin(),
		UpdatedAt: strconv.FormatInt(r.UpdatedAt, 10),
	})
}

func readCanned(c httpio.Ctx) (settings.CannedForm, error) {
	values, err := c.FormParams()
	if err != nil {
		return settings.CannedForm{}, badForm(err)
	}
	return settings.CannedForm{
		ID: c.Param("id"), Title: values.Get("title"), Shortcut: values.Get("shortcut"), Text: strings.ReplaceAll(values.Get("text"), "\r\n", "\n"),
		Shared: values.Get("shared") == "true", FormID: values.Get("form_id"), UpdatedAt: values.Get("updated_at"),
	}, nil
}

// previewCanned answers with what was typed and how a visitor would read it.
func (h *Handler) previewCanned(c httpio.Ctx, f settings.CannedForm) error {
	f.Preview = support.PreviewCanned(actor(loginOf(c)), f.Text, "https://shop.example")
	return h.renderCanned(c, http.StatusOK, f)
}

var cannedLabels = map[string]string{"title": "The title", "shortcut": "The shortcut", "text": "The text"}

// refusedCanned shows a form again with what is wrong with it; a taken shortcut stands at its field.
func refusedCanned(f *settings.CannedForm, err error) bool {
	message, fields, ok := refusal(err, cannedLabels)
	if e := fault.As(err); ok && e.Code == "shortcut_taken" {
		message, fields = "Please check the marked fields", map[string]string{"shortcut": e.Message}
	}
	f.Message, f.Fields = message, fields
	return ok
}

func (h *Handler) createCanned(c httpio.Ctx) error {
	f, err := readCanned(c)
	if err != nil {
		return err
	}
	if c.FormValue("preview") != "" {
		return h.previewCanned(c, f)
	}
	if !h.forms.use(f.FormID, h.Now()) {
		return h.backToCanned(c, "That reply is saved already.")
	}
	_, err = h.Support.CreateCannedReply(c.Request().Context(), actor(loginOf(c)),
		support.CannedChange{Title: &f.Title, Shortcut: &f.Shortcut, Text: &f.Text, Shared: &f.Shared})
	if err != nil {
		h.forms.release(f.FormID)
	}
	if refusedCanned(&f, err) {
		return h.renderCanned(c, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	return h.backToCanned(c, "Saved. Type / in a conversation to use it.")
}

// changeCanned saves a form. One that is based on an older version comes back with what is stored
// now; sent again, it is saved knowingly.
func (h *Handler) changeCanned(c httpio.Ctx) error {
	f, err := readCanned(c)
	if err != nil {
		return err
	}
	if c.FormValue("preview") != "" {
		return h.previewCanned(c, f)
	}
	ctx, who := c.Request().Context(), actor(loginOf(c))
	change := support.CannedChange{Title: &f.Title, Shortcut: &f.Shortcut, Text: &f.Text, Shared: &f.Shared}
	if change.UpdatedAt, err = formInt(c, "updated_at"); err != nil {
		return err
	}
	_, err = h.Support.ChangeCannedReply(ctx, who, f.ID, change)
	if refusedCanned(&f, err) {
		status := http.StatusUnprocessableEntity
		if len(f.Fields) == 0 {
			now, err := h.Support.CannedReply(ctx, who, f.ID)
			if err != nil {
				return err
			}
			status = http.StatusConflict
			f.Message += ". Look at what is stored now, then save yours or cancel."
			f.Now, f.UpdatedAt = &now, strconv.FormatInt(now.UpdatedAt, 10)
		}
		return h.renderCanned(c, status, f)
	}
	if err != nil {
		return err
	}
	return h.backToCanned(c, "Saved.")
}

func (h *Handler) deleteCanned(c httpio.Ctx) error {
	err := h.Support.DeleteCannedReply(c.Request().Context(), actor(loginOf(c)), c.Param("id"))
	return h.takenAway(c, err, "/settings/replies", "The reply is deleted.")
}

func (h *Handler) backToCanned(c httpio.Ctx, flash string) error {
	return h.leadBack(c, "/settings/replies", flash)
}
