package raster

import "image"

// fromYCbCr is what a JPEG in colour goes through. The colours of a row of pixels are first spread over it, in the planes where red
// and blue will be, then all three are computed in place.
func fromYCbCr(m *Image, s *image.YCbCr) {
	if s.Rect.Min.X < 0 || s.Rect.Min.Y < 0 {
		fromAny(m, s, White, false) // a colour's place is found by division, which rounds the other way below zero
		return
	}
	m.Reset(3, s.Rect.Dy(), s.Rect.Dx())
	red, green, blue := m.Plane(0), m.Plane(1), m.Plane(2)
	smooth := s.Rect.Min.X%2 == 0 && s.Rect.Min.Y%2 == 0
	for y := range m.Height {
		lo, hi := y*m.Width, (y+1)*m.Width
		r, g, b := red[lo:hi], green[lo:hi], blue[lo:hi]
		switch {
		case smooth && s.SubsampleRatio == image.YCbCrSubsampleRatio420:
			near, far := y/2, y/2-1+y%2*2
			far = min(max(far, 0), (m.Height-1)/2)
			n := (m.Width + 1) / 2
			spread420(r, s.Cr[near*s.CStride:][:n], s.Cr[far*s.CStride:][:n])
			spread420(b, s.Cb[near*s.CStride:][:n], s.Cb[far*s.CStride:][:n])
		case smooth && s.SubsampleRatio == image.YCbCrSubsampleRatio422:
			n := (m.Width + 1) / 2
			spread422(r, s.Cr[y*s.CStride:][:n])
			spread422(b, s.Cb[y*s.CStride:][:n])
		default:
			nearest(r, b, s, y)
		}
		fromLuma(r, g, b, s.Y[y*s.YStride:][:m.Width])
	}
}

// fromLuma turns one row of luma, with Cr in r and Cb in b, into red, green and blue by the integers of color.YCbCrToRGB, which
// is too long to be inlined.
func fromLuma(r, g, b, luma []uint8) {
	r, g, b = r[:len(luma)], g[:len(luma)], b[:len(luma)]
	for x, v := range luma {
		y, cb, cr := int32(v)*0x10101, int32(b[x])-128, int32(r[x])-128
		r[x] = clamp(y + 91881*cr)
		g[x] = clamp(y - 22554*cb - 46802*cr)
		b[x] = clamp(y + 116130*cb)
	}
}

// clamp rounds 16 binary places off and cuts to a byte.
func clamp(v int32) uint8 { return uint8(min(max(v>>16, 0), 255)) }

// nearest gives every pixel of row y the colour that is stored for it and its neighbours.
func nearest(cr, cb []uint8, s *image.YCbCr, y int) {
	shift := 0 // one colour is for 2^shift pixels of a row
	switch s.SubsampleRatio {
	case image.YCbCrSubsampleRatio422, image.YCbCrSubsampleRatio420:
		shift = 1
	case image.YCbCrSubsampleRatio411, image.YCbCrSubsampleRatio410:
		shift = 2
	}
	x0 := s.Rect.Min.X
	at := s.COffset(x0, s.Rect.Min.Y+y) - x0>>shift
	for x := range cr {
		i := at + (x0+x)>>shift
		cr[x], cb[x] = s.Cr[i], s.Cb[i]
	}
}

// spread420 interpolates a row where both directions are halved: three parts of the nearer colour, one of the farther one, along
// columns and rows, rounded up and down by turns so that no bias remains (libjpeg's h2v2_fancy_upsample).
func spread420(dst, near, far []uint8) {
	n := len(near)
	far = far[:n]
	this := 3*int(near[0]) + int(far[0])
	last := this
	for i := 1; i < n; i++ {
		next := 3*int(near[i]) + int(far[i])
		pair := dst[2*i-2 : 2*i]
		pair[0], pair[1] = uint8((3*this+last+8)>>4), uint8((3*this+next+7)>>4)
		last, this = this, next
	}
	dst[2*n-2] = uint8((3*this + last + 8) >> 4)
	if len(dst) == 2*n {
		dst[2*n-1] = uint8((4*this + 7) >> 4)
	}
}

// spread422 interpolates a row where only rows are halved (libjpeg's h2v1_fancy_upsample).
func spread422(dst, c []uint8) {
	n := len(c)
	this := int(c[0])
	last := this
	for i := 1; i < n; i++ {
		next := int(c[i])
		pair := dst[2*i-2 : 2*i]
		pair[0], pair[1] = uint8((3*this+last+1)>>2), uint8((3*this+next+2)>>2)
		last, this = this, next
	}
	dst[2*n-2] = uint8((3*this + last + 1) >> 2)
	if len(dst) == 2*n {
		dst[2*n-1] = uint8(this)
	}
}
