package train

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"testing"

	"github.com/wavekin/wavekin/datasets/synthetic"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/series"
)

// TestDrawnIsTheSameAsKept: learning from series that are drawn when they are read gives the bits of learning from the same in
// memory, whole and cut.
func TestDrawnIsTheSameAsKept(t *testing.T) {
	set, err := synthetic.New(synthetic.Config{Series: 12, Length: 40, Channels: 2, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	var kept Series
	for i := range set.Len() {
		kept = append(kept, set.Series(i))
	}
	for _, cfg := range []Config{{}, {Window: 16, Stride: 8}} {
		cfg.Encoder, cfg.Batch, cfg.Steps, cfg.Normalize = encoders.Towers{Width: 8, Stages: 2}, 8, 3, series.ModeWindow
		var got [2]string
		for i, d := range []Data{Drawn(set), kept} {
			m, _, err := Pretrain(context.Background(), d, cfg)
			if err != nil {
				t.Fatal(err)
			}
			got[i] = m.Hash()
		}
		if got[0] != got[1] {
			t.Errorf("window %d: two models", cfg.Window)
		}
	}
	if _, err := Drawn(set).Windows(Cut{Length: 41}); err == nil {
		t.Error("windows longer than the series were accepted")
	}
}

// TestBuiltin: it is one model whatever the number of threads, for any window and channels, and training starts from what was
// learnt.
func TestBuiltin(t *testing.T) {
	var bad *model.InputError
	if _, err := Builtin(1025, 16); !errors.As(err, &bad) || err.Error() != "the built-in encoder takes at most 1024 channels, there are 1025; choose some, or learn an encoder from the data" {
		t.Errorf("1025 channels: %v", err)
	}
	one := builtinFor(t, 1, 64)
	before := runtime.GOMAXPROCS(1)
	again := builtinFor(t, 1, 64)
	runtime.GOMAXPROCS(before)
	if one.Hash() != again.Hash() {
		t.Error("the number of threads changes the encoder")
	}
	for _, c := range [][2]int{{1, 4}, {3, 7}, {2, 100}} {
		m := builtinFor(t, c[0], c[1])
		set, err := synthetic.New(synthetic.Config{Series: 2, Length: max(8, c[1]), Channels: c[0], Seed: 9})
		if err != nil {
			t.Fatal(err)
		}
		w := []*series.Window{set.Series(0).Whole(c[1]), set.Series(1).Whole(c[1])}
		rows, err := m.Encode(context.Background(), w)
		if err != nil || len(rows) != 2*m.Dim() || slices.Equal(rows[:m.Dim()], rows[m.Dim():]) {
			t.Errorf("%d channels, %d time stamps: %d numbers, %v", c[0], c[1], len(rows), err)
		}
	}
	set, err := synthetic.New(synthetic.Config{Series: 16, Length: 64})
	if err != nil {
		t.Fatal(err)
	}
	m, sum, err := Pretrain(context.Background(), Drawn(set), Config{Encoder: encoders.Builtin{Features: 2}, Batch: 8, Steps: 2})
	if err != nil || sum.Steps != 2 {
		t.Fatal(sum, err)
	}
	name := "encoder.towers.level.stem.conv.weight"
	var near, far float64
	for i, v := range m.Weights().Lookup(name).Data {
		near += abs(v - one.Weights().Lookup(name).Data[i])
		far += abs(v)
	}
	if near == 0 || near > far/10 {
		t.Errorf("two steps moved the weights by %g of %g", near, far)
	}
}

func builtinFor(t *testing.T, channels, window int) *model.Model {
	t.Helper()
	m, err := Builtin(channels, window)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func abs(v float32) float64 {
	if v < 0 {
		v = -v
	}
	return float64(v)
}
