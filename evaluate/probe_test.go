package evaluate

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
)

func ExampleLinear() {
	x := []float32{-3, 0, -2, 1, -1, 0, 1, 1, 2, 0, 3, 1} // six rows of two
	y := []int{0, 0, 0, 1, 1, 1}
	p := Linear{C: 1}
	if err := p.Fit(x, 2, y); err != nil {
		fmt.Println(err)
		return
	}
	predicted, err := p.Predict([]float32{-5, 0, 0.5, 0})
	fmt.Println(predicted, err)
	// Output: [0 1] <nil>
}

func variants() []Probe {
	return []Probe{&KNN{}, &KNN{K: 5, Tau: 0.1}, &Linear{}, &Linear{C: 1}, &Linear{many: 1}, &SVM{}, &SVM{C: 10}, &SVM{MaxRows: 40},
		&SGD{}, &SGD{Rate: 0.1, Batch: 32}, &SGD{LARS: true}}
}

// blobs makes three classes, 5, -2 and 9, around three points, with columns of
// very different scale.
func blobs(rng *rand.Rand, n, dim int, spread float64) (x []float32, y []int) {
	names := []int{5, -2, 9}
	for i := range n {
		c := i % 3
		y = append(y, names[c])
		for j := range dim {
			v := rng.NormFloat64() * spread
			if j%3 == c {
				v += 3
			}
			x = append(x, float32(v*math.Pow(10, float64(j%5))+7))
		}
	}
	return x, y
}

func TestProbesSeparateBlobs(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	x, y := blobs(rng, 90, 7, 0.5)
	qx, qy := blobs(rng, 60, 7, 0.5)
	for _, p := range variants() {
		if _, err := p.Predict(qx); !errors.Is(err, ErrNotFitted) {
			t.Errorf("%T before Fit: %v", p, err)
		}
		if err := p.Fit(x, 7, y); err != nil {
			t.Errorf("%T: %v", p, err)
			continue
		}
		got, err := p.Predict(qx)
		if err != nil {
			t.Errorf("%T: %v", p, err)
			continue
		}
		if a, _ := Accuracy(qy, got); a < 0.98 {
			t.Errorf("%T %s: accuracy %v", p, p.Name(), a)
		}
		if err := p.Fit(x, 7, y); err != nil {
			t.Fatal(err)
		}
		if again, _ := p.Predict(qx); !reflect.DeepEqual(got, again) {
			t.Errorf("%T: a second fit predicts otherwise", p)
		}
	}
}

func TestProbeEdges(t *testing.T) {
	nan := float32(math.NaN())
	for _, p := range variants() {
		for _, c := range []struct {
			x    []float32
			dim  int
			y    []int
			want error
		}{
			{nil, 2, nil, ErrShape},
			{[]float32{1, 2, 3}, 2, []int{1}, ErrShape},
			{[]float32{1, 2}, 2, []int{1, 2}, ErrShape},
			{[]float32{1, 2}, 0, []int{1}, ErrShape},
			{[]float32{1, nan}, 2, []int{1}, ErrNotFinite},
		} {
			if err := p.Fit(c.x, c.dim, c.y); !errors.Is(err, c.want) {
				t.Errorf("%T: Fit(%v, %d, %v): %v, want %v", p, c.x, c.dim, c.y, err, c.want)
			}
		}
		// One row, one class: everything is that class.
		if err := p.Fit([]float32{1, 2}, 2, []int{4}); err != nil {
			t.Fatalf("%T: %v", p, err)
		}
		if got, err := p.Predict([]float32{0, 0, 5, 5}); err != nil || !reflect.DeepEqual(got, []int{4, 4}) {
			t.Errorf("%T: one class predicts %v (%v)", p, got, err)
		}
		if _, err := p.Predict([]float32{1}); !errors.Is(err, ErrShape) {
			t.Errorf("%T: half a row: %v", p, err)
		}
		if _, err := p.Predict([]float32{1, nan}); !errors.Is(err, ErrNotFinite) {
			t.Errorf("%T: NaN: %v", p, err)
		}
		// Columns that never change, and the same row in two classes.
		if err := p.Fit([]float32{1, 1, 1, 1, 1, 1, 1, 1}, 2, []int{0, 1, 0, 1}); err != nil {
			t.Fatalf("%T: %v", p, err)
		}
		if got, err := p.Predict([]float32{1, 1}); err != nil || len(got) != 1 {
			t.Errorf("%T: constant columns: %v %v", p, got, err)
		}
	}
	for _, p := range []Probe{&Linear{C: -1}, &Linear{Folds: 1}, &Linear{C: math.Inf(1)}, &SVM{C: math.NaN()}, &SVM{Folds: -2},
		&SGD{Rate: -1}, &SGD{Rates: []float64{}}, &SGD{Held: 1}, &SGD{Epochs: -1}, &SGD{Batch: -1}, &SGD{Rates: []float64{1, math.NaN()}}} {
		if err := p.Fit([]float32{1, 2}, 1, []int{0, 1}); !errors.Is(err, ErrOption) {
			t.Errorf("%+v: %v, want ErrOption", p, err)
		}
	}
}

