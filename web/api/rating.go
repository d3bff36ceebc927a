package api

import (
	"net/http"

	"deskbell/internal/support"
	"deskbell/web/httpio"
)

type ratingJSON struct {
	Score     int64       `json:"score"`
	Comment   *string     `json:"comment"`
	CreatedAt httpio.Time `json:"created_at"`
}

func showRating(r *support.Rating) *ratingJSON {
	if r == nil {
		return nil
	}
	return &ratingJSON{Score: r.Score, Comment: httpio.Optional(r.Comment), CreatedAt: httpio.Time(r.CreatedAt)}
}

type ratingBody struct {
	Score   *int64  `json:"score"`
	Comment *string `json:"comment"`
}

// rate handles POST /session/rating.
func (h *handler) rate(c httpio.Ctx, _ support.TokenAuth, v support.SessionAuth) error {
	var in ratingBody
	if err := httpio.BindJSON(c, &in, httpio.MaxBody, false); err != nil {
		return err
	}
	r, err := h.support.RateConversation(c.Request().Context(), v, in.Score, in.Comment)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, struct {
		Success bool        `json:"success"`
		Rating  *ratingJSON `json:"rating"`
	}{true, showRating(&r)})
}
