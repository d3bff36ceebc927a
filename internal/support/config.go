package support

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"time"

	"deskbell/internal/db"
	"deskbell/internal/fault"
)

// Settings is the widget's configuration as documented for GET /config; the names are stored
// and served as they stand here.
type Settings struct {
	WidgetSettings         WidgetSettings `json:"widget_settings"`
	Features               Features       `json:"features"`
	BusinessHours          BusinessHours  `json:"business_hours"`
	RequiresEmail          bool           `json:"requires_email"`
	RequiresPhone          bool           `json:"requires_phone"`
	OTPVerificationEnabled bool           `json:"otp_verification_enabled"`
	PreChat                PreChat        `json:"pre_chat,omitzero"`
	Hide                   Hide           `json:"hide,omitzero"`
}

// Features is what the widget may offer; a token's scopes narrow it further.
type Features struct {
	FileUpload       bool `json:"file_upload"`
	EmojiPicker      bool `json:"emoji_picker"`
	TypingIndicators bool `json:"typing_indicators"`
	// TypingPreview lets the team read what a visitor writes before it is sent. It needs TypingIndicators.
	TypingPreview bool `json:"typing_preview"`
	ReadReceipts  bool `json:"read_receipts"`
}

// DefaultSettings are the values of the documented example; business hours are always open.
func DefaultSettings() Settings {
	return Settings{
		WidgetSettings: WidgetSettings{
			Theme: "light", PrimaryColor: "#007bff", Position: "bottom-right",
			GreetingMessage: "Hi! How can we help you today?", OfflineMessage: "We're offline. Leave a message!",
			OffsetX: DefaultOffset, OffsetY: DefaultOffset, Sound: true,
		},
		Features:      Features{FileUpload: true, EmojiPicker: true, TypingIndicators: true, ReadReceipts: true},
		BusinessHours: BusinessHours{Timezone: "UTC", Schedule: map[string]DayHours{}},
	}
}

// Validate normalises the settings or says what is wrong with them, field by field in the
// words of the JSON tree, such as "widget_settings.primary_color".
func (c *Settings) Validate() error {
	bad := fault.Fields{}
	c.WidgetSettings.validate(bad)
	c.PreChat.validate(bad)
	c.Hide.validate(bad)
	if c.OTPVerificationEnabled && !c.RequiresEmail && !c.RequiresPhone {
		bad.Add("otp_verification_enabled", "otp_verification_enabled needs requires_email or requires_phone")
	}
	c.BusinessHours.validate(bad)
	return bad.Err()
}

// same says that both are stored as the same.
func (c Settings) same(other Settings) bool {
	one, errOne := json.Marshal(c)
	two, errTwo := json.Marshal(other)
	return errOne == nil && errTwo == nil && bytes.Equal(one, two)
}

// Settings returns the account's configuration, the defaults when nothing was saved yet.
func (s *Service) Settings(ctx context.Context, a Actor) (Settings, error) {
	return readSettings(ctx, s.db.Read(), a.AccountID)
}

// ErrSettingsStale tells of settings that somebody else has saved since they were read.
var ErrSettingsStale = fault.New(fault.Conflict, "settings_changed", "Somebody has changed these settings meanwhile")

// StoredSettings is a configuration with its version.
type StoredSettings struct {
	Settings
	// UpdatedAt tells versions apart; 0 before the first was saved.
	UpdatedAt int64
}

// StoredSettings returns the account's configuration with its version.
func (s *Service) StoredSettings(ctx context.Context, a Actor) (StoredSettings, error) {
	return readStoredSettings(ctx, s.db.Read(), a.AccountID)
}

// SaveSettings replaces the account's configuration, which must be based on the version that is stored
// unless both are the same; nil means any. Admins only. Kinds: Forbidden, Invalid, Conflict.
func (s *Service) SaveSettings(ctx context.Context, a Actor, in Settings, basedOn *int64) (StoredSettings, error) {
	if err := a.mustAdmin(); err != nil {
		return StoredSettings{}, err
	}
	if err := in.Validate(); err != nil {
		return StoredSettings{}, err
	}
	var saved StoredSettings
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		now, err := readStoredSettings(ctx, tx, a.AccountID)
		if err != nil {
			return err
		}
		if basedOn != nil && *basedOn != now.UpdatedAt {
			if saved = now; !now.same(in) {
				return ErrSettingsStale
			}
			return nil
		}
		// Later than before also within one millisecond: it tells versions apart.
		saved = StoredSettings{in, max(s.millis(), now.UpdatedAt+1)}
		if err := upsertSettings(ctx, tx, a.AccountID, s.newID(), in, saved.UpdatedAt); err != nil {
			return err
		}
		return s.audit(ctx, tx, a, "settings.save", a.AccountID, "")
	})
	return saved, err
}

// OpenAt reports whether the business hours are on at a moment, and when that next changes in Unix ms; nil
// when it never does.
func (c Settings) OpenAt(now time.Time) (open bool, nextChange *int64) {
	return c.BusinessHours.at(now)
}

// WidgetConfig is what a token's holder may see of the configuration.
type WidgetConfig struct {
	Settings
	IsOpen bool
	// NextChangeAt is when opening hours next begin or end, in Unix ms; nil when never.
	NextChangeAt *int64
}

// WidgetConfig returns the effective configuration for a token: a feature is on when it is
// configured and within the token's scopes.
func (s *Service) WidgetConfig(ctx context.Context, t TokenAuth) (WidgetConfig, error) {
	settings, err := s.TokenSettings(ctx, t.Token)
	if err != nil {
		return WidgetConfig{}, err
	}
	settings.Features.FileUpload = settings.Features.FileUpload && t.Allows(ScopeFileUpload)
	chat := t.Allows(ScopeChat)
	settings.Features.EmojiPicker = settings.Features.EmojiPicker && chat
	settings.Features.TypingIndicators = settings.Features.TypingIndicators && chat
	settings.Features.TypingPreview = settings.Features.TypingPreview && settings.Features.TypingIndicators
	settings.Features.ReadReceipts = settings.Features.ReadReceipts && chat
	c := WidgetConfig{Settings: settings}
	c.IsOpen, c.NextChangeAt = settings.BusinessHours.at(s.now())
	return c, nil
}

// Availability is who is there right now.
type Availability struct {
	IsOpen       bool
	AgentsOnline int
	NextChangeAt *int64
}

// Availability returns whether an account is within its business hours and how many of its
// members have the inbox open and are not away.
func (s *Service) Availability(ctx context.Context, accountID string) (Availability, error) {
	settings, err := s.settingsOf(ctx, accountID)
	if err != nil {
		return Availability{}, err
	}
	return s.availability(ctx, accountID, settings)
}

// TokenAvailability is Availability by the business hours of a token's site.
func (s *Service) TokenAvailability(ctx context.Context, t Token) (Availability, error) {
	settings, err := s.TokenSettings(ctx, t)
	if err != nil {
		return Availability{}, err
	}
	return s.availability(ctx, t.AccountID, settings)
}

func (s *Service) availability(ctx context.Context, accountID string, settings Settings) (Availability, error) {
	away, err := s.awayMembers(ctx, accountID)
	if err != nil {
		return Availability{}, err
	}
	online := slices.DeleteFunc(s.hub.OnlineUsers(accountID), func(userID string) bool { return away[userID] })
	a := Availability{AgentsOnline: len(online)}
	a.IsOpen, a.NextChangeAt = settings.BusinessHours.at(s.now().Truncate(time.Millisecond))
	return a, nil
}
