package imageset

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/draw"
	"image/gif"
	"io"
)

// glanceGIF reads the size of the canvas.
func glanceGIF(head []byte) (width, height int, ok bool) {
	if len(head) < 10 {
		return 0, 0, false
	}
	return int(binary.LittleEndian.Uint16(head[6:])), int(binary.LittleEndian.Uint16(head[8:])), true
}

// decodeGIF returns the first frame, on its canvas where it is smaller.
func decodeGIF(r io.Reader) (image.Image, error) {
	var lead [10]byte
	if _, err := io.ReadFull(r, lead[:]); err != nil {
		return nil, err
	}
	m, err := gif.Decode(io.MultiReader(bytes.NewReader(lead[:]), r))
	if err != nil {
		return nil, err
	}
	width, height, _ := glanceGIF(lead[:])
	canvas := image.Rect(0, 0, width, height)
	if m.Bounds() == canvas {
		return m, nil
	}
	out := image.NewNRGBA(canvas)
	draw.Draw(out, m.Bounds(), m, m.Bounds().Min, draw.Src)
	return out, nil
}
