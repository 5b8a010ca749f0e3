package series

import (
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// stamped is a series with a value for each of its time stamps, in seconds.
func stamped(id string, seconds ...float64) *Series {
	s := &Series{ID: id, Values: [][]float64{nil}}
	for i, t := range seconds {
		s.Times = append(s.Times, int64(t*float64(time.Second)))
		s.Values[0] = append(s.Values[0], float64(i))
	}
	return s
}

// pieces reads a series in chunks of n rows.
type pieces struct {
	s  *Series
	n  int
	at int
}

func (p *pieces) Next() (*Series, error) {
	if p.at >= p.s.Len() {
		return nil, io.EOF
	}
	out := p.s.Slice(p.at, p.at+p.n)
	p.at += p.n
	return out, nil
}

// TestOnGridIsRegularize: in chunks of any length, a series comes onto the grid as it does as a whole.
func TestOnGridIsRegularize(t *testing.T) {
	rng := rand.New(rand.NewPCG(31, 1))
	for name, next := range map[string]func(i int) float64{
		"regular":   func(int) float64 { return 1 },
		"missing":   func(i int) float64 { return 1 + 3*float64(boolInt(i%7 == 0)) },
		"repeated":  func(i int) float64 { return float64(boolInt(i%5 != 0)) },
		"irregular": func(int) float64 { return 1 + 0.6*rng.Float64() - 0.3 },
		"late":      func(i int) float64 { return 1 + 0.4*float64(boolInt(i == 70)) },
		"drift":     func(int) float64 { return 1.004 },
	} {
		seconds := []float64{100}
		for i := range 99 {
			seconds = append(seconds, seconds[i]+next(i))
		}
		s := stamped(name, seconds...)
		for _, grid := range []Grid{{Step: time.Second}, {Step: time.Second, Placing: PlaceLinear}} {
			want, err := grid.regularize(s, time.Second)
			if err != nil {
				t.Fatal(err)
			}
			for _, n := range []int{1, 2, 13, 100} {
				all, err := ReadAll(OnGrid(&pieces{s, n, 0}, grid, false))
				if err != nil {
					t.Fatalf("%s, chunks of %d: %v", name, n, err)
				}
				if len(all) != 1 {
					t.Fatalf("%s, chunks of %d: %d series", name, n, len(all))
				}
				got := all[0]
				if !slices.EqualFunc(got.Values[0], want.Values[0], func(a, b float64) bool { return a == b || IsGap(a) && IsGap(b) }) || !closeTimes(got.Times, want.Times) {
					t.Errorf("%s, chunks of %d, %s: other values or time stamps:\n%v\n%v", name, n, grid.Placing, got.Values[0], want.Values[0])
				}
			}
		}
	}
}

// closeTimes: drifting clocks may have gaps at slightly other stamps, according to where a chunk begins.
func closeTimes(a, b []int64) bool {
	return slices.EqualFunc(a, b, func(x, y int64) bool { return math.Abs(float64(x-y)) < 0.02*float64(time.Second) })
}

func TestOnGridSteps(t *testing.T) {
	minute, ten := stamped("minute", 0, 60, 120, 180, 240, 300), stamped("ten", 0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120)
	var step *StepError
	if _, err := ReadAll(OnGrid(FromSlice([]*Series{minute, ten}), Grid{}, false)); !errors.As(err, &step) || step.Series != "ten" || step.Step != 10*time.Second || step.Want != time.Minute {
		t.Errorf("series of another step: %v", err)
	}
	g := OnGrid(FromSlice([]*Series{minute, ten, {ID: "none", Values: [][]float64{{1, 2}}}, stamped("one", 5)}), Grid{Placing: PlaceMean}, true)
	all, err := ReadAll(g)
	if err != nil || len(all) != 4 {
		t.Fatalf("%d series, %v", len(all), err)
	}
	// A minute's mean takes what is at most half a minute away: 0 to 20 s; 30 to 80 s; 90 to 120 s.
	if got, want := all[1].Values[0], []float64{1, 5.5, 10.5}; !slices.Equal(got, want) {
		t.Errorf("every ten seconds on a grid of minutes: %v, want %v", got, want)
	}
	if c := g.Changes(); c != (Changes{Step: time.Minute, Resampled: 1}) {
		t.Errorf("changes %+v", c)
	}
	positions := &Series{ID: "positions", Values: [][]float64{{1, 2, 3, 5}}, Times: []int64{0, 1, 2, 4}}
	if all, err := ReadAll(OnGrid(FromSlice([]*Series{minute, positions}), Grid{}, false)); err != nil || all[1].Len() != 5 {
		t.Errorf("positions behind times: %v", err)
	}
	if _, err := ReadAll(OnGrid(FromSlice([]*Series{stamped("twice", 0, 1, 1, 2)}), Grid{Repeated: RepeatedRefuse}, false)); !errors.Is(err, ErrGrid) {
		t.Errorf("repeated stamps: %v", err)
	}
	g = OnGrid(FromSlice([]*Series{stamped("x", 0, 1, 1, 2, 5, 6.4, 7.4)}), Grid{}, false)
	if _, err := ReadAll(g); err != nil || g.Changes() != (Changes{Step: time.Second, Missing: 2, Repeated: 1, Irregular: 1}) {
		t.Errorf("changes %+v, %v", g.Changes(), err)
	}
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
