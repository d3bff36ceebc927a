package e2e

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	endian "encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"mime/multipart"
	"net/textproto"
	"strings"
	"testing"
)

// form is a request body with one file in it, under a name that is written as it stands.
func form(t testing.TB, name string, content []byte) (body []byte, contentType string) {
	t.Helper()
	var out bytes.Buffer
	w := multipart.NewWriter(&out)
	part, err := w.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {`form-data; name="file"; filename="` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(name) + `"`},
		"Content-Type":        {"text/html"}, // what the sender says counts for nothing
	})
	if err == nil {
		_, err = part.Write(content)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), w.FormDataContentType()
}

func (v *visitor) upload(t testing.TB, name string, content []byte) reply {
	t.Helper()
	body, contentType := form(t, name, content)
	return v.do(t, "POST", "/session/files", body, "Content-Type", contentType)
}

func (m *member) upload(t testing.TB, conversation, name string, content []byte) reply {
	t.Helper()
	body, contentType := form(t, name, content)
	return m.do(t, "POST", "/conversation/"+conversation+"/files", body, "Content-Type", contentType)
}

// file uploads something harmless and returns the file object.
func (v *visitor) file(t testing.TB, name string, content []byte) obj {
	t.Helper()
	return at(t, v.upload(t, name, content).ok(t, 201), "file").(obj)
}

// link fetches an absolute address with no credential at all.
func (s *server) link(t testing.TB, method, url string, headers ...string) reply {
	t.Helper()
	path, ours := strings.CutPrefix(url, s.url)
	if !ours {
		t.Fatalf("a link to somewhere else: %s", url)
	}
	return s.do(t, method, path, nil, headers...)
}

// photo is a picture whose corners differ, so that a turn shows: red, green, blue, white,
// clockwise from the upper left.
func photo(width, height int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			c := color.NRGBA{R: 255, A: 255}
			switch right, low := x >= width/2, y >= height/2; {
			case right && !low:
				c = color.NRGBA{G: 255, A: 255}
			case right:
				c = color.NRGBA{B: 255, A: 255}
			case low:
				c = color.NRGBA{R: 255, G: 255, B: 255, A: 255}
			}
			img.SetNRGBA(x, y, c)
		}
	}
	return img
}

func jpegOf(t testing.TB, img image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func pngOf(t testing.TB, img image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

const gpsMark = "52 deg 31' 12.02\" N"

// exif is a TIFF block with an orientation and a place.
func exif(orientation uint16) []byte {
	out := []byte("MM\x00\x2a\x00\x00\x00\x08\x00\x02")
	out = append(out, 0x01, 0x12, 0, 3, 0, 0, 0, 1, byte(orientation>>8), byte(orientation), 0, 0)
	out = append(out, 0x88, 0x25, 0, 4, 0, 0, 0, 1, 0, 0, 0, 38, 0, 0, 0, 0)
	return append(out, gpsMark...)
}

// withEXIF is a JPEG as a phone makes it, with a comment too.
func withEXIF(jpegFile []byte, orientation uint16) []byte {
	segment := func(marker byte, content []byte) []byte {
		out := endian.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(len(content)+2))
		return append(out, content...)
	}
	out := append([]byte{0xff, 0xd8}, segment(0xe1, append([]byte("Exif\x00\x00"), exif(orientation)...))...)
	out = append(out, segment(0xfe, []byte("a comment at "+gpsMark))...)
	return append(out, jpegFile[2:]...)
}

func pngChunk(name string, content []byte) []byte {
	out := endian.BigEndian.AppendUint32(nil, uint32(len(content)))
	out = append(append(out, name...), content...)
	return endian.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
}

// withChunks puts chunks behind a PNG's header.
func withChunks(pngFile []byte, chunks ...[]byte) []byte {
	const header = 8 + 25
	return append(append(append([]byte{}, pngFile[:header]...), bytes.Join(chunks, nil)...), pngFile[header:]...)
}

// pngBomb is a small PNG that says it is huge.
func pngBomb(width, height uint32, depth byte) []byte {
	head := endian.BigEndian.AppendUint32(endian.BigEndian.AppendUint32(nil, width), height)
	out := append([]byte("\x89PNG\r\n\x1a\n"), pngChunk("IHDR", append(head, depth, 2, 0, 0, 0))...)
	return append(append(out, pngChunk("IDAT", bytes.Repeat([]byte{0x78, 0x9c}, 20))...), pngChunk("IEND", nil)...)
}

// progressiveBomb is a JPEG of few bytes whose decoder would want 600 MB.
func progressiveBomb() []byte {
	out := []byte{0xff, 0xd8, 0xff, 0xc2, 0, 17, 8, 0x18, 0x6a, 0x18, 0x6a, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0}
	return append(out, 0xff, 0xda, 0, 12, 3, 1, 0, 2, 0, 3, 0, 0, 63, 0, 0xff, 0xd9)
}

func gifOf(t testing.TB, frames int, comment string) []byte {
	t.Helper()
	all := &gif.GIF{}
	for n := range frames {
		img := image.NewPaletted(image.Rect(0, 0, 20, 10), color.Palette{color.Black, color.White})
		img.SetColorIndex(n, n%10, 1)
		all.Image, all.Delay = append(all.Image, img), append(all.Delay, 5)
	}
	var out bytes.Buffer
	if err := gif.EncodeAll(&out, all); err != nil {
		t.Fatal(err)
	}
	if comment == "" {
		return out.Bytes()
	}
	block := append(append([]byte{0x21, 0xfe, byte(len(comment))}, comment...), 0)
	file, head := out.Bytes(), 13
	if file[10]&0x80 != 0 {
		head += 3 << (1 + file[10]&7) // the table of colours
	}
	return append(append(append([]byte{}, file[:head]...), block...), file[head:]...)
}

func zipOf(t testing.TB, files ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, name := range files {
		f, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err == nil {
			_, err = f.Write(bytes.Repeat([]byte("<x/>"), 10_000)) // what tells the type stands far behind
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func unbase64(t testing.TB, s string) []byte {
	t.Helper()
	out, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
