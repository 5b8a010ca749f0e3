package synthetic

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"sync"
	"testing"

	"github.com/wavekin/wavekin/series"
)

func mustNew(t *testing.T, c Config) *Set {
	t.Helper()
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestSameBits: a series depends on seed and number alone, whoever draws it and when.
func TestSameBits(t *testing.T) {
	set := mustNew(t, Config{Series: 64, Channels: 2, Seed: 3})
	want := make([]*series.Series, set.Len())
	for i := range want {
		want[i] = set.Series(i)
	}
	again := mustNew(t, Config{Series: 1 << 20, Channels: 2, Seed: 3}) // more series change nothing
	var wait sync.WaitGroup
	for i := range want {
		wait.Go(func() {
			if !slices.EqualFunc(again.Series(i).Values, want[i].Values, slices.Equal[[]float64]) {
				t.Errorf("series %d is another one", i)
			}
		})
	}
	wait.Wait()
	if other := mustNew(t, Config{Series: 64, Channels: 2, Seed: 4}); slices.Equal(other.Series(5).Values[0], want[5].Values[0]) {
		t.Error("another seed gives the same series")
	}
}

// TestValues: every kind of series is finite, about 1 in size, and only seldom constant.
func TestValues(t *testing.T) {
	for _, c := range []Config{{Series: 4000}, {Series: 400, Length: 8}, {Series: 200, Length: 2000, Channels: 5}} {
		set, flat := mustNew(t, c), 0
		for i := range set.Len() {
			for _, v := range set.Series(i).Values {
				lo, hi := slices.Min(v), slices.Max(v)
				if math.IsNaN(lo+hi) || lo < -100 || hi > 100 { // a spike of 8 by five deviations, standardised
					t.Fatalf("%+v, series %d: from %g to %g", c, i, lo, hi)
				}
				if lo == hi {
					flat++
				}
			}
		}
		if flat > set.Len()*set.c.Channels/20 {
			t.Errorf("%+v: %d channels are constant", c, flat)
		}
	}
}

// TestFamilies: series of one family are more alike than those of different ones.
func TestFamilies(t *testing.T) {
	set := mustNew(t, Config{Series: 800, Alike: 4})
	var own, other float64
	for i := 0; i+4 < set.Len(); i += 4 {
		a := set.Series(i).Values[0]
		own += math.Abs(product(a, set.Series(i + 1).Values[0]))
		other += math.Abs(product(a, set.Series(i + 4).Values[0]))
	}
	if own < 2*other {
		t.Errorf("mean products of %g within a family and of %g between two", own, other)
	}
	if set.Label(3) != set.Label(0) || set.Label(4) == set.Label(3) {
		t.Error("labels are not the families")
	}
}

func product(a, b []float64) float64 {
	var s float64
	for i := range a {
		s += a[i] * b[i]
	}
	return s / float64(len(a))
}

// TestWave compares the turning pointer with the cosine.
func TestWave(t *testing.T) {
	x := make([]float64, 5000)
	wave(x, 700.3, 0.4, 2)
	for i, v := range x {
		// Rounding errors of the steps add up like a walk: √5000 × 2^-53 × 2 is below 1e-13.
		if want := 2 * math.Cos(2*math.Pi*700.3*float64(i)/5000+0.4); math.Abs(v-want) > 1e-11 {
			t.Fatalf("at %d: %g, want %g", i, v, want)
		}
	}
}

func TestParse(t *testing.T) {
	set, err := Parse("synthetic:30,length=64,channels=2,alike=5", 7)
	if err != nil || set.c != (Config{Series: 30, Length: 64, Channels: 2, Alike: 5, Seed: 7}) {
		t.Fatalf("%+v, %v", set, err)
	}
	for _, name := range []string{"synthetic:", "synthetic:0", "synthetic:-3", "synthetic:1e3", "synthetic:3,size=4", "synthetic:3,length", "synthetic:3,length=4", "synthetic:2000000000"} {
		if _, err := Parse(name, 0); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}

func TestReader(t *testing.T) {
	r, n := mustNew(t, Config{Series: 5}).Reader(), 0
	for ; ; n++ {
		s, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil || s.Len() != 256 {
			t.Fatal(s, err)
		}
	}
	if err := r.Close(); err != nil || n != 5 {
		t.Error(n, err)
	}
}

func ExampleNew() {
	set, err := New(Config{Series: 1_000_000, Channels: 3, Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	s := set.Series(999_999)
	fmt.Println(s.ID, s.Label, s.NumChannels(), s.Len())
	// Output: synthetic:999999 family 124999 3 256
}
