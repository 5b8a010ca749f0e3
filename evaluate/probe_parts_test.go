package evaluate

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats"
)

// TestBandOfManyBlocks: matrices of more rows than are multiplied at once, and the systems that follow from them.
func TestBandOfManyBlocks(t *testing.T) {
	const n, k, alpha = 700, 40, 0.5 // the last 636 rows of the first update are more than 512
	rng := rand.New(rand.NewPCG(2, 7))
	z := make([]float64, n*k)
	for i := range z {
		z[i] = rng.NormFloat64()
	}
	across := make([]float64, n*k) // z transposed
	for i, v := range z {
		across[i%k*n+i/k] = v
	}
	a := gram(z, n, k, false)
	if !floats.EqualApprox(a, gram(across, k, n, true), 1e-12) {
		t.Error("the products of rows and of columns differ")
	}
	for range 2000 {
		i, j := rng.IntN(n), rng.IntN(n)
		if want := floats.Dot(z[i*k:(i+1)*k], z[j*k:(j+1)*k]); math.Abs(a[i*n+j]-want) > 1e-10 {
			t.Fatalf("product of rows %d and %d is %g, want %g", i, j, a[i*n+j], want)
		}
	}
	b := newBand(slices.Clone(a), n)
	f, err := b.factor(alpha)
	if err != nil {
		t.Fatal(err)
	}
	u := make([]float64, n)
	for i := range u {
		u[i] = rng.NormFloat64()
	}
	x := slices.Clone(u)
	b.turn(x, false)
	x = f.halfway(x)
	f.finish(x)
	b.turn(x, true)
	for i := range n {
		if got := floats.Dot(a[i*n:(i+1)*n], x) + alpha*x[i]; math.Abs(got-u[i]) > 1e-8 {
			t.Fatalf("row %d of the system gives %g, want %g", i, got, u[i])
		}
	}
}

// TestSVMChoosesC: a hard margin where there are few rows, in all or in a class; else what the folds say, which is a soft one where
// one label in five is wrong.
func TestSVMChoosesC(t *testing.T) {
	rows := func(n, classes int, wrong float64) (x []float32, y, truth []int) {
		rng := rand.New(rand.NewPCG(4, uint64(n)))
		for i := range n {
			c := i % classes
			x = append(x, float32(2*float64(c)+rng.NormFloat64()/2), float32(rng.NormFloat64()))
			truth = append(truth, c)
			if rng.Float64() < wrong {
				c = (c + 1) % classes
			}
			y = append(y, c)
		}
		return x, y, truth
	}
	for _, c := range []struct {
		n, classes int
		hard       bool
	}{{49, 2, true}, {50, 2, false}, {59, 12, true}, {60, 12, false}} {
		x, y, _ := rows(c.n, c.classes, 0.2)
		p := &SVM{}
		if err := p.Fit(x, 2, y); err != nil {
			t.Fatal(err)
		}
		if math.IsInf(p.Chosen(), 1) != c.hard {
			t.Errorf("%d rows of %d classes: C %g", c.n, c.classes, p.Chosen())
		}
	}
	x, y, _ := rows(120, 2, 0.2)
	tx, _, truth := rows(400, 2, 0)
	var right [2]float64
	for i, p := range []*SVM{{}, {C: math.Inf(1)}} {
		if err := p.Fit(x, 2, y); err != nil {
			t.Fatal(err)
		}
		got, err := p.Predict(tx)
		if err != nil {
			t.Fatal(err)
		}
		if right[i], err = Accuracy(truth, got); err != nil {
			t.Fatal(err)
		}
		if i == 0 && !(p.Chosen() > 1e-4 && p.Chosen() < 100) {
			t.Errorf("C %g", p.Chosen())
		}
	}
	if right[0] < 0.95 || right[0] < right[1]+0.02 {
		t.Errorf("accuracy %.3f, with a hard margin %.3f", right[0], right[1])
	}
}

// TestThinnedRows: each class keeps its share of the rows, evenly spaced, and a single one where that is less.
func TestThinnedRows(t *testing.T) {
	var x []float64
	var class []int
	for i := range 100 {
		x = append(x, float64(i))
		class = append(class, min(1, max(0, i-97))) // the last two rows are of class 1
	}
	rows, kept := thin(x, 1, class, 2, 10)
	if want := []float64{10, 21, 32, 43, 54, 65, 76, 87, 97, 99}; !slices.Equal(rows, want) || !slices.Equal(kept, []int{0, 0, 0, 0, 0, 0, 0, 0, 0, 1}) {
		t.Errorf("rows %v of classes %v", rows, kept)
	}
	if rows, _ = thin(x, 1, class, 2, 100); len(rows) != 100 {
		t.Errorf("%d rows of 100 are left", len(rows))
	}
}

// TestDescentRunsAway: one number that is not finite, among the weights or the biases of a rate, is enough.
func TestDescentRunsAway(t *testing.T) {
	inf := float32(math.Inf(-1))
	for i, d := range []*descent{{w: []float32{1, 2, inf, 4}, b: []float32{0, 0}}, {w: []float32{1, 2, 3, 4}, b: []float32{0, inf}}} {
		d.m, d.dim = 1, 2
		if !d.bounded(0) || d.bounded(1) {
			t.Errorf("%d: the first rate is bounded: %v, the second: %v", i, d.bounded(0), d.bounded(1))
		}
	}
}

// TestOffsetOfBoundMultipliers: where all multipliers are at a bound, the offset is in the middle of what they allow: those of 0 on
// the positive side and those of C on the negative one bound it from above, the others from below.
func TestOffsetOfBoundMultipliers(t *testing.T) {
	const c = 2
	sign, alpha := []float64{1, 1, 1, -1, -1, -1}, []float64{0, 0, c, c, c, 0}
	g := []float64{5, 7, 1, -6, -4, 2} // sign*g: above by 5, 7, 6 and 4, below by 1 and -2
	if got := offset(alpha, g, sign, c); got != 2.5 {
		t.Errorf("%g, want 2.5", got)
	}
	alpha[0], alpha[5] = 1, 0.5 // free ones alone count: the mean of 5 and -2
	if got := offset(alpha, g, sign, c); got != 1.5 {
		t.Errorf("%g with two free multipliers, want 1.5", got)
	}
}

// TestMinimiseStays: where no step lowers the value, whatever the gradient says, the weights stay.
func TestMinimiseStays(t *testing.T) {
	w, calls := []float64{3, -1}, 0
	minimise(w, 50, 1e-7, func(_, g []float64) float64 {
		calls++
		g[0], g[1] = 1, 2
		return 7
	})
	if w[0] != 3 || w[1] != -1 || calls > 41 {
		t.Errorf("%v after %d calls", w, calls)
	}
}
