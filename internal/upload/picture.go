package upload

import (
	"bufio"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/draw"
	"golang.org/x/image/webp"

	"deskbell/internal/fault"
)

// thumbnailSide is the longest side of a thumbnail in pixels.
const thumbnailSide = 480

const jpegQuality = 90

// picture is one that was opened, upright.
type picture struct {
	image         image.Image
	fileType      fileType
	width, height int
}

// rewrite opens a picture that was checked and writes it anew, upright and with nothing in it but
// the picture. A GIF that moves keeps its frames and becomes no other type.
func rewrite(w io.Writer, f io.ReadSeeker, t fileType, orientation int) (picture, error) {
	if t.name == gifType.name {
		frames, width, height, err := cleanGIF(io.Discard, f)
		if err != nil {
			return picture{}, err
		}
		first, err := decode(f, t)
		if err != nil {
			return picture{}, err
		}
		if frames > 1 {
			_, _, _, err = cleanGIF(w, f)
			return picture{image: first, fileType: gifType, width: width, height: height}, err
		}
		return written(w, first, pngType)
	}
	img, err := decode(f, t)
	if err != nil {
		return picture{}, err
	}
	img = upright(img, orientation)
	if t.name == webpType.name {
		t = typeFor(img) // there is no encoder for WebP
	}
	return written(w, img, t)
}

func written(w io.Writer, img image.Image, t fileType) (picture, error) {
	size := img.Bounds().Size()
	return picture{image: img, fileType: t, width: size.X, height: size.Y}, encodeAs(w, img, t)
}

// decode opens a picture. A picture that makes the decoder panic is a damaged one.
func decode(f io.ReadSeeker, t fileType) (img image.Image, err error) {
	defer func() {
		if p := recover(); p != nil {
			img, err = nil, broken(fmt.Errorf("panic: %v", p))
		}
	}()
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, storageFault(err)
	}
	decoder := map[string]func(io.Reader) (image.Image, error){
		jpegType.name: jpeg.Decode, pngType.name: png.Decode, gifType.name: gif.Decode, webpType.name: webp.Decode,
	}[t.name]
	if img, err = decoder(bufio.NewReader(f)); err != nil {
		return nil, broken(err)
	}
	return img, nil
}

func broken(err error) error {
	f := *errBroken
	f.Err = err
	return &f
}

// typeFor is JPEG for pictures that cover their whole area, else PNG.
func typeFor(img image.Image) fileType {
	if o, ok := img.(interface{ Opaque() bool }); ok && o.Opaque() {
		return jpegType
	}
	return pngType
}

func encode(w io.Writer, img image.Image) (fileType, error) {
	t := typeFor(img)
	return t, encodeAs(w, img, t)
}

func encodeAs(w io.Writer, img image.Image, t fileType) error {
	buffered := bufio.NewWriterSize(w, 64<<10)
	var err error
	if t.name == jpegType.name {
		err = jpeg.Encode(buffered, img, &jpeg.Options{Quality: jpegQuality})
	} else {
		err = png.Encode(buffered, img)
	}
	if err == nil {
		err = buffered.Flush()
	}
	if err != nil && fault.As(err) == nil {
		return broken(err) // such as a JPEG of more than 65,535 pixels on a side
	}
	return err
}

// thumbnail is the picture made small; nil when it is small already.
func (p picture) thumbnail() image.Image {
	if max(p.width, p.height) <= thumbnailSide {
		return nil
	}
	// Two steps: the good filter needs memory for every row of what it reads.
	return scale(scale(p.image, 4*thumbnailSide, draw.ApproxBiLinear), thumbnailSide, draw.CatmullRom)
}

// scale makes an image's longer side as long as side, unless it is shorter.
func scale(img image.Image, side int, by draw.Scaler) image.Image {
	size := img.Bounds().Size()
	longest := max(size.X, size.Y)
	if longest <= side {
		return img
	}
	out := image.NewRGBA(image.Rect(0, 0, max(1, size.X*side/longest), max(1, size.Y*side/longest)))
	by.Scale(out, out.Bounds(), img, img.Bounds(), draw.Src, nil)
	return out
}

