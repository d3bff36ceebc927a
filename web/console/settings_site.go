package console

import (
	"net/url"

	"deskbell/internal/support"
	"deskbell/views/settings"
	"deskbell/web/httpio"
)

// edited is what the form of the widget's settings edits: those of all sites, or of one.
type edited struct {
	// all are the settings of all sites, saved what holds where the form is for.
	all, saved support.Settings
	// version is that of what is edited; 0 before it was saved.
	version int64
	// site is nil for all sites, and tokenID empty.
	site    *support.SiteSettings
	tokenID string
}

// edited reads what a request's form is for from its field "site", which is a token's id. Kinds: NotFound.
func (h *Handler) edited(c httpio.Ctx) (e edited, values url.Values, err error) {
	if values, err = c.FormParams(); err != nil {
		return e, nil, badForm(err)
	}
	ctx, who := c.Request().Context(), actor(loginOf(c))
	stored, err := h.Support.StoredSettings(ctx, who)
	if err != nil {
		return e, nil, err
	}
	e.all, e.saved, e.version = stored.Settings, stored.Settings, stored.UpdatedAt
	if e.tokenID = values.Get("site"); e.tokenID == "" {
		return e, values, nil
	}
	site, err := h.Support.SiteSettings(ctx, who, e.tokenID)
	if err != nil {
		return e, nil, err
	}
	e.site, e.saved, e.version = &site, site.Settings, site.UpdatedAt
	return e, values, nil
}

// own are the parts that a form says are the site's own.
func own(v url.Values) (parts []string) {
	for _, part := range support.SettingsParts {
		if v.Get(settings.OwnField(part)) != "" {
			parts = append(parts, part)
		}
	}
	return parts
}

// holding are the settings as they would hold if the form were saved: where a site follows all sites, what its
// form says does not count.
func (e edited) holding(typed support.Settings, own []string) support.Settings {
	if e.site == nil {
		return typed
	}
	return e.all.With(own, typed)
}

// address is the page of what is edited, for the texts of a language; "" is every one.
func (e edited) address(textsFor string) string {
	query := url.Values{}
	if e.tokenID != "" {
		query.Set("site", e.tokenID)
	}
	if textsFor != "" {
		query.Set("texts", textsFor)
	}
	if len(query) == 0 {
		return "/settings/widget"
	}
	return "/settings/widget?" + query.Encode()
}

// saveEdited stores the form, for all sites or for one.
func (h *Handler) saveEdited(c httpio.Ctx, e edited, values url.Values, in support.Settings) error {
	ctx, who := c.Request().Context(), actor(loginOf(c))
	var basedOn *int64 // nil, for any, from a form that does not say
	if values.Get("updated_at") != "" {
		version, err := formInt(c, "updated_at")
		if err != nil {
			return err
		}
		basedOn = &version
	}
	if e.site == nil {
		_, err := h.Support.SaveSettings(ctx, who, in, basedOn)
		return err
	}
	_, err := h.Support.SaveSiteSettings(ctx, who, e.tokenID, support.SiteChange{Settings: in, Own: own(values), UpdatedAt: basedOn})
	return err
}

// followSites takes back all that a site has of its own.
func (h *Handler) followSites(c httpio.Ctx) error {
	e := edited{tokenID: c.FormValue("site")}
	if _, err := h.Support.SaveSiteSettings(c.Request().Context(), actor(loginOf(c)), e.tokenID, support.SiteChange{}); err != nil {
		return err
	}
	return h.leadBack(c, e.address(""), "This site uses the settings of all sites again.")
}
