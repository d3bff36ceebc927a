package upload

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
)

// cleanGIF copies a GIF without comments, without data of programs and without what follows its
// end, and reports its number of frames and its size in pixels. It starts at the beginning of r.
func cleanGIF(w io.Writer, r io.ReadSeeker) (frames, width, height int, err error) {
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return 0, 0, 0, storageFault(err)
	}
	g := gifCopy{r: bufio.NewReader(r), w: bufio.NewWriter(w)}
	head := g.take(13)
	if g.err == nil {
		width, height = int(binary.LittleEndian.Uint16(head[6:])), int(binary.LittleEndian.Uint16(head[8:]))
		g.table(head[10])
	}
	for g.err == nil {
		switch kind := g.peek(); kind {
		case 0x2c: // a frame
			g.table(g.take(10)[9])
			g.take(1)
			g.blocks(true)
			frames++
		case 0x21:
			g.extension()
		case 0x3b: // the end
			g.take(1)
			if g.err == nil && frames > 0 {
				return frames, width, height, g.w.Flush()
			}
			return 0, 0, 0, errBroken
		default:
			return 0, 0, 0, errBroken
		}
	}
	return 0, 0, 0, broken(g.err)
}

type gifCopy struct {
	r   *bufio.Reader
	w   *bufio.Writer
	err error
}

func (g *gifCopy) peek() byte {
	next, err := g.r.Peek(1)
	if err != nil {
		g.err = err
		return 0
	}
	return next[0]
}

// read takes n bytes without copying them; zeros after an error.
func (g *gifCopy) read(n int) []byte {
	out := make([]byte, n)
	if g.err == nil {
		_, g.err = io.ReadFull(g.r, out)
	}
	return out
}

func (g *gifCopy) write(p []byte) {
	if g.err == nil {
		_, g.err = g.w.Write(p)
	}
}

// take copies n bytes and returns them.
func (g *gifCopy) take(n int) []byte {
	out := g.read(n)
	g.write(out)
	return out
}

// table copies the colour table that the flags announce.
func (g *gifCopy) table(flags byte) {
	if flags&0x80 != 0 {
		g.take(3 << (1 + flags&7))
	}
}

// blocks passes over data up to and including its empty last block.
func (g *gifCopy) blocks(keep bool) {
	for g.err == nil {
		size := g.read(1)
		data := g.read(int(size[0]))
		if keep {
			g.write(size)
			g.write(data)
		}
		if size[0] == 0 {
			return
		}
	}
}

// extension keeps what is needed to show the frames: their timing, and how often they repeat.
func (g *gifCopy) extension() {
	head := g.read(3)
	first := g.read(int(head[2]))
	loops := head[1] == 0xff && (bytes.Equal(first, []byte("NETSCAPE2.0")) || bytes.Equal(first, []byte("ANIMEXTS1.0")))
	keep := head[1] == 0xf9 || loops
	if keep {
		g.write(head)
		g.write(first)
	}
	if head[2] != 0 {
		g.blocks(keep)
	}
}
