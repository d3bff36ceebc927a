package support

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"deskbell/internal/db"
	"deskbell/internal/fault"
)

// The parts of the settings. A site has a part of its own or follows the account's, always as a whole:
// settings that depend on one another are in one part, so no change elsewhere can part them.
const (
	PartLook     = "look"
	PartWords    = "words"
	PartFeatures = "features"
	PartBefore   = "before"
	PartWhen     = "when"
	PartHours    = "hours"
)

// SettingsParts are all of them, in the order of the editor.
var SettingsParts = []string{PartLook, PartWords, PartFeatures, PartBefore, PartWhen, PartHours}

// takePart replaces one part by that of other settings.
func (c *Settings) takePart(part string, from Settings) {
	w, other := &c.WidgetSettings, from.WidgetSettings
	switch part {
	case PartLook:
		w.Theme, w.PrimaryColor, w.Position = other.Theme, other.PrimaryColor, other.Position
		w.LauncherIcon, w.LauncherText, w.OffsetX, w.OffsetY = other.LauncherIcon, other.LauncherText, other.OffsetX, other.OffsetY
	case PartWords:
		w.GreetingMessage, w.OfflineMessage, w.Title, w.TeamName = other.GreetingMessage, other.OfflineMessage, other.Title, other.TeamName
		w.AvatarURL, w.ReplyTime, w.Locale = other.AvatarURL, other.ReplyTime, other.Locale
		w.Texts, w.LanguageTexts = other.Texts, other.LanguageTexts
	case PartFeatures:
		c.Features, w.Sound = from.Features, other.Sound
	case PartBefore:
		c.RequiresEmail, c.RequiresPhone, c.OTPVerificationEnabled, c.PreChat = from.RequiresEmail, from.RequiresPhone, from.OTPVerificationEnabled, from.PreChat
	case PartWhen:
		c.Hide = from.Hide
	case PartHours:
		c.BusinessHours = from.BusinessHours
	}
}

// With returns the settings with the named parts of others.
func (c Settings) With(parts []string, from Settings) Settings {
	for _, part := range parts {
		c.takePart(part, from)
	}
	return c
}

// SiteSettings are what the visitors of one site get.
type SiteSettings struct {
	// SiteID is the id that the site has in Sites.
	SiteID string
	Domain string
	// Settings are the site's own parts and the account's others.
	Settings Settings
	// Own names the site's own parts, in the order of SettingsParts.
	Own []string
	// UpdatedAt tells versions of the own parts apart (Unix ms); 0 while there are none.
	UpdatedAt int64
}

// SiteChange is the input of SaveSiteSettings.
type SiteChange struct {
	// Settings hold the parts named by Own; what else they say is not looked at.
	Settings Settings
	Own      []string
	// UpdatedAt is the version that the change is based on; nil means any.
	UpdatedAt *int64
}

var errSiteStale = fault.New(fault.Conflict, "settings_changed", "Somebody has changed the settings of this site meanwhile")

// SiteSettings returns what holds for a token's site. Tokens that have replaced one another are one site.
// Admins only. Kinds: Forbidden, NotFound.
func (s *Service) SiteSettings(ctx context.Context, a Actor, tokenID string) (SiteSettings, error) {
	if err := a.mustAdmin(); err != nil {
		return SiteSettings{}, err
	}
	t, err := tokenOf(ctx, s.db.Read(), a.AccountID, tokenID)
	if err != nil {
		return SiteSettings{}, err
	}
	return siteOf(ctx, s.db.Read(), t)
}

func siteOf(ctx context.Context, q db.Querier, t Token) (SiteSettings, error) {
	site, err := readSiteSettings(ctx, q, t.AccountID, t.sessionsID())
	site.SiteID, site.Domain = t.sessionsID(), t.Domain
	return site, err
}

// SaveSiteSettings makes the named parts a site's own and lets it follow the account in the others. Admins
// only. Kinds: Forbidden, NotFound, Invalid, Conflict when somebody has changed them meanwhile to something else.
func (s *Service) SaveSiteSettings(ctx context.Context, a Actor, tokenID string, in SiteChange) (SiteSettings, error) {
	if err := a.mustAdmin(); err != nil {
		return SiteSettings{}, err
	}
	own, err := partsOf(in.Own)
	if err != nil {
		return SiteSettings{}, err
	}
	// What the account's parts say is none of the site's concern.
	settings := DefaultSettings().With(own, in.Settings)
	if err := settings.Validate(); err != nil {
		return SiteSettings{}, err
	}
	var out SiteSettings
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		t, err := tokenOf(ctx, tx, a.AccountID, tokenID)
		if err != nil {
			return err
		}
		before, err := siteOf(ctx, tx, t)
		if err != nil {
			return err
		}
		if in.UpdatedAt != nil && *in.UpdatedAt != before.UpdatedAt {
			out = before
			return unlessSame(slices.Equal(own, before.Own) && before.Settings.same(before.Settings.With(own, settings)), errSiteStale)
		}
		if len(own) == 0 && len(before.Own) == 0 {
			out = before
			return nil
		}
		action := "settings.site"
		if len(own) == 0 {
			action = "settings.site_back"
			err = deleteSiteSettings(ctx, tx, a.AccountID, t.sessionsID())
		} else {
			err = upsertSiteSettings(ctx, tx, a.AccountID, t.sessionsID(), s.newID(), own, settings, max(s.millis(), before.UpdatedAt+1))
		}
		if err != nil {
			return err
		}
		if out, err = siteOf(ctx, tx, t); err != nil {
			return err
		}
		return s.audit(ctx, tx, a, action, t.ID, t.Domain)
	})
	return out, err
}

// partsOf puts the names of parts in order, each once.
func partsOf(named []string) ([]string, error) {
	for _, part := range named {
		if !slices.Contains(SettingsParts, part) {
			return nil, fault.Field("own", fmt.Sprintf("own has no part %.60q", part))
		}
	}
	return slices.DeleteFunc(slices.Clone(SettingsParts), func(part string) bool { return !slices.Contains(named, part) }), nil
}

// Site is a website or an app with the chat, as the editor of its settings lists it.
type Site struct {
	ID string
	// TokenID is its newest token's.
	TokenID string
	Domain  string
	// CreatedAt is when that token was made (Unix ms).
	CreatedAt int64
	// Own names the parts of the settings that are its own, in the order of SettingsParts.
	Own []string
}

// Sites lists the account's sites by name: each of its tokens, those that have replaced one another once.
// Admins only. Kinds: Forbidden.
func (s *Service) Sites(ctx context.Context, a Actor) ([]Site, error) {
	if err := a.mustAdmin(); err != nil {
		return nil, err
	}
	tokens, err := tokensOf(ctx, s.db.Read(), a.AccountID)
	if err != nil {
		return nil, err
	}
	own, err := ownParts(ctx, s.db.Read(), a.AccountID)
	if err != nil {
		return nil, err
	}
	var sites []Site
	seen := map[string]bool{}
	for _, t := range tokens {
		if id := t.sessionsID(); !seen[id] {
			seen[id] = true
			sites = append(sites, Site{ID: id, TokenID: t.ID, Domain: t.Domain, CreatedAt: t.CreatedAt, Own: own[id]})
		}
	}
	slices.SortStableFunc(sites, func(a, b Site) int { return cmp.Compare(a.Domain, b.Domain) })
	return sites, nil
}

// TokenSettings returns what holds for the visitors of a token's site; it is shared and must not be changed.
func (s *Service) TokenSettings(ctx context.Context, t Token) (Settings, error) {
	return s.settingsOfSite(ctx, t.AccountID, t.sessionsID())
}
