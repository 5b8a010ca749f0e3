package cpc

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/wavekin/wavekin/nn"
)

// TestGridEqualsItsSlowTwin lists the pairs by their coordinates.
func TestGridEqualsItsSlowTwin(t *testing.T) {
	for _, s := range [][4]int{{7, 7, 2, 5}, {5, 3, 1, 2}, {4, 6, 2, 9}, {3, 3, 3, 1}, {9, 1, 2, 3}} {
		rows, cols, first, horizons := s[0], s[1], s[2], s[3]
		got := Grid(rows, cols, first, horizons)
		at := 0
		for k := first; k < first+horizons; k++ {
			var from, to []int
			for r := range rows {
				for c := range cols {
					if r+k < rows {
						from, to = append(from, r*cols+c), append(to, (r+k)*cols+c)
					}
				}
			}
			if len(from) == 0 {
				continue
			}
			if at >= len(got) || !slices.Equal(got[at].From, from) || !slices.Equal(got[at].To, to) {
				t.Fatalf("%v: pairs at distance %d differ", s, k)
			}
			at++
		}
		if at != len(got) {
			t.Errorf("%v: %d distances, want %d", s, len(got), at)
		}
	}
}

// TestReadingTurnsTheGrid looks up the coordinates of what is read.
func TestReadingTurnsTheGrid(t *testing.T) {
	const rows, cols = 3, 5
	at := map[Direction]func(i, j int) (r, c int){
		Down:  func(i, j int) (int, int) { return i, j },
		Up:    func(i, j int) (int, int) { return rows - 1 - i, j },
		Right: func(i, j int) (int, int) { return j, i },
		Left:  func(i, j int) (int, int) { return j, cols - 1 - i },
	}
	for _, d := range Directions {
		order, r, c := d.Order(rows, cols)
		z := normal(3, 2, rows*cols, 4)
		g := nn.NewGraph(false)
		y := Read(g.Const(z, 2, rows*cols, 4), order)
		p, err := g.Compile(nil, y)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Run(); err != nil {
			t.Fatal(err)
		}
		for i := range r {
			for j := range c {
				row, col := at[d](i, j)
				if order[i*c+j] != row*cols+col {
					t.Fatalf("direction %d: place %d, %d reads piece %d, want row %d, column %d", d, i, j, order[i*c+j], row, col)
				}
				for s := range 2 {
					for k := range 4 {
						if p.Data(y)[(s*r*c+i*c+j)*4+k] != z[(s*rows*cols+row*cols+col)*4+k] {
							t.Fatalf("direction %d: place %d, %d holds another piece", d, i, j)
						}
					}
				}
			}
		}
	}
}

// TestGridContextKnowsNothingBelow follows the gradient from the contexts of one row to the pieces: it reaches the row and
// those above, and none below, whatever the direction.
func TestGridContextKnowsNothingBelow(t *testing.T) {
	const rows, cols, upTo = 4, 5, 1
	for _, kind := range append([]string{""}, kinds...) {
		for _, d := range Directions {
			order, r, c := d.Order(rows, cols)
			w := nn.NewWeights(1)
			x, err := ContextConfig{Kind: kind, Width: 8, Depth: 2}.NewGrid(w.Scope("context"), 5)
			if err != nil {
				t.Fatal(err)
			}
			z := w.Param("z", nn.Normal(1), 2, rows*cols, 5)
			g := nn.NewGraph(true)
			context := x.Apply(Read(g.Param(z), order), r, c)
			p, err := g.Compile(nn.Sum(nn.Square(nn.Slice(context, 1, upTo*c, (upTo+1)*c))))
			if err != nil {
				t.Fatal(err)
			}
			if err := p.Run(); err != nil {
				t.Fatal(err)
			}
			for place, piece := range order {
				var reached bool
				for k := range 5 {
					reached = reached || z.Grad[piece*5+k] != 0
				}
				if want := place/c <= upTo; reached != want {
					t.Errorf("%q, direction %d: the contexts of row %d know place %d is %v, want %v", kind, d, upTo, place, reached, want)
				}
			}
		}
	}
}

