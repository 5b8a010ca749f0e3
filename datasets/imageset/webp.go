package imageset

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"io"

	"golang.org/x/image/webp"
)

var errWebP = errors.New("the sizes of its parts differ")

// webpChunks bounds the parts of a file that are looked at.
const webpChunks = 64

// sizeWebP finds the size of the coded picture, which the decoder allocates whatever the header says. A header that says another size
// is refused: the decoder would read colours beyond its transparency.
func sizeWebP(r io.Reader) (c image.Config, err error) {
	f, err := firstFrame(r)
	if err != nil {
		return c, err
	}
	if c, err = sizeStill(f.picture); err != nil || f.canvas.Empty() {
		return c, err
	}
	if !image.Rect(0, 0, c.Width, c.Height).Add(f.at).In(f.canvas) {
		return c, errWebP
	}
	c.Width, c.Height = f.canvas.Dx(), f.canvas.Dy()
	return c, nil
}

// sizeStill is sizeWebP of a still picture.
func sizeStill(r io.Reader) (c image.Config, err error) {
	var head [12]byte
	if _, err = io.ReadFull(r, head[:]); err != nil {
		return c, err
	}
	if string(head[8:]) != "WEBP" {
		return c, errors.New("it begins with RIFF, but is no WebP")
	}
	for range webpChunks {
		if _, err = io.ReadFull(r, head[:8]); err != nil {
			return c, err
		}
		kind, n := string(head[:4]), int64(binary.LittleEndian.Uint32(head[4:]))
		var lead [10]byte
		k, err := io.ReadFull(r, lead[:min(n, 10)])
		if err != nil {
			return c, err
		}
		w, h := 0, 0
		switch b := lead[:]; {
		case kind == "VP8X" && k == 10:
			c.Width, c.Height = 1+int(uint24(b[4:])), 1+int(uint24(b[7:]))
		case kind == "VP8 " && k == 10:
			w, h = int(binary.LittleEndian.Uint16(b[6:])&0x3fff), int(binary.LittleEndian.Uint16(b[8:])&0x3fff)
		case kind == "VP8L" && k >= 5:
			bits := binary.LittleEndian.Uint32(b[1:])
			w, h = 1+int(bits&0x3fff), 1+int(bits>>14&0x3fff)
		}
		if w > 0 {
			if c.Width > 0 && (c.Width != w || c.Height != h) {
				return c, errWebP
			}
			c.Width, c.Height = w, h
			return c, nil
		}
		if _, err := io.CopyN(io.Discard, r, n+n%2-int64(k)); err != nil {
			return c, err
		}
	}
	return c, errors.New("it holds no still picture")
}

func uint24(b []byte) uint32 { return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 }

// maxFrame bounds the compressed bytes of a frame of an animation.
const maxFrame = 256 << 20

// frame is the first picture of an animation, and where it lies on the canvas; a still picture has no canvas.
type frame struct {
	picture io.Reader
	canvas  image.Rectangle
	at      image.Point
}

// firstFrame makes a still picture of an animation, by its first frame; a still picture stays as it is.
func firstFrame(r io.Reader) (f frame, err error) {
	in := bufio.NewReader(r)
	lead, _ := in.Peek(30)
	if len(lead) < 30 || string(lead[8:16]) != "WEBPVP8X" || lead[20]&2 == 0 {
		return frame{picture: in}, nil
	}
	f.canvas = image.Rect(0, 0, 1+int(uint24(lead[24:])), 1+int(uint24(lead[27:])))
	_, _ = in.Discard(12) // they were peeked at
	for range webpChunks {
		var head [8]byte
		if _, err := io.ReadFull(in, head[:]); err != nil {
			return f, err
		}
		n := int64(binary.LittleEndian.Uint32(head[4:]))
		if string(head[:4]) != "ANMF" {
			if _, err := io.CopyN(io.Discard, in, n+n%2); err != nil {
				return f, err
			}
			continue
		}
		if n < 16 || n > maxFrame {
			return f, fmt.Errorf("a frame of %d bytes", n)
		}
		var b bytes.Buffer // which grows by what is there, not by what is claimed
		if _, err := io.CopyN(&b, in, n); err != nil {
			return f, err
		}
		place, chunks := b.Bytes()[:16], b.Bytes()[16:]
		f.at = image.Pt(2*int(uint24(place)), 2*int(uint24(place[3:])))
		var out bytes.Buffer
		out.WriteString("RIFF\x00\x00\x00\x00WEBP")
		if bytes.HasPrefix(chunks, []byte("ALPH")) { // transparency wants the long header, with the frame's size
			out.WriteString("VP8X\x0a\x00\x00\x00\x10\x00\x00\x00")
			out.Write(place[6:12])
		}
		out.Write(chunks)
		binary.LittleEndian.PutUint32(out.Bytes()[4:], uint32(out.Len()-8))
		f.picture = &out
		return f, nil
	}
	return f, errors.New("it holds no frame")
}

// decodeWebP decodes a still picture, or the first frame of an animation, on its canvas where it is smaller. Its luma goes from 16 to 235 and its colours from 16 to 240; they are spread to the range that
// JPEG has, and Go's conversion expects.
func decodeWebP(r io.Reader) (image.Image, error) {
	f, err := firstFrame(r)
	if err != nil {
		return nil, err
	}
	m, err := webp.Decode(f.picture)
	if err != nil {
		return nil, err
	}
	switch s := m.(type) {
	case *image.YCbCr:
		spreadRange(s)
	case *image.NYCbCrA:
		spreadRange(&s.YCbCr)
	}
	if to := m.Bounds().Add(f.at); !f.canvas.Empty() && to != f.canvas {
		out := image.NewNRGBA(f.canvas)
		draw.Draw(out, to, m, m.Bounds().Min, draw.Src)
		return out, nil
	}
	return m, nil
}

func spreadRange(m *image.YCbCr) {
	var luma, colour [256]uint8
	for i := range luma {
		luma[i] = uint8(min(max((255*(i-16)+109)/219, 0), 255))
		colour[i] = uint8(min(max((255*(i-16)+112)/224, 0), 255))
	}
	for i, v := range m.Y {
		m.Y[i] = luma[v]
	}
	for i, v := range m.Cb {
		m.Cb[i] = colour[v]
	}
	for i, v := range m.Cr {
		m.Cr[i] = colour[v]
	}
}

// turnedWebP finds the orientation in a part that comes after the picture.
func turnedWebP(c content, head []byte) int {
	if len(head) < 21 || string(head[12:16]) != "VP8X" || head[20]&8 == 0 {
		return 0
	}
	at := int64(12)
	for range webpChunks {
		var b [8]byte
		if _, err := c.ReadAt(b[:], at); err != nil {
			return 0
		}
		n := int64(binary.LittleEndian.Uint32(b[4:]))
		if string(b[:4]) != "EXIF" {
			at += 8 + n + n%2
			continue
		}
		text := make([]byte, min(n, headBytes))
		if k, err := c.ReadAt(text, at+8); err != nil && err != io.EOF || k < len(text) {
			return 0
		}
		return orientation(bytes.TrimPrefix(text, []byte("Exif\x00\x00")))
	}
	return 0
}
