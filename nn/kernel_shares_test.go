package nn

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/wavekin/wavekin/internal/kernel"
)

// run applies a layer to x [n, c, t], and fits it to x first where rng is not nil.
func run(t *testing.T, apply func(x *Node) *Node, x []float32, rng *rand.Rand, shape ...int) []float32 {
	t.Helper()
	g := NewGraph(false)
	if rng != nil {
		g.FitTo(rng)
	}
	y := apply(g.Input("x", shape...))
	p, err := g.Compile(nil, y)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Set("x", x); err != nil {
		t.Fatal(err)
	}
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	return append([]float32(nil), p.Data(y)...)
}

// aeon's MiniRocket has the same features with the same dilations and biases: bench/fidelity/minirocket.py wrote the file.
func TestSharesOfAnotherProgram(t *testing.T) {
	text, err := os.ReadFile("testdata/minirocket.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Length            int
		Dilations, Counts []int
		Biases, X, Shares []float32
	}
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		slots, n := len(c.Dilations), len(c.X)/c.Length
		l := NewKernelShares(NewWeights(0), "k", 1, slots, false)
		place := map[int]int{} // of a feature of theirs among ours: they have the biases of a kernel side by side
		at, slot := 0, 0
		for _, count := range c.Counts {
			for k := range kernel.TapKernels {
				for i := range count {
					place[at] = (slot+i)*kernel.TapKernels + k
					at++
				}
			}
			slot += count
		}
		for i, d := range c.Dilations {
			l.dilations.Data[i] = float32(d)
			if ours := spread(slots, c.Length)[i]; ours != float32(d) {
				t.Errorf("length %d: dilation %d is %g, theirs %d", c.Length, i, ours, d)
			}
		}
		for i, b := range c.Biases {
			l.biases.Data[place[i]] = b
		}
		got := run(t, l.Apply, c.X, nil, n, 1, c.Length)
		for i, want := range c.Shares {
			f := i % len(c.Biases)
			if v := got[i/len(c.Biases)*l.Dim()+place[f]]; math.Abs(float64(v-want)) > 1e-6 {
				t.Fatalf("length %d, series %d, feature %d: %g, theirs %g", c.Length, i/len(c.Biases), f, v, want)
			}
		}
	}
}

// slowShares has the features of x [c][t] from the definition, in float64.
func slowShares(l *KernelShares, x [][]float64) []float64 {
	out := make([]float64, l.Dim())
	for p := range l.planes {
		number := 0
		for s := range l.slots {
			d := int(l.dilations.Data[s])
			if s > 0 && l.dilations.Data[s] != l.dilations.Data[s-1] {
				number++
			}
			for k := range kernel.TapKernels {
				row := make([]float64, len(x[0]))
				for i := range row {
					if l.picks == nil {
						row[i] = x[0][i]
						continue
					}
					for _, c := range l.picks.Data[(s*tapGroups+k%tapGroups)*l.picks.Shape[2]:][:l.picks.Shape[2]] {
						if c >= 0 {
							row[i] += x[int(c)][i]
						}
					}
				}
				if p == 1 {
					for i := range len(row) - 1 {
						row[i] = row[i+1] - row[i]
					}
					row = row[:len(row)-1]
				}
				from, to := 0, len(row)
				if (number+k)%2 == 1 && to > 8*d {
					from, to = 4*d, to-4*d
				}
				f := (p*l.slots+s)*kernel.TapKernels + k
				for i := from; i < to; i++ {
					if slowResponse(row, k, d, i) > float64(l.biases.Data[f]) {
						out[f] += 1 / float64(to-from)
					}
				}
			}
		}
	}
	return out
}

func slowResponse(row []float64, k, d, at int) float64 {
	number := -1
	var sum float64
	for a := range 9 {
		for b := a + 1; b < 9; b++ {
			for c := b + 1; c < 9; c++ {
				if number++; number != k {
					continue
				}
				for tap := range 9 {
					w := -1.0
					if tap == a || tap == b || tap == c {
						w = 2
					}
					if i := at + (tap-4)*d; i >= 0 && i < len(row) {
						sum += w * row[i]
					}
				}
			}
		}
	}
	return sum
}

