package imageenc

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/encoders/network"
	"github.com/wavekin/wavekin/internal/kernel"
	"github.com/wavekin/wavekin/nn"
)

// small makes every architecture quick to run.
var small = []network.Encoder{
	ResNet18{Width: 4}, ResNet18{Width: 4, Stem: "tiny"}, ResNet18{Width: 4, Stem: "imagenet"}, ResNet18{Width: 4, Norm: "group"},
	ResNet18{Width: 4, Norm: "group-ws"}, ResNet18{Width: 4, Norm: "actnorm"}, ResNet18{Width: 4, Norm: "none"},
	ResNet34{Width: 2}, ResNet50{Width: 2}, ResNet50{Width: 2, Stem: "imagenet"},
	ViTTiny{Width: 12, Depth: 2}, ViTTiny{Width: 12, Depth: 2, Pool: "mean", Patch: 3}, ViTTiny{Width: 12, Depth: 2, Size: 32, Dropout: 0.1, DropPath: 0.2},
	ViTSmall{Width: 24, Depth: 1, FrozenPatch: true}, ViTBase{Width: 24, Depth: 1},
}

// TestEveryEncoder holds each to the same demands: any number of channels and any size down to one pixel, finite values,
// its Dim, a gradient for every weight, and the same encoding for an image alone and in a batch.
func TestEveryEncoder(t *testing.T) {
	for _, enc := range small {
		for _, size := range [][3]int{{1, 1, 1}, {3, 32, 32}, {1, 28, 28}, {2, 5, 18}} {
			t.Run(fmt.Sprintf("%s%+v%v", enc.Name(), enc, size), func(t *testing.T) { tryEncoder(t, enc, size) })
		}
	}
}

func tryEncoder(t *testing.T, enc network.Encoder, size [3]int) {
	t.Helper()
	if network.Axes(enc) != 2 {
		t.Error("its samples are not images")
	}
	w := nn.NewWeights(1)
	net, err := enc.New(w, size[0])
	if err != nil {
		t.Fatal(err)
	}
	x := normal(4*size[0]*size[1]*size[2], 1)
	run(t, true, net.Apply, x, 4, size)
	for _, q := range w.Trainable() {
		var s float64
		for _, v := range q.Grad {
			s += math.Abs(float64(v))
		}
		// In small images most taps see padding alone, and one patch leaves attention no choice.
		if s == 0 && size[1] >= 28 || math.IsNaN(s) {
			t.Errorf("%s: gradient sums to %g", q.Name, s)
		}
	}
	all, one := run(t, false, net.Apply, x, 4, size), run(t, false, net.Apply, x[:len(x)/4], 1, size)
	if len(one) != net.Dim() {
		t.Fatalf("encoding of %d numbers, Dim says %d", len(one), net.Dim())
	}
	for i, v := range one {
		if math.IsNaN(float64(v)) || math.Abs(float64(v-all[i])) > 1e-4*(1+math.Abs(float64(v))) {
			t.Fatalf("alone %g, in a batch %g", v, all[i])
		}
	}
}

// run computes f of n images, while training with the gradients of the mean of (f+0.3)².
func run(t *testing.T, train bool, f func(x *nn.Node) *nn.Node, x []float32, n int, size [3]int) []float32 {
	t.Helper()
	g := nn.NewGraph(train)
	h := f(g.Input("x", n, size[0], size[1], size[2]))
	var loss *nn.Node
	if train {
		loss = nn.Mean(nn.Square(nn.AddScalar(h, 0.3)))
	}
	p, err := g.Compile(loss, h)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Set("x", x); err != nil {
		t.Fatal(err)
	}
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	return append([]float32(nil), p.Data(h)...)
}

func normal(n int, seed uint64) []float32 {
	x := make([]float32, n)
	nn.Normal(1)(x, rand.New(rand.NewPCG(seed, 1)))
	return x
}

