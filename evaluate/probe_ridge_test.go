package evaluate

import (
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// scikit-learn came to these penalties, outputs and classes: bench/fidelity/ridge.py wrote the file.
func TestRidgeOfAnotherProgram(t *testing.T) {
	text, err := os.ReadFile("testdata/ridge.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Dim                 int
		X, Queries, Outputs []float64
		Y, Classes          []int
		Alpha               float64
	}
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	single := func(v []float64) []float32 {
		out := make([]float32, len(v))
		for i := range v {
			out[i] = float32(v[i])
		}
		return out
	}
	for _, c := range cases {
		var p Ridge
		if err := p.Fit(single(c.X), c.Dim, c.Y); err != nil {
			t.Fatal(err)
		}
		if math.Abs(p.Chosen()/c.Alpha-1) > 1e-9 {
			t.Errorf("%d columns: penalty %g, theirs %g", c.Dim, p.Chosen(), c.Alpha)
		}
		got, err := p.Predict(single(c.Queries))
		if err != nil || !slices.Equal(got, c.Classes) {
			t.Errorf("%d columns: classes %v, theirs %v (%v)", c.Dim, got, c.Classes, err)
		}
		out, err := p.outputs(single(c.Queries))
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range c.Outputs {
			if v := out[i]; math.Abs(v-want) > 1e-5 { // theirs is from values in float64
				t.Fatalf("%d columns: output %d is %g, theirs %g", c.Dim, i, v, want)
			}
		}
	}
}

// TestRidgeLeavesOut: the errors of rows left out are those of fits without them, on more rows than columns and on fewer.
func TestRidgeLeavesOut(t *testing.T) {
	for _, dim := range []int{4, 25} {
		const n, alpha = 12, 0.7
		rng := rand.New(rand.NewPCG(1, uint64(dim)))
		z, y := mat.NewDense(n, dim, nil), make([]int, n)
		for i := range n {
			y[i] = i % 2
			for j := range dim {
				z.Set(i, j, rng.NormFloat64())
			}
		}
		for j := range dim { // as the scaler leaves columns
			m := mat.Sum(z.ColView(j)) / n
			for i := range n {
				z.Set(i, j, z.At(i, j)-m)
			}
		}
		centredTargets, _ := centred(y, 2)
		l := newLeftOut(mat.DenseCopyOf(z).RawMatrix().Data, n, dim, centredTargets, 2)
		targets := mat.NewDense(n, 2, centredTargets)
		f, err := l.band.factor(alpha)
		if err != nil {
			t.Fatal(err)
		}
		var want float64
		for i := range n {
			want += 2 * math.Pow(without1(t, z, targets, i, alpha), 2) // both columns have the same errors
		}
		if got := l.errors(f, alpha); math.Abs(got/want-1) > 1e-8 {
			t.Errorf("%d columns: %g, by fits without each row %g", dim, got, want)
		}
	}
}

// TestRidgeByEigenvalues holds errors, the choice and the weights to those that follow from eigenvalues and eigenvectors, on
// several blocks, on one, and on widths that no block divides.
func TestRidgeByEigenvalues(t *testing.T) {
	for _, c := range []struct{ n, dim, classes int }{{300, 70, 3}, {300, 200, 2}, {150, 400, 4}, {64, 64, 2}, {65, 65, 3}, {129, 300, 2}, {600, 130, 5}, {5, 40, 2}} {
		rng := rand.New(rand.NewPCG(8, uint64(c.n*c.dim)))
		x, y := make([]float32, c.n*c.dim), make([]int, c.n)
		for i := range c.n {
			y[i] = rng.IntN(c.classes)
			for j := range c.dim {
				x[i*c.dim+j] = float32(rng.NormFloat64() + 0.3*float64(y[i])*float64(j%3) + 5*float64(i%7)/float64(1+j))
			}
		}
		p := &Ridge{}
		if err := p.Fit(x, c.dim, y); err != nil {
			t.Fatal(err)
		}
		z := mat.NewDense(c.n, c.dim, p.scale.apply(x))
		s, err := decompose(z)
		if err != nil {
			t.Fatal(err)
		}
		flat, _ := centred(indices(p.classes, y), len(p.classes))
		targets := mat.NewDense(c.n, len(p.classes), flat)
		l := newLeftOut(p.scale.apply(x), c.n, c.dim, flat, len(p.classes))
		var along mat.Dense
		along.Mul(s.u.T(), targets)
		least, chosen := math.Inf(1), 0.0
		for i := range 19 {
			alpha := math.Pow(10, -3+float64(i)/2)
			f, err := l.band.factor(alpha)
			if err != nil {
				t.Fatal(err)
			}
			want := s.leftOut(targets, &along, alpha)
			if got := l.errors(f, alpha); math.Abs(got/want-1) > 1e-6 {
				t.Errorf("%v, penalty %g: %v, by eigenvalues %v", c, alpha, got, want)
			}
			if want < least {
				least, chosen = want, alpha
			}
		}
		if p.Chosen() != chosen {
			t.Errorf("%v: penalty %g, by eigenvalues %g", c, p.Chosen(), chosen)
		}
		var dual, w mat.Dense
		along.Apply(func(j, _ int, v float64) float64 { return v / (s.values[j] + chosen) }, &along)
		dual.Mul(s.u, &along)
		w.Mul(z.T(), &dual)
		for k := range p.classes {
			for j := range c.dim {
				if got, want := p.w[k*c.dim+j], w.At(j, k); math.Abs(got-want) > 1e-8 {
					t.Fatalf("%v: weight %d of class %d is %v, by eigenvalues %v", c, j, k, got, want)
				}
			}
		}
	}
}

// leftOut is the sum of the squared errors of rows that are left out in turn, by eigenvalues.
func (s *spectrum) leftOut(targets, along *mat.Dense, alpha float64) float64 {
	n, m := targets.Dims()
	shrunk := mat.DenseCopyOf(along)
	shrunk.Apply(func(j, _ int, v float64) float64 { return v * s.values[j] / (s.values[j] + alpha) }, shrunk)
	var fitted mat.Dense
	fitted.Mul(s.u, shrunk)
	var sum float64
	for i := range n {
		leverage := 1 / float64(n)
		for j, v := range s.values {
			leverage += v / (v + alpha) * s.u.At(i, j) * s.u.At(i, j)
		}
		for k := range m {
			e := (targets.At(i, k) - fitted.At(i, k)) / max(1-leverage, 1e-12)
			sum += e * e
		}
	}
	return sum
}

// without1 is the error of row i of the first target by a fit to the others, by the normal equations.
func without1(t *testing.T, z, targets *mat.Dense, i int, alpha float64) float64 {
	t.Helper()
	n, dim := z.Dims()
	a, b := mat.NewDense(dim+1, dim+1, nil), mat.NewVecDense(dim+1, nil)
	row := func(k int) *mat.VecDense {
		v := mat.NewVecDense(dim+1, nil)
		for j := range dim {
			v.SetVec(j, z.At(k, j))
		}
		v.SetVec(dim, 1)
		return v
	}
	for k := range n {
		if k == i {
			continue
		}
		var outer mat.Dense
		outer.Outer(1, row(k), row(k))
		a.Add(a, &outer)
		b.AddScaledVec(b, targets.At(k, 0), row(k))
	}
	for j := range dim {
		a.Set(j, j, a.At(j, j)+alpha)
	}
	var w mat.VecDense
	if err := w.SolveVec(a, b); err != nil {
		t.Fatal(err)
	}
	return targets.At(i, 0) - mat.Dot(&w, row(i))
}

func TestRidgeWithLittleToLearn(t *testing.T) {
	p := &Ridge{}
	if _, err := p.Predict([]float32{1}); !errors.Is(err, ErrNotFitted) {
		t.Errorf("not fitted: %v", err)
	}
	for _, c := range []struct {
		x []float32
		y []int
	}{{[]float32{1, 2}, []int{7}}, {[]float32{1, 1, 1, 1, 1, 1}, []int{3, 3, 5}}, {[]float32{0, 1, 0, 2}, []int{4, 4}}} {
		if err := p.Fit(c.x, 2, c.y); err != nil {
			t.Fatal(err)
		}
		if got, err := p.Predict([]float32{1, 1}); err != nil || got[0] != c.y[0] {
			t.Errorf("rows %v of %v: class %v, %v", c.x, c.y, got, err)
		}
	}
	if err := (&Ridge{Alphas: []float64{0}}).Fit([]float32{1, 2}, 1, []int{0, 1}); !errors.Is(err, ErrOption) {
		t.Errorf("a penalty of 0: %v", err)
	}
}

// TestTurnedRowsHaveTheSameOptimum: logistic regression on more columns than rows, in the axes of the rows and in the columns.
func TestTurnedRowsHaveTheSameOptimum(t *testing.T) {
	const n, dim = 14, 30
	rng := rand.New(rand.NewPCG(3, 3))
	x, y := make([]float32, n*dim), make([]int, n)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
		y[i/dim] = i / dim % 3
	}
	p := &Linear{C: 0.1}
	if err := p.Fit(x, dim, y); err != nil {
		t.Fatal(err)
	}
	want := fitLogistic(p.scale.apply(x), dim, y, 3, 0.1, 200)
	for i, v := range want {
		if math.Abs(p.w[i]-v) > 1e-4 {
			t.Fatalf("weight %d is %g, %g in the columns themselves", i, p.w[i], v)
		}
	}
}
