package imageenc

import (
	"math"
	"testing"

	"github.com/wavekin/wavekin/encoders/network"
	"github.com/wavekin/wavekin/nn"
)

// TestPositions checks values of the code by hand: width 8 has two rates, 1 and 1/100.
func TestPositions(t *testing.T) {
	at := positions(2, 3, 8, 0)
	y, x := 1.0, 2.0 // the last of 2 by 3 patches
	want := []float64{math.Sin(y), math.Sin(y / 100), math.Cos(y), math.Cos(y / 100), math.Sin(x), math.Sin(x / 100), math.Cos(x), math.Cos(x / 100)}
	for i, v := range at[5*8:] {
		if math.Abs(float64(v)-want[i]) > 1e-7 {
			t.Errorf("value %d is %g, want %g", i, v, want[i])
		}
	}
	// In the grid it is made for, a reference changes nothing.
	for i, v := range positions(4, 4, 8, 4) {
		if want := positions(4, 4, 8, 0)[i]; math.Abs(float64(v-want)) > 1e-7 {
			t.Errorf("value %d is %g with a reference of its own size, %g without", i, v, want)
		}
	}
	// A grid of half the size has its patches amid four of the reference's: at 0.5, 2.5, ...
	if got, want := positions(2, 2, 8, 4)[3*8], math.Sin(2.5); math.Abs(float64(got)-want) > 1e-7 {
		t.Errorf("the second of two rows lies at sine %g, want %g", got, want)
	}
}

// TestCropsOfOtherSizes: the same image shown smaller has nearly the encoding that it had, where positions are interpolated.
func TestCropsOfOtherSizes(t *testing.T) {
	distance := func(c ViTTiny) float64 {
		c.Width, c.Depth, c.Patch = 48, 2, 4
		net, err := c.New(nn.NewWeights(5), 1)
		if err != nil {
			t.Fatal(err)
		}
		shown := func(side int) []float32 {
			x := make([]float32, side*side)
			for i := range x {
				x[i] = float32((float64(i/side)+0.5)/float64(side) + 0.3*(float64(i%side)+0.5)/float64(side)) // a slope
			}
			return run(t, false, net.Apply, x, 1, [3]int{1, side, side})
		}
		big, little := shown(32), shown(16)
		var s float64
		for i, v := range big {
			s += float64(v-little[i]) * float64(v-little[i])
		}
		return math.Sqrt(s) / float64(length(big))
	}
	with, without := distance(ViTTiny{Size: 32}), distance(ViTTiny{})
	if with > 0.1 || with > without/3 {
		t.Errorf("an image and its half lie %.3f apart, and %.3f without interpolation", with, without)
	}
}

func TestFrozenPatchIsNotTrained(t *testing.T) {
	free, frozen := nn.NewWeights(0), nn.NewWeights(0)
	for w, c := range map[*nn.Weights]ViTSmall{free: {Width: 24, Depth: 1}, frozen: {Width: 24, Depth: 1, FrozenPatch: true}} {
		if _, err := c.New(w, 3); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := free.Count()-frozen.Count(), 24*3*4*4+24; got != want {
		t.Errorf("%d weights are frozen, want %d of the patches", got, want)
	}
	p := frozen.Lookup("patch.weight")
	if p == nil || p.Trainable || length(p.Data) == 0 {
		t.Errorf("the frozen map of patches is %+v", p)
	}
}

// TestAttentionIsShares: each head's values are shares of 1; of the mean over patches they are all of it.
func TestAttentionIsShares(t *testing.T) {
	for _, pool := range []string{"cls", "mean"} {
		net, err := ViTTiny{Width: 24, Depth: 2, Pool: pool}.New(nn.NewWeights(1), 1)
		if err != nil {
			t.Fatal(err)
		}
		g := nn.NewGraph(false)
		if s := net.(network.Attender).Attention(g.Input("x", 2, 1, 10, 17)).Shape(); len(s) != 4 || s[0] != 2 || s[1] != 3 || s[2] != 3 || s[3] != 5 {
			t.Errorf("%s: shape %v, want [2 3 3 5]", pool, s)
		}
		got := run(t, false, net.(network.Attender).Attention, normal(2*10*17, 4), 2, [3]int{1, 10, 17})
		for h := range 6 {
			var sum float64
			for _, v := range got[h*15 : (h+1)*15] {
				if v <= 0 {
					t.Errorf("%s: attention of %g", pool, v)
				}
				sum += float64(v)
			}
			if pool == "mean" && math.Abs(sum-1) > 1e-5 || sum > 1+1e-5 || sum < 0.5 {
				t.Errorf("%s: head %d attends to patches with %g", pool, h, sum)
			}
		}
	}
}

// TestZeroInitStartsAsTheIdentity: with every branch at 0, what passes the blocks of a stage is what came in.
func TestZeroInitStartsAsTheIdentity(t *testing.T) {
	w := nn.NewWeights(0)
	c := ResNet{Width: 4, ZeroInit: true}
	if err := c.check(4); err != nil {
		t.Fatal(err)
	}
	b := c.block(w, 4, 4, 1, 1)
	x := normal(2*4*5*5, 1)
	for i, v := range run(t, false, b.apply, x, 2, [3]int{4, 5, 5}) {
		if v != max(0, x[i]) {
			t.Fatalf("value %d is %g, want %g", i, v, max(0, x[i]))
		}
	}
	// A second declaration, as a model that is read has, leaves a trained scale alone.
	gamma := w.Lookup("unit2.norm.weight")
	gamma.Data[0] = 0.7
	if c.block(w, 4, 4, 1, 1); gamma.Data[0] != 0.7 {
		t.Error("the second declaration changed the weights")
	}
}
