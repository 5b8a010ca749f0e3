package imageenc

import (
	"cmp"
	"fmt"
	"math"

	"github.com/wavekin/wavekin/encoders/network"
	"github.com/wavekin/wavekin/internal/settings"
	"github.com/wavekin/wavekin/nn"
)

// ViT holds the settings of the vision transformers (Dosovitskiy et al., 2021), which see an image as a row of patches:
// a linear map of each patch, pre-norm layers of self-attention with feed-forward layers of four times the width, and the
// class token, or the mean over patches, as the encoding.
//
// It is the network of MoCo v3 (Chen et al., 2021): positions are fixed 2-D sine-cosine codes, linear maps start from Xavier's
// uniform distribution with biases of 0, and the class token from N(0, 1e-6²). Its small one has 12 heads and not 6; the
// normalisations add 1e-5 to a variance, where MoCo v3 adds 1e-6. A side of the image that is no multiple of the patch's is
// padded with zeros at both ends.
type ViT struct {
	// Patch is the side of a patch, in pixels; 0 means 4, which suits images of 32 pixels, and 16 those of 224.
	Patch int `json:"patch,omitempty" toml:"patch"`
	// Width is the size of a token, a multiple of 4; 0 means 192 (tiny), 384 (small) or 768 (base).
	Width int `json:"width,omitempty" toml:"width"`
	// Depth is the number of layers; 0 means 12.
	Depth int `json:"depth,omitempty" toml:"depth"`
	// Heads divides the width; 0 means 3 (tiny), 6 (small) or 12 (base).
	Heads int `json:"heads,omitempty" toml:"heads"`
	// Pool is "cls", the class token (the default), or "mean", the mean over patches, without a class token.
	Pool string `json:"pool,omitempty" toml:"pool"`
	// Size is the side, in pixels, of the images that positions are meant for: in an image of another size, positions are
	// interpolated, so that its corners stay corners. 0 means that patches are counted from the corner, whatever the size.
	Size int `json:"size,omitempty" toml:"size"`
	// FrozenPatch leaves the map of patches as it was drawn, which keeps training stable (MoCo v3, section 4).
	FrozenPatch bool `json:"frozen_patch,omitempty" toml:"frozen_patch"`
	// Dropout is applied to the output of attention and feed-forward; default 0.
	Dropout float64 `json:"dropout,omitempty" toml:"dropout"`
	// DropPath is how often the last layer's residual branches are left out for a sample while training; it rises to that from
	// 0 in the first layer (Huang et al., 2016). Default 0, and 0.1 in DINO.
	DropPath float64 `json:"drop_path,omitempty" toml:"drop_path"`
}

// ViTTiny is 192 wide, with 3 heads.
type ViTTiny ViT

// ViTSmall is 384 wide, with 6 heads.
type ViTSmall ViT

// ViTBase is 768 wide, with 12 heads.
type ViTBase ViT

// Name returns "vit-tiny".
func (ViTTiny) Name() string { return "vit-tiny" }

// Name returns "vit-small".
func (ViTSmall) Name() string { return "vit-small" }

// Name returns "vit-base".
func (ViTBase) Name() string { return "vit-base" }

// Axes is 2: samples are images.
func (ViTTiny) Axes() int { return 2 }

// Axes is 2: samples are images.
func (ViTSmall) Axes() int { return 2 }

// Axes is 2: samples are images.
func (ViTBase) Axes() int { return 2 }

// New declares the weights; the network is a [network.Attender].
func (c ViTTiny) New(w *nn.Weights, channels int) (network.Network, error) {
	return ViT(c).or(192, 3).build(w, channels)
}

// New declares the weights; the network is a [network.Attender].
func (c ViTSmall) New(w *nn.Weights, channels int) (network.Network, error) {
	return ViT(c).or(384, 6).build(w, channels)
}

// New declares the weights; the network is a [network.Attender].
func (c ViTBase) New(w *nn.Weights, channels int) (network.Network, error) {
	return ViT(c).or(768, 12).build(w, channels)
}