// overlapping is a set of 90 rows, 4 columns and 3 classes that no line
// separates; the reference values below are for it.
func overlapping() (x []float32, y []int) {
	g := lcg(7, 360)
	for i := range 90 {
		y = append(y, i%3)
		for j := range 4 {
			v := float32(g[4*i+j])
			if j == i%3 {
				v += 0.5
			}
			if j == 3 {
				v *= 100
			}
			x = append(x, v)
		}
	}
	return x, y
}

// The weights were printed by scikit-learn 1.9.1: StandardScaler, then
// LogisticRegression(C=0.5, tol=1e-10, max_iter=10000).
func TestLinearWeights(t *testing.T) {
	x, y := overlapping()
	p := Linear{C: 0.5}
	if err := p.Fit(x, 4, y); err != nil {
		t.Fatal(err)
	}
	want := []float64{
		1.203647731103909, -0.6583373167666632, -0.8389455788128666, 0.0937988941016013, -0.024532291161563063,
		-0.48036635906994424, 0.9582537625997537, -0.5832625332847117, -0.06863024940826164, 0.14523374326823485,
		-0.723281372033965, -0.29991644583309063, 1.4222081120975785, -0.02516864469333947, -0.12070145210667231,
	}
	for i, v := range want {
		if math.Abs(p.w[i]-v) > 2e-5 {
			t.Errorf("weight %d is %v, want %v", i, p.w[i], v)
		}
	}
}

// The predictions were printed by scikit-learn 1.9.1: StandardScaler, then
// SVC(C=C, gamma="scale", tol=1e-6); the decision values of the first three
// rows with decision_function_shape="ovo".
func TestSVMPredictions(t *testing.T) {
	x, y := overlapping()
	for _, c := range []struct {
		c         float64
		predicted string
		decisions [3][3]float64
	}{
		{0.5, "012002012012112012022012010012002012012022012011012112012012012002011012012212022012012012", [3][3]float64{
			{0.10343371881794527, 0.5580908668854218, 0.5428082075689683},
			{-1.0000003732054805, 0.005705602139165905, 0.9999997577420676},
			{-0.5203506292483564, -1.0000004404608829, -0.8891528400637907}}},
		{10, "012012012012012012012012012012012012012011012011012012012012012012011012012212012012012012", [3][3]float64{
			{0.1842968601582849, 1.0000005458877015, 0.7720623009122908},
			{-1.0485616769953023, 0.3471991833351497, 1.548033623476517},
			{-1.3447814915647391, -1.4270297304129085, -0.9999997631637777}}},
	} {
		p := SVM{C: c.c}
		if err := p.Fit(x, 4, y); err != nil {
			t.Fatal(err)
		}
		got, err := p.Predict(x)
		if err != nil {
			t.Fatal(err)
		}
		text := ""
		for _, v := range got {
			text += fmt.Sprint(v)
		}
		if text != c.predicted {
			t.Errorf("C %v predicts\n%s, want\n%s", c.c, text, c.predicted)
		}
		k := newKernelMatrix(p.x, 4, p.gamma)
		for i, row := range c.decisions {
			for j, want := range row {
				s := p.pairs[j]
				f := -s.rho
				for m, r := range s.rows {
					f += s.weight[m] * float64(k.row(i)[r])
				}
				// Both stop when no pair violates optimality by more than 0.001.
				if math.Abs(f-want) > 2e-3 {
					t.Errorf("C %v: decision %d of row %d is %v, want %v", c.c, j, i, f, want)
				}
			}
		}
	}
}

