package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// slowContrast is the cross-entropy written out, for one vector after the other.
func slowContrast(p Pairs, z []float32) float64 {
	at := func(half, n, t int) []float32 {
		from := ((half*p.N+n)*p.T + t) * p.C
		return z[from : from+p.C]
	}
	dot := func(a, b []float32) (s float64) {
		for i := range a {
			s += float64(a[i]) * float64(b[i])
		}
		return s
	}
	var total float64
	for half := range 2 {
		for n := range p.N {
			for t := range p.T {
				own := at(half, n, t)
				var sum float64
				others := p.T
				if p.Across {
					others = p.N
				}
				for h := range 2 {
					for o := range others {
						m, u := n, o
						if p.Across {
							m, u = o, t
						}
						if h != half || m != n || u != t {
							sum += math.Exp(dot(own, at(h, m, u)))
						}
					}
				}
				total += math.Log(sum) - dot(own, at(1-half, n, t))
			}
		}
	}
	return total / float64(2*p.N*p.T)
}

func TestContrast(t *testing.T) {
	defer SetThreads(0)
	rng := rand.New(rand.NewPCG(1, 2))
	for _, p := range []Pairs{{N: 1, T: 1, C: 1}, {N: 3, T: 5, C: 4}, {N: 3, T: 5, C: 4, Across: true}, {N: 2, T: 19, C: 33}, {N: 9, T: 2, C: 17, Across: true}} {
		z := make([]float32, 2*p.N*p.T*p.C)
		for i := range z {
			z[i] = float32(rng.NormFloat64()) / 2
		}
		dz, sums := make([]float32, len(z)), make([]float64, max(p.N, p.T))
		got := p.Contrast(z, dz, sums, 0.7, false)
		if want := 0.7 * slowContrast(p, z); math.Abs(got-want) > 1e-4*(1+want) {
			t.Errorf("%+v: loss %.6f, want %.6f", p, got, want)
		}
		var diff, norm float64
		for i := range z {
			const h = 1e-3
			old := z[i]
			z[i] = old + h
			up := slowContrast(p, z)
			z[i] = old - h
			down := slowContrast(p, z)
			z[i] = old
			want := 0.7 * (up - down) / (2 * h)
			diff += (want - float64(dz[i])) * (want - float64(dz[i]))
			norm += want * want
		}
		if math.Sqrt(diff/(norm+1e-8)) > 2e-3 {
			t.Errorf("%+v: gradient differs from finite differences by %.3g", p, math.Sqrt(diff/(norm+1e-8)))
		}
		for _, threads := range []int{1, 2, 5} {
			SetThreads(threads)
			again := make([]float32, len(z))
			p.Contrast(z, again, sums, 0.7, false)
			for i := range dz {
				if again[i] != dz[i] {
					t.Fatalf("%+v, %d threads: gradient %d is %g, before it was %g", p, threads, i, again[i], dz[i])
				}
			}
			p.Contrast(z, again, sums, 0.7, true)
			if math.Abs(float64(again[0]-2*dz[0])) > 1e-5 {
				t.Errorf("%+v: added up to %g, want twice %g", p, again[0], dz[0])
			}
		}
		SetThreads(0)
	}
}

func TestTranspose(t *testing.T) {
	for _, s := range [][3]int{{1, 1, 1}, {2, 3, 5}, {3, 17, 8}, {1, 64, 33}} {
		n, r, c := s[0], s[1], s[2]
		x, y := make([]float32, n*r*c), make([]float32, n*r*c)
		for i := range x {
			x[i] = float32(i)
		}
		Transpose(y, x, n, r, c)
		for i := range n {
			for j := range r {
				for k := range c {
					if y[(i*c+k)*r+j] != x[(i*r+j)*c+k] {
						t.Fatalf("%v: wrong at %d, %d, %d", s, i, j, k)
					}
				}
			}
		}
	}
}