// Narrow divides the width by √n and takes the nearest number of heads below that divides it.
func (c ViTTiny) Narrow(n int) network.Encoder { return ViTTiny(ViT(c).or(192, 3).narrow(n)) }

// Narrow divides the width by √n and takes the nearest number of heads below that divides it.
func (c ViTSmall) Narrow(n int) network.Encoder { return ViTSmall(ViT(c).or(384, 6).narrow(n)) }

// Narrow divides the width by √n and takes the nearest number of heads below that divides it.
func (c ViTBase) Narrow(n int) network.Encoder { return ViTBase(ViT(c).or(768, 12).narrow(n)) }

// or fills in the size that was not set.
func (c ViT) or(width, heads int) ViT {
	c.Width, c.Heads = cmp.Or(c.Width, width), cmp.Or(c.Heads, heads)
	return c
}

func (c ViT) narrow(n int) ViT {
	c.Width = network.NarrowWidth(c.Width, n)
	c.Heads = max(1, min(c.Heads, c.Width))
	for c.Width%c.Heads != 0 {
		c.Heads--
	}
	return c
}

// check fills in the defaults.
func (c *ViT) check(channels int) error {
	c.Patch, c.Depth, c.Pool = cmp.Or(c.Patch, 4), cmp.Or(c.Depth, 12), cmp.Or(c.Pool, "cls")
	if err := cmp.Or(settings.Within("channels", channels, 1, 1<<12), settings.Within("patch", c.Patch, 1, 1<<8),
		settings.Within("width", c.Width, 4, 1<<12), settings.Within("depth", c.Depth, 1, 64),
		settings.Within("heads", c.Heads, 1, c.Width), settings.Within("size", c.Size, 0, 1<<16)); err != nil {
		return fmt.Errorf("%w", err)
	}
	switch {
	case c.Width%4 != 0:
		return fmt.Errorf("width is %d, want a multiple of 4", c.Width)
	case c.Width%c.Heads != 0:
		return fmt.Errorf("width %d does not divide into %d heads", c.Width, c.Heads)
	case c.Pool != "cls" && c.Pool != "mean":
		return fmt.Errorf("pool is %q, want cls or mean", c.Pool)
	case !(c.Dropout >= 0 && c.Dropout < 1):
		return fmt.Errorf("dropout is %g, want 0 <= dropout < 1", c.Dropout)
	case !(c.DropPath >= 0 && c.DropPath < 1):
		return fmt.Errorf("drop_path is %g, want 0 <= drop_path < 1", c.DropPath)
	}
	return nil
}

func (c ViT) build(w *nn.Weights, channels int) (network.Network, error) {
	if err := c.check(channels); err != nil {
		return nil, err
	}
	p := w
	if c.FrozenPatch {
		p = w.Frozen()
	}
	n := &vit{cfg: c, norm: nn.NewLayerNorm(w, "norm", c.Width)}
	// The first to declare a weight says how it starts.
	p.Scope("patch").Param("weight", nn.XavierUniform(channels*c.Patch*c.Patch, c.Width), c.Width, channels, c.Patch, c.Patch)
	p.Scope("patch").Param("bias", nn.Zeros, c.Width)
	n.patch = nn.NewConv2D(p, "patch", channels, c.Width, c.Patch, nn.Conv2DConfig{Stride: c.Patch}, true)
	if c.Pool == "cls" {
		n.class = w.Param("class", nn.Normal(1e-6), 1, c.Width)
	}
	for i := range c.Depth {
		n.layers = append(n.layers, nn.NewTransformerLayer(w.Scope(fmt.Sprintf("layer%d", i)), nn.TransformerConfig{
			Width: c.Width, Heads: c.Heads, Hidden: 4 * c.Width, Xavier: true,
			Dropout: c.Dropout, DropPath: c.DropPath * float64(i) / float64(max(1, c.Depth-1))}))
	}
	return n, nil
}

type vit struct {
	cfg    ViT
	patch  *nn.Conv2DLayer
	class  *nn.Param
	layers []*nn.TransformerLayer
	norm   *nn.NormLayer
}

