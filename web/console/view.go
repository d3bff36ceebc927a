package console

import (
	"net/http"
	"strconv"

	"deskbell/internal/id"
	"deskbell/internal/support"
	"deskbell/views/inbox"
	"deskbell/views/settings"
	"deskbell/web/httpio"
)

var viewsPage = page{title: "Saved views", active: "views"}

func (h *Handler) showViews(c httpio.Ctx) error {
	login := loginOf(c)
	all, err := h.choices(c.Request().Context(), actor(login), true)
	if err != nil {
		return err
	}
	return h.render(c, http.StatusOK, viewsPage, settings.Views(all, login.Admin()))
}

// showNewView is the form for what the inbox is narrowed to.
func (h *Handler) showNewView(c httpio.Ctx) error {
	return h.renderView(c, http.StatusOK, settings.ViewForm{FormID: id.Secret(), Filter: inbox.ReadFilter(c.QueryParams())})
}

func (h *Handler) renderView(c httpio.Ctx, status int, f settings.ViewForm) (err error) {
	f.Admin = loginOf(c).Admin()
	if f.Choices, err = h.choices(c.Request().Context(), actor(loginOf(c)), true); err != nil {
		return err
	}
	return h.render(c, status, viewsPage, settings.View(f))
}

func (h *Handler) showView(c httpio.Ctx) error {
	v, err := h.Support.SavedView(c.Request().Context(), actor(loginOf(c)), c.Param("id"))
	if err != nil {
		return err
	}
	return h.renderView(c, http.StatusOK, settings.ViewForm{
		ID: v.ID, Name: v.Name, Shared: v.Shared, Locked: v.Shared && !loginOf(c).Admin(), Filter: inbox.FilterOf(v.Filters),
		UpdatedAt: strconv.FormatInt(v.UpdatedAt, 10),
	})
}

func readView(c httpio.Ctx) (f settings.ViewForm, in support.SavedViewChange, err error) {
	values, err := c.FormParams()
	if err != nil {
		return f, in, badForm(err)
	}
	f = settings.ViewForm{
		ID: c.Param("id"), Name: values.Get("name"), Shared: values.Get("shared") == "true", Filter: inbox.ReadFilter(values),
		FormID: values.Get("form_id"), UpdatedAt: values.Get("updated_at"),
	}
	filters := f.Filter.ViewFilters()
	return f, support.SavedViewChange{Name: &f.Name, Shared: &f.Shared, Filters: &filters}, nil
}

func refusedView(f *settings.ViewForm, err error) (ok bool) {
	f.Message, f.Fields, ok = refusal(err, map[string]string{"name": "The name"})
	return ok
}

// createView saves what the inbox is narrowed to, and leads to it.
func (h *Handler) createView(c httpio.Ctx) error {
	f, in, err := readView(c)
	if err != nil {
		return err
	}
	if !h.forms.use(f.FormID, h.Now()) {
		return h.backFromView(c, f, "That view is saved already.")
	}
	_, err = h.Support.CreateSavedView(c.Request().Context(), actor(loginOf(c)), in)
	if err != nil {
		h.forms.release(f.FormID)
	}
	if refusedView(&f, err) {
		return h.renderView(c, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	return h.backFromView(c, f, "The view is saved.")
}

// changeView saves a form. One that is based on an older version comes back with what is stored now;
// sent again, it is saved knowingly.
func (h *Handler) changeView(c httpio.Ctx) error {
	f, in, err := readView(c)
	if err != nil {
		return err
	}
	if in.UpdatedAt, err = formInt(c, "updated_at"); err != nil {
		return err
	}
	ctx, who := c.Request().Context(), actor(loginOf(c))
	_, err = h.Support.ChangeSavedView(ctx, who, f.ID, in)
	if refusedView(&f, err) {
		status := http.StatusUnprocessableEntity
		if len(f.Fields) == 0 {
			now, err := h.Support.SavedView(ctx, who, f.ID)
			if err != nil {
				return err
			}
			status = http.StatusConflict
			f.Message += ". Look at what is stored now, then save yours or cancel."
			f.Now, f.UpdatedAt = &now, strconv.FormatInt(now.UpdatedAt, 10)
		}
		return h.renderView(c, status, f)
	}
	if err != nil {
		return err
	}
	return h.backFromView(c, f, "Saved.")
}

func (h *Handler) deleteView(c httpio.Ctx) error {
	err := h.Support.DeleteSavedView(c.Request().Context(), actor(loginOf(c)), c.Param("id"))
	return h.takenAway(c, err, "/settings/views", "The view is deleted.")
}

// backFromView leads to what the view lists.
func (h *Handler) backFromView(c httpio.Ctx, f settings.ViewForm, flash string) error {
	return h.leadBack(c, f.Filter.Address(), flash)
}
