package api

import (
	"net/http"
	"time"

	"deskbell/internal/auth"
	"deskbell/internal/support"
	"deskbell/web/httpio"
)

type tokenUseJSON struct {
	ID         string       `json:"_id"`
	Domain     string       `json:"domain"`
	SeenOrigin *string      `json:"seen_origin"`
	SeenAt     *httpio.Time `json:"seen_at"`
	DeleteAt   *httpio.Time `json:"delete_at"`
	Requests   []int64      `json:"requests"`
}

type refusedOriginJSON struct {
	Origin   string      `json:"origin"`
	Requests int64       `json:"requests"`
	LastAt   httpio.Time `json:"last_at"`
	HasToken bool        `json:"has_token"`
}

// getTokenUse handles GET /token/use.
func (h *handler) getTokenUse(c httpio.Ctx, u auth.TokenUser) error {
	ctx, who := c.Request().Context(), actor(u)
	tokens, err := h.support.Tokens(ctx, who)
	if err != nil {
		return err
	}
	requests, err := h.support.TokenRequests(ctx, who, tokens)
	if err != nil {
		return err
	}
	refused, err := h.support.RefusedOrigins(ctx, who, tokens)
	if err != nil {
		return err
	}
	out := struct {
		Success bool                `json:"success"`
		Tokens  []tokenUseJSON      `json:"tokens"`
		Refused []refusedOriginJSON `json:"refused"`
	}{true, make([]tokenUseJSON, len(tokens)), make([]refusedOriginJSON, len(refused))}
	for i, t := range tokens {
		out.Tokens[i] = tokenUseJSON{
			ID: t.ID, Domain: t.Domain, SeenOrigin: httpio.Optional(t.SeenOrigin), DeleteAt: httpio.OptionalTime(t.DeleteAt), Requests: requests[t.ID],
		}
		if t.SeenOrigin != "" {
			out.Tokens[i].SeenAt = httpio.OptionalTime(&t.SeenAt)
		}
		if out.Tokens[i].Requests == nil {
			out.Tokens[i].Requests = make([]int64, support.UseDays)
		}
	}
	for i, r := range refused {
		out.Refused[i] = refusedOriginJSON{r.Origin, r.Requests, httpio.Time(r.LastAt), r.Elsewhere}
	}
	return c.JSON(http.StatusOK, out)
}

// replaceToken handles POST /token/:id/replace.
func (h *handler) replaceToken(c httpio.Ctx, u auth.TokenUser) error {
	var in struct {
		Grace int64 `json:"grace"`
	}
	if err := mustAdmin(u); err != nil {
		return err
	}
	if err := httpio.BindJSON(c, &in, httpio.MaxBody, false); err != nil {
		return err
	}
	t, signed, err := h.support.ReplaceToken(c.Request().Context(), actor(u), c.Param("id"), time.Duration(in.Grace)*time.Millisecond)
	if err != nil {
		return err
	}
	shown := showToken(t)
	shown.Token = signed
	return c.JSON(http.StatusCreated, oneToken{true, shown})
}

// keepToken handles POST /token/:id/keep.
func (h *handler) keepToken(c httpio.Ctx, u auth.TokenUser) error {
	return noContent(c, h.support.KeepToken(c.Request().Context(), actor(u), c.Param("id")))
}
