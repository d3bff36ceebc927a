package upload

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/webp"

	"deskbell/internal/fault"
)

// What a picture may take before it is opened: a few kilobytes can say that they are gigabytes.
const (
	maxPixels = 40_000_000
	// maxMemory is how many bytes opening pictures may take, one or two at a time.
	maxMemory = 200 << 20
)

// How much is read to find a picture's orientation.
const (
	maxExif   = 64 << 10
	maxChunks = 1000
)

var (
	errPixels = fault.Field("file", "This picture is too large to open; it may have at most 40 megapixels")
	errBroken = fault.Field("file", "This picture is damaged or can't be opened")
)

// pictureHead is what is known of a picture before it is opened.
type pictureHead struct {
	// orientation is in the numbers of EXIF.
	orientation int
	// memory is what opening it takes, in bytes.
	memory int64
}

// check reads a picture's header and refuses one that would take too much to open.
func check(f io.ReadSeeker, t fileType) (pictureHead, error) {
	decodeConfig := map[string]func(io.Reader) (image.Config, error){
		jpegType.name: jpeg.DecodeConfig, pngType.name: png.DecodeConfig, gifType.name: gif.DecodeConfig, webpType.name: webp.DecodeConfig,
	}[t.name]
	header, err := decodeConfig(bufio.NewReader(f))
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil || header.Width < 1 || header.Height < 1 {
		return pictureHead{}, errBroken
	}
	pixels := int64(header.Width) * int64(header.Height)
	out := pictureHead{orientation: 1, memory: pixels * bytesPerPixel(header.ColorModel)}
	switch t.name {
	case jpegType.name:
		head := readJPEG(bufio.NewReader(f))
		out.orientation, out.memory = head.orientation, int64(float64(pixels)*head.bytesPerPixel)
	case pngType.name:
		out.orientation = readChunks(f, 8, binary.BigEndian)
	case webpType.name:
		out.memory *= 2 // the decoder works in two buffers
		out.orientation = readChunks(f, 12, binary.LittleEndian)
	}
	if out.orientation != 1 && t.name != jpegType.name {
		out.memory += 4 * pixels // turned in a copy
	}
	if pixels > maxPixels || out.memory > maxMemory {
		return pictureHead{}, errPixels
	}
	return out, nil
}

func bytesPerPixel(model color.Model) int64 {
	switch model {
	case color.GrayModel:
		return 1
	case color.Gray16Model, color.YCbCrModel:
		return 2
	case color.RGBA64Model, color.NRGBA64Model:
		return 8
	}
	if _, paletted := model.(color.Palette); paletted {
		return 1
	}
	return 4
}

// jpegHead is what the head of a JPEG says.
type jpegHead struct {
	orientation int
	// bytesPerPixel is what the decoder needs at most.
	bytesPerPixel float64
}

// readJPEG walks the segments up to the frame header, exactly as the decoder does, so that
// nothing can show it another header than this.
func readJPEG(r *bufio.Reader) jpegHead {
	out := jpegHead{orientation: 1, bytesPerPixel: 20}
	_, _ = r.Discard(2)
	for {
		marker, err := nextMarker(r)
		if err != nil {
			return out
		}
		if marker == 0 || (marker >= 0xd0 && marker <= 0xd7) {
			continue
		}
		var size [2]byte
		if _, err := io.ReadFull(r, size[:]); err != nil || binary.BigEndian.Uint16(size[:]) < 2 {
			return out
		}
		body := make([]byte, binary.BigEndian.Uint16(size[:])-2)
		if _, err := io.ReadFull(r, body); err != nil {
			return out
		}
		switch {
		case marker == 0xe1:
			if exif, found := bytes.CutPrefix(body, []byte("Exif\x00\x00")); found {
				out.orientation = orientationOf(exif)
			}
		case marker >= 0xc0 && marker <= 0xc2:
			out.bytesPerPixel = frameWeight(body, marker == 0xc2)
			return out
		}
	}
}

func nextMarker(r *bufio.Reader) (byte, error) {
	var two [2]byte
	if _, err := io.ReadFull(r, two[:]); err != nil {
		return 0, err
	}
	for two[0] != 0xff {
		two[0] = two[1]
		var err error
		if two[1], err = r.ReadByte(); err != nil {
			return 0, err
		}
	}
	for two[1] == 0xff {
		var err error
		if two[1], err = r.ReadByte(); err != nil {
			return 0, err
		}
	}
	return two[1], nil
}

// frameWeight tells from a frame header what the decoder needs for a pixel: a byte for each
// colour, and for a progressive picture four more for each sample of it.
func frameWeight(frame []byte, progressive bool) float64 {
	if len(frame) < 6 || len(frame) < 6+3*int(frame[5]) {
		return 20
	}
	colours := int(frame[5])
	if !progressive {
		return float64(colours)
	}
	samples, across, down := 0, 1, 1
	for i := range colours {
		h, v := int(frame[7+3*i]>>4), int(frame[7+3*i]&15)
		samples, across, down = samples+h*v, max(across, h), max(down, v)
	}
	if colours == 1 {
		samples = across * down
	}
	return float64(colours) + 4*float64(samples)/float64(across*down)
}

// readChunks looks through the chunks of a PNG or WebP for the EXIF block and returns the
// orientation in it, or 1.
func readChunks(f io.ReadSeeker, start int64, order binary.ByteOrder) int {
	riff, at := order == binary.LittleEndian, start
	for range maxChunks {
		if _, err := f.Seek(at, io.SeekStart); err != nil {
			return 1
		}
		var head [8]byte
		if _, err := io.ReadFull(f, head[:]); err != nil {
			return 1
		}
		name, size := head[4:], int64(order.Uint32(head[:4]))
		if riff {
			name, size = head[:4], int64(order.Uint32(head[4:]))
		}
		if string(name) == "eXIf" || string(name) == "EXIF" {
			exif, err := io.ReadAll(io.LimitReader(f, min(size, maxExif)))
			if err != nil {
				return 1
			}
			return orientationOf(bytes.TrimPrefix(exif, []byte("Exif\x00\x00")))
		}
		at += 8 + size
		if riff {
			at += size & 1
		} else {
			at += 4 // the checksum
		}
	}
	return 1
}

// orientationOf finds the orientation (tag 0x0112) in the first directory of a TIFF block; 1,
// upright, when there is none.
func orientationOf(tiff []byte) int {
	n, err := findOrientation(tiff)
	if err != nil || n < 1 || n > 8 {
		return 1
	}
	return n
}

var errNoOrientation = errors.New("no orientation")

func findOrientation(tiff []byte) (int, error) {
	if len(tiff) < 8 {
		return 0, errNoOrientation
	}
	var order binary.ByteOrder = binary.BigEndian
	if string(tiff[:2]) == "II" {
		order = binary.LittleEndian
	}
	at := int64(order.Uint32(tiff[4:]))
	if at+2 > int64(len(tiff)) {
		return 0, errNoOrientation
	}
	entries := tiff[at+2:]
	for range order.Uint16(tiff[at:]) {
		if len(entries) < 12 {
			break
		}
		if order.Uint16(entries) == 0x0112 {
			return int(order.Uint16(entries[8:])), nil
		}
		entries = entries[12:]
	}
	return 0, errNoOrientation
}
