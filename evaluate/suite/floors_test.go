package suite

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/wavekin/wavekin/series"
	"gonum.org/v1/gonum/mat"
)

func walk(r *rand.Rand, n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = math.Sin(float64(i)*0.2) + 0.3*r.NormFloat64()
	}
	return x
}

// TestVariances compares with series.Stats of each stretch.
func TestVariances(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	normal, x := walk(r, 400), walk(r, 300)
	_, std, _ := series.Stats(normal)
	_, got := variances(normal, x)
	for i, v := range got {
		_, s, _ := series.Stats(x[max(0, i-48):min(len(x), i+48)])
		if want := s * s / (std * std); math.Abs(v-want) > 1e-9 {
			t.Fatalf("time stamp %d: %g, want %g", i, v, want)
		}
	}
	if own, _ := variances(make([]float64, 400), x); own != nil {
		t.Error("a constant channel has a score")
	}
}

// TestSubspace: the length along scaled components is that by the inverse of the covariance.
func TestSubspace(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	normal, x := walk(r, 500), walk(r, 200)
	x[100] += 5
	_, got := subspace(normal, x)
	n := len(normal) - subspaceWindow + 1
	mean := make([]float64, subspaceWindow)
	for at := range n {
		for i := range mean {
			mean[i] += normal[at+i] / float64(n)
		}
	}
	cov := mat.NewDense(subspaceWindow, subspaceWindow, nil)
	for at := range n {
		for i := range mean {
			for j := range mean {
				cov.Set(i, j, cov.At(i, j)+(normal[at+i]-mean[i])*(normal[at+j]-mean[j])/float64(n))
			}
		}
	}
	least := 1e-3 * mat.Trace(cov) / subspaceWindow
	for i := range mean {
		cov.Set(i, i, cov.At(i, i)+least)
	}
	var inverse mat.Dense
	if err := inverse.Inverse(cov); err != nil {
		t.Fatal(err)
	}
	want, count := make([]float64, len(x)), make([]float64, len(x))
	for _, at := range []int{0, 8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96, 104, 112, 120, 128, 136} {
		d := mat.NewVecDense(subspaceWindow, nil)
		for i := range mean {
			d.SetVec(i, x[at+i]-mean[i])
		}
		for i := at; i < at+subspaceWindow; i++ {
			want[i] += math.Sqrt(mat.Inner(d, &inverse, d))
			count[i]++
		}
	}
	for i, v := range got {
		if math.Abs(v-want[i]/count[i]) > 1e-6*v {
			t.Fatalf("time stamp %d: %g, want %g", i, v, want[i]/count[i])
		}
	}
	if got[100] < 1.2*got[10] {
		t.Errorf("a spike scores %g, %g elsewhere", got[100], got[10])
	}
}

// TestSimplyTakesTheHighest: channels that say nothing do not count, and the three highest are averaged.
func TestSimplyTakesTheHighest(t *testing.T) {
	by := func(normal, x []float64) (own, scores []float64) {
		if normal[0] < 0 {
			return nil, nil
		}
		return append([]float64{}, normal...), x
	}
	channel := func(v float64) []float64 { return []float64{v, v, v} }
	ramp := []float64{0, 1, 2} // the median is 1, and so is the quantile of 0.99 of three values
	normal := &series.Series{Values: [][]float64{ramp, ramp, channel(-1), ramp, ramp}}
	x := &series.Series{Values: [][]float64{channel(1.05), channel(0), channel(9), channel(1.1), channel(1.15)}}
	want := (math.Log1p(1) + math.Log1p(2) + math.Log1p(3)) / 3
	for _, v := range simply(by, normal, x) {
		if math.Abs(v-want) > 1e-9 {
			t.Fatalf("%g, want %g", v, want)
		}
	}
}
