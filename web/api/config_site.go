package api

import (
	"net/http"

	"github.com/go-json-experiment/json/jsontext"

	"deskbell/internal/auth"
	"deskbell/internal/support"
	"deskbell/web/httpio"
)

type siteSettingsJSON struct {
	Success   bool             `json:"success"`
	Settings  support.Settings `json:"settings"`
	Own       []string         `json:"own"`
	UpdatedAt *httpio.Time     `json:"updated_at"`
}

func showSiteSettings(c httpio.Ctx, s support.SiteSettings) error {
	out := siteSettingsJSON{Success: true, Settings: s.Settings, Own: append([]string{}, s.Own...)}
	if s.UpdatedAt != 0 {
		out.UpdatedAt = httpio.OptionalTime(&s.UpdatedAt)
	}
	return c.JSON(http.StatusOK, out)
}

// getSiteSettings handles GET /token/:id/config.
func (h *handler) getSiteSettings(c httpio.Ctx, u auth.TokenUser) error {
	site, err := h.support.SiteSettings(c.Request().Context(), actor(u), c.Param("id"))
	if err != nil {
		return err
	}
	return showSiteSettings(c, site)
}

// putSiteSettings handles PUT /token/:id/config. Of the settings, what the body leaves out stays as the
// site has it now; own parts that it does not name at all stay the site's own.
func (h *handler) putSiteSettings(c httpio.Ctx, u auth.TokenUser) error {
	body, err := httpio.ReadBody(c, httpio.MaxBody)
	if err != nil {
		return err
	}
	current, err := h.support.SiteSettings(c.Request().Context(), actor(u), c.Param("id"))
	if err != nil {
		return err
	}
	var sent struct {
		Own       *[]string      `json:"own"`
		UpdatedAt jsontext.Value `json:"updated_at"`
	}
	if err := httpio.Decode(body, &sent, false); err != nil {
		return err
	}
	in := support.SiteChange{Own: current.Own}
	if sent.Own != nil {
		in.Own = *sent.Own
	}
	if in.UpdatedAt, err = settingsVersion(sent.UpdatedAt); err != nil {
		return err
	}
	if in.Settings, err = laidOver(current.Settings, body); err != nil {
		return err
	}
	site, err := h.support.SaveSiteSettings(c.Request().Context(), actor(u), c.Param("id"), in)
	if err != nil {
		return err
	}
	return showSiteSettings(c, site)
}

// settingsVersion reads what GET has said: a time, or null for what was never saved. It is nil when
// there is none, and any version will do.
func settingsVersion(sent jsontext.Value) (*int64, error) {
	if sent.Kind() == 'n' {
		return new(int64), nil
	}
	var text *string
	if err := textChanges(change{"updated_at", sent, &text}); err != nil || text == nil {
		return nil, err
	}
	at, err := millis("updated_at", *text)
	return &at, err
}

// deleteSiteSettings handles DELETE /token/:id/config: the site follows the account in everything.
func (h *handler) deleteSiteSettings(c httpio.Ctx, u auth.TokenUser) error {
	if _, err := h.support.SaveSiteSettings(c.Request().Context(), actor(u), c.Param("id"), support.SiteChange{}); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