// TestPublishedCounts compares numbers of weights with those of torchvision 0.29.2 without the classifier: those of its
// resnet18, resnet34 and resnet50 are 11,689,512, 21,797,672 and 25,557,032 with it (513,000 and 2,049,000 are the
// classifier's), in its documentation. The 3 by 3 stem has 64·3·(49-9) weights less.
func TestPublishedCounts(t *testing.T) {
	const stem = 64 * 3 * (49 - 9)
	for _, c := range []struct {
		enc        network.Encoder
		want, wide int
	}{
		{ResNet18{Stem: "imagenet"}, 11689512 - 513000, 512},
		{ResNet18{}, 11689512 - 513000 - stem, 512}, // 11.17 M, as CIFAR-10 papers count
		{ResNet34{Stem: "imagenet"}, 21797672 - 513000, 512},
		{ResNet50{ZeroInit: true}, 25557032 - 2049000 - stem, 2048}, // 23.5 M
		// DeiT's tiny, small and base (Touvron et al., 2021, table 1: 5 M, 22 M, 86 M; 5,717,416, 22,050,664 and 86,567,656
		// in its released code) with the classifier of 1000 classes and learned positions of 197 tokens, which these lack.
		{ViTTiny{Patch: 16}, 5717416 - 193*1000 - 197*192, 192},
		{ViTSmall{Patch: 16}, 22050664 - 385*1000 - 197*384, 384},
		// Of the large one a first layer, of its 12 equal ones of 12·768² + 13·768 weights.
		{ViTBase{Patch: 16, Depth: 1}, 86567656 - 769*1000 - 197*768 - 11*(12*768*768+13*768), 768},
	} {
		w := nn.NewWeights(0)
		net, err := c.enc.New(w, 3)
		if err != nil {
			t.Fatal(err)
		}
		if w.Count() != c.want || net.Dim() != c.wide {
			t.Errorf("%s: %d weights and %d outputs, want %d and %d", c.enc.Name(), w.Count(), net.Dim(), c.want, c.wide)
		}
	}
}

func TestSameBitsForAnyThreads(t *testing.T) {
	defer kernel.SetThreads(0)
	for _, enc := range []network.Encoder{ResNet18{Width: 8, Stem: "tiny"}, ResNet50{Width: 4, Norm: "group-ws"}, ViTTiny{Depth: 2, Width: 48, Dropout: 0.1, DropPath: 0.3}} {
		var want []float32
		for _, threads := range []int{1, 2, 5} {
			kernel.SetThreads(threads)
			w := nn.NewWeights(3)
			net, err := enc.New(w, 3)
			if err != nil {
				t.Fatal(err)
			}
			got := run(t, true, net.Apply, normal(6*3*17*20, 2), 6, [3]int{3, 17, 20})
			for _, q := range w.Trainable() {
				got = append(got, q.Grad...)
			}
			for i := range want {
				if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
					t.Fatalf("%s: %d threads: value %d is %g, one thread gave %g", enc.Name(), threads, i, got[i], want[i])
				}
			}
			want = got
		}
	}
}

// TestGradients compares each weight's gradient with central differences along one random direction.
func TestGradients(t *testing.T) {
	stages := func(expand int) func(*nn.Weights) (network.Network, error) {
		return func(w *nn.Weights) (network.Network, error) {
			return ResNet{Width: 8, Norm: "group"}.build(w, 2, []int{1, 1}, expand)
		}
	}
	tokens := func(c ViTTiny) func(*nn.Weights) (network.Network, error) {
		return func(w *nn.Weights) (network.Network, error) { return c.New(w, 2) }
	}
	for name, c := range map[string]struct {
		declare func(*nn.Weights) (network.Network, error)
		step    float64
	}{
		// A step this short crosses few of the ReLUs' kinks.
		"blocks of two": {stages(1), 1e-3}, "bottlenecks": {stages(4), 1e-3},
		"class token": {tokens(ViTTiny{Width: 12, Depth: 2, Patch: 2}), 1e-2}, "mean": {tokens(ViTTiny{Width: 12, Depth: 1, Patch: 3, Pool: "mean", Size: 9}), 1e-2},
	} {
		w := nn.NewWeights(4)
		net, err := c.declare(w)
		if err != nil {
			t.Fatal(err)
		}
		if p := w.Lookup("class"); p != nil {
			copy(p.Data, normal(len(p.Data), 6)) // next to 0 the first normalisation is too steep for differences
		}
		size := [3]int{2, 6, 5}
		g := nn.NewGraph(true)
		h := net.Apply(g.Input("x", 3, size[0], size[1], size[2]))
		mask := g.Const(normal(3*net.Dim(), 9), 3, net.Dim())
		p, err := g.Compile(nn.Sum(nn.Mul(h, mask)))
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Set("x", normal(3*2*6*5, 3)); err != nil {
			t.Fatal(err)
		}
		loss := func() float64 {
			if err := p.Run(); err != nil {
				t.Fatal(err)
			}
			return float64(p.Loss())
		}
		var diff, norm float64
		for k, q := range w.Trainable() {
			loss()
			way := normal(len(q.Data), uint64(20+k))
			var length, along float64
			for i, v := range way {
				length += float64(v) * float64(v)
				along += float64(v) * float64(q.Grad[i])
			}
			step := c.step / math.Sqrt(length)
			old := append([]float32(nil), q.Data...)
			at := func(s float64) float64 {
				for i, v := range way {
					q.Data[i] = old[i] + float32(s*float64(v))
				}
				return loss()
			}
			numeric := (at(step) - at(-step)) / (2 * step)
			copy(q.Data, old)
			numeric, along = numeric/math.Sqrt(length), along/math.Sqrt(length)
			diff += (numeric - along) * (numeric - along)
			norm += numeric*numeric + along*along
		}
		if rel := math.Sqrt(diff / norm); rel > 1.5e-2 {
			t.Errorf("%s: gradients differ from finite differences by %.3g", name, rel)
		}
	}
}

