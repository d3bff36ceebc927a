package e2e

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// allScopes is what a token needs so that its visitors may upload.
var allScopes = []string{"chat", "support", "file_upload", "history"}

var fileKinds = map[string]string{"_id": "id", "name": "string", "size": "int", "content_type": "string", "url": "string",
	"width": "int?", "height": "int?", "thumbnail_url": "string?", "created_at": "time"}

func TestFileTypesComeFromTheBytes(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	tok := newAccount(t, s).newToken(t, shop, allScopes...)
	pdf := []byte("%PDF-1.4\n1 0 obj<</Type/Catalog/OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n")
	v := started(t, s, tok, obj{})
	for n, c := range []struct {
		name    string
		content []byte
		want    string
		saved   string
	}{
		{"offer.pdf", pdf, "application/pdf", "offer.pdf"},
		{"offer.exe", pdf, "application/pdf", "offer.exe.pdf"},
		{"notes.txt", []byte("just some words\nin two lines\n"), "text/plain", "notes.txt"},
		{"setup.bat", []byte("echo these are only words\r\n"), "text/plain", "setup.bat.txt"},
		{"list.csv", []byte("name,price\nbell,3\ndesk,5\n"), "text/csv", "list.csv"},
		{"all.zip", zipOf(t, "a.txt", "b.txt"), "application/zip", "all.zip"},
		{"letter.docx", zipOf(t, "[Content_Types].xml", "_rels/.rels", "word/document.xml"),
			"application/vnd.openxmlformats-officedocument.wordprocessingml.document", "letter.docx"},
		{"clip.mp4", append([]byte("\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isommp42"), make([]byte, 64)...), "video/mp4", "clip.mp4"},
		{"clip.webm", append([]byte("\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webm"), make([]byte, 64)...), "video/webm", "clip.webm"},
		{"song.mp3", append([]byte("\xff\xfb\x90\x64"), make([]byte, 413)...), "audio/mpeg", "song.mp3"},
		{"voice.ogg", append([]byte("OggS\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x1e\x01vorbis"), make([]byte, 64)...),
			"audio/ogg", "voice.ogg"},
	} {
		r := v.upload(t, c.name, c.content)
		if r.status != http.StatusCreated {
			t.Errorf("%d %s: %v", n, c.name, r)
			continue
		}
		f := at(t, r.ok(t, http.StatusCreated), "file")
		shape(t, f, fileKinds)
		if got := str(t, f, "content_type"); got != c.want {
			t.Errorf("%d %s is %s, want %s", n, c.name, got, c.want)
		}
		is(t, f, "name", c.saved)
		is(t, f, "size", len(c.content))
		is(t, f, "width", nil)
		is(t, f, "thumbnail_url", nil)
		r = s.link(t, "GET", str(t, f, "url"))
		if r.status != http.StatusOK || !bytes.Equal(r.body, c.content) {
			t.Fatalf("%s does not come back: %d", c.name, r.status)
		}
		// Nothing but pictures is ever shown on our address.
		if got := r.header.Get("Content-Disposition"); !strings.HasPrefix(got, "attachment") || !strings.Contains(got, c.saved) {
			t.Errorf("%s: Content-Disposition %q", c.name, got)
		}
		if got := r.header.Get("Content-Type"); got != c.want {
			t.Errorf("%s is served as %q", c.name, got)
		}
	}
}