// upright turns a picture as its EXIF orientation says.
func upright(img image.Image, orientation int) image.Image {
	if orientation == 1 {
		return img
	}
	size := img.Bounds().Size()
	turned := image.Rect(0, 0, size.X, size.Y)
	if orientation >= 5 {
		turned = image.Rect(0, 0, size.Y, size.X)
	}
	switch src := img.(type) {
	case *image.Gray:
		return &image.Gray{Pix: turn(src.Pix, src.Stride, size, orientation), Stride: turned.Dx(), Rect: turned}
	case *image.YCbCr:
		if ratio, ok := turnedRatio(src.SubsampleRatio, orientation); ok {
			colours := colourSize(size, src.SubsampleRatio)
			return &image.YCbCr{
				Y: turn(src.Y, src.YStride, size, orientation), YStride: turned.Dx(),
				Cb: turn(src.Cb, src.CStride, colours, orientation), Cr: turn(src.Cr, src.CStride, colours, orientation),
				CStride: colourSize(turned.Max, ratio).X, SubsampleRatio: ratio, Rect: turned,
			}
		}
	}
	out := image.NewNRGBA(turned)
	start, right, down := steps(size.X, size, orientation)
	for y := range turned.Dy() {
		for x := range turned.Dx() {
			at := start + x*right + y*down
			out.Set(x, y, img.At(img.Bounds().Min.X+at%size.X, img.Bounds().Min.Y+at/size.X))
		}
	}
	return out
}

// turnedRatio is how colours are subsampled once a picture is turned; false for the rare kinds
// that have no counterpart.
func turnedRatio(ratio image.YCbCrSubsampleRatio, orientation int) (image.YCbCrSubsampleRatio, bool) {
	switch {
	case ratio == image.YCbCrSubsampleRatio444 || ratio == image.YCbCrSubsampleRatio420:
		return ratio, true
	case ratio != image.YCbCrSubsampleRatio422 && ratio != image.YCbCrSubsampleRatio440:
		return ratio, false
	case orientation < 5:
		return ratio, true
	case ratio == image.YCbCrSubsampleRatio422:
		return image.YCbCrSubsampleRatio440, true
	}
	return image.YCbCrSubsampleRatio422, true
}

// colourSize is the size of a picture's colour planes.
func colourSize(size image.Point, ratio image.YCbCrSubsampleRatio) image.Point {
	if ratio == image.YCbCrSubsampleRatio422 || ratio == image.YCbCrSubsampleRatio420 {
		size.X = (size.X + 1) / 2
	}
	if ratio == image.YCbCrSubsampleRatio440 || ratio == image.YCbCrSubsampleRatio420 {
		size.Y = (size.Y + 1) / 2
	}
	return size
}

// turn turns one plane of a picture; the result has no gaps between its rows.
func turn(src []byte, stride int, size image.Point, orientation int) []byte {
	width, height := size.X, size.Y
	if orientation >= 5 {
		width, height = height, width
	}
	out := make([]byte, 0, width*height)
	start, right, down := steps(stride, size, orientation)
	for y := range height {
		at := start + y*down
		for range width {
			out = append(out, src[at])
			at += right
		}
	}
	return out
}

// steps says, for a plane with the given stride, where the turned picture begins in it, and how
// far one pixel to the right and one down are.
func steps(stride int, size image.Point, orientation int) (start, right, down int) {
	lastColumn, lastRow := size.X-1, (size.Y-1)*stride
	switch orientation {
	case 2:
		return lastColumn, -1, stride
	case 3:
		return lastRow + lastColumn, -1, -stride
	case 4:
		return lastRow, 1, -stride
	case 5:
		return 0, stride, 1
	case 6:
		return lastRow, -stride, 1
	case 7:
		return lastRow + lastColumn, -stride, -1
	case 8:
		return lastColumn, stride, -1
	}
	return 0, 1, stride
}
