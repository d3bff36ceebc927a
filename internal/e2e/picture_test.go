package e2e

import (
	"bytes"
	"image"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

var pictureAddress = regexp.MustCompile(`<img class="avatar[^"]*" src="(/pictures/[0-9a-f]{24})"`)

// sendPicture uploads a picture of oneself by the form of the profile.
func (c *console) sendPicture(t testing.TB, content []byte) reply {
	t.Helper()
	body, contentType := form(t, "me.jpg", content)
	return c.srv.do(t, "POST", "/settings/profile/picture", body, "Content-Type", contentType, "Cookie", c.cookie)
}

// A picture becomes a small square without metadata, which the team sees until it is another or none.
func TestPicture(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	a := newAccount(t, s)
	ben, boss := a.joinNamed(t, s, "agent", "Ben").console(t), a.member.console(t)
	ben.get(t, "/settings/profile").shows(t, http.StatusOK, "Your picture", "!/pictures/", "!Remove<")

	shown := func() string {
		t.Helper()
		row := boss.get(t, "/settings/people").shows(t, http.StatusOK).body
		row = row[bytes.Index(row, []byte(`id="person-`+ben.id)):]
		found := pictureAddress.FindSubmatch(row[:bytes.Index(row, []byte("</tr>"))])
		if found == nil {
			return ""
		}
		return s.url + string(found[1])
	}
	if shown() != "" {
		t.Error("a picture of somebody who has none")
	}
	ben.sendPicture(t, withEXIF(jpegOf(t, photo(300, 200)), 6)).leadsTo(t, "/settings/profile")
	ben.get(t, "/inbox").shows(t, http.StatusOK, "/pictures/")
	first := shown()
	got := s.link(t, "GET", first).shows(t, http.StatusOK)
	for _, trace := range []string{gpsMark, "Exif"} {
		if bytes.Contains(got.body, []byte(trace)) {
			t.Errorf("%s is left in the picture", trace)
		}
	}
	img, _, err := image.Decode(bytes.NewReader(got.body))
	if err != nil || img.Bounds().Size() != image.Pt(128, 128) {
		t.Fatalf("the picture: %v, %v", img.Bounds(), err)
	}
	// Upright it is the right way round: what was at the lower left is at the upper left.
	if r, g, b, _ := img.At(20, 20).RGBA(); min(r, g, b) < 0xd000 {
		t.Errorf("the upper left corner is %x %x %x, not white", r>>8, g>>8, b>>8)
	}
	for name, want := range map[string]string{"Content-Type": "image/jpeg", "X-Content-Type-Options": "nosniff", "Cache-Control": "private, max-age=86400"} {
		if got := got.header.Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	if strings.Contains(first, ben.id) {
		t.Error("the address names somebody")
	}

	// Another one has another address; what is no picture changes nothing.
	ben.sendPicture(t, pngOf(t, photo(20, 90))).leadsTo(t, "/settings/profile")
	second := shown()
	s.link(t, "GET", second).shows(t, http.StatusOK)
	s.link(t, "GET", first).shows(t, http.StatusNotFound)
	for want, content := range map[string][]byte{
		"PNG, JPEG or WebP picture": []byte("no picture at all"), "damaged": jpegOf(t, photo(50, 50))[:300], "at most 5 MB": make([]byte, 5<<20+1),
		"Send a PNG": []byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;"),
	} {
		ben.sendPicture(t, content).shows(t, http.StatusUnprocessableEntity, want, "file-error")
	}
	if shown() != second {
		t.Error("a refused picture has changed the one before")
	}

	is(t, ben.do(t, "GET", "/me", nil).ok(t, http.StatusOK), "profile.picture_url", second)
	is(t, a.do(t, "GET", "/people/"+ben.id, nil).ok(t, http.StatusOK), "person.picture_url", second)
	ben.send(t, "/settings/profile/picture/remove", url.Values{}).leadsTo(t, "/settings/profile")
	s.link(t, "GET", second).shows(t, http.StatusNotFound)
	if shown() != "" {
		t.Error("a removed picture is shown")
	}
}

func TestPictureByAPI(t *testing.T) {
	s := sharedServer(t)
	a := newAccount(t, s)
	body, contentType := form(t, "me.png", pngOf(t, photo(40, 40)))
	mine := str(t, a.do(t, "POST", "/me/picture", body, "Content-Type", contentType).ok(t, http.StatusOK), "profile.picture_url")
	s.link(t, "GET", mine).shows(t, http.StatusOK)
	body, contentType = form(t, "me.png", []byte("words"))
	a.do(t, "POST", "/me/picture", body, "Content-Type", contentType).refused(t, http.StatusBadRequest, "")
	a.do(t, "DELETE", "/me/picture", nil).ok(t, http.StatusNoContent)
	s.link(t, "GET", mine).shows(t, http.StatusNotFound)
	if got := a.do(t, "GET", "/me", nil).ok(t, http.StatusOK)["profile"].(map[string]any)["picture_url"]; got != nil {
		t.Errorf("a picture after it was removed: %v", got)
	}
}

// The widget's picture of the team comes from here, whoever asks for it, and stands in no settings before they are saved.
func TestTeamPicture(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	a := newAccount(t, s)
	body, contentType := form(t, "team.jpg", jpegOf(t, photo(300, 200)))
	path := str(t, a.do(t, "POST", "/config/picture", body, "Content-Type", contentType).ok(t, http.StatusCreated), "avatar_url")
	picture := s.do(t, "GET", path, nil, "Origin", shop, "Sec-Fetch-Site", "cross-site").shows(t, http.StatusOK)
	if got := picture.header.Get("Cross-Origin-Resource-Policy"); got != "cross-origin" {
		t.Errorf("a site that isolates itself is refused the picture: %q", got)
	}
	if img, _, err := image.Decode(bytes.NewReader(picture.body)); err != nil || img.Bounds() != image.Rect(0, 0, 128, 128) {
		t.Errorf("the picture: %v, %v", img, err)
	}
	v := newVisitor(s, a.newToken(t, shop))
	if c := v.config(t).body; bytes.Contains(c, []byte(path)) {
		t.Errorf("a picture that was not saved: %s", c)
	}
	a.configure(t, obj{"widget_settings": obj{"avatar_url": path}})
	is(t, at(t, v.config(t).ok(t, http.StatusOK), "config"), "widget_settings.avatar_url", path)

	boss := a.member.console(t)
	for problem, content := range map[string][]byte{"PNG, JPEG or WebP picture": []byte("no picture at all"), "at most 5 MB": make([]byte, 6<<20)} {
		body, contentType := form(t, "team.png", content)
		s.do(t, "POST", "/settings/widget/picture", body, "Content-Type", contentType, "Cookie", boss.cookie).shows(t, http.StatusUnprocessableEntity, problem, path)
	}
	body, contentType = form(t, "team.png", make([]byte, 20<<20))
	s.do(t, "POST", "/settings/widget/picture", body, "Content-Type", contentType, "Cookie", boss.cookie).shows(t, http.StatusRequestEntityTooLarge, "too large")
}