// TestSharesAgainstTheDefinition fits the layer and compares with a slow twin. Values are quarters, so that responses are exact.
func TestSharesAgainstTheDefinition(t *testing.T) {
	for _, c := range []int{1, 3, 12} {
		const n, length = 5, 70
		l := NewKernelShares(NewWeights(3), "k", c, 4, true)
		rng := rand.New(rand.NewPCG(1, uint64(c)))
		x := make([]float32, n*c*length)
		for i := range x {
			x[i] = float32(math.Round(4*rng.NormFloat64())) / 4
		}
		got := run(t, l.Apply, x, rng, n, c, length)
		if l.dilations.Data[0] != 1 || l.dilations.Data[3] != 8 {
			t.Fatalf("dilations %v, want 1 to 8", l.dilations.Data)
		}
		for i := range n {
			rows := make([][]float64, c)
			for j := range rows {
				for _, v := range x[(i*c+j)*length:][:length] {
					rows[j] = append(rows[j], float64(v))
				}
			}
			for f, want := range slowShares(l, rows) {
				if v := got[i*l.Dim()+f]; math.Abs(float64(v)-want) > 1e-6 {
					t.Fatalf("%d channels, sample %d, feature %d: %g, want %g", c, i, f, v, want)
				}
			}
		}
	}
}

// A bias is a quantile of responses, so that shares fill the range from 0 to 1; a series of zeros is above none that is not
// below zero.
func TestBiasesAreQuantiles(t *testing.T) {
	l := NewKernelShares(NewWeights(0), "k", 1, 6, true)
	rng := rand.New(rand.NewPCG(4, 4))
	const n, length = 20, 200
	x := make([]float32, n*length)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	got := run(t, l.Apply, x, rng, n, 1, length)
	var tenths [10]int
	for _, v := range got {
		if v < 0 || v > 1 {
			t.Fatalf("a share of %g", v)
		}
		tenths[min(9, int(10*v))]++
	}
	for i, c := range tenths {
		if share := float64(c) / float64(len(got)); share < 0.07 || share > 0.13 {
			t.Errorf("%.3f of the shares lie in tenth %d", share, i)
		}
	}
}

// Every length has finite shares, fitted or not, and dilations that a damaged file holds do no harm.
func TestSharesOfAnyLength(t *testing.T) {
	for _, c := range []int{1, 2} {
		l := NewKernelShares(NewWeights(0), "k", c, 3, true)
		for _, dilations := range [][]float32{{0, 0, 0}, {1, 2, 4}, {float32(math.NaN()), 1, 1}, {1, float32(math.Inf(1)), -5}} {
			copy(l.dilations.Data, dilations)
			for _, length := range []int{1, 2, 8, 9, 40} {
				x := make([]float32, 2*c*length)
				for i := range x {
					x[i] = float32(i % 5)
				}
				for _, v := range run(t, l.Apply, x, nil, 2, c, length) {
					if !(v >= 0 && v <= 1) {
						t.Fatalf("%d channels, dilations %v, length %d: a share of %g", c, dilations, length, v)
					}
				}
			}
		}
	}
}

