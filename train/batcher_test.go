package train

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/wavekin/wavekin/augment"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/series"
)

// viewed is SimCLR with other views.
type viewed struct {
	methods.SimCLR
	views []methods.View
}

func (v viewed) Needs() methods.Needs { return methods.Needs{Views: v.views} }

// ramps are series whose value is their time stamp, so that a view tells where it was taken.
func ramps(n, l int) Series {
	var all []*series.Series
	for range n {
		x := make([]float64, l)
		for i := range x {
			x[i] = float64(i)
		}
		all = append(all, &series.Series{Channels: []string{"x"}, Values: [][]float64{x}})
	}
	return all
}

func rampBatcher(t *testing.T, views ...methods.View) *batcher {
	t.Helper()
	cfg := Config{Method: viewed{views: views}, Views: augment.MustParse("identity"), Batch: 4}
	all := ramps(4, 100)
	cut, err := all.Windows(Cut{})
	if err != nil {
		t.Fatal(err)
	}
	w, err := newWindows(cut)
	if err != nil {
		t.Fatal(err)
	}
	if w.norm, err = w.fit(series.ModeNone); err != nil {
		t.Fatal(err)
	}
	b, err := newBatcher(w, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestViewsAreCroppedAndResized(t *testing.T) {
	b := rampBatcher(t, methods.View{}, methods.View{Crop: [2]float64{0.2, 0.4}, Length: 0.5})
	full, short := make([]float32, 4*b.lengthOf(0, nil)), make([]float32, 4*b.lengthOf(1, nil))
	if len(full) != 400 || len(short) != 200 {
		t.Fatalf("views of %d and %d values, want 400 and 200", len(full), len(short))
	}
	b.one(full, []int{0, 1, 2, 3}, 0, 0, nil)
	b.one(short, []int{0, 1, 2, 3}, 0, 1, nil)
	for i, v := range full {
		if v != float32(i%100) {
			t.Fatalf("full view: value %d is %g", i, v)
		}
	}
	starts := map[float32]bool{}
	for k := range 4 {
		x := short[k*50 : (k+1)*50]
		// A crop keeps 20 to 40 of 100 time stamps, so its ends are 19 to 39 apart, and a line stays a line.
		if w := x[49] - x[0]; w < 19 || w > 39 || x[0] < 0 || x[49] > 99 {
			t.Errorf("crop from %g to %g", x[0], x[49])
		}
		for i := 1; i < 50; i++ {
			if step := float64(x[i] - x[i-1]); math.Abs(step-float64(x[49]-x[0])/49) > 1e-3 {
				t.Fatalf("sample %d: step %g at %d", k, step, i)
			}
		}
		starts[x[0]] = true
	}
	if len(starts) < 2 {
		t.Error("all samples were cropped at the same place")
	}
}

func TestSpansKeepTheirDistance(t *testing.T) {
	b := rampBatcher(t, methods.View{}, methods.View{})
	spans := []methods.Span{{From: 5, To: 45}, {From: 20, To: 70}}
	first, second := make([]float32, 4*40), make([]float32, 4*50)
	b.one(first, []int{3, 2, 1, 0}, 7, 0, spans)
	b.one(second, []int{3, 2, 1, 0}, 7, 1, spans)
	offsets := map[float32]bool{}
	for k := range 4 {
		if d := second[k*50] - first[k*40]; d != 15 {
			t.Errorf("sample %d: spans %g apart, want 15", k, d)
		}
		offsets[first[k*40]] = true
	}
	if len(offsets) < 2 {
		t.Error("all samples have the same offset")
	}
}

func TestBadViewsAreRefused(t *testing.T) {
	for _, v := range []methods.View{{Length: 1.5}, {Crop: [2]float64{0.5, 0.2}}, {Crop: [2]float64{0, 0.5}}, {Length: -1}} {
		cfg := smallConfig()
		cfg.Method = viewed{views: []methods.View{v}}
		if _, err := newTrainer(waves(3, 200), cfg, nil); err == nil {
			t.Errorf("view %+v was accepted", v)
		}
	}
}

// TestDropLast: batches of 8 of 19 samples are 8, 8 and 3, or, without the last, 8 and 8; a set smaller than a batch is one all the same.
func TestDropLast(t *testing.T) {
	for _, c := range []struct {
		samples int
		drop    bool
		want    []int
	}{{19, false, []int{8, 8, 3, 8, 8}}, {19, true, []int{8, 8, 8, 8, 8}}, {17, false, []int{8, 8, 8, 8, 8}}, {5, true, []int{5, 5, 5, 5, 5}}} {
		cfg := smallConfig()
		cfg.Window, cfg.Batch, cfg.Steps, cfg.DropLast = 0, 8, 5, c.drop
		var got []int
		cfg.Hooks = []Hook{HookFunc(func(s Step) error { got = append(got, s.Windows); return nil })}
		if _, _, err := Pretrain(context.Background(), waves(c.samples, 32), cfg); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%d samples, drop %v: batches of %v, want %v", c.samples, c.drop, got, c.want)
		}
	}
	cfg := smallConfig()
	cfg.Window, cfg.Batch, cfg.Steps, cfg.Epochs, cfg.DropLast = 0, 8, 0, 3, true
	if _, sum, err := Pretrain(context.Background(), waves(19, 32), cfg); err != nil || sum.Steps != 6 {
		t.Errorf("3 epochs are %d steps, want 6: %v", sum.Steps, err)
	}
}