func TestSettingsSurviveJSON(t *testing.T) {
	for _, enc := range []network.Encoder{ResNet18{Width: 32, Stem: "tiny"}, ResNet34{Norm: "group"}, ResNet50{ZeroInit: true},
		ViTTiny{Patch: 2, Size: 32}, ViTSmall{Heads: 12, FrozenPatch: true}, ViTBase{Pool: "mean", DropPath: 0.1}} {
		text, err := json.Marshal(enc)
		if err != nil {
			t.Fatal(err)
		}
		back := reflect.New(reflect.TypeOf(enc))
		if err := json.Unmarshal(text, back.Interface()); err != nil || back.Elem().Interface() != enc {
			t.Errorf("%+v came back as %+v (%v)", enc, back.Elem(), err)
		}
	}
}

func TestBadSettingsAreRefused(t *testing.T) {
	for _, c := range []struct {
		enc  network.Encoder
		want string
	}{
		{ResNet18{Width: -1}, "width is -1, want 1 to 1024"}, {ResNet18{Stem: "mnist"}, `stem is "mnist", want cifar, tiny or imagenet`},
		{ResNet34{Norm: "instance"}, `norm is "instance", want batch`}, {ResNet50{Norm: "none", ZeroInit: true}, "zero_init"},
		{ViTTiny{Width: 10, Heads: 2}, "multiple of 4"}, {ViTTiny{Width: 64}, "does not divide into 3 heads"}, {ViTSmall{Pool: "max"}, "want cls or mean"},
		{ViTBase{Patch: -4}, "patch"}, {ViTBase{Dropout: 1}, "dropout"}, {ViTBase{DropPath: math.NaN()}, "drop_path"}, {ViTBase{Depth: 65}, "depth"},
	} {
		if _, err := c.enc.New(nn.NewWeights(0), 3); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %s", c.enc, err, c.want)
		}
	}
	if _, err := (ResNet18{}).New(nn.NewWeights(0), 0); err == nil {
		t.Error("no channels were accepted")
	}
	for _, enc := range []network.Encoder{ResNet18{Width: 4}, ViTTiny{Width: 12, Depth: 2}} {
		net, err := enc.New(nn.NewWeights(0), 3)
		if err != nil {
			t.Fatal(err)
		}
		for _, shape := range [][]int{{2, 3, 16}, {2, 4, 16, 16}} { // a series, and a channel too many
			g := nn.NewGraph(false)
			if net.Apply(g.Input("x", shape...)); g.Err() == nil || !strings.Contains(g.Err().Error(), "conv2d") {
				t.Errorf("%s of %v: %v", enc.Name(), shape, g.Err())
			}
		}
	}
}

func TestNarrowedEncodersAddUp(t *testing.T) {
	count := func(e network.Encoder) int {
		w := nn.NewWeights(0)
		if _, err := e.New(w, 2); err != nil {
			t.Fatalf("%+v: %v", e, err)
		}
		return w.Count()
	}
	for _, e := range []network.Encoder{ResNet18{Width: 32}, ResNet34{Width: 32}, ResNet50{Width: 32}, ViTTiny{}, ViTSmall{Depth: 2}} {
		// Widths come in eights, which is up to 10 % of these.
		if share := 2 * float64(count(e.(network.Narrower).Narrow(2))) / float64(count(e)); share < 0.8 || share > 1.2 {
			t.Errorf("%s: two narrow ones have %.2f of the parameters", e.Name(), share)
		}
	}
	for _, e := range []network.Encoder{ResNet18{Width: 8}, ViTTiny{Width: 12}, ViTBase{Depth: 1}} {
		count(e.(network.Narrower).Narrow(7))
	}
}

func ExampleResNet18() {
	w := nn.NewWeights(0)
	net, err := ResNet18{Width: 16}.New(w, 3)
	if err != nil {
		fmt.Println(err)
		return
	}
	g := nn.NewGraph(false)
	fmt.Println(net.Apply(g.Input("x", 8, 3, 32, 32)).Shape(), w.Count())
	// Output: [8 128] 700176
}
