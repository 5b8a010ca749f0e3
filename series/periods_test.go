package series

import (
	"encoding/csv"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
)

func TestAutocorrelationAgainstSums(t *testing.T) {
	rng := rand.New(rand.NewPCG(23, 24))
	for _, gaps := range []float64{0, 0.3} {
		x := noise(rng, 301, 1e3, gaps)
		mean, std, _ := Stats(x)
		_, work, missing := centred(x)
		got := autocorrelation(work, missing, 150)
		if len(got) != 151 {
			t.Fatalf("%d lags", len(got))
		}
		for k := range got {
			sum, pairs := 0.0, 0.0
			for i := k; i < len(x); i++ {
				if !IsGap(x[i]) && !IsGap(x[i-k]) {
					sum += (float64(x[i]) - mean) * (float64(x[i-k]) - mean)
					pairs++
				}
			}
			if want := sum / pairs / (std * std); math.Abs(got[k]-want) > 1e-9 {
				t.Fatalf("gaps %v lag %d: %v, want %v", gaps, k, got[k], want)
			}
		}
	}
}

func TestPeriodsAwkward(t *testing.T) {
	for name, x := range awkward() {
		_, work, missing := centred(x)
		if r := autocorrelation(work, missing, 5); name == "constant" && r != nil {
			t.Errorf("%s: autocorrelation %v", name, r)
		}
		if got := Periods(x, 3); len(got) != 0 && name != "infinite" && name != "huge" {
			t.Errorf("%s: periods %v", name, got)
		}
	}
	line := make([]float64, 500)
	for i := range line {
		line[i] = float64(i) * 0.1
	}
	if got := Periods(line, 3); got != nil {
		t.Errorf("a straight line has periods %v", got)
	}
	if got := Periods(line, 0); got != nil {
		t.Errorf("asked for none: %v", got)
	}
}

func TestPeriodsSynthetic(t *testing.T) {
	sine := func(p float64) func(int) float64 {
		return func(i int) float64 { return math.Sin(2 * math.Pi * float64(i) / p) }
	}
	pulse := func(p int) func(int) float64 {
		return func(i int) float64 {
			d := float64(i%p) - float64(p)/2
			return 4 * math.Exp(-d*d/4)
		}
	}
	for _, c := range []struct {
		name  string
		n     int
		gaps  float64
		parts []func(int) float64
		want  []int
		off   int
	}{
		{"sine", 400, 0, []func(int) float64{sine(25)}, []int{25}, 0},
		{"sine with gaps", 600, 0.3, []func(int) float64{sine(24)}, []int{24}, 0},
		{"between two frequencies", 500, 0, []func(int) float64{sine(37)}, []int{37}, 1},
		{"two", 168 * 8, 0, []func(int) float64{sine(24), func(i int) float64 { return 0.7 * sine(168)(i) }}, []int{24, 168}, 1},
		{"pulses", 1500, 0, []func(int) float64{pulse(60)}, []int{60}, 0},
		{"on a slope", 400, 0, []func(int) float64{sine(20), func(i int) float64 { return 0.1 * float64(i) }}, []int{20}, 0},
	} {
		rng := rand.New(rand.NewPCG(25, 26))
		x := make([]float64, c.n)
		for i := range x {
			v := 0.1 * rng.NormFloat64()
			for _, part := range c.parts {
				v += part(i)
			}
			x[i] = float64(v)
			if rng.Float64() < c.gaps {
				x[i] = Gap
			}
		}
		got := Periods(x, 5)
		if len(got) < len(c.want) {
			t.Errorf("%s: found %v, want %v", c.name, got, c.want)
			continue
		}
		for i, want := range c.want {
			if d := got[i].Length - want; d > c.off || d < -c.off {
				t.Errorf("%s: found %v, want %v", c.name, got, c.want)
			}
		}
		for i := 1; i < len(got); i++ {
			if got[i].Strength > got[i-1].Strength {
				t.Errorf("%s: not the strongest first: %v", c.name, got)
			}
		}
	}
}

