package api

import (
	"net/http"

	"deskbell/internal/auth"
	"deskbell/internal/fault"
	"deskbell/internal/support"
	"deskbell/web/httpio"
)

type tokenJSON struct {
	ID            string       `json:"_id"`
	AccountID     string       `json:"account_id"`
	Domain        string       `json:"domain"`
	Token         string       `json:"token,omitempty"`
	Scopes        []string     `json:"scopes"`
	ExpiryTime    int64        `json:"expiry_time"`
	ExpiresAt     httpio.Time  `json:"expires_at"`
	RequireOrigin bool         `json:"require_origin"`
	CreatedBy     *string      `json:"created_by"`
	CreatedAt     httpio.Time  `json:"created_at"`
	RegeneratedAt *httpio.Time `json:"regenerated_at"`
	LastUsed      *httpio.Time `json:"last_used"`
	Status        string       `json:"status"`
}

// showToken never has the token's string, except where the caller adds it.
func showToken(t support.Token) tokenJSON {
	return tokenJSON{
		ID: t.ID, AccountID: t.AccountID, Domain: t.Domain, Scopes: t.Scopes, ExpiryTime: t.ExpiryTime,
		ExpiresAt: httpio.Time(t.ExpiresAt), RequireOrigin: t.RequireOrigin, CreatedBy: httpio.Optional(t.CreatedBy),
		CreatedAt: httpio.Time(t.CreatedAt), RegeneratedAt: httpio.OptionalTime(t.RegeneratedAt),
		LastUsed: httpio.OptionalTime(t.LastUsed), Status: t.Status,
	}
}

type oneToken struct {
	Success bool      `json:"success"`
	Token   tokenJSON `json:"token"`
}

type newTokenBody struct {
	Domain        string   `json:"domain"`
	Scopes        []string `json:"scopes"`
	ExpiryTime    *int64   `json:"expiry_time"`
	RequireOrigin bool     `json:"require_origin"`
}

// createToken handles POST /token.
func (h *handler) createToken(c httpio.Ctx, u auth.TokenUser) error {
	var in newTokenBody
	if err := mustAdmin(u); err != nil {
		return err
	}
	if err := httpio.BindJSON(c, &in, httpio.MaxBody, false); err != nil {
		return err
	}
	t, signed, err := h.support.CreateToken(c.Request().Context(), actor(u), support.NewToken(in))
	if err != nil {
		return err
	}
	shown := showToken(t)
	shown.Token = signed
	return c.JSON(http.StatusCreated, oneToken{true, shown})
}

type regenerateBody struct {
	ID     string  `json:"id"`
	Domain *string `json:"domain"`
}

// regenerateToken handles POST /token/regenerate.
func (h *handler) regenerateToken(c httpio.Ctx, u auth.TokenUser) error {
	var in regenerateBody
	if err := mustAdmin(u); err != nil {
		return err
	}
	if err := httpio.BindJSON(c, &in, httpio.MaxBody, false); err != nil {
		return err
	}
	if in.ID == "" {
		return fault.Field("id", "id is required")
	}
	t, signed, err := h.support.RegenerateToken(c.Request().Context(), actor(u), in.ID, in.Domain)
	if err != nil {
		return err
	}
	shown := showToken(t)
	shown.Token = signed
	return c.JSON(http.StatusOK, oneToken{true, shown})
}

// listTokens handles GET /token.
func (h *handler) listTokens(c httpio.Ctx, u auth.TokenUser) error {
	list, err := h.support.Tokens(c.Request().Context(), actor(u))
	if err != nil {
		return err
	}
	out := struct {
		Success bool        `json:"success"`
		Token   []tokenJSON `json:"token"`
	}{true, make([]tokenJSON, len(list))}
	for i, t := range list {
		out.Token[i] = showToken(t)
	}
	return c.JSON(http.StatusOK, out)
}

// deleteToken handles DELETE /token/:id.
func (h *handler) deleteToken(c httpio.Ctx, u auth.TokenUser) error {
	if err := h.support.DeleteToken(c.Request().Context(), actor(u), c.Param("id")); err != nil {
		return err
	}
	return c.JSON(http.StatusOK, done{true, "Token deleted"})
}

// newIdentitySecret handles POST /token/:id/identity-secret.
func (h *handler) newIdentitySecret(c httpio.Ctx, u auth.TokenUser) error {
	secret, err := h.support.NewIdentitySecret(c.Request().Context(), actor(u), c.Param("id"))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, struct {
		Success        bool   `json:"success"`
		IdentitySecret string `json:"identity_secret"`
	}{true, secret})
}

// done is the answer of calls that only confirm.
type done struct {
	Success bool   `json:"success"`
	Message string `json:"message"`
}

// mustAdmin refuses before the body is read, so that an agent learns nothing from its errors;
// the use case refuses by itself too.
func mustAdmin(u auth.TokenUser) error {
	if !u.Admin() {
		return support.ErrAdminOnly
	}
	return nil
}
