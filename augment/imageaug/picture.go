package imageaug

import (
	"fmt"
	"math"

	"github.com/wavekin/wavekin/raster"
)

// Picture is a view while it is made. Steps that only move or resize it change a box, so that the pixels are resampled once, from
// the bytes of the image, however many such steps follow each other; [Picture.Values] does it.
type Picture struct {
	// Channels is 1 or 3, Height and Width are those of the values.
	Channels, Height, Width int
	// Size is the side of the finished view.
	Size int

	bytes  []uint8   // the image, until something needs values
	low    []uint8   // its lower bytes, if it has 16 bits
	values []float32 // [Channels, Height, Width]
	where  place     // which memory values are in

	// box is the part of the picture that fills the view, where sized; what lies outside it may be looked at for antialiasing
	// only where it is open.
	box    rect
	sized  bool
	open   bool
	filter Filter
	// mirrored swaps left and right of what the box shows.
	mirrored bool

	work *work
	dst  []float32
	err  error
}

// rect is a part of a picture in its pixels, from the upper left corner.
type rect struct{ top, left, height, width float64 }

// place is one of the buffers that hold a picture's values.
type place int

const (
	nowhere place = iota
	inDst
	inA
	inB
	inSource // of another picture, which is read only
)

// work is the memory of a context.
type work struct {
	picture Picture
	a, b    []float32
	row     []float32 // one row of a source, as values
	mid     []float32 // resampled in one direction
	// across and down are the weights of a resampling.
	across, down weights
	kernel       []float32
	inner        *Context  // for the patches of a picture
	cell         []float32 // one of them
}

func grow(buf *[]float32, n int) []float32 {
	if cap(*buf) < n {
		*buf = make([]float32, n)
	}
	return (*buf)[:n]
}

// open starts a picture with the pixels of src.
func (c *Context) open(dst []float32, size int, src *raster.Image) *Picture {
	p := &c.work.picture
	*p = Picture{Channels: src.Channels, Height: src.Height, Width: src.Width, Size: size, bytes: src.Pix, low: src.Low, work: &c.work, dst: dst}
	p.box = p.whole()
	return p
}

// fail keeps the first error.
func (p *Picture) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf(format, args...)
	}
}

func (p *Picture) whole() rect { return rect{0, 0, float64(p.Height), float64(p.Width)} }

// show makes the part in the box fill the view. If not open, nothing outside the box counts; else the filter may look beyond it, as
// when the picture is resized first and cut afterwards. The box is taken within the picture.
func (p *Picture) show(box rect, open bool, filter Filter) {
	p.box, p.sized, p.open, p.filter = box, true, open, filter
}

// center shows the middle: the picture is resized until its shorter side is Size/share, and Size x Size is cut out. The resized
// sides are whole numbers of pixels, as in torchvision's Resize and CenterCrop.
func (p *Picture) center(share float64, filter Filter) {
	box := p.box
	short := max(math.Floor(float64(p.Size)/share+1e-9), float64(p.Size))
	side := func(n, other float64) float64 {
		if n <= other {
			return short
		}
		return max(math.Floor(short*n/other), short)
	}
	h, w := side(box.height, box.width), side(box.width, box.height)
	part := func(from, length, resized float64) (float64, float64) {
		scale := length / resized
		return from + math.RoundToEven((resized-float64(p.Size))/2)*scale, float64(p.Size) * scale
	}
	var b rect
	b.top, b.height = part(box.top, box.height, h)
	b.left, b.width = part(box.left, box.width, w)
	p.show(b, true, filter)
}

// pending tells whether the box has not been resampled yet.
func (p *Picture) pending() bool {
	return p.sized && (p.bytes != nil || p.Height != p.Size || p.Width != p.Size || p.mirrored || p.box != p.whole())
}

// Values returns the pixels [Channels, Height, Width], 0 to 1, to be changed in place. They are valid until the next call.
func (p *Picture) Values() []float32 {
	switch {
	case p.pending():
		p.resample()
	case p.bytes != nil:
		out, at := p.target(p.Height, p.Width)
		p.toValues(out, 0)
		if p.mirrored {
			mirror(out, p.Width)
		}
		p.become(out, at, p.Height, p.Width)
	}
	return p.values
}

// Fit is Values, after the picture has been centred if no step has brought it to the size of the view yet.
func (p *Picture) Fit() []float32 {
	if !p.sized {
		p.center(1, Bilinear)
	}
	return p.Values()
}

// target returns memory for a picture of a size, other than the one its values lie in: the view itself if it has that size.
func (p *Picture) target(height, width int) ([]float32, place) {
	n := p.Channels * height * width
	switch {
	case p.where != inDst && height == p.Size && width == p.Size && n <= len(p.dst):
		return p.dst[:n], inDst
	case p.where != inA:
		return grow(&p.work.a, n), inA
	}
	return grow(&p.work.b, n), inB
}

// become makes the values that were written to a target those of the picture.
func (p *Picture) become(values []float32, at place, height, width int) {
	p.bytes, p.values, p.where, p.Height, p.Width = nil, values, at, height, width
	p.box, p.open, p.mirrored = p.whole(), false, false
}

// finish writes the picture to the view.
func (p *Picture) finish(dst []float32, channels int) error {
	if p.err != nil {
		return p.err
	}
	v := p.Fit()
	n := p.Size * p.Size
	switch {
	case p.Channels == channels:
		if p.where != inDst {
			copy(dst, v)
		}
	case channels == 1:
		for i := range dst {
			dst[i] = luma(v[i], v[n+i], v[2*n+i])
		}
	default:
		if p.where != inDst {
			copy(dst, v)
		}
		copy(dst[n:], dst[:n])
		copy(dst[2*n:], dst[:n])
	}
	return nil
}

// byteValue is each byte as a value.
var byteValue = func() (t [256]float32) {
	for i := range t {
		t[i] = float32(i) / 255
	}
	return t
}()

// toValues makes values of the bytes from a place on.
func (p *Picture) toValues(dst []float32, from int) {
	src := p.bytes[from : from+len(dst)]
	if len(p.low) > 0 {
		low := p.low[from : from+len(dst)]
		for i, b := range src {
			dst[i] = float32(int(b)<<8|int(low[i])) / 0xffff
		}
		return
	}
	for i, b := range src {
		dst[i] = byteValue[b]
	}
}