// TestSketchOfManyRows: rows that are projected together have the bits of each on its own, also of targets that a damaged file may hold.
func TestSketchOfManyRows(t *testing.T) {
	const in, out = 37, 19
	rng := rand.New(rand.NewPCG(5, 6))
	l := NewSketch(NewWeights(3), "s", in, out)
	for i, v := range []float32{0, float32(math.NaN()), out + 1, -out - 1, float32(math.Inf(1)), 0.5, 1.5, -out} {
		l.targets.Data[7*i] = v
	}
	for j := range in {
		l.mean.Data[j], l.inverse.Data[j] = rng.Float32(), rng.Float32()
	}
	l.inverse.Data[3] = 0
	for n := 1; n <= sketchMost; n++ {
		x, got, want := make([]float32, n*in), make([]float32, n*out), make([]float32, n*out)
		for i := range x {
			x[i] = rng.Float32()
		}
		l.rows(got, x, n)
		for i := range n {
			l.row(want[i*out:(i+1)*out], x[i*in:(i+1)*in])
		}
		for i := range want {
			if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
				t.Fatalf("%d rows: number %d is %v, alone %v", n, i, got[i], want[i])
			}
		}
	}
}

// TestSketchKeepsDistances: columns have deviation 1, a constant feature counts for nothing, and distances survive.
func TestSketchKeepsDistances(t *testing.T) {
	const n, in, width = 40, 600, 256
	rng := rand.New(rand.NewPCG(2, 2))
	x := make([]float32, n*in)
	for i := range x {
		x[i] = float32(rng.Float64())*float32(i%in) + 3
	}
	whole, short := NewSketch(NewWeights(0), "a", in, 0), NewSketch(NewWeights(0), "b", in, width)
	a, b := run(t, whole.Apply, x, rng, n, in), run(t, short.Apply, x, rng, n, in)
	for j := range in {
		var square float64
		for i := range n {
			square += float64(a[i*in+j]) * float64(a[i*in+j]) / n
		}
		if want := 1.0; j > 0 && math.Abs(square-want) > 1e-4 || j == 0 && square != 0 {
			t.Fatalf("variance of column %d: %g", j, square)
		}
	}
	distance := func(v []float32, d, i, j int) (sum float64) {
		for k := range d {
			e := float64(v[i*d+k] - v[j*d+k])
			sum += e * e / float64(d)
		}
		return math.Sqrt(sum)
	}
	for i := range n {
		for j := range i {
			if r := distance(b, width, i, j) / distance(a, in, i, j); r < 0.75 || r > 1.25 {
				t.Errorf("samples %d and %d: the distance is %.2f of what it was", i, j, r)
			}
		}
	}
	short.targets.Data[0], short.targets.Data[1] = float32(math.NaN()), 1e9
	for _, v := range run(t, short.Apply, x, nil, n, in) {
		if v != v {
			t.Fatal("a damaged projection gives NaN")
		}
	}
}

// Fitting and features have the same bits on one thread and on three.
func TestFittingByThreads(t *testing.T) {
	defer kernel.SetThreads(0)
	const n, c, length = 17, 2, 90
	var first string
	for _, threads := range []int{1, 3} {
		kernel.SetThreads(threads)
		w := NewWeights(5)
		l := NewKernelShares(w, "k", c, 4, true)
		s := NewSketch(w, "s", l.Dim(), 32)
		rng := rand.New(rand.NewPCG(6, 6))
		x := make([]float32, n*c*length)
		for i := range x {
			x[i] = float32(rng.NormFloat64())
		}
		text := fmt.Sprint(run(t, func(x *Node) *Node { return s.Apply(l.Apply(x)) }, x, rng, n, c, length))
		for _, p := range w.All() {
			text += fmt.Sprint(p.Data)
		}
		if first == "" {
			first = text
		}
		if text != first {
			t.Errorf("%d threads give other bits", threads)
		}
	}
}

func TestSharesRefuseOtherShapes(t *testing.T) {
	l := NewKernelShares(NewWeights(0), "k", 2, 1, false)
	g := NewGraph(false)
	l.Apply(g.Input("x", 4, 3, 20))
	if g.Err() == nil {
		t.Error("three channels for a layer of two were accepted")
	}
	g = NewGraph(false)
	NewSketch(NewWeights(0), "s", 5, 2).Apply(g.Input("x", 4, 6))
	if g.Err() == nil {
		t.Error("six features for a sketch of five were accepted")
	}
}
