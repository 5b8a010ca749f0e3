package train

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/encoders/imageenc"
	"github.com/wavekin/wavekin/internal/kernel"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/raster"
)

// shapes are images of bright squares (class "square") and crosses ("cross") at places of their own.
type shapes struct {
	n, channels, size int
	broken            map[int]bool
}

func (s shapes) Len() int { return s.n }

func (s shapes) Label(i int) string { return []string{"square", "cross"}[i%2] }

func (s shapes) Read(i int, m *raster.Image) error {
	if s.broken[i] {
		return fmt.Errorf("image %d is broken", i)
	}
	m.Reset(s.channels, s.size, s.size)
	clear(m.Pix)
	x, y, half := s.size/4+i*7%(s.size/2), s.size/4+i*5%(s.size/2), s.size/5
	for c := range s.channels {
		for dy := -half; dy <= half; dy++ {
			for dx := -half; dx <= half; dx++ {
				px, py := x+dx, y+dy
				if px >= 0 && py >= 0 && px < s.size && py < s.size && (i%2 == 0 || dx == 0 || dy == 0) {
					m.Plane(c)[py*s.size+px] = uint8(200 + 10*c + i%11)
				}
			}
		}
	}
	return nil
}

func imageConfig() Config {
	return Config{Method: methods.SimCLR{Hidden: 16, Out: 8}, Encoder: imageenc.ResNet18{Width: 4}, Batch: 8, Steps: 6, Run: Run{Every: 3}}
}