func (n *vit) Dim() int { return n.cfg.Width }

// Apply maps images x [N, C, H, W] of any size to [N, Dim].
func (n *vit) Apply(x *nn.Node) *nn.Node { return nn.InChunks(x, n.apply) }

func (n *vit) apply(x *nn.Node) *nn.Node {
	t, _, _ := n.tokens(x)
	last := len(n.layers) - 1
	for _, l := range n.layers[:last] {
		t = nn.Segment(t, l.Apply)
	}
	if n.class == nil {
		return nn.GlobalMean(nn.SwapLast(n.norm.Apply(nn.Segment(t, n.layers[last].Apply))))
	}
	// Of the last layer only the class token is wanted.
	return n.norm.Apply(nn.Reshape(nn.Segment(t, n.layers[last].First), x.Dim(0), n.cfg.Width))
}

// Attention maps images x [N, C, H, W] to the last layer's attention to each patch, [N, heads, H', W'].
func (n *vit) Attention(x *nn.Node) *nn.Node {
	t, rows, columns := n.tokens(x)
	last := len(n.layers) - 1
	for _, l := range n.layers[:last] {
		t = l.Apply(t)
	}
	shape := []int{x.Dim(0), n.cfg.Heads, rows, columns}
	patches := rows * columns
	if n.class == nil {
		return nn.Reshape(nn.MeanLast(nn.SwapLast(n.layers[last].Attention(t, 0, patches))), shape...)
	}
	return nn.Reshape(nn.Slice(n.layers[last].Attention(t, 0, 1), 3, 1, 1+patches), shape...)
}

// tokens maps x [N, C, H, W] to a token for each patch with its position, the class token before them: [N, T, Width], and
// how many rows and columns of patches there are.
func (n *vit) tokens(x *nn.Node) (t *nn.Node, rows, columns int) {
	patch := *n.patch
	if len(x.Shape()) == 4 {
		patch.Config.Padding = max(missing(x.Dim(2), n.cfg.Patch), missing(x.Dim(3), n.cfg.Patch))
	}
	t = patch.Apply(x)
	rows, columns = t.Dim(2), t.Dim(3)
	g, images := x.Graph(), t.Dim(0)
	t = nn.SwapLast(nn.Reshape(t, images, n.cfg.Width, rows*columns))
	at := positions(rows, columns, n.cfg.Width, (n.cfg.Size+n.cfg.Patch-1)/n.cfg.Patch)
	t = nn.Add(t, g.Const(at, rows*columns, n.cfg.Width))
	if n.class != nil {
		first := nn.Take(g.Param(n.class), g.Const(make([]float32, images), images))
		t = nn.Concat(1, nn.Reshape(first, images, 1, n.cfg.Width), t)
	}
	return t, rows, columns
}

// missing is how many pixels a side needs at each end to have a multiple of the patch's.
func missing(side, patch int) int { return ((patch-side%patch)%patch + 1) / 2 }

// positions is the 2-D sine-cosine code of MoCo v3 for a grid of patches, [rows·columns, d]: a quarter each of sines and
// cosines of the row, and of the column, with wavelengths from 2π to 20000π. With a reference the grid's patches lie
// evenly in a grid of reference by reference; without one, 0, they count from the corner.
func positions(rows, columns, d, reference int) []float32 {
	out := make([]float32, rows*columns*d)
	quarter := d / 4
	for i := range rows * columns {
		y, x := float64(i/columns), float64(i%columns)
		if reference > 0 {
			y = (y+0.5)*float64(reference)/float64(rows) - 0.5
			x = (x+0.5)*float64(reference)/float64(columns) - 0.5
		}
		at := out[i*d : (i+1)*d]
		for j := range quarter {
			rate := math.Pow(10000, -float64(j)/float64(quarter))
			at[j], at[quarter+j] = float32(math.Sin(y*rate)), float32(math.Cos(y*rate))
			at[2*quarter+j], at[3*quarter+j] = float32(math.Sin(x*rate)), float32(math.Cos(x*rate))
		}
	}
	return out
}