// TestSMOOptimality checks the conditions that define the solution.
func TestSMOOptimality(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 9))
	for _, c := range []float64{0.01, 1, 100, hardMargin} {
		n := 40
		x := make([]float64, 3*n)
		rows := make([]int, n)
		for i := range x {
			x[i] = rng.NormFloat64()
		}
		for i := range rows {
			rows[i] = i
		}
		k := newKernelMatrix(x, 3, 0.5)
		s := solve(k, rows, 15, c)
		alpha := make([]float64, n)
		var balance float64
		for i, r := range s.rows {
			alpha[r] = math.Abs(s.weight[i])
			balance += s.weight[i]
		}
		if math.Abs(balance) > 1e-9*max(1, c) {
			t.Errorf("C %v: the weights sum to %v", c, balance)
		}
		for i := range n {
			sign := -1.0
			if i < 15 {
				sign = 1
			}
			f := -s.rho
			for j, r := range s.rows {
				f += s.weight[j] * float64(k.row(i)[r])
			}
			margin := sign * f
			switch {
			case alpha[i] == 0 && margin < 1-2e-3,
				alpha[i] == c && margin > 1+2e-3,
				alpha[i] > 0 && alpha[i] < c && math.Abs(margin-1) > 2e-3:
				t.Errorf("C %v: row %d has multiplier %v and margin %v", c, i, alpha[i], margin)
			}
		}
	}
}

// TestLBFGS minimises a stretched quadratic with a known minimum.
func TestLBFGS(t *testing.T) {
	w := make([]float64, 8)
	minimise(w, 200, 1e-7, func(w, g []float64) float64 {
		var f float64
		for i, v := range w {
			scale := math.Pow(4, float64(i))
			d := v - float64(i)
			f += scale * d * d / 2
			g[i] = scale * d
		}
		return f
	})
	for i, v := range w {
		if math.Abs(v-float64(i)) > 1e-6 {
			t.Errorf("coordinate %d is %v", i, v)
		}
	}
}

func TestByName(t *testing.T) {
	for _, name := range Names() {
		p, err := ByName(name)
		if err != nil || p.Name() != name {
			t.Errorf("%q: %v %v", name, p, err)
		}
		// Two directions, because knn-weighted looks at nothing else; most of each class is one of them.
		x := []float32{5, 1, 6, 1, 7, 1, 1, 8, 1, 9, 1, 7}
		got, err := Predict(name, x, 2, []int{3, 3, 3, 6, 6, 6}, []float32{9, 1, 1, 10})
		if err != nil || !reflect.DeepEqual(got, []int{3, 6}) {
			t.Errorf("%q predicts %v (%v)", name, got, err)
		}
	}
	if _, err := ByName("forest"); !errors.Is(err, ErrOption) {
		t.Errorf("unknown name: %v", err)
	}
	if _, err := Predict("svm", nil, 1, nil, nil); !errors.Is(err, ErrShape) {
		t.Errorf("no rows: %v", err)
	}
}

func BenchmarkProbes(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	const dim = 320
	x, y := blobs(rng, 600, dim, 4)
	for _, name := range Names() {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := Predict(name, x, dim, y, x); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
