package imageenc

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/wavekin/wavekin/encoders/network"
	"github.com/wavekin/wavekin/internal/settings"
	"github.com/wavekin/wavekin/nn"
)

// ResNet holds the settings of the residual networks (He et al., 2016): a stem, four stages that double the width and halve
// the image, and the mean over what is left of it. The encoding has 8 times the first stage's width, 32 times with
// bottlenecks.
//
// Convolutions start from N(0, 2/(out·k²)) and have no bias where a normalisation follows, scales start at 1 and shifts at
// 0, and a bottleneck's stride is in its 3 by 3 convolution, all as in torchvision, whose networks the published methods
// were trained with.
type ResNet struct {
	// Width is the number of channels of the first stage; 0 means 64, and 128 is the network of twice the width.
	Width int `json:"width,omitempty" toml:"width"`
	// Stem is the beginning: "cifar" (the default), a 3 by 3 convolution of stride 1, for images of about 32 pixels; "tiny",
	// the same and max-pooling of stride 2, for 64 to 96; or "imagenet", 7 by 7 of stride 2 and max-pooling, for 224.
	Stem string `json:"stem,omitempty" toml:"stem"`
	// ZeroInit starts every residual block as the identity: the scale of its last normalisation is 0 (Goyal et al., 2017).
	ZeroInit bool `json:"zero_init,omitempty" toml:"zero_init"`
	// Norm is "batch" (the default); "group", which ties no samples together; "group-ws", the same with standardised
	// weights (Richemond et al., 2020); "layer", over all features of an image (Ba et al., 2016), as in Hénaff et al. (2020);
	// "actnorm", scale and shift set by the first batch; or "none".
	Norm string `json:"norm,omitempty" toml:"norm"`
}

// ResNet18 has two blocks of two convolutions in every stage.
type ResNet18 ResNet

// ResNet34 has 3, 4, 6 and 3 blocks of two convolutions.
type ResNet34 ResNet

// ResNet50 has 3, 4, 6 and 3 blocks of three convolutions, the middle one of a quarter of the width (a bottleneck).
type ResNet50 ResNet

// Name returns "resnet18".
func (ResNet18) Name() string { return "resnet18" }

// Name returns "resnet34".
func (ResNet34) Name() string { return "resnet34" }

// Name returns "resnet50".
func (ResNet50) Name() string { return "resnet50" }

// Axes is 2: samples are images.
func (ResNet18) Axes() int { return 2 }

// Axes is 2: samples are images.
func (ResNet34) Axes() int { return 2 }

// Axes is 2: samples are images.
func (ResNet50) Axes() int { return 2 }

// New declares the weights.
func (c ResNet18) New(w *nn.Weights, channels int) (network.Network, error) {
	return ResNet(c).build(w, channels, []int{2, 2, 2, 2}, 1)
}

// New declares the weights.
func (c ResNet34) New(w *nn.Weights, channels int) (network.Network, error) {
	return ResNet(c).build(w, channels, []int{3, 4, 6, 3}, 1)
}

// New declares the weights.
func (c ResNet50) New(w *nn.Weights, channels int) (network.Network, error) {
	return ResNet(c).build(w, channels, []int{3, 4, 6, 3}, 4)
}

// Narrow divides the widths by √n.
func (c ResNet18) Narrow(n int) network.Encoder { return ResNet18(ResNet(c).narrow(n)) }

// Narrow divides the widths by √n.
func (c ResNet34) Narrow(n int) network.Encoder { return ResNet34(ResNet(c).narrow(n)) }

// Narrow divides the widths by √n.
func (c ResNet50) Narrow(n int) network.Encoder { return ResNet50(ResNet(c).narrow(n)) }

func (c ResNet) narrow(n int) ResNet {
	c.Width = network.NarrowWidth(cmp.Or(c.Width, 64), n)
	return c
}

// norms are the kinds of [nn.NewNorm] that images can have.
var norms = []string{"batch", "group", "group-ws", "layer", "actnorm", "none"}

// check fills in the defaults.
func (c *ResNet) check(channels int) error {
	c.Width, c.Stem, c.Norm = cmp.Or(c.Width, 64), cmp.Or(c.Stem, "cifar"), cmp.Or(c.Norm, "batch")
	if err := cmp.Or(settings.Within("channels", channels, 1, 1<<12), settings.Within("width", c.Width, 1, 1<<10)); err != nil {
		return fmt.Errorf("%w", err)
	}
	if !slices.Contains(norms, c.Norm) {
		return fmt.Errorf("norm is %q, want %s", c.Norm, strings.Join(norms, ", "))
	}
	if c.ZeroInit && (c.Norm == "none" || c.Norm == "actnorm") {
		return fmt.Errorf("zero_init sets the scale of a normalisation, and norm is %q", c.Norm)
	}
	return nil
}

