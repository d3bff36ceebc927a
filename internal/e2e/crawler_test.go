package e2e

import (
	"net/http"
	"testing"
)

func TestCrawlers(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop)
	asked := func(headers ...string) reply {
		return newVisitor(a.srv, tok).do(t, "POST", "/session", obj{}, headers...)
	}
	const refusal = "Crawlers can't start a session"
	for _, crawler := range []string{
		"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
		"Mozilla/5.0 (Linux; Android 6.0.1) AppleWebKit/537.36 Chrome/140 Mobile Safari/537.36 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
		"facebookexternalhit/1.1", "WhatsApp/2.23.20.0 A", "TelegramBot (like TwitterBot)", "Slackbot-LinkExpanding 1.0", "GPTBOT/1.2",
	} {
		is(t, asked("User-Agent", crawler).refused(t, http.StatusForbidden, refusal), "code", "crawler")
		// What they come for, the page, they get.
		for _, page := range []string{"/chat/" + tok.id, "/demo"} {
			if r := a.srv.do(t, "GET", page, nil, "User-Agent", crawler); r.status != http.StatusOK {
				t.Errorf("%s for a crawler: %v", page, r)
			}
		}
	}
	asked("Sec-Purpose", "prefetch").refused(t, http.StatusForbidden, refusal)
	asked("Sec-Purpose", "prefetch;anonymous-client-ip").refused(t, http.StatusForbidden, refusal)
	for _, person := range []string{
		"", "curl/8.5.0", "Mozilla/5.0 (Linux; Android 11; CUBOT NOTE 20) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140 Mobile Safari/537.36",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 [FBAN/FBIOS;FBAV/440.0]",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 [Pinterest/iOS]", "AcmeChatBridge/1.0 (+https://acme.example)",
	} {
		asked("User-Agent", person).ok(t, http.StatusCreated)
	}
	asked("Sec-Purpose", "prefetch;prerender").ok(t, http.StatusCreated)
}
