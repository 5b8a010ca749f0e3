package augment

// resample replaces each value by the one at position pos[t] of the same channel, interpolated linearly. Positions are clamped
// to the window. The result is a gap where the nearest value is one.
func resample(x [][]float32, pos []float64) {
	n := len(pos)
	last := float64(n - 1)
	for t, p := range pos {
		pos[t] = min(max(p, 0), last)
	}
	own := scratch(n + 1)
	defer release(own)
	src := *own
	for _, v := range x {
		missing := gaps(v)
		if missing == n {
			continue
		}
		var was *[]float32
		if missing > 0 {
			was = scratch(n)
			copy(*was, v)
		}
		filled(src[:n], v)
		src[n] = src[n-1] // so that the last position has a right neighbour, of weight 0
		for t, p := range pos {
			i := int(p)
			w := float32(p - float64(i))
			v[t] = src[i] + w*(src[i+1]-src[i])
		}
		if missing > 0 {
			for t, p := range pos {
				if u := (*was)[int(p+0.5)]; u != u {
					v[t] = u
				}
			}
			release(was)
		}
	}
}
