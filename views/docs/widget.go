package docs

import (
	"embed"
	"fmt"
	"strings"
)

//go:embed samples
var samples embed.FS

// exampleBase stands in the samples for the server's own address.
const exampleBase = "https://chat.example.com"

// chapter is a part of the guide to the widget.
type chapter struct {
	id, name, text string
	recipes        []recipe
}

// recipe is one thing to do: where, with what, and what to look out for.
type recipe struct {
	id, name, text string
	samples        []sample
	fields         []field
	watch          []string
}

// sample is a file that readers copy.
type sample struct{ title, file string }

func (s sample) id() string { return "sample-" + strings.ReplaceAll(s.file, ".", "-") }

// code is the file with the server's address filled in.
func (s sample) code(base string) string {
	content, err := samples.ReadFile("samples/" + s.file)
	if err != nil {
		panic(fmt.Sprintf("docs: %v", err)) // The folder is embedded: only a broken build gets here.
	}
	return strings.ReplaceAll(string(content), exampleBase, base)
}

func html(file string) []sample { return []sample{{"HTML", file}} }

// guide is everything /docs/widget says, in its order.
var guide = []chapter{
	{"websites", "Websites", "Paste the code once, so that every page has it.", []recipe{
		{id: "plain-html", name: "Plain HTML", text: "Paste this before `</body>` on every page.", samples: html("plain.html"), watch: []string{
			"Keep the script on this address. A copy on your own server can't find Deskbell.",
		}},
		{id: "gtm", name: "Google Tag Manager", text: "Make a new tag of the type Custom HTML, paste this, and fire it on All Pages.", samples: html("gtm.html"), watch: []string{
			"Use this code, not the one with `data-token`: Tag Manager takes such attributes away.",
			"If your site asks for consent, fire the tag after it.",
		}},
		{id: "wordpress", name: "WordPress", text: "Paste this at the end of your child theme's `functions.php`, or into a code snippets plugin.",
			samples: []sample{{"PHP", "wordpress.php"}}, watch: []string{
				"Tell plugins that combine or delay scripts to leave `support-widget.js` alone.",
				"Empty the page cache after pasting.",
			}},
		{id: "shopify", name: "Shopify", text: "Open Online Store, Themes, Edit code, and paste this before `</body>` in `layout/theme.liquid`.",
			samples: []sample{{"Liquid", "shopify.liquid"}}, watch: []string{
				"The checkout doesn't use the theme, so the chat is not there.",
				"The `myshopify.com` address is another domain: to see the chat there too, make it a token of its own.",
			}},
	}},
	{"frameworks", "Frameworks", "The chat stays open while people move through your site, with what they were writing. You need no code for navigation.", []recipe{
		{id: "react", name: "React", text: "Save this as `useChat.js` and call `useChat()` in a component that is on every page, such as `App`.",
			samples: []sample{{"useChat.js", "react.js"}}, watch: []string{
				"In Next.js the component that calls it starts with `'use client'`.",
				"When the component goes, the chat goes too.",
			}},
		{id: "vue", name: "Vue", text: "Save this as `useChat.js` and call `useChat()` in the `<script setup>` of `App.vue`.",
			samples: []sample{{"useChat.js", "vue.js"}}, watch: []string{
				"In Nuxt, call it in `app.vue`; it runs in the browser only.",
				"When the component goes, the chat goes too.",
			}},
		{id: "turbo", name: "Turbo", text: "Paste this into the `<head>` of your layout.", samples: html("turbo.html"), watch: []string{
			"Keep it in the head, the same on every page: Turbo runs the scripts of a body again and again.",
		}},
		{id: "astro", name: "Astro", text: "Paste this into the `<head>` of your layout, beside `<ClientRouter />` if you use it.",
			samples: []sample{{"Layout.astro", "layout.astro"}}, watch: []string{
				"Keep `is:inline`: without it Astro bundles the script, and the chat can't find its server.",
			}},
		{id: "spa", name: "Other single-page sites", text: "Use the plain HTML in the page that everything starts from. The chat stays when the address or the whole body changes. To take it away, call `Deskbell('destroy')`; loading the script again brings it back."},
	}},
	{"control", "Settings and calls", "Most settings are in the console under Widget. What the page says wins over them.", []recipe{
		{id: "settings", name: "Settings of a page", text: "These go into `supportConfig`.", fields: []field{
			{name: "token", kind: "text, required", description: "The token of this site."},
			{name: "position", kind: "bottom-right or bottom-left", description: "The corner of the launcher."},
			{name: "theme", kind: "light, dark or auto", description: "`auto` follows the visitor's device."},
			{name: "locale", kind: "text", description: "The language, such as `de`. Otherwise the page's own decides."},
			{name: "user", kind: "object", description: "What you know of the visitor: `name`, `email`, `phone`, and `auth_attr` with anything else your team should see. Your team sees it as claimed, not as proven."},
			{name: "identity_token", kind: "text or function", description: "Proves who is logged in. See “People who are logged in”."},
			{name: "hideLauncher", kind: "true or false", description: "No launcher: your own button opens the chat."},
			{name: "zIndex", kind: "number", description: "How far in front the chat is."},
			{name: "sound", kind: "true or false", description: "A sound for new answers."},
		}},
		{id: "methods", name: "Calls", text: "Once the script has loaded, call `Deskbell('open')` or `Deskbell.open()`. The first lines below let you call before that.",
			samples: []sample{{"HTML", "queue.html"}, {"A button of your own", "button.html"}}, fields: []field{
				{name: "open, close, toggle", description: "The panel."},
				{name: "show, hide", description: "The launcher."},
				{name: "isOpen, unread", description: "Whether the panel is open; how many messages are unread."},
				{name: "send(text)", description: "Sends a message for the visitor."},
				{name: "prefill(text)", description: "Puts a text into the box, ready to send."},
				{name: "identify(user)", description: "Says who the visitor is, like `user` above."},
				{name: "set(settings)", description: "Changes any setting but the token."},
				{name: "locale(language), theme(name)", description: "Changes language or look at once."},
				{name: "logout", description: "Forgets the visitor on this browser. Call it when people log out of your site."},
				{name: "on(event, handler), off(event, handler)", description: "Listens to an event, or stops listening."},
				{name: "destroy", description: "Takes the chat away."},
			}},
		{id: "events", name: "Events", text: "Listen with `Deskbell('on', name, handler)`, or on `window` as `deskbell:ready` and so on, where `event.detail` has what the handler gets.", fields: []field{
			{name: "ready", description: "The launcher is there."},
			{name: "open, close", description: "The panel opened or closed."},
			{name: "message", kind: "{message}", description: "Your team wrote."},
			{name: "sent", kind: "{message}", description: "The visitor's message is with you."},
			{name: "unread", kind: "{count}", description: "The number of unread messages changed."},
			{name: "session", kind: "{session_id, conversation_id}", description: "A session began."},
			{name: "error", kind: "{error, statusCode}", description: "Something was refused."},
		}},
	}},
	{"identity", "People who are logged in", "Your server can prove who is logged in at your site. Their conversation then follows them to every device, and your team sees that it is really them.", []recipe{
		{id: "identity-secret", name: "1. Get the secret", text: "Ask for it once as an admin, and keep it on your server. Asking again makes a new one and ends the old one. `YOUR_TOKEN_ID` is what follows `/chat/` in the link of the token's chat page, under Tokens.",
			samples: []sample{{"Shell", "secret.sh"}}},
		{id: "identity-server", name: "2. Sign on your server", text: "Let your site answer `/chat-identity` with this for the person who is logged in. `IDENTITY_SECRET` is the secret from step 1.",
			samples: []sample{{"Node", "identity.mjs"}, {"PHP", "identity.php"}, {"Python", "identity.py"}, {"Ruby", "identity.rb"}, {"Go", "identity.go.txt"}}, watch: []string{
				"Sign only addresses that your site has verified.",
				"Never put the secret into a page or an app.",
			}},
		{id: "identity-page", name: "3. Use it in the page", text: "Use this only on pages for people who are logged in. For all others leave `identity_token` out.", samples: html("identity.html"), watch: []string{
			"When people log out, call `Deskbell('logout')`.",
			"After a login without a new page, call `Deskbell('set', { identity_token })`.",
		}},
	}},
	{"careful", "Consent and security", "The chat sets no cookie and asks no other server. It keeps the conversation in the browser's local storage.", []recipe{
		{id: "consent", name: "Consent managers", text: "Let the consent manager call `startChat` after a yes, and `stopChat` when the yes is taken back.", samples: html("consent.html"), watch: []string{
			"`logout` forgets the conversation on that browser; leave it out to keep it.",
		}},
		{id: "csp", name: "Content security policy", text: "Add this server to three lines. Styles need no line.", samples: []sample{{"Header", "policy.txt"}}, watch: []string{
			"With nonces, give both `<script>` tags the nonce.",
		}},
		{id: "strict", name: "No inline scripts", text: "Where a policy forbids inline scripts, one line does it all.", samples: html("strict.html"), watch: []string{
			"Make all other settings in the console, or by `Deskbell('set', …)` from a script of yours.",
		}},
	}},
	{"apps", "Links, frames and apps", "Each token also has a page with nothing but the chat. You find its link under Tokens; what follows `/chat/` in it is `YOUR_TOKEN_ID`.", []recipe{
		{id: "link", name: "A link", text: "For mails, QR codes and buttons. `theme` and `locale` can be left out.", samples: html("link.html")},
		{id: "frame", name: "A frame", text: "Only the token's own domain can show the page in a frame.", samples: html("frame.html"), watch: []string{
			"Your policy needs this server in `frame-src`.",
			"Browsers keep a frame's conversation apart from the page's own.",
		}},
		{id: "android", name: "Android", text: "Show the page in a `WebView`.", samples: []sample{{"Kotlin", "android.kt"}}, watch: []string{
			"To let people send files, set a `WebChromeClient` with `onShowFileChooser`.",
		}},
		{id: "ios", name: "iOS", text: "Show the page in a `WKWebView`.", samples: []sample{{"Swift", "ios.swift"}}, watch: []string{
			"To send photos from the camera, `Info.plist` needs `NSCameraUsageDescription`.",
		}},
		{id: "json-api", name: "Your own screens", text: "Build the chat from the JSON API. Make a long random device id once, and keep it on the device like a password. " +
			"The first call answers with `session.session_token`: keep it too, the other calls need it. Give each message a new `client_id`; sending one again with the same id is safe.",
			samples: []sample{{"JavaScript: begin", "start.mjs"}, {"Shell: begin", "start.sh"}, {"Shell: send a message", "send.sh"}, {"Shell: read messages", "read.sh"}, {"Shell: listen", "listen.sh"}}, watch: []string{
				"Make the token without “Only from this website”: apps have none.",
			}},
	}},
	{"trouble", "When something is wrong", "Open the browser's developer tools first: their console says what was stopped.", []recipe{
		{id: "refused", name: "“Blocked by CORS policy”", text: "No token works on this address. Look under Tokens: its domain must be the page's own. `https://example.com` and `https://www.example.com` are two, and another port is another address. `https://*.example.com` covers all subdomains, but not `https://example.com`. " +
			"If the domain is right, the token has expired or was deleted: make a new one. Pages opened from a file have no address, so the chat never works there."},
		{id: "replaced", name: "“Status of 401”", text: "The page has an old token, and the domain has a newer one. Paste the newer one."},
		{id: "hidden", name: "No launcher and no message", text: "Deskbell's settings may hide it: on phones, on computers, outside business hours, or on this address. So does `hideLauncher`. A script that lacks its own address, as when a plugin has bundled it, doesn't start either."},
		{id: "blocked", name: "“Content Security Policy”", text: "Add this server to your policy. See “Content security policy”."},
		{id: "private", name: "“Local network” or “private network”", text: "Browsers stop a public page from reaching a server in your own network. Give Deskbell a public address with HTTPS, or try it on a page of the same network."},
		{id: "mixed", name: "“Mixed content”", text: "A page with HTTPS needs a Deskbell with HTTPS. Put a proxy in front, and set `--base-url` to its address."},
		{id: "late", name: "The chat comes only after a click on the banner", text: "A consent manager holds the script back until then. See “Consent managers”."},
	}},
}
