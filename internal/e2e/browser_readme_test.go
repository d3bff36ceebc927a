package e2e

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// harbour is a shop's page as it could stand in the pictures of the README.
const harbour = `<style>
body { margin: 0; font: 16px/1.5 Georgia, serif; color: #1f2a2e; background: #faf7f2 }
nav { display: flex; gap: 32px; padding: 22px 48px; font: 14px system-ui; color: #5a6a6e } nav b { flex: 1; font: 600 20px Georgia; color: #1f2a2e }
h1 { font-size: 52px; line-height: 1.1; margin: 56px 48px 12px; font-weight: 500 } main > h1, main > p { display: none } p.lead { margin: 0 48px 40px; max-width: 480px; color: #5a6a6e }
.goods { display: grid; grid-template-columns: repeat(3, 230px); gap: 24px; margin: 0 48px } .goods div { height: 250px; border-radius: 10px; display: flex; align-items: end; padding: 16px; font: 14px system-ui }
.goods div:nth-child(1) { background: linear-gradient(160deg, #dfe8e4, #a9c1b8) } .goods div:nth-child(2) { background: linear-gradient(160deg, #f1e2cf, #d9b48a) } .goods div:nth-child(3) { background: linear-gradient(160deg, #e3e6ee, #a8b2cc) }
</style><nav><b>Harbour Lane</b><span>Lamps</span><span>Tables</span><span>Chairs</span><span>About</span></nav>
<h1>Furniture that stays.</h1><p class="lead">Made to order in our own workshop, delivered to your door, and repaired for as long as we are here.</p>
<section class="goods"><div>Lamp “Pilot”</div><div>Table “Quay”</div><div>Chair “Anchor”</div></section>`

// readmePictures makes the pictures of the README into the folder that DESKBELL_PICTURES names.
func readmePictures(t *testing.T, b *chromium) {
	dir := os.Getenv("DESKBELL_PICTURES")
	srv := startServerWithMail(t, manySessions())
	home := newShopWith(t, srv, "chat", "support", "history", "file_upload")
	ben := home.joinNamed(t, srv, "agent", "Ben Okafor")
	srv.edit(t, `UPDATE users SET name = 'Ada Fischer' WHERE _id = ?`, home.id)
	srv.edit(t, `UPDATE accounts SET name = 'Harbour Lane' WHERE _id = ?`, home.accountID(t))
	home.pastWeeks(t, home.member, ben)
	home.configure(t, obj{"widget_settings": obj{"greeting_message": "Hello! Ask us anything about your order."}})

	take := func(p *person, name string) {
		t.Helper()
		p.do(chromedp.EmulateViewport(1280, 800, chromedp.EmulateScale(2)))
		p.media("prefers-color-scheme", "light")
		// The caret blinks, and what has just come must be there, in frames too, which can't be asked.
		p.until("that nothing moves", "(document.activeElement?.blur?.(), self.since ??= performance.now(), performance.now() - since > 1500)")
		p.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
			quality := int64(74)
			shot, err := chromedp.Call(ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{Format: page.CaptureScreenshotFormatWebp, Quality: &quality})
			if err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(dir, name+".webp"), shot.Data, 0o644)
		}))
	}

	tok := home.newToken(t, "https://harbour.example", "chat")
	for _, c := range []struct {
		name, asked, answer string
		change              obj
	}{
		{"Tom Becker", "Can the table be made 20 cm longer?", "Yes, up to 240 cm. It adds a week.", obj{"tags": []string{"custom"}}},
		{"Yuki Tanaka", "Do you deliver to the islands?", "We do, every second Thursday.", obj{"tags": []string{"shipping"}}},
		{"Lena Novak", "My lamp flickers since yesterday.", "", obj{"priority": "high", "tags": []string{"repair"}}},
		{"", "Hi, are you open on Saturday?", "", obj{}},
		{"Marco Rossi", "Thank you, the chairs are wonderful!", "That is good to hear, Marco. Enjoy them!", obj{}},
	} {
		claims := obj{}
		if c.name != "" {
			claims["name"] = c.name
		}
		v := newVisitor(srv, tok)
		v.origin = "https://harbour.example"
		v.start(t, claims, 201)
		v.post(t, c.asked)
		if c.answer != "" {
			home.do(t, "POST", "/conversation/"+v.conversation+"/messages", obj{"client_id": unique("c"), "text": c.answer}).ok(t, 201)
		}
		home.do(t, "PATCH", "/conversation/"+v.conversation, c.change).ok(t, 200)
	}

	home.url = home.site.set("/", hostPage{head: harbour, body: snippet(srv, home.widget.token, "user: { name: 'Nora Lindqvist', email: 'nora@example.org' }")})
	visitor := b.newPerson(t, "visitor", srv.url, home.site.url)
	visitor.open(home.url)
	visitor.until("the launcher", "shown('@launcher')")
	visitor.click("@launcher")
	visitor.until("the panel", "shown('@composer-input')")
	visitor.write("Hello, is the Quay table still made in oak?")
	conversation := ""
	eventually(t, 10*time.Second, "the conversation", func() bool {
		conversation = home.newest(t)
		return conversation != ""
	})
	home.do(t, "POST", "/conversation/"+conversation+"/messages",
		obj{"client_id": unique("c"), "text": "Hello Nora! Yes, in oak and in ash. Shall I send you samples of both?"}).ok(t, 201)
	visitor.write("That would be lovely, thank you!")
	srv.edit(t, `UPDATE support_conversations SET site = 'https://harbour.example' WHERE _id = ?`, conversation)
	home.do(t, "POST", "/conversation/"+conversation+"/messages", obj{"client_id": unique("c"), "text": "They want samples of oak and ash. @Ben Okafor, can you pack them?", "private": true}).ok(t, 201)
	home.do(t, "PATCH", "/conversation/"+conversation, obj{"assignee_id": home.id, "tags": []string{"samples"}}).ok(t, 200)
	take(visitor, "widget")

	agent := b.newAgent(t, home.member, "/inbox/"+conversation+"?view=all")
	agent.until("the conversation", "document.querySelectorAll('.entry').length >= 4")
	take(agent, "inbox")
	agent.open(srv.url + "/reports")
	agent.until("the charts", "shown('@chart-volume')")
	take(agent, "reports")
	srv.edit(t, `UPDATE support_tokens SET domain = 'https://www.harbour.example' WHERE _id = ?`, home.widget.id)
	agent.open(srv.url + "/settings/widget")
	agent.until("the preview", "shown('iframe')")
	take(agent, "settings")
}
