package support

import (
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"

	"deskbell/internal/fault"
)

// wildcard is the first label of a domain that covers subdomains at any depth, not the apex.
const wildcard = "*."

var errDomain = fault.Field("domain", "domain must be one website address such as https://example.com or https://*.example.com")

// ParseDomain normalises what a token may be locked to: scheme and host in lower case (host in
// punycode), the default port and the last slash dropped. http is allowed only for this
// machine's own names. Anything else, and anything that is more than an origin, is Invalid.
func ParseDomain(s string) (string, error) {
	origin, ok := parseOrigin(strings.TrimSpace(s), true)
	if !ok {
		return "", errDomain
	}
	return origin, nil
}

// ParseOrigin normalises a browser's Origin header the same way; wildcards are not origins.
func ParseOrigin(s string) (string, bool) { return parseOrigin(s, false) }

func parseOrigin(s string, allowWildcard bool) (string, bool) {
	if len(s) > 300 || !utf8.ValidString(s) || strings.ContainsAny(s, " \t\r\n;,'\"\\<>%") {
		return "", false
	}
	u, err := url.Parse(s)
	if err != nil || u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.Contains(s, "#") ||
		u.Opaque != "" || (u.Path != "" && u.Path != "/") {
		return "", false
	}
	scheme := strings.ToLower(u.Scheme)
	host, ok := parseHost(u.Hostname(), allowWildcard)
	if !ok || (scheme != "https" && (scheme != "http" || !isLoopback(host))) {
		return "", false
	}
	port := u.Port()
	if strings.HasSuffix(u.Host, ":") {
		return "", false
	}
	if port != "" {
		n, err := strconv.Atoi(port)
		if err != nil || n < 1 || n > 65535 {
			return "", false
		}
		port = strconv.Itoa(n)
	}
	if port == "" || (scheme == "https" && port == "443") || (scheme == "http" && port == "80") {
		return scheme + "://" + host, true
	}
	return scheme + "://" + host + ":" + port, true
}

// hostnames follows the rules of IDNA for look-ups, and of DNS for lengths and empty labels.
var hostnames = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.StrictDomainName(true), idna.VerifyDNSLength(true), idna.Transitional(false))

func parseHost(host string, allowWildcard bool) (string, bool) {
	if addr, err := netip.ParseAddr(host); err == nil {
		if addr.Zone() != "" {
			return "", false
		}
		if addr.Is6() {
			return "[" + addr.String() + "]", true
		}
		return addr.String(), true
	}
	prefix := ""
	if rest, found := strings.CutPrefix(host, wildcard); found && allowWildcard {
		prefix, host = wildcard, rest
	}
	ascii, err := hostnames.ToASCII(host)
	if err != nil || strings.Trim(ascii, "abcdefghijklmnopqrstuvwxyz0123456789-.") != "" {
		return "", false
	}
	if suffix, _ := publicsuffix.PublicSuffix(ascii); prefix != "" && suffix == ascii {
		return "", false // under *.com, *.co.uk or *.github.io anybody gets a site
	}
	return prefix + ascii, true
}

func isLoopback(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	addr, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && addr.IsLoopback()
}

// coveringDomains lists the stored domains that would cover a normalised origin: itself, and a
// wildcard for each parent of its host.
func coveringDomains(origin string) []string {
	domains := []string{origin}
	scheme, rest, _ := strings.Cut(origin, "://")
	host, port, _ := strings.Cut(rest, ":")
	if strings.HasPrefix(rest, "[") {
		return domains
	}
	if port != "" {
		port = ":" + port
	}
	for {
		_, parent, found := strings.Cut(host, ".")
		if !found {
			return domains
		}
		host = parent
		domains = append(domains, scheme+"://"+wildcard+host+port)
	}
}

// Covers reports whether a token's stored domain covers an origin, as a browser sends it or
// normalised. What is no origin is covered by none.
func Covers(domain, origin string) bool {
	normal, ok := ParseOrigin(origin)
	return ok && slices.Contains(coveringDomains(normal), domain)
}