// TestGridContextEqualsItsSlowTwin runs the masked convolutions piece by piece.
func TestGridContextEqualsItsSlowTwin(t *testing.T) {
	const n, rows, cols, dim, width, inner = 2, 3, 4, 5, 6, 7
	w := nn.NewWeights(2)
	x, err := ContextConfig{Kind: "conv", Width: width, Inner: inner, Depth: 2}.NewGrid(w, dim)
	if err != nil {
		t.Fatal(err)
	}
	z := normal(4, n, rows*cols, dim)
	g := nn.NewGraph(false)
	y := x.Apply(g.Const(z, n, rows*cols, dim), rows, cols)
	p, err := g.Compile(nil, y)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	relu := func(v []float64) []float64 {
		out := make([]float64, len(v))
		for i := range v {
			out[i] = max(0, v[i])
		}
		return out
	}
	linear := func(l *nn.LinearLayer, v []float64) []float64 {
		out := make([]float64, len(l.B.Data))
		for o := range out {
			out[o] = float64(l.B.Data[o])
			for i := range v {
				out[o] += float64(l.W.Data[o*len(v)+i]) * v[i]
			}
		}
		return out
	}
	// taps adds, to the bias, the pieces that a convolution's taps lie on; nil is off the grid.
	taps := func(l *nn.ConvLayer, pieces ...[]float64) []float64 {
		out := make([]float64, inner)
		for o := range out {
			out[o] = float64(l.B.Data[o])
			for k, v := range pieces {
				for i := range v {
					out[o] += float64(l.W.Data[(o*inner+i)*len(pieces)+k]) * v[i]
				}
			}
		}
		return out
	}
	for s := range n {
		var h [rows][cols][]float64
		for i := range rows * cols {
			v := make([]float64, dim)
			for k := range v {
				v[k] = float64(z[(s*rows*cols+i)*dim+k])
			}
			h[i/cols][i%cols] = linear(x.in, v)
		}
		for _, b := range x.blocks {
			var e, a [rows][cols][]float64
			for r := range rows {
				for c := range cols {
					e[r][c] = relu(linear(b.expand, h[r][c]))
				}
				for c := range cols {
					var left, right []float64
					if c > 0 {
						left = e[r][c-1]
					}
					if c+1 < cols {
						right = e[r][c+1]
					}
					a[r][c] = taps(b.across, left, e[r][c], right)
				}
			}
			for r := range rows {
				for c := range cols {
					var above []float64
					if r > 0 {
						above = a[r-1][c]
					}
					y := linear(b.contract, relu(taps(b.down, above, a[r][c])))
					for k := range y {
						h[r][c][k] += y[k]
					}
				}
			}
		}
		for i := range rows * cols {
			for k, want := range relu(h[i/cols][i%cols]) {
				if got := float64(p.Data(y)[(s*rows*cols+i)*width+k]); math.Abs(got-want) > 1e-5 {
					t.Fatalf("sample %d, piece %d: %g, want %g", s, i, got, want)
				}
			}
		}
	}
}

func TestGridContextGradient(t *testing.T) {
	for _, kind := range kinds {
		w := nn.NewWeights(3)
		x, err := ContextConfig{Kind: kind, Width: 4, Depth: 1}.NewGrid(w, 3)
		if err != nil {
			t.Fatal(err)
		}
		z := w.Param("z", nn.Normal(1), 2, 6, 3)
		g := nn.NewGraph(true)
		gradientHolds(t, kind, w, g, nn.Sum(nn.Mul(x.Apply(g.Param(z), 2, 3), g.Const(normal(5, 2, 6, 4), 2, 6, 4))))
	}
}

// TestGridClosedForm: equal pieces are not told apart, which is the logarithm of the number of candidates.
func TestGridClosedForm(t *testing.T) {
	const n, rows, cols, d = 3, 4, 3, 5
	same := make([]float32, n*rows*cols*d)
	for i := range same {
		same[i] = 0.3
	}
	pairs := Grid(rows, cols, 2, 5)
	// Across 3 samples, within two rows and one row of 3, and among 8 drawn and the true one, or among all of 3 x 12.
	for kind, want := range map[string]float64{"across": math.Log(3), "all": math.Log(n * rows * cols), "within": (math.Log(6) + math.Log(3)) / 2, "mixed": math.Log(9)} {
		neg := Negatives{Kind: kind, Count: 8}
		g := nn.NewGraph(true)
		z := g.Const(same, n, rows*cols, d)
		res := NewPredictors(nn.NewWeights(1), d, d, len(pairs)).Loss(z, z, pairs, neg)
		p, err := g.Compile(res.Value)
		if err != nil {
			t.Fatal(err)
		}
		res.Draw(rand.New(rand.NewPCG(1, 2)))
		if err := p.Run(); err != nil {
			t.Fatal(err)
		}
		if got, uniform := float64(p.Loss()), neg.Uniform(pairs, n, rows*cols); math.Abs(got-want) > 1e-4 || math.Abs(uniform-want) > 1e-9 {
			t.Errorf("%s: loss %.4f, Uniform %.4f, want %.4f", kind, got, uniform, want)
		}
	}
}

func ExampleGrid() {
	// A grid of 7 x 7 patches that overlap by half: the first row without a common pixel is the second below.
	order, rows, cols := Left.Order(7, 7)
	pairs := Grid(rows, cols, 2, 5)
	fmt.Println(len(order), len(pairs), len(pairs[0].From), len(pairs[4].From))
	// Output: 49 5 35 7
}