// A run over images gives the same bytes for any number of threads, and after an interruption.
func TestImagesSameBits(t *testing.T) {
	set := Images(shapes{n: 21, channels: 3, size: 12})
	save := func(m *model.Model) []byte {
		t.Helper()
		path := filepath.Join(t.TempDir(), "m.safetensors")
		if err := m.Save(path); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	defer kernel.SetThreads(0)
	var want []byte
	for _, threads := range []int{1, 2, 3} {
		kernel.SetThreads(threads)
		m, _, err := Pretrain(context.Background(), set, imageConfig())
		if err != nil {
			t.Fatal(err)
		}
		if got := save(m); want == nil {
			want = got
		} else if !bytes.Equal(got, want) {
			t.Fatalf("%d threads give another model", threads)
		}
	}
	cfg := imageConfig()
	cfg.Checkpoint = t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	cfg.Hooks = []Hook{HookFunc(func(s Step) error {
		if s.Index == 4 {
			cancel()
		}
		return nil
	})}
	if _, _, err := Pretrain(ctx, set, cfg); !errors.Is(err, context.Canceled) {
		t.Fatalf("interrupted run: %v", err)
	}
	cfg.Hooks, cfg.Resume = nil, true
	m, _, err := Pretrain(context.Background(), set, cfg)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(save(m), want) {
		t.Fatal("the resumed run gives another model")
	}
}

// A model of images remembers what it needs, and encodes images of any size.
func TestImageModelFile(t *testing.T) {
	set := shapes{n: 16, channels: 3, size: 12}
	for _, space := range model.Spaces() {
		cfg := imageConfig()
		cfg.Space, cfg.Size = space, 8
		m, sum, err := Pretrain(context.Background(), Images(set), cfg)
		if err != nil {
			t.Fatal(space, err)
		}
		if sum.Windows != 16 || m.Settings.Image.Size != 8 || m.Settings.Image.Space != space {
			t.Fatalf("%s: %d images, %+v", space, sum.Windows, m.Settings.Image)
		}
		path := filepath.Join(t.TempDir(), "m.safetensors")
		if err := m.Save(path); err != nil {
			t.Fatal(err)
		}
		again, err := model.Load(path)
		if err != nil {
			t.Fatal(space, err)
		}
		var batch []*raster.Image
		for i, size := range []int{12, 8, 31, 1} {
			im := &raster.Image{}
			if err := (shapes{channels: 1 + 2*(i%2), size: max(size, 2)}).Read(i, im); err != nil {
				t.Fatal(err)
			}
			if size == 1 {
				im.Reset(3, 1, 1)
			}
			batch = append(batch, im)
		}
		a, err := m.EncodeImages(context.Background(), batch)
		if err != nil {
			t.Fatal(space, err)
		}
		b, err := again.EncodeImages(context.Background(), batch)
		if err != nil {
			t.Fatal(space, err)
		}
		for i := range a {
			if a[i] != b[i] || a[i] != a[i] {
				t.Fatalf("%s: number %d is %g before and %g after saving", space, i, a[i], b[i])
			}
		}
		if len(a) != 4*m.Dim() {
			t.Fatalf("%d numbers for 4 images of %d", len(a), m.Dim())
		}
	}
}

// Fine-tuning and distillation work on images as on series.
func TestFinetuneImages(t *testing.T) {
	set := shapes{n: 40, channels: 1, size: 12}
	ctx := context.Background()
	cfg := imageConfig()
	cfg.Encoder = imageenc.ResNet18{Width: 8}
	base, _, err := Pretrain(ctx, Images(set), cfg)
	if err != nil {
		t.Fatal(err)
	}
	few, err := Few(Images(set), 0.5, 1)
	if err != nil || few.Len() != 20 {
		t.Fatalf("half of the labels: %v", err)
	}
	tuned, sum, err := Finetune(ctx, base, few, Finetuning{Config: Config{Batch: 10, Steps: 60, LR: 3e-3}})
	if err != nil {
		t.Fatal(err)
	}
	var all []*raster.Image
	for i := range set.n {
		m := &raster.Image{}
		if err := set.Read(i, m); err != nil {
			t.Fatal(err)
		}
		all = append(all, m)
	}
	got, err := tuned.ClassifyImages(ctx, all)
	if err != nil {
		t.Fatal(err)
	}
	right := 0
	for i, c := range got {
		if c == set.Label(i) {
			right++
		}
	}
	if right < 36 {
		t.Errorf("%d of 40 images classified, loss %g", right, sum.Loss)
	}
	if _, _, err := Distill(ctx, tuned, Images(set), Distillation{Config: Config{Encoder: imageenc.ResNet18{Width: 4}, Batch: 10, Steps: 3}}); err != nil {
		t.Error("distillation:", err)
	}
	if _, err := base.Encode(ctx, nil); err != nil {
		t.Error("no windows at all:", err)
	}
}

// What cannot be is refused in words; a corrupt image is named, or passed over as asked.
func TestImagesRefused(t *testing.T) {
	set := shapes{n: 12, channels: 3, size: 12, broken: map[int]bool{3: true, 7: true}}
	ctx := context.Background()
	if _, _, err := Pretrain(ctx, Images(set), imageConfig()); err == nil || !strings.Contains(err.Error(), "is broken") {
		t.Errorf("a broken image: %v", err)
	}
	cfg := imageConfig()
	told := 0
	cfg.Corrupt = func(error) error { told++; return nil }
	if _, _, err := Pretrain(ctx, Images(set), cfg); err != nil || told != 2 {
		t.Errorf("broken images passed over: %v, told of %d, want 2", err, told)
	}
	good := shapes{n: 12, channels: 3, size: 12}
	for name, change := range map[string]func(*Config){
		"choose resnet18":       func(c *Config) { c.Encoder = encoders.Conv{} },
		"images of -1 pixels":   func(c *Config) { c.Size = -1 },
		"colour space is \"x\"": func(c *Config) { c.Space = "x" },
	} {
		cfg := imageConfig()
		change(&cfg)
		if _, _, err := Pretrain(ctx, Images(good), cfg); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := Pretrain(ctx, Images(shapes{n: 1, channels: 1, size: 8}), imageConfig()); err == nil {
		t.Error("one image was accepted")
	}
	if _, _, err := Pretrain(ctx, Series(waves(3, 100)), imageConfig()); err == nil || !strings.Contains(err.Error(), "encoder of images") {
		t.Errorf("series for an encoder of images: %v", err)
	}
}

// Every image is read once and in order, over several batches; a broken one ends it, or is left out.
func TestEachImages(t *testing.T) {
	set := shapes{n: 300, channels: 1, size: 8, broken: map[int]bool{5: true, 299: true}}
	for _, skip := range []bool{false, true} {
		var corrupt func(error) error
		if skip {
			corrupt = func(error) error { return nil }
		}
		next, batches := 0, 0
		err := model.EachImages(context.Background(), set, corrupt, func(images []*raster.Image, ids []int) error {
			batches++
			for k, id := range ids {
				if set.broken[next] {
					next++
				}
				var want raster.Image
				if err := set.Read(id, &want); err != nil || id != next || !bytes.Equal(images[k].Pix, want.Pix) {
					t.Fatalf("image %d after %d: %v", id, next, err)
				}
				next++
			}
			return nil
		})
		if skip && (err != nil || next != 299 || batches != 2) || !skip && err == nil {
			t.Errorf("skip %v: %d images in %d batches, %v", skip, next, batches, err)
		}
	}
}

// sizes are images of which the first is small and grey, and the others are not.
type sizes struct{ shapes }

func (s sizes) Read(i int, m *raster.Image) error {
	if i > 0 {
		return shapes{n: s.n, channels: 3, size: 20}.Read(i, m)
	}
	return shapes{n: s.n, channels: 1, size: 9}.Read(i, m)
}

// Size and colour are not those of the first image alone; the ground is recorded.
func TestPictureOfMixedImages(t *testing.T) {
	cfg := Config{Method: methods.SimCLR{Hidden: 4, Out: 4}, Encoder: imageenc.ResNet18{Width: 1}, Batch: 4, Steps: 1}
	m, _, err := Pretrain(context.Background(), Images(sizes{shapes{n: 8, channels: 1, size: 9}}), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if p := m.Settings.Image; p.Size != 20 || p.Space != "rgb" || p.Ground != "white" || p.Behind() != "white" {
		t.Errorf("%+v", p)
	}
	if p := (&model.Picture{}); p.Behind() != "black" {
		t.Errorf("a file without a ground: %s", p.Behind())
	}
}
