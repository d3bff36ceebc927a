package api

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/labstack/echo/v4"

	"deskbell/internal/auth"
	"deskbell/internal/fault"
	"deskbell/internal/support"
	"deskbell/web/httpio"
)

type configJSON struct {
	support.Settings
	BusinessHours hoursJSON     `json:"business_hours"`
	Scopes        []string      `json:"scopes"`
	Launcher      *launcherJSON `json:"launcher,omitempty"`
}

type hoursJSON struct {
	support.BusinessHours
	IsOpen       bool         `json:"is_open"`
	NextChangeAt *httpio.Time `json:"next_change_at"`
}

// getConfig handles GET /config.
func (h *handler) getConfig(c httpio.Ctx, t support.TokenAuth) error {
	config, err := h.support.WidgetConfig(c.Request().Context(), t)
	if err != nil {
		return err
	}
	language := spoken(c, config.Settings)
	config.WidgetSettings = config.WidgetSettings.In(language)
	body, err := json.Marshal(struct {
		Success bool       `json:"success"`
		Config  configJSON `json:"config"`
	}{true, configJSON{config.Settings, hoursJSON{config.BusinessHours, config.IsOpen, httpio.OptionalTime(config.NextChangeAt)}, t.Scopes, launcher(language, config.Settings)}})
	if err != nil {
		return err
	}
	sum := sha256.Sum256(body)
	etag := `"` + hex.EncodeToString(sum[:12]) + `"`
	header := c.Response().Header()
	header.Set("Cache-Control", "public, max-age=300")
	header.Set("ETag", etag)
	if matches(c.Request().Header.Get("If-None-Match"), etag) {
		return c.NoContent(http.StatusNotModified)
	}
	if len(body) > smallConfig && httpio.Accepts(c.Request().Header.Get("Accept-Encoding"), "gzip") {
		// What is compressed is the same only in what it says.
		header.Set("ETag", "W/"+etag)
		return httpio.WriteCompressed(c, http.StatusOK, echo.MIMEApplicationJSON, body)
	}
	return c.JSONBlob(http.StatusOK, body)
}

// smallConfig is the most bytes that a page pays for the configuration before its chat is opened; what
// is longer, with opening hours or words of the owner's, is compressed.
const smallConfig = 1024

// matches reports whether an If-None-Match list holds an entity tag; proxies may have made it weak.
func matches(list, etag string) bool {
	for candidate := range strings.SplitSeq(list, ",") {
		if candidate = strings.TrimPrefix(strings.TrimSpace(candidate), "W/"); candidate == etag || candidate == "*" {
			return true
		}
	}
	return false
}

type availabilityJSON struct {
	IsOpen       bool         `json:"is_open"`
	AgentsOnline int          `json:"agents_online"`
	NextChangeAt *httpio.Time `json:"next_change_at"`
}

func showAvailability(a support.Availability) availabilityJSON {
	return availabilityJSON{a.IsOpen, a.AgentsOnline, httpio.OptionalTime(a.NextChangeAt)}
}

// getAvailability handles GET /availability.
func (h *handler) getAvailability(c httpio.Ctx, t support.TokenAuth) error {
	a, err := h.support.TokenAvailability(c.Request().Context(), t.Token)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, struct {
		Success bool `json:"success"`
		availabilityJSON
	}{true, showAvailability(a)})
}

type settingsJSON struct {
	Success  bool             `json:"success"`
	Settings support.Settings `json:"settings"`
	// UpdatedAt is null before the first were saved.
	UpdatedAt *httpio.Time `json:"updated_at"`
}

func showSettings(c httpio.Ctx, s support.StoredSettings) error {
	out := settingsJSON{Success: true, Settings: s.Settings}
	if s.UpdatedAt != 0 {
		out.UpdatedAt = httpio.OptionalTime(&s.UpdatedAt)
	}
	return c.JSON(http.StatusOK, out)
}

// getSettings handles GET /config/settings.
func (h *handler) getSettings(c httpio.Ctx, u auth.TokenUser) error {
	if err := mustAdmin(u); err != nil {
		return err
	}
	settings, err := h.support.StoredSettings(c.Request().Context(), actor(u))
	if err != nil {
		return err
	}
	return showSettings(c, settings)
}

// putSettings handles PUT /config/settings. What the body leaves out stays as it is, so that a
// client that knows fewer settings does not reset the others.
func (h *handler) putSettings(c httpio.Ctx, u auth.TokenUser) error {
	if err := mustAdmin(u); err != nil {
		return err
	}
	body, err := httpio.ReadBody(c, httpio.MaxBody)
	if err != nil {
		return err
	}
	var sent struct {
		UpdatedAt jsontext.Value `json:"updated_at"`
	}
	if err := httpio.Decode(body, &sent, false); err != nil {
		return err
	}
	basedOn, err := settingsVersion(sent.UpdatedAt)
	if err != nil {
		return err
	}
	for {
		current, err := h.support.StoredSettings(c.Request().Context(), actor(u))
		if err != nil {
			return err
		}
		in, err := laidOver(current.Settings, body)
		if err != nil {
			return err
		}
		from := &current.UpdatedAt
		if basedOn != nil {
			from = basedOn
		}
		saved, err := h.support.SaveSettings(c.Request().Context(), actor(u), in, from)
		if basedOn == nil && errors.Is(err, support.ErrSettingsStale) {
			continue // what somebody else has just changed is among what stays
		}
		if err != nil {
			return err
		}
		return showSettings(c, saved)
	}
}

// laidOver returns the current settings with what a body says of them. Kinds: Invalid.
func laidOver(current support.Settings, body []byte) (support.Settings, error) {
	var sent struct {
		Settings struct {
			WidgetSettings jsontext.Value `json:"widget_settings"`
			Features       jsontext.Value `json:"features"`
			PreChat        jsontext.Value `json:"pre_chat"`
			Hide           jsontext.Value `json:"hide"`
			BusinessHours  struct {
				Schedule jsontext.Value `json:"schedule"`
			} `json:"business_hours"`
		} `json:"settings"`
	}
	if err := httpio.Decode(body, &sent, false); err != nil {
		return current, err
	}
	objects := map[string]jsontext.Value{
		"widget_settings": sent.Settings.WidgetSettings, "features": sent.Settings.Features,
		"pre_chat": sent.Settings.PreChat, "hide": sent.Settings.Hide,
	}
	for field, value := range objects {
		if value != nil && value.Kind() != '{' {
			return current, fault.Field(field, field+" must be an object") // null would reset what is in it
		}
	}
	in := struct {
		Settings support.Settings `json:"settings"`
	}{current}
	if sent.Settings.BusinessHours.Schedule != nil {
		in.Settings.BusinessHours.Schedule = nil // a schedule is replaced as a whole, or no day could be removed
	}
	err := httpio.Decode(body, &in, false)
	return in.Settings, err
}
