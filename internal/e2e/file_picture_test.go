package e2e

import (
	"bytes"
	"image"
	_ "image/gif"
	_ "image/jpeg"
	"net/http"
	"strings"
	"testing"
)

func decoded(t testing.TB, content []byte) (image.Image, string) {
	t.Helper()
	img, format, err := image.Decode(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	return img, format
}

// corners names the colours of a picture's corners, clockwise from the upper left.
func corners(img image.Image) string {
	b := img.Bounds()
	out := ""
	for _, p := range []image.Point{{b.Min.X + 2, b.Min.Y + 2}, {b.Max.X - 3, b.Min.Y + 2}, {b.Max.X - 3, b.Max.Y - 3}, {b.Min.X + 2, b.Max.Y - 3}} {
		r, g, bl, _ := img.At(p.X, p.Y).RGBA()
		switch high := uint32(0x9000); {
		case r > high && g > high && bl > high:
			out += "w"
		case r > high:
			out += "r"
		case g > high:
			out += "g"
		case bl > high:
			out += "b"
		default:
			out += "?"
		}
	}
	return out
}

func TestPicturesLoseTheirMetadataAndStandUpright(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	v := started(t, s, newAccount(t, s).newToken(t, shop, allScopes...), obj{})
	plain := jpegOf(t, photo(61, 40)) // odd: the colours of the last column stand for one pixel
	for orientation, want := range map[uint16]string{1: "rgbw", 2: "grwb", 3: "bwrg", 4: "wbgr", 5: "rwbg", 6: "wrgb", 7: "bgrw", 8: "gbwr", 99: "rgbw"} {
		sent := append(withEXIF(plain, orientation), "<script>behind the end</script>"...)
		f := v.file(t, "IMG_1.JPEG", sent)
		r := s.link(t, "GET", str(t, f, "url"))
		img, format := decoded(t, r.body)
		size := image.Pt(61, 40)
		if orientation >= 5 && orientation <= 8 {
			size = image.Pt(40, 61)
		}
		if format != "jpeg" || img.Bounds().Size() != size || corners(img) != want {
			t.Errorf("orientation %d: %s %v %s, want %v %s", orientation, format, img.Bounds().Size(), corners(img), size, want)
		}
		is(t, f, "width", size.X)
		is(t, f, "height", size.Y)
		is(t, f, "size", len(r.body))
		is(t, f, "name", "IMG_1.jpeg")
		for _, trace := range []string{gpsMark, "Exif", "comment", "script"} {
			if bytes.Contains(r.body, []byte(trace)) {
				t.Errorf("orientation %d: %q is still in it", orientation, trace)
			}
		}
		if got := r.header.Get("Content-Disposition"); !strings.HasPrefix(got, "inline") {
			t.Errorf("a picture is not shown: %q", got)
		}
	}

	f := v.file(t, "map.png", withChunks(pngOf(t, photo(50, 30)), pngChunk("eXIf", exif(6)), pngChunk("tEXt", []byte("Comment\x00"+gpsMark))))
	r := s.link(t, "GET", str(t, f, "url"))
	if img, format := decoded(t, r.body); format != "png" || corners(img) != "wrgb" || bytes.Contains(r.body, []byte(gpsMark)) {
		t.Errorf("PNG: %s %s", format, corners(img))
	}
}

func TestPictureFormats(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	v := started(t, s, newAccount(t, s).newToken(t, shop, allScopes...), obj{})
	for name, c := range map[string]struct {
		content      string
		format, name string
	}{
		"lossless.webp": {"UklGRiAAAABXRUJQVlA4TBMAAAAvBcAAAA8Q87//8x8O7vMT0f9wAA==", "jpeg", "lossless.jpg"},
		"alpha.webp": {"UklGRmYAAABXRUJQVlA4WAoAAAAQAAAABQAAAwAAQUxQSAwAAAABDzD/ERFiDiL6HwdWUDggNAAAALABAJ0BKgYABAACADQlqAJ0R/+CQAAA/vmTb/9Dz/w9SeLU//xYf+HqTxaml4LKO5AAAAA=",
			"png", "alpha.png"},
		"lossy.webp": {"UklGRjQAAABXRUJQVlA4ICgAAACQAQCdASoQABAAAkA4JaQAAuaKLwAA/vwlHUxl5OZ+6jN8cdgAAAAA", "jpeg", "lossy.jpg"},
	} {
		f := v.file(t, name, unbase64(t, c.content))
		is(t, f, "name", c.name)
		is(t, f, "content_type", "image/"+c.format)
		if _, format := decoded(t, s.link(t, "GET", str(t, f, "url")).body); format != c.format {
			t.Errorf("%s is %s", name, format)
		}
		is(t, f, "thumbnail_url", str(t, f, "url"))
	}
	moving := gifOf(t, 3, "made at "+gpsMark)
	f := v.file(t, "cat.gif", append(moving, "<script>"...))
	is(t, f, "content_type", "image/gif")
	is(t, f, "width", 20)
	if r := s.link(t, "GET", str(t, f, "url")); !bytes.Equal(r.body, gifOf(t, 3, "")) {
		t.Error("a moving GIF came back with more or less than its frames")
	}
	is(t, v.file(t, "still.gif", gifOf(t, 1, "")), "name", "still.png")
}

func TestThumbnails(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	v := started(t, s, newAccount(t, s).newToken(t, shop, allScopes...), obj{})
	clear := photo(1200, 900)
	clear.Pix[3] = 0
	for name, c := range map[string]struct {
		content []byte
		size    image.Point
		format  string
	}{
		"wide.jpg":  {withEXIF(jpegOf(t, photo(2400, 1200)), 6), image.Pt(240, 480), "jpeg"},
		"line.png":  {pngOf(t, photo(5000, 4)), image.Pt(480, 1), "jpeg"},
		"clear.png": {pngOf(t, clear), image.Pt(480, 360), "png"},
	} {
		f := v.file(t, name, c.content)
		r := s.link(t, "GET", str(t, f, "thumbnail_url"))
		if r.status != http.StatusOK || r.header.Get("Content-Type") != "image/"+c.format || !strings.HasPrefix(r.header.Get("Content-Disposition"), "inline") {
			t.Fatalf("%s: %v %v", name, r.status, r.header)
		}
		img, format := decoded(t, r.body)
		if img.Bounds().Size() != c.size || format != c.format {
			t.Errorf("%s: %v %s", name, img.Bounds().Size(), format)
		}
		if str(t, f, "thumbnail_url") == str(t, f, "url") {
			t.Errorf("%s has no thumbnail of its own", name)
		}
	}
}
