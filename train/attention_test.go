package train

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/wavekin/wavekin/encoders/imageenc"
	"github.com/wavekin/wavekin/internal/kernel"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/raster"
)

// Maps are probabilities, those of an image do not depend on the images beside it, nor on threads.
func TestAttention(t *testing.T) {
	defer kernel.SetThreads(0)
	ctx, cfg := context.Background(), imageConfig()
	cfg.Encoder, cfg.Steps = imageenc.ViTTiny{Patch: 4, Width: 24, Depth: 2, Heads: 3}, 2
	set := shapes{n: 19, channels: 1, size: 12} // a whole batch of 16, and part of one
	m, _, err := Pretrain(ctx, Images(set), cfg)
	if err != nil {
		t.Fatal(err)
	}
	images := make([]*raster.Image, set.n)
	for i := range images {
		images[i] = &raster.Image{}
		if err := set.Read(i, images[i]); err != nil {
			t.Fatal(err)
		}
	}
	a, err := m.Attention(ctx, images)
	if err != nil {
		t.Fatal(err)
	}
	if a.Heads != 3 || a.Height != 3 || a.Width != 3 || len(a.Values) != 19*27 {
		t.Fatalf("%d heads of %d x %d, %d values; want 3 of 3 x 3, 513", a.Heads, a.Height, a.Width, len(a.Values))
	}
	for h := range 19 * 3 {
		var sum float64
		for _, v := range a.Values[9*h : 9*h+9] {
			if v < 0 {
				t.Fatalf("map %d holds %g", h, v)
			}
			sum += float64(v)
		}
		if sum <= 0 || sum > 1+1e-5 { // the class token keeps the rest
			t.Errorf("map %d sums to %g", h, sum)
		}
	}
	if slices.Equal(a.Values[:27], a.Values[27:54]) {
		t.Error("a square and a cross have the same maps")
	}
	for _, i := range []int{0, 15, 16, 18} {
		one, err := m.Attention(ctx, images[i:i+1])
		if err != nil {
			t.Fatal(err)
		}
		for j, v := range one.Values {
			if math.Abs(float64(v-a.Values[27*i+j])) > 1e-6 {
				t.Fatalf("image %d alone has other maps", i)
			}
		}
	}
	kernel.SetThreads(3)
	if b, err := m.Attention(ctx, images); err != nil || !slices.Equal(a.Values, b.Values) {
		t.Errorf("three threads give other maps (%v)", err)
	}
	stopped, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := m.Attention(stopped, images); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled context: %v", err)
	}
	cfg.Encoder, cfg.Steps = imageenc.ResNet18{Width: 4}, 1
	if m, _, err = Pretrain(ctx, Images(set), cfg); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Attention(ctx, images); !errors.Is(err, model.ErrNoAttention) {
		t.Errorf("attention of a ResNet: %v", err)
	}
}
