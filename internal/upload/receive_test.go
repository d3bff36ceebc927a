package upload_test

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"deskbell/internal/fault"
	"deskbell/internal/upload"
)

const fileID = "0123456789abcdef01234567"

// FuzzReceive holds for all bytes: they are refused for a reason that can be told and leave
// nothing, or they are stored, and a picture is one that any decoder opens.
func FuzzReceive(f *testing.F) {
	img := image.NewNRGBA(image.Rect(0, 0, 30, 20))
	var asJPEG, asPNG, asGIF bytes.Buffer
	frame := image.NewPaletted(image.Rect(0, 0, 9, 9), color.Palette{color.Black, color.White})
	for _, err := range []error{
		jpeg.Encode(&asJPEG, img, nil), png.Encode(&asPNG, img),
		gif.EncodeAll(&asGIF, &gif.GIF{Image: []*image.Paletted{frame, frame}, Delay: []int{1, 1}}),
	} {
		if err != nil {
			f.Fatal(err)
		}
	}
	exif := "\xff\xe1\x00\x22Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00"
	f.Add([]byte("\xff\xd8" + exif + asJPEG.String()[2:]))
	f.Add([]byte("\xff\xd8\xff\xc2\x00\x11\x08\x00\x14\x00\x1e\x03\x01\x22\x00\x02\x11\x00\x03\x11\x00\xff\xd9"))
	f.Add(asPNG.Bytes())
	f.Add(asGIF.Bytes())
	f.Add([]byte("RIFF\x20\x00\x00\x00WEBPVP8L\x13\x00\x00\x00/\x05\xc0\x00\x00\x0f\x10\xf3\xbf\xff\xf3\x1f\x0e\xee\xf3\x13\xd1\xff\x70\x00"))
	f.Add([]byte("RIFF\x34\x00\x00\x00WEBPVP8 \x28\x00\x00\x00\x90\x01\x00\x9d\x01*\x10\x00\x10\x00\x02@8%\xa4\x00\x02\xe6\x8a/\x00\x00\xfe\xfc%\x1dLe\xe4\xe6~\xea3|q\xd8\x00\x00\x00\x00"))
	f.Add([]byte("only words"))
	f.Fuzz(func(t *testing.T, content []byte) {
		dir := t.TempDir()
		store, err := upload.NewStore(dir, 1<<20, 0)
		if err != nil {
			t.Fatal(err)
		}
		stored, err := store.Receive(t.Context(), fileID, "a/b\x00c.exe", bytes.NewReader(content))
		left, _ := filepath.Glob(filepath.Join(dir, "*"))
		if hidden, _ := filepath.Glob(filepath.Join(dir, ".*")); len(hidden) > 0 {
			t.Fatalf("drafts are left: %v", hidden)
		}
		if err != nil {
			if !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.TooLarge) {
				t.Fatalf("%v is nobody's fault", err)
			}
			if len(left) > 0 {
				t.Fatalf("refused, but left %v", left)
			}
			return
		}
		kept, err := os.ReadFile(filepath.Join(dir, fileID))
		if err != nil || int64(len(kept)) != stored.Size {
			t.Fatalf("%d bytes of %d: %v", len(kept), stored.Size, err)
		}
		if !strings.HasPrefix(stored.Name, "bc") || strings.ContainsAny(stored.Name, "\x00/") {
			t.Fatalf("name %q", stored.Name)
		}
		switch decode, picture := map[string]func(io.Reader) (image.Image, error){
			"image/jpeg": jpeg.Decode, "image/png": png.Decode, "image/gif": gif.Decode}[stored.ContentType]; {
		case picture:
			if _, err := decode(bytes.NewReader(kept)); err != nil || stored.Width < 1 || stored.Height < 1 {
				t.Fatalf("the stored %s is broken: %v", stored.ContentType, err)
			}
		case !slices.Equal(kept, content):
			t.Fatal("the stored file differs from the one sent")
		}
	})
}

// BenchmarkReceivePhoto stores a photo of 12 megapixels as phones make them, on its side.
func BenchmarkReceivePhoto(b *testing.B) {
	img := image.NewYCbCr(image.Rect(0, 0, 4000, 3000), image.YCbCrSubsampleRatio420)
	for i := range img.Y {
		img.Y[i] = byte(i*7 ^ i>>9)
	}
	var photo bytes.Buffer
	if err := jpeg.Encode(&photo, img, nil); err != nil {
		b.Fatal(err)
	}
	exif := "\xff\xe1\x00\x22Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00"
	content := "\xff\xd8" + exif + photo.String()[2:]
	store, err := upload.NewStore(b.TempDir(), 64<<20, 0)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := store.Receive(b.Context(), fileID, "photo.jpg", strings.NewReader(content)); err != nil {
			b.Fatal(err)
		}
	}
}