func TestRefusedFilesLeaveNothing(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	a := newAccount(t, s)
	v := started(t, s, a.newToken(t, shop, allScopes...), obj{})
	html := "<!DOCTYPE html><html><script>alert(document.domain)</script></html>"
	whole := pngOf(t, photo(40, 40))
	for name, content := range map[string][]byte{
		"empty.txt":       {},
		"page.png":        []byte(html),
		"page.html":       []byte(html),
		"spaces.txt":      []byte("  \n\t<HTML><body onload=alert(1)>"),
		"shape.svg":       []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`),
		"shape.jpg":       []byte(`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`),
		"feed.xml":        []byte(`<?xml version="1.0"?><x:script xmlns:x="http://www.w3.org/1999/xhtml">alert(1)</x:script>`),
		"script.gif":      []byte(`GIF89a/*` + strings.Repeat("x", 40) + `*/=1;alert(1)`),
		"program.txt":     append([]byte("MZ\x90\x00"), make([]byte, 100)...),
		"elf":             append([]byte("\x7fELF\x02\x01\x01"), make([]byte, 100)...),
		"run.txt":         []byte("#!/bin/sh\nrm -rf /\n"),
		"tool.zip":        zipOf(t, "META-INF/MANIFEST.MF", "a.class"),
		"unknown.pdf":     bytes.Repeat([]byte{0, 1, 2, 3, 250}, 50),
		"cut.png":         whole[:len(whole)/2],
		"cut.jpg":         jpegOf(t, photo(40, 40))[:300],
		"cut.gif":         gifOf(t, 3, "")[:60],
		"bomb.png":        pngBomb(50_000, 50_000, 8),
		"deep.png":        pngBomb(6_000, 6_000, 16),
		"progressive.jpg": progressiveBomb(),
	} {
		r := v.upload(t, name, content)
		if r.refused(t, http.StatusBadRequest, ""); at(t, r.ok(t, http.StatusBadRequest), "fields.file") == "" {
			t.Errorf("%s: %v", name, r)
		}
		a.upload(t, v.conversation, name, content).refused(t, http.StatusBadRequest, "")
	}
	v.upload(t, "bomb.png", pngBomb(50_000, 50_000, 8)).refused(t, http.StatusBadRequest,
		"This picture is too large to open; it may have at most 40 megapixels")
	for name, body := range map[string]string{"no form": "x", "no file": "--b\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\nx\r\n--b--\r\n",
		"nothing": "", "cut": "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nwords"} {
		r := v.do(t, "POST", "/session/files", body, "Content-Type", "multipart/form-data; boundary=b")
		if r.status != http.StatusBadRequest {
			t.Errorf("%s: %v", name, r)
		}
	}
	v.do(t, "POST", "/session/files", obj{"file": "x"}).refused(t, http.StatusBadRequest, "Send one file as multipart/form-data in a field named file")
	v.upload(t, "long.txt", bytes.Repeat([]byte("a"), 10<<20+1)).refused(t, http.StatusRequestEntityTooLarge, "Files may have at most 10 MiB")
	v.upload(t, "longer.txt", bytes.Repeat([]byte("a"), 30<<20)).refused(t, http.StatusRequestEntityTooLarge, "Files may have at most 10 MiB")
	s.nothingStored(t)
	v.upload(t, "full.txt", bytes.Repeat([]byte("a"), 10<<20)).ok(t, http.StatusCreated)
}

func TestFileNames(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	v := started(t, s, newAccount(t, s).newToken(t, shop, allScopes...), obj{})
	for sent, want := range map[string]string{
		"../../etc/passwd": "passwd.txt", `C:\Users\ann\notes.txt`: "notes.txt", "a\tb.txt": "ab.txt", "": "file.txt", "..": "file.txt", ".txt": "txt.txt",
		"invoice\u202egnp.txt": "invoicegnp.txt", "zero\u200bwidth.php": "zerowidth.php.txt", "Grüße 😀.txt": "Grüße 😀.txt", "UP.TXT": "UP.txt",
		"<b>\"x\"; y=1.txt": `<b>"x"; y=1.txt`, strings.Repeat("ä", 300) + ".log": strings.Repeat("ä", 196) + ".log", "photo.png": "photo.txt",
	} {
		f := v.file(t, sent, []byte("some words"))
		if got := str(t, f, "name"); got != want {
			t.Errorf("%q became %q, want %q", sent, got, want)
		}
		r := s.link(t, "GET", str(t, f, "url"))
		if r.status != http.StatusOK || strings.ContainsAny(r.header.Get("Content-Disposition"), "\r\n") {
			t.Errorf("%q: %v", sent, r)
		}
		s.edit(t, `DELETE FROM support_files WHERE _id = ?`, str(t, f, "_id")) // not to reach the day's quota
	}
}

func TestFileUploadNeedsScopeAndFeature(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	a := newAccount(t, s)
	words := []byte("some words")
	without := started(t, s, a.newToken(t, shop, "chat"), obj{})
	without.upload(t, "a.txt", words).refused(t, http.StatusForbidden, "Missing scope: file_upload")
	v := started(t, s, a.newToken(t, shop, "chat", "file_upload"), obj{"email": unique("v") + "@mail.example"})
	v.file(t, "a.txt", words)
	stranger := *v
	stranger.session = "wrong"
	stranger.upload(t, "a.txt", words).refused(t, http.StatusUnauthorized, "Invalid session")
	a.configure(t, obj{"features": obj{"file_upload": false}})
	v.upload(t, "a.txt", words).refused(t, http.StatusForbidden, "File upload is switched off")
	a.upload(t, v.conversation, "a.txt", words).ok(t, http.StatusCreated)
	a.configure(t, obj{"features": obj{"file_upload": true}, "requires_email": true, "otp_verification_enabled": true})
	v.upload(t, "a.txt", words).refused(t, http.StatusForbidden, "Verification required")

	other := newAccount(t, s)
	other.upload(t, v.conversation, "a.txt", words).refused(t, http.StatusNotFound, "Not found")
	a.upload(t, strings.Repeat("0", 24), "a.txt", words).refused(t, http.StatusNotFound, "Not found")
	s.do(t, "POST", api+"/conversation/"+v.conversation+"/files", nil).refused(t, http.StatusUnauthorized, "")
}

func TestMessagesCarryFiles(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	a := newAccount(t, s)
	tok := a.newToken(t, shop, allScopes...)
	v := started(t, s, tok, obj{})
	live, team := v.stream(t, ""), a.stream(t)
	live.await(t, "state")
	team.await(t, "state")
	first, second := str(t, v.file(t, "one.txt", []byte("one")), "_id"), str(t, v.file(t, "two.png", pngOf(t, photo(20, 10))), "_id")
	body := obj{"client_id": "with files", "text": "", "attachments": []string{second, first}}
	body["client_id"] = "with-files"
	m := at(t, v.do(t, "POST", "/session/messages", body).ok(t, http.StatusCreated), "message")
	check := func(where string, m any) {
		t.Helper()
		if n := len(list(t, m, "attachments")); n != 2 {
			t.Fatalf("%s: %d files", where, n)
		}
		shape(t, at(t, m, "attachments.0"), fileKinds)
		is(t, m, "attachments.0._id", second)
		is(t, m, "attachments.0.width", 20)
		is(t, m, "attachments.1.name", "one.txt")
		if r := s.link(t, "GET", str(t, m, "attachments.1.url")); r.status != http.StatusOK || string(r.body) != "one" {
			t.Errorf("%s: %v", where, r)
		}
	}
	check("answer", m)
	check("visitor's stream", at(t, live.await(t, "message").data, "message"))
	check("team's stream", at(t, team.await(t, "message").data, "message"))
	check("visitor", at(t, v.do(t, "GET", "/session/messages", nil).ok(t, http.StatusOK), "messages.0"))
	check("team", at(t, a.do(t, "GET", "/conversation/"+v.conversation+"/messages", nil).ok(t, http.StatusOK), "messages.0"))
	is(t, a.do(t, "GET", "/conversation/"+v.conversation, nil).ok(t, http.StatusOK), "last_message", "two.png and 1 more file")

	t.Run("a retry is the same message", func(t *testing.T) {
		again := v.do(t, "POST", "/session/messages", body).ok(t, http.StatusOK)
		is(t, again, "duplicate", true)
		check("retry", at(t, again, "message"))
		for _, other := range [][]string{{first, second}, {second}, {}} {
			v.do(t, "POST", "/session/messages", obj{"client_id": "with-files", "text": "", "attachments": other}).
				refused(t, map[bool]int{true: http.StatusConflict, false: http.StatusBadRequest}[len(other) > 0], "")
		}
		v.do(t, "POST", "/session/messages", obj{"client_id": "with-files", "text": "other", "attachments": []string{second, first}}).
			refused(t, http.StatusConflict, "")
	})

	t.Run("only one's own, once, of this conversation", func(t *testing.T) {
		own := str(t, v.file(t, "own.txt", []byte("own")), "_id")
		stranger := started(t, s, tok, obj{})
		foreign := str(t, stranger.file(t, "foreign.txt", []byte("foreign")), "_id")
		teams := str(t, at(t, a.upload(t, v.conversation, "teams.txt", []byte("teams")).ok(t, http.StatusCreated), "file"), "_id")
		elsewhere := str(t, at(t, a.upload(t, stranger.conversation, "else.txt", []byte("else")).ok(t, http.StatusCreated), "file"), "_id")
		for name, ids := range map[string][]string{"sent": {first}, "foreign": {foreign}, "the team's": {teams}, "unknown": {strings.Repeat("0", 24)},
			"no id": {"../x"}, "twice": {own, own}, "one of two": {own, foreign}} {
			r := v.do(t, "POST", "/session/messages", obj{"client_id": unique("c"), "text": "t", "attachments": ids})
			if r.status != http.StatusBadRequest {
				t.Errorf("%s: %v", name, r)
			}
		}
		post := "/conversation/" + v.conversation + "/messages"
		for name, fileID := range map[string]string{"the visitor's": own, "elsewhere": elsewhere} {
			if r := a.do(t, "POST", post, obj{"client_id": unique("c"), "text": "t", "attachments": []string{fileID}}); r.status != http.StatusBadRequest {
				t.Errorf("team, %s: %v", name, r)
			}
		}
		colleague := a.join(t, s, "agent")
		colleague.do(t, "POST", post, obj{"client_id": "c1", "text": "t", "attachments": []string{teams}}).refused(t, http.StatusBadRequest, "")
		m := at(t, a.do(t, "POST", post, obj{"client_id": "c2", "text": "see here", "attachments": []string{teams}}).ok(t, http.StatusCreated), "message")
		is(t, m, "attachments.0.name", "teams.txt")
		equal(t, "messages", v.texts(t), []string{"", "see here"})
	})

	t.Run("eleven are too many", func(t *testing.T) {
		w := started(t, s, tok, obj{})
		var ids []string
		for n := range 11 {
			ids = append(ids, str(t, w.file(t, "n.txt", []byte(fmt.Sprint("number ", n))), "_id"))
		}
		w.do(t, "POST", "/session/messages", obj{"client_id": "c", "text": "", "attachments": ids}).refused(t, http.StatusBadRequest, "attachments may be at most 10 files")
		w.do(t, "POST", "/session/messages", obj{"client_id": "c", "text": "", "attachments": ids[:10]}).ok(t, http.StatusCreated)
	})

	t.Run("a note's file stays with the team", func(t *testing.T) {
		secret := at(t, a.upload(t, v.conversation, "secret plan.txt", []byte("secret")).ok(t, http.StatusCreated), "file")
		a.do(t, "POST", "/conversation/"+v.conversation+"/messages",
			obj{"client_id": "note", "text": "", "private": true, "attachments": []string{str(t, secret, "_id")}}).ok(t, http.StatusCreated)
		if r := v.do(t, "GET", "/session/messages", nil); strings.Contains(string(r.body), "secret plan") {
			t.Errorf("the visitor sees it: %v", r)
		}
	})
}