// build declares stages of so many blocks, whose output is expand times as wide as their 3 by 3 convolutions.
func (c ResNet) build(w *nn.Weights, channels int, blocks []int, expand int) (network.Network, error) {
	if err := c.check(channels); err != nil {
		return nil, err
	}
	n := &resnet{dim: c.Width << (len(blocks) - 1) * expand}
	switch c.Stem {
	case "cifar", "tiny":
		n.stem, n.pool = c.unit(w, "stem", channels, c.Width, 3, 1, false), c.Stem == "tiny"
	case "imagenet":
		n.stem, n.pool = c.unit(w, "stem", channels, c.Width, 7, 2, false), true
	default:
		return nil, fmt.Errorf("stem is %q, want cifar, tiny or imagenet", c.Stem)
	}
	from := c.Width
	for s, count := range blocks {
		for b := range count {
			stride := 1
			if s > 0 && b == 0 {
				stride = 2
			}
			n.blocks = append(n.blocks, c.block(w.Scope(fmt.Sprintf("stage%d.block%d", s, b)), from, c.Width<<s, expand, stride))
			from = c.Width << s * expand
		}
	}
	return n, nil
}

// unit is a convolution and the normalisation after it.
type unit struct {
	conv *nn.Conv2DLayer
	norm *nn.NormLayer
}

func (u unit) apply(x *nn.Node) *nn.Node { return u.norm.Apply(u.conv.Apply(x)) }

// unit declares a convolution of k by k pixels that keeps the image's size, up to the stride. The last of a residual branch
// may start at 0.
func (c ResNet) unit(w *nn.Weights, name string, in, out, k, stride int, last bool) unit {
	s := w.Scope(name)
	// The first to declare a weight says how it starts.
	s.Scope("conv").Param("weight", nn.Normal(math.Sqrt(2/float64(out*k*k))), out, in, k, k)
	if c.Norm == "none" {
		s.Scope("conv").Param("bias", nn.Zeros, out)
	}
	u := unit{conv: nn.NewConv2D(s, "conv", in, out, k, nn.Conv2DConfig{Stride: stride, Padding: k / 2}, c.Norm == "none")}
	u.conv.Standard = c.Norm == "group-ws"
	if last && c.ZeroInit {
		s.Scope("norm").Param("weight", nn.Zeros, out)
	}
	if c.Norm == "layer" { // of feature maps: a single group (Wu and He, 2018)
		u.norm = nn.NewGroupNorm(s, "norm", out, 1)
		return u
	}
	u.norm, _ = nn.NewNorm(s, "norm", c.Norm, out, nn.ScaleShift) // check knows the kind
	return u
}

// residual is a branch of units with ReLU between them, beside a path that is straight or of one unit.
type residual struct {
	branch   []unit
	shortcut *unit
}

func (c ResNet) block(w *nn.Weights, from, width, expand, stride int) residual {
	var b residual
	to := width * expand
	if expand == 1 {
		b.branch = []unit{c.unit(w, "unit1", from, width, 3, stride, false), c.unit(w, "unit2", width, width, 3, 1, true)}
	} else {
		b.branch = []unit{c.unit(w, "unit1", from, width, 1, 1, false), c.unit(w, "unit2", width, width, 3, stride, false),
			c.unit(w, "unit3", width, to, 1, 1, true)}
	}
	if from != to || stride != 1 {
		u := c.unit(w, "shortcut", from, to, 1, stride, false)
		b.shortcut = &u
	}
	return b
}

func (b residual) apply(x *nn.Node) *nn.Node {
	y := b.branch[0].apply(x)
	for _, u := range b.branch[1:] {
		y = u.apply(nn.ReLU(y))
	}
	if b.shortcut != nil {
		x = b.shortcut.apply(x)
	}
	return nn.ReLU(nn.Add(y, x))
}

type resnet struct {
	stem   unit
	pool   bool
	blocks []residual
	dim    int
}

func (n *resnet) Dim() int { return n.dim }

// Apply maps images x [N, C, H, W] of any size to [N, Dim].
func (n *resnet) Apply(x *nn.Node) *nn.Node { return nn.InChunks(x, n.apply) }

func (n *resnet) apply(x *nn.Node) *nn.Node {
	h := nn.ReLU(n.stem.apply(x))
	if n.pool {
		h = nn.MaxPool2D(h, 3, 2, 1)
	}
	for _, b := range n.blocks {
		h = nn.Segment(h, b.apply)
	}
	return nn.GlobalMean(h)
}
