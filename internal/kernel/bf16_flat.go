package kernel

// A convolution of one step along the output is a sum of products with the whole input shifted, as long as what is shifted
// over an end meets zeros. So inputs are laid out flat: the rows of an image one after the other with zeros between them, and
// as many samples as are taken at once one below the other. A convolution over a sequence is that of images of one row. With
// a stride the input falls into as many pictures, of which each tap sees one.

// span is one axis of a convolution, as its forward computation sees it.
type span struct{ in, out, taps, stride, dilation, pad int }

// tap is where output place o sees the input through tap k: at place o+off of the input's every stride-th place from phase
// on.
func (s span) tap(k int) (phase, off int) {
	at := k*s.dilation - s.pad
	phase = ((at % s.stride) + s.stride) % s.stride
	return phase, (at - phase) / s.stride
}

// back is where input place j*stride+phase sees the output through tap k: at place j+off, if it does.
func (s span) back(phase, k int) (off int, sees bool) {
	at := phase + s.pad - k*s.dilation
	if at%s.stride != 0 {
		return 0, false
	}
	return at / s.stride, true
}

// share is how many of n places are every stride-th from phase on.
func share(n, stride, phase int) int { return max(0, (n-phase+stride-1)/stride) }

// plane is a convolution over images.
type plane struct {
	samples, in, out int // channels
	down, across     span
}

func (p *plane) taps() int { return p.down.taps * p.across.taps }

// flatTap is a tap of the kernel: its number, the picture that it sees, and how far down and across, and in places, it is
// shifted.
type flatTap struct{ tap, picture, down, across, off int }

// sheet is how images lie flat.
type sheet struct {
	downStep, acrossStep int  // the strides that part an image into pictures
	high, wide           int  // of the image
	pitch, rows          int  // from row to row, and rows from sample to sample
	joined               bool // so that samples may follow each other
}

const (
	// flatLead zeros before the first place and flatTail behind the last are as many as a panel that still meets the input
	// can reach.
	flatLead = blockSide
	flatTail = 2 * blockSide
)

// set lays out pictures of images of high by wide places for taps, and gives these their places. The other side has
// seenHigh by seenWide places to a picture.
func (s *sheet) set(high, wide, downStep, acrossStep, seenHigh, seenWide int, taps []flatTap) {
	s.high, s.wide, s.downStep, s.acrossStep = high, wide, downStep, acrossStep
	h, w := share(high, downStep, 0), share(wide, acrossStep, 0)
	var low, up, left, right int
	for _, t := range taps {
		low, up, left, right = min(low, t.down), max(up, t.down), min(left, t.across), max(right, t.across)
	}
	s.pitch, s.rows = max(w, seenWide, w-left, seenWide+right), max(h, seenHigh, h-low, seenHigh+up)
	s.joined = s.rows > 1 || s.pitch <= 2*w
	if !s.joined {
		s.pitch, s.rows = max(w, seenWide), 1 // a row on its own has nothing but zeros around it
	}
	for i := range taps {
		taps[i].off = taps[i].down*s.pitch + taps[i].across
	}
}

// length is the places of so many samples.
func (s *sheet) length(samples int) int { return samples * s.rows * s.pitch }

// lead is how far apart the rows of a flat layout of so many samples lie: an odd number of cache lines, so that they do not
// all fall on the same few places of the cache.
func (s *sheet) lead(samples int) int { return apart(flatLead + s.length(samples) + flatTail) }

// pictures is the number of pictures.
func (s *sheet) pictures() int { return s.downStep * s.acrossStep }

// take returns picture number i of channels planes of x and its size: x itself without a stride, and otherwise a copy in
// *buf.
func (s *sheet) take(buf *[]float32, x []float32, channels, i int) (src []float32, high, wide int) {
	r, c := i/s.acrossStep, i%s.acrossStep
	high, wide = share(s.high, s.downStep, r), share(s.wide, s.acrossStep, c)
	if s.pictures() == 1 || channels*high*wide == 0 {
		return x, high, wide
	}
	src = sized(buf, channels*high*wide)
	dst := src
	for ch := range channels {
		for h := range high {
			row := x[(ch*s.high+h*s.downStep+r)*s.wide:][:s.wide]
			for w, v := 0, c; v < len(row); v += s.acrossStep {
				dst[w] = row[v]
				w++
			}
			dst = dst[wide:]
		}
	}
	return src, high, wide
}

// pairs lays so many samples of x [channels, high, wide] out in dst as rows of pairs of channels, the pictures one behind the
// other and each of a whole number of steps.
func (s *sheet) pairs(dst []float32, t *scratch, x []float32, channels, samples, lead int) {
	each := roundUp(channels, stepTerms) / 2
	clear(dst[:s.pictures()*each*lead])
	for n := range samples {
		one := x[n*channels*s.high*s.wide:][:channels*s.high*s.wide]
		for i := range s.pictures() {
			src, high, wide := s.take(&t.a, one, channels, i)
			area := high * wide
			if area == 0 {
				continue
			}
			step, rows, n0 := s.pitch, high, wide
			if wide == s.pitch {
				rows, n0 = 1, area
			}
			for h := range rows {
				d := dst[i*each*lead+flatLead+(n*s.rows+h)*step:]
				if channels > 1 {
					pairRows(&d[0], lead*4, &src[h*wide], &src[area+h*wide], area*8, channels/2, n0)
				}
				if channels%2 > 0 {
					pairRows(&d[channels/2*lead], lead*4, &src[(channels-1)*area+h*wide], nil, area*8, 1, n0)
				}
			}
		}
	}
}

// lines lays so many samples of x out in dst as rows of bfloat16, one for each channel and each of lead places, the pictures
// one behind the other and each of width rows.
func (s *sheet) lines(dst []float32, t *scratch, x []float32, channels, samples, width, lead int) {
	clear(dst[:s.pictures()*width*lead/2])
	for n := range samples {
		one := x[n*channels*s.high*s.wide:][:channels*s.high*s.wide]
		for i := range s.pictures() {
			src, high, wide := s.take(&t.a, one, channels, i)
			area := high * wide
			if area == 0 {
				continue
			}
			rows, n0 := high, wide
			if wide == s.pitch {
				rows, n0 = 1, area
			}
			for h := range rows {
				at := flatLead + (n*s.rows+h)*s.pitch
				roundRows(&dst[i*width*lead/2], at*2, lead*2, &src[h*wide], area*4, channels, n0)
			}
		}
	}
}

// touches tells whether any of n places from at on lies in length places.
func touches(at, n, length int) bool { return at < length && at+n > 0 }
