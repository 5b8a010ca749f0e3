package kernel

// The sums here run on the caller's thread in one fixed order, eight interleaved partial sums folded as a tree, so neither
// the thread count nor the instruction set changes a bit (Dot excepted: its assembly fuses multiply and add).

// Dot returns the sum of a[i]*b[i] over the common length, added in float32.
func Dot(a, b []float32) float32 { return dot(a, b[:len(a)]) }

// Sum returns the sum of x, added in float64 and rounded once.
func Sum(x []float32) float32 { return float32(sum64(x)) }

// SumSquares returns the sum of the squares of x, added in float64.
func SumSquares(x []float32) float64 { return square64(x, 0) }

func dotGo(a, b []float32) float32 {
	b = b[:len(a)]
	var s [8]float32
	i := 0
	for ; i+8 <= len(a); i += 8 {
		p, q := a[i:i+8:i+8], b[i:i+8:i+8]
		s[0] += float32(p[0] * q[0])
		s[1] += float32(p[1] * q[1])
		s[2] += float32(p[2] * q[2])
		s[3] += float32(p[3] * q[3])
		s[4] += float32(p[4] * q[4])
		s[5] += float32(p[5] * q[5])
		s[6] += float32(p[6] * q[6])
		s[7] += float32(p[7] * q[7])
	}
	t := ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]))
	for ; i < len(a); i++ {
		t += float32(a[i] * b[i])
	}
	return t
}

// fold adds eight partial sums in the order of a vector register halved three times.
func fold(s0, s1, s2, s3, s4, s5, s6, s7 float64) float64 {
	return ((s0 + s4) + (s2 + s6)) + ((s1 + s5) + (s3 + s7))
}

// sum64Go is the sum of x in float64.
func sum64Go(x []float32) float64 {
	var s0, s1, s2, s3, s4, s5, s6, s7 float64
	i := 0
	for ; i+8 <= len(x); i += 8 {
		p := x[i : i+8 : i+8]
		s0 += float64(p[0])
		s1 += float64(p[1])
		s2 += float64(p[2])
		s3 += float64(p[3])
		s4 += float64(p[4])
		s5 += float64(p[5])
		s6 += float64(p[6])
		s7 += float64(p[7])
	}
	t := fold(s0, s1, s2, s3, s4, s5, s6, s7)
	for ; i < len(x); i++ {
		t += float64(x[i])
	}
	return t
}

// square64Go is the sum of (x-c)^2 in float64.
func square64Go(x []float32, c float64) float64 {
	var s0, s1, s2, s3, s4, s5, s6, s7 float64
	i := 0
	for ; i+8 <= len(x); i += 8 {
		p := x[i : i+8 : i+8]
		s0 += square(float64(p[0]) - c)
		s1 += square(float64(p[1]) - c)
		s2 += square(float64(p[2]) - c)
		s3 += square(float64(p[3]) - c)
		s4 += square(float64(p[4]) - c)
		s5 += square(float64(p[5]) - c)
		s6 += square(float64(p[6]) - c)
		s7 += square(float64(p[7]) - c)
	}
	t := fold(s0, s1, s2, s3, s4, s5, s6, s7)
	for ; i < len(x); i++ {
		t += square(float64(x[i]) - c)
	}
	return t
}

// The conversion keeps the product apart from the sum it goes into.
func square(v float64) float64 { return float64(v * v) }

// product64Go is the sum of dy*(x-c) in float64, the difference taken in float32.
func product64Go(dy, x []float32, c float32) float64 {
	x = x[:len(dy)]
	var s0, s1, s2, s3, s4, s5, s6, s7 float64
	i := 0
	for ; i+8 <= len(dy); i += 8 {
		p, q := dy[i:i+8:i+8], x[i:i+8:i+8]
		s0 += float64(float64(p[0]) * float64(q[0]-c))
		s1 += float64(float64(p[1]) * float64(q[1]-c))
		s2 += float64(float64(p[2]) * float64(q[2]-c))
		s3 += float64(float64(p[3]) * float64(q[3]-c))
		s4 += float64(float64(p[4]) * float64(q[4]-c))
		s5 += float64(float64(p[5]) * float64(q[5]-c))
		s6 += float64(float64(p[6]) * float64(q[6]-c))
		s7 += float64(float64(p[7]) * float64(q[7]-c))
	}
	t := fold(s0, s1, s2, s3, s4, s5, s6, s7)
	for ; i < len(dy); i++ {
		t += float64(float64(dy[i]) * float64(x[i]-c))
	}
	return t
}

// products64 returns the sums of dy and of dy*(x-c), in float64.
func products64(dy, x []float32, c float32) (sum, product float64) {
	return sum64(dy), product64(dy, x, c)
}
