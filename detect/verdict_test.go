package detect

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/wavekin/wavekin/series"
)

// TestAdjusted: a textbook's set of p-values as scipy.stats.false_discovery_control (1.17) adjusts them, and random ones by the
// definition: the series called anomalous at q are the k smallest for the largest k with p(k) ≤ kq/m.
func TestAdjusted(t *testing.T) {
	p := []float64{0.01, 0.04, math.NaN(), 0.03, 0.005, 0.55, 0.02, 0.9, 0.0001}
	want := []float64{0.02666666666666667, 0.05333333333333334, math.NaN(), 0.048, 0.02, 0.6285714285714287, 0.04, 0.9, 0.0008}
	for i, v := range Adjusted(p) {
		if math.IsNaN(v) != math.IsNaN(want[i]) || math.Abs(v-want[i]) > 1e-12 {
			t.Errorf("p %g becomes %g, want %g", p[i], v, want[i])
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		p := make([]float64, 1+r.IntN(30))
		for i := range p {
			p[i] = math.Pow(r.Float64(), 3)
		}
		const q = 0.1
		largest := 0.0 // of those called
		for i := range p {
			below := 0
			for _, v := range p {
				if v <= p[i] {
					below++
				}
			}
			if p[i] <= q*float64(below)/float64(len(p)) {
				largest = max(largest, p[i])
			}
		}
		for i, v := range Adjusted(p) {
			if (v <= q) != (p[i] <= largest) {
				t.Errorf("%v: p %g adjusted to %g, the largest called is %g", p, p[i], v, largest)
			}
		}
	}
}

// TestExpectedUndoesThreshold: the number of episodes at the threshold for a rate is that of the rate.
func TestExpectedUndoesThreshold(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 1))
	s := make([]float64, 5000)
	for i := range s {
		s[i] = r.ExpFloat64()
	}
	rates := newRates([][]float64{s}, 10)
	rates.curves = nil // episodes joined by their distance alone, as they are expected
	for _, n := range []float64{0.1, 0.7, 2, 4, 5, 17, 60} {
		a, err := rates.Alarm(n / 5000)
		if err != nil {
			t.Fatal(err)
		}
		if got, extrapolated := rates.Expected(a.Threshold); math.Abs(got-n) > 1e-6*n || extrapolated != (n < 1) {
			t.Errorf("%g episodes: %g at their threshold, extrapolated %v", n, got, extrapolated)
		}
	}
	// Of exponential scores n episodes are above log(5000/n): twelve times as rare is higher by log 12.
	a, err := rates.Alarm(0.1 / 5000)
	if err != nil || math.Abs(a.Threshold-math.Log(5000/0.1)) > 2 {
		t.Errorf("a tenth of an episode is above %g, want about %.1f (%v)", a.Threshold, math.Log(5000/0.1), err)
	}
	if n, _ := rates.Expected(-1); !math.IsInf(n, 1) {
		t.Errorf("%g episodes below all scores", n)
	}
	if p, _ := rates.Exceeds(-1, 10); p != 1 {
		t.Errorf("a score below all has p = %g", p)
	}
	if p, _ := rates.Exceeds(3, 0); !math.IsNaN(p) {
		t.Errorf("no time stamp has p = %g", p)
	}
	flat := newRates([][]float64{{1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1}}, 1)
	if n, extrapolated := flat.Expected(2); n != 1 || extrapolated {
		t.Errorf("above equal scores: %g, %v", n, extrapolated)
	}
}

// TestVerdicts: highest scores and where they are, whatever the cuts; series of the same name in two files are two.
func TestVerdicts(t *testing.T) {
	rates := newRates([][]float64{{1, 2, 3, 4, 5, 6, 7, 8, 1, 9, 1, 5, 1, 6, 1, 7}}, 1)
	nan := math.NaN()
	for _, cut := range []int{1, 2, 5} {
		v := Verdicts{Rates: rates}
		for _, one := range []struct {
			source, name string
			score        []float64
		}{{"x", "a", []float64{nan, 2, 8, 3, 8}}, {"x", "b", []float64{nan, nan}}, {"y", "b", []float64{4, nan, 1}}} {
			v.Source = one.source
			for at := 0; at < len(one.score); at += cut {
				s := one.score[at:min(at+cut, len(one.score))]
				p := &Points{Series: one.name, Start: at, Score: s}
				for i := range s {
					p.Times = append(p.Times, int64(100+at+i))
				}
				v.Add(p)
			}
		}
		got := ""
		for _, one := range v.All() {
			got += fmt.Sprintf("%s %s %d %d %g %d %v; ", one.Source, one.Series, one.Points, one.Peak, one.Score, one.PeakTime, math.IsNaN(one.P))
		}
		if want := "x a 4 2 8 102 false; x b 0 0 NaN 0 true; y b 2 0 4 100 false; "; got != want {
			t.Errorf("cut at %d: %s, want %s", cut, got, want)
		}
	}
}

// TestVerdictsOnFreshData: of normal series that were not seen, about as many have p-values up to a level as the level says, and runs
// with a discovery at a rate q are no more than q, within three standard deviations of a binomial share.
func TestVerdictsOnFreshData(t *testing.T) {
	const trials, each, length, q = 6, 40, 250, 0.1
	var low [2]int
	levels := []float64{0.05, 0.2}
	runs, discoveries := 0, 0
	for trial := range trials {
		r := rand.New(rand.NewPCG(uint64(trial), 52))
		f := fitFused(t, FusedConfig{Parts: RawParts(32), Rates: true}, noise(r, "normal", 4000))
		var fresh []*series.Series
		for i := range each {
			fresh = append(fresh, noise(r, fmt.Sprint(i), length))
		}
		rates, err := f.Rates()
		if err != nil {
			t.Fatal(err)
		}
		v := Verdicts{Rates: rates}
		for p, err := range f.Points(t.Context(), series.FromSlice(fresh)) {
			if err != nil {
				t.Fatal(err)
			}
			v.Add(&p.Points)
		}
		var ps []float64
		for _, one := range v.All() {
			ps = append(ps, one.P)
			for i, level := range levels {
				if one.P <= level {
					low[i]++
				}
			}
		}
		for at := 0; at < each; at += 10 {
			runs++
			for _, a := range Adjusted(ps[at : at+10]) {
				if a <= q {
					discoveries++
					break
				}
			}
		}
	}
	t.Logf("p-values up to %v: %v of %d; %d of %d runs with a discovery", levels, low, trials*each, discoveries, runs)
	for i, level := range levels {
		// One reference decides over 40 series at once: half as many or twice as many are within what its own length allows.
		if share := float64(low[i]) / (trials * each); share > 2*level || share < level/3 {
			t.Errorf("%g of the series have p-values up to %g", share, level)
		}
	}
	if most := q*float64(runs) + 3*math.Sqrt(q*(1-q)*float64(runs)); float64(discoveries) > most {
		t.Errorf("%d of %d runs have a discovery, want at most %.1f", discoveries, runs, most)
	}
}
