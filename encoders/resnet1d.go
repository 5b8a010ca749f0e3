package encoders

import (
	"cmp"
	"fmt"

	"github.com/wavekin/wavekin/nn"
)

// ResNet1D is the residual network of images (He et al., 2016) with one axis
// less: a strided convolution, stages that double the width and halve the length,
// and the mean over time.
type ResNet1D struct {
	// Width is the number of channels of the first stage; 0 means 64.
	Width int `json:"width,omitempty" toml:"width"`
	// Stages is how often the width doubles, plus one; 0 means 4.
	Stages int `json:"stages,omitempty" toml:"stages"`
	// Blocks is the number of residual blocks per stage; 0 means 1.
	Blocks int `json:"blocks,omitempty" toml:"blocks"`
	// Kernel is the number of taps of the first convolution; 0 means 7.
	Kernel int `json:"kernel,omitempty" toml:"kernel"`
	// Norm is "batch" (the default); "group", which ties no samples together; "group-ws", the same with standardised
	// weights (Richemond et al., 2020); "actnorm", scale and shift set by the first batch; or "none".
	Norm string `json:"norm,omitempty" toml:"norm"`
}

// Name returns "resnet1d".
func (ResNet1D) Name() string { return "resnet1d" }

// New declares the weights.
func (c ResNet1D) New(w *nn.Weights, channels int) (Network, error) {
	c.Width, c.Stages, c.Blocks, c.Kernel = cmp.Or(c.Width, 64), cmp.Or(c.Stages, 4), cmp.Or(c.Blocks, 1), cmp.Or(c.Kernel, 7)
	if err := within(bound{"channels", channels, 1, 1 << 16}, bound{"width", c.Width, 1, 1 << 12},
		bound{"stages", c.Stages, 1, 6}, bound{"blocks", c.Blocks, 1, 32},
		bound{"kernel", c.Kernel, 1, 129}); err != nil {
		return nil, err
	}
	norm, err := normOf(c.Norm)
	if err != nil {
		return nil, err
	}
	n := &resnet{
		stem: norm.conv(w, "stem.conv", channels, c.Width, c.Kernel, 2),
		norm: norm.norm(w, "stem.norm", c.Width),
		dim:  c.Width << (c.Stages - 1), stride: 1 << c.Stages,
	}
	from := c.Width
	for s := range c.Stages {
		for b := range c.Blocks {
			stride := 1
			if s > 0 && b == 0 {
				stride = 2
			}
			to := c.Width << s
			n.blocks = append(n.blocks, newResBlock(w.Scope(fmt.Sprintf("stage%d.block%d", s, b)), norm, from, to, stride))
			from = to
		}
	}
	return n, nil
}

// normalised declares convolutions, and the normalisations of a kind that follow them.
type normalised struct{ kind string }

func normOf(kind string) (normalised, error) {
	switch kind {
	case "":
		return normalised{"batch"}, nil
	case "batch", "group", "group-ws", "actnorm", "none":
		return normalised{kind}, nil
	}
	return normalised{}, fmt.Errorf("norm is %q, want batch, group, group-ws, actnorm or none", kind)
}

// conv declares a convolution. It has a bias only where no shift follows.
func (n normalised) conv(w *nn.Weights, name string, in, out, k, stride int) *nn.ConvLayer {
	c := nn.NewConv1D(w, name, in, out, k, nn.ConvConfig{Stride: stride}, n.kind == "none")
	c.Standard = n.kind == "group-ws"
	return c
}

func (n normalised) norm(w *nn.Weights, name string, c int) *nn.NormLayer {
	l, _ := nn.NewNorm(w, name, n.kind, c, nn.ScaleShift) // normOf has checked the kind
	return l
}

type resnet struct {
	stem   *nn.ConvLayer
	norm   *nn.NormLayer
	blocks []resBlock
	dim    int
	stride int
}

type resBlock struct {
	conv1, conv2, shortcut *nn.ConvLayer
	norm1, norm2, normS    *nn.NormLayer
}

func newResBlock(w *nn.Weights, norm normalised, from, to, stride int) resBlock {
	b := resBlock{
		conv1: norm.conv(w, "conv1", from, to, 3, stride),
		norm1: norm.norm(w, "norm1", to),
		conv2: norm.conv(w, "conv2", to, to, 3, 1),
		norm2: norm.norm(w, "norm2", to),
	}
	if from != to || stride != 1 {
		b.shortcut = norm.conv(w, "shortcut.conv", from, to, 1, stride)
		b.normS = norm.norm(w, "shortcut.norm", to)
	}
	return b
}

func (b resBlock) apply(x *nn.Node) *nn.Node {
	y := nn.ReLU(b.norm1.Apply(b.conv1.Apply(x)))
	y = b.norm2.Apply(b.conv2.Apply(y))
	if b.shortcut != nil {
		x = b.normS.Apply(b.shortcut.Apply(x))
	}
	return nn.ReLU(nn.Add(y, x))
}

func (n *resnet) Dim() int { return n.dim }

// Stride is 2 to the number of stages.
func (n *resnet) Stride() int { return n.stride }

// Steps maps x [N, C, T] to the last feature map, [N, Dim, T'].
func (n *resnet) Steps(x *nn.Node) *nn.Node { return n.MaskedSteps(x, 0) }

// MaskedSteps hides steps after the first convolution.
func (n *resnet) MaskedSteps(x *nn.Node, p float64) *nn.Node {
	return nn.InChunks(x, func(x *nn.Node) *nn.Node {
		h := nn.HideSteps(nn.ReLU(n.norm.Apply(n.stem.Apply(x))), p)
		for _, b := range n.blocks {
			h = nn.Segment(h, b.apply)
		}
		return h
	})
}

func (n *resnet) Apply(x *nn.Node) *nn.Node { return pooled(x, n, nn.GlobalMean) }
