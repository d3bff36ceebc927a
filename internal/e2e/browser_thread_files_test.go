package e2e

import (
	"testing"

	"github.com/chromedp/cdproto/input"
)

// Agents send files by button, paste and drop, take them out again, and look at pictures.
func threadFiles(t *testing.T, b *chromium) {
	srv := startServer(t, manySessions())
	shop := newShop(t, srv)
	started(t, srv, shop.widget, obj{"name": "Vera Visitor"}).post(t, "Do you have a picture?")
	files := onDisk(t, map[string][]byte{
		"desk.jpg": jpegOf(t, photo(900, 600)), "lamp.png": pngOf(t, photo(300, 500)), "terms.pdf": []byte("%PDF-1.7\n1 0 obj\n<<>>\nendobj\n"),
		"bad.exe": []byte("MZ\x90\x00\x03\x00\x00\x00"),
	})
	agent := b.newAgent(t, shop.member, "/inbox")
	agent.openConversation("Do you have a picture?")
	const uploaded = "!$$('#chips progress').length && !$('@send').disabled"
	agent.chooseFiles("label:has(@attach)", files("desk.jpg", "terms.pdf"))
	agent.until("both waiting", uploaded+" && $$('@attachment').length === 2")
	agent.accessible("waiting files")
	agent.shot("thread-files-waiting")
	agent.click("@attachment:last-child [data-take-out]")
	agent.until("one of them", "$$('@attachment').length === 1")
	agent.drag(input.DispatchDragEventTypeDragEnter, "#text", files("lamp.png"))
	agent.drag(input.DispatchDragEventTypeDragOver, "#text", files("lamp.png"))
	agent.drag(input.DispatchDragEventTypeDrop, "#text", files("lamp.png"))
	agent.until("the dropped one too", uploaded+" && $$('@attachment').length === 2")
	agent.click("@send")
	agent.until("a message of files alone", "$$('#thread [data-picture] img').length === 2 && !$('@attachment')")
	equal(t, "the server's messages", shop.attachments(t), []string{"Do you have a picture?: ", ": desk.jpg, lamp.png"})

	agent.click("#thread [data-picture]")
	agent.until("the picture alone", "$('dialog.viewer').open && $('dialog.viewer img').naturalWidth === 900")
	agent.accessible("viewer")
	agent.shot("thread-viewer")
	agent.keys("\x1b")
	agent.until("the thread again, with the keyboard on the picture", "!$('dialog.viewer') && document.activeElement.matches('[data-picture]')")

	agent.expectRefusals()
	agent.chooseFiles("label:has(@attach)", files("bad.exe"))
	agent.until("why it is refused", "text('#upload-error').startsWith('bad.exe: ') && !$('#chips li')")
	agent.inspect("thread-files-refused")
}
