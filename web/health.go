package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"deskbell/internal/fault"
	"deskbell/web/httpio"
)

type health struct {
	Status string `json:"status"`
	Seen   *Seen  `json:"seen,omitempty"`
}

// DoctorProof is the header by which `deskbell doctor` shows that it knows the root key.
const DoctorProof = "X-Deskbell-Doctor"

// Seen is what the server has seen of a request, for `deskbell doctor`.
type Seen struct {
	Host string `json:"host"`
	// Client is who sent it, Peer the other end of the connection: the same, or a proxy.
	Client string `json:"client"`
	Peer   string `json:"peer"`
	// Trusted says that the peer is among the trusted proxies, Forwarded that X-Forwarded-For came along.
	Trusted   bool `json:"trusted"`
	Forwarded bool `json:"forwarded"`
}

// registerHealth adds /healthz (the process lives) and /readyz (it can read and write; where there is a reason
// that may be shown, it does).
func registerHealth(e *echo.Echo, d Deps) {
	e.GET("/healthz", func(c httpio.Ctx) error {
		c.Response().Header().Set("Cache-Control", "no-store")
		answer := health{Status: "ok"}
		r := c.Request()
		if proof := httpio.Single(r, DoctorProof); proof != "" && d.IsDoctor(proof) {
			peer := d.Proxies.Peer(r)
			answer.Seen = &Seen{
				Host: r.Host, Client: d.Proxies.ClientIP(r).String(), Peer: peer.String(),
				Trusted: d.Proxies.Trust(peer), Forwarded: r.Header.Get("X-Forwarded-For") != "",
			}
		}
		return c.JSON(http.StatusOK, answer)
	})
	e.GET("/readyz", func(c httpio.Ctx) error {
		c.Response().Header().Set("Cache-Control", "no-store")
		if err := d.Ready(c.Request().Context()); err != nil {
			if fault.As(err) != nil {
				return err
			}
			return fault.Wrap(fault.Unavailable, "not_ready", "Not ready", err)
		}
		return c.JSON(http.StatusOK, health{Status: "ready"})
	})
}
