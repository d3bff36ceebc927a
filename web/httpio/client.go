package httpio

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// Proxies are the networks whose forwarded headers count.
type Proxies []netip.Prefix

// Trust says whether the address is in one of the networks.
func (p Proxies) Trust(addr netip.Addr) bool {
	for _, prefix := range p {
		if prefix.Contains(addr) {
			return true
		}
	}
	return false
}

// Peer returns the other end of the connection, 0.0.0.0 when it has no address.
func (Proxies) Peer(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.IPv4Unspecified()
	}
	return peer.Addr().Unmap()
}

// ClientIP returns who sent the request: the socket's peer, or, when that is a trusted proxy,
// the right-most X-Forwarded-For entry that is not one. What stands further left was written
// by the client itself.
func (p Proxies) ClientIP(r *http.Request) netip.Addr {
	client := p.Peer(r)
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && p.Trust(client); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			return client
		}
		client = hop.Unmap().WithZone("")
	}
	return client
}

// OwnOrigin reports whether a browser made the request from a page of this server: by its
// Origin, or, where it sends none (same-origin GET), by what it says about the site or referrer.
func OwnOrigin(r *http.Request, base *url.URL) bool {
	if values := r.Header.Values("Origin"); len(values) > 0 {
		return len(values) == 1 && isOwn(values[0], r, base)
	}
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" {
		return site == "same-origin"
	}
	return isOwn(r.Header.Get("Referer"), r, base)
}

// isOwn accepts the public address, and the address that this very request was sent to: on a
// first try that is often http://127.0.0.1:8080 instead of http://localhost:8080.
func isOwn(address string, r *http.Request, base *url.URL) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return false
	}
	return (u.Scheme == base.Scheme && strings.EqualFold(u.Host, base.Host)) || strings.EqualFold(u.Host, r.Host)
}

// Bearer returns the one bearer token of a request, or "".
func Bearer(r *http.Request) string {
	values := r.Header.Values("Authorization")
	if len(values) != 1 {
		return ""
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// Single returns a header that must not be doubled; a doubled one counts as absent.
func Single(r *http.Request, name string) string {
	if values := r.Header.Values(name); len(values) == 1 {
		return values[0]
	}
	return ""
}
