package upload

import (
	"bytes"
	"context"
	"image"
	"io"

	"golang.org/x/image/draw"

	"deskbell/internal/fault"
)

// portraitSide is the side of somebody's picture in pixels.
const portraitSide = 128

var errPortrait = fault.Field("file", "Send a PNG, JPEG or WebP picture")

// Portrait makes of a picture a small square, its middle, without metadata, and returns it with its content
// type. Nothing is stored. It reads all of r, which must be bounded; an error of r is returned as it is.
// Kinds: Invalid (type, damaged or oversized picture).
func (s *Store) Portrait(ctx context.Context, r io.Reader) (content []byte, contentType string, err error) {
	raw, err := io.ReadAll(r)
	if err != nil {
		return nil, "", err
	}
	f := bytes.NewReader(raw)
	t, err := sniff(f)
	if err != nil || !t.picture || t.name == gifType.name {
		return nil, "", errPortrait
	}
	head, err := check(f, t)
	if err != nil {
		return nil, "", err
	}
	release, err := s.openable(ctx, head)
	if err != nil {
		return nil, "", err
	}
	defer release()
	img, err := decode(f, t)
	if err != nil {
		return nil, "", err
	}
	var out bytes.Buffer
	made, err := encode(&out, square(upright(img, head.orientation), portraitSide))
	return out.Bytes(), made.name, err
}

// square scales an image's middle to a square.
func square(img image.Image, side int) image.Image {
	b := img.Bounds()
	short := min(b.Dx(), b.Dy())
	middle := image.Rect(0, 0, short, short).Add(b.Min).Add(image.Pt((b.Dx()-short)/2, (b.Dy()-short)/2))
	// Two steps, as for thumbnails: the good filter needs memory for every row of what it reads.
	half := image.NewRGBA(image.Rect(0, 0, 4*side, 4*side))
	draw.ApproxBiLinear.Scale(half, half.Bounds(), img, middle, draw.Src, nil)
	return scale(half, side, draw.CatmullRom)
}