// White noise has no period; the test allows one false alarm in a hundred.
func TestPeriodsOfNoise(t *testing.T) {
	alarms := 0
	for seed := range uint64(100) {
		if Periods(noise(rand.New(rand.NewPCG(seed, 27)), 300, 0, 0.1), 3) != nil {
			alarms++
		}
	}
	if alarms > 1 {
		t.Errorf("%d of 100 noises have a period", alarms)
	}
}

// A weak repetition in a strong wander, as in most machines' readings, must be
// found; a wander alone must seldom be taken for one.
func TestPeriodsInWander(t *testing.T) {
	found, alarms := 0, 0
	for seed := range uint64(50) {
		rng := rand.New(rand.NewPCG(seed, 28))
		x, y, level := make([]float64, 1000), make([]float64, 1000), 0.0
		for i := range x {
			level += rng.NormFloat64()
			x[i] = float64(level)
			y[i] = float64(level + 4*math.Sin(2*math.Pi*float64(i)/24))
		}
		if Periods(x, 3) != nil {
			alarms++
		}
		for _, p := range Periods(y, 3) {
			if p.Length == 24 {
				found++
			}
		}
	}
	if found < 45 || alarms > 5 {
		t.Errorf("of 50: %d found, %d false alarms", found, alarms)
	}
}

// airPassengers reads the monthly passengers 1949 to 1960 (Box and Jenkins), last column.
func airPassengers(t *testing.T) []float64 {
	f, err := os.Open("../../shared/data/forecasting/small/AirPassengers.csv")
	if err != nil {
		t.Skip("wants the shared data, which are not here: ", err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var x []float64
	for _, row := range rows[1:] {
		v, err := strconv.ParseFloat(row[len(row)-1], 32)
		if err != nil {
			t.Fatal(err)
		}
		x = append(x, float64(v))
	}
	return x
}

func TestPeriodsAirPassengers(t *testing.T) {
	x := airPassengers(t)
	got := Periods(x, 3)
	if len(got) == 0 || got[0].Length != 12 {
		t.Fatalf("periods %v, want 12 first", got)
	}
	c := Decompose(x, []int{12})
	if !near(c.Compose(), x, 1e-4) {
		t.Error("the sum is not the series")
	}
	// Passengers peak in July and August, positions 6 and 7 of each year.
	best := 0
	for m := range 12 {
		if c.Seasons[0][m] > c.Seasons[0][best] {
			best = m
		}
	}
	if best != 6 && best != 7 {
		t.Errorf("the season peaks in month %d", best+1)
	}
}

// The expected lags are those of the benchmark's own code.
func TestVUSPeriod(t *testing.T) {
	rng := rand.New(rand.NewPCG(25, 26))
	for _, c := range []struct {
		n          int
		one, other float64
		want       int
	}{
		{1000, 50, 0, 50}, {3000, 37, 120, 111}, {500, 7, 100, 7}, {2000, 350, 0, 125},
	} {
		x := make([]float64, c.n)
		for i := range x {
			x[i] = math.Sin(2*math.Pi*float64(i)/c.one) + 0.1*(rng.Float64()-0.5)
			if c.other > 0 {
				x[i] += 0.5 * math.Sin(2*math.Pi*float64(i)/c.other)
			}
		}
		x[c.n/2] = Gap
		if got := VUSPeriod(&Series{Values: [][]float64{x}}); got != c.want {
			t.Errorf("n %d, period %v: %d, want %d", c.n, c.one, got, c.want)
		}
	}
	for name, x := range awkward() {
		if got := VUSPeriod(&Series{Values: [][]float64{x}}); got != 125 {
			t.Errorf("%s: %d, want the fallback", name, got)
		}
	}
	if got := VUSPeriod(&Series{}); got != 0 {
		t.Errorf("no channels: %d", got)
	}
	steady := make([]float64, 300)
	for i := range steady {
		steady[i] = float64(i % 10)
	}
	if got := VUSPeriod(&Series{Values: [][]float64{steady, make([]float64, 300), steady}}); got != 10 {
		t.Errorf("median over channels: %d, want 10", got)
	}
}
