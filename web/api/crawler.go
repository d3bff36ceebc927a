package api

import (
	"net/http"
	"strings"

	"deskbell/internal/fault"
)

var errCrawler = fault.New(fault.Forbidden, "crawler", "Crawlers can't start a session")

// crawlers are parts of the user agents of search engines, link previews and collectors, in lower case. They are
// whole names: "bot" alone is also the end of a phone's brand and of other people's own programs.
var crawlers = []string{
	// Search engines
	"googlebot", "google-inspectiontool", "googleother", "storebot-google", "adsbot-google", "mediapartners-google", "feedfetcher-google",
	"google-read-aloud", "bingbot", "bingpreview", "adidxbot", "msnbot", "slurp", "duckduckbot", "duckassistbot", "baiduspider", "yandexbot",
	"yandeximages", "yandexmobilebot", "applebot", "petalbot", "sogou web spider", "seznambot", "exabot", "coccocbot", "yeti/", "mojeekbot", "qwantbot",
	"naverbot", "ia_archiver", "archive.org_bot",
	// Link previews
	"facebookexternalhit", "facebookcatalog", "twitterbot", "linkedinbot", "slackbot", "slack-imgproxy", "discordbot", "telegrambot", "whatsapp/",
	"skypeuripreview", "pinterestbot", "pinterest.com/bot", "redditbot", "vkshare", "embedly", "iframely", "mastodon/", "bitlybot", "snap url preview",
	"google-pagerenderer",
	// Collectors
	"gptbot", "oai-searchbot", "chatgpt-user", "claudebot", "claude-web", "anthropic-ai", "perplexitybot", "perplexity-user", "ccbot", "amazonbot",
	"bytespider", "meta-externalagent", "meta-externalfetcher", "cohere-ai", "diffbot", "timpibot", "youbot", "imagesiftbot", "omgilibot",
	"ahrefsbot", "ahrefssiteaudit", "semrushbot", "siteauditbot", "mj12bot", "dotbot", "rogerbot", "blexbot", "dataforseobot", "serpstatbot",
	"screaming frog", "barkrowler", "uptimerobot", "pingdom", "statuscake", "site24x7",
}

// isCrawler tells programs that read pages for others, and browsers that fetch a page before anybody wants it, from
// visitors. A page that is rendered in advance is a visitor's: it is shown as it is once they go there.
func isCrawler(req *http.Request) bool {
	if purpose := req.Header.Get("Sec-Purpose"); strings.HasPrefix(purpose, "prefetch") && !strings.Contains(purpose, "prerender") {
		return true
	}
	agent := strings.ToLower(req.UserAgent())
	for _, name := range crawlers {
		if strings.Contains(agent, name) {
			return true
		}
	}
	return false
}
