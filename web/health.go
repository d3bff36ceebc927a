package web

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"deskbell/internal/fault"
	"deskbell/web/httpio"
)

type health struct {
	Status string `json:"status"`
}

// registerHealth adds /healthz (the process lives) and /readyz (it can read and write; where there is a reason
// that may be shown, it does).
func registerHealth(e *echo.Echo, ready func(context.Context) error) {
	e.GET("/healthz", func(c httpio.Ctx) error {
		c.Response().Header().Set("Cache-Control", "no-store")
		return c.JSON(http.StatusOK, health{"ok"})
	})
	e.GET("/readyz", func(c httpio.Ctx) error {
		c.Response().Header().Set("Cache-Control", "no-store")
		if err := ready(c.Request().Context()); err != nil {
			if fault.As(err) != nil {
				return err
			}
			return fault.Wrap(fault.Unavailable, "not_ready", "Not ready", err)
		}
		return c.JSON(http.StatusOK, health{"ready"})
	})
}
