package encoders

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"math"
	"os"
	"strings"

	"github.com/wavekin/wavekin/encoders/learnt"
	"github.com/wavekin/wavekin/nn"
)

// Builtin is the built-in encoder: it encodes any series without training. It has two blocks side by side: [Rocket],
// whose kernels are fixed, and [Towers], learnt on synthetic series alone (docs/results/builtin.md), which look at a window at
// 128, 256 and 512 time stamps, or several networks of these; and the values themselves, at 32 time stamps. Each block is standardised by the samples that it is
// fitted to, see [FitSamples], and brought to the same length in every encoding; that of the values is min(1, 16/T) of it in a
// window of T time stamps, since they tell short windows apart and little else, and that of k networks the fourth root of k times it.
//
// Training goes on from the learnt weights; Rocket's stay as they are, and what the blocks are standardised by is measured again at
// the end.
type Builtin struct {
	// Blocks are the blocks to use: "all" (the default), "kernels" for Rocket alone or "learnt" for Towers alone.
	Blocks string `json:"blocks,omitempty" toml:"blocks"`
	// Towers is a file of learnt towers (bench/learnt), such as encoders/learnt/base.safetensors, to begin with in place of the
	// built-in ones. Models do not need it again.
	Towers string `json:"towers,omitempty" toml:"towers"`
	// Members is how many networks the towers are, side by side; 0 means all that the file has. Without a file, as in a model, they begin
	// with the weights of the built-in one.
	Members int `json:"members,omitempty" toml:"members"`
	// Untrained starts the towers at random in place of what was learnt, for comparison.
	Untrained bool `json:"untrained,omitempty" toml:"untrained"`
	// Features is the number of Rocket's features per kernel, see [Rocket]; 0 means 24.
	Features int `json:"features,omitempty" toml:"features"`
	// Out is the length of the encoding, at least 96, to which fixed projections, drawn at random, reduce the blocks; 0 means
	// all of their numbers, 6,368 of one channel, which the nearest neighbour tells apart a little better.
	Out int `json:"out,omitempty" toml:"out"`
	// Lengths is at how many lengths the towers look at a window, each twice the one before, from 128 on; 0 means 3.
	Lengths int `json:"lengths,omitempty" toml:"lengths"`
	// Samples is how many samples it is fitted to at most; 0 means 512.
	Samples int `json:"samples,omitempty" toml:"samples"`
	// Join is how all blocks are put together: "unit" (the default), each of the same length in every encoding, or "scaled",
	// each of the same length in the mean, and the values of half of it whatever the window, which ranks neighbours a little worse.
	// It is that of models of programs that had no other.
	Join string `json:"join,omitempty" toml:"join"`
}

// Name returns "builtin".
func (Builtin) Name() string { return "builtin" }

// Kept is the configuration without the file of its towers, whose number it names.
func (c Builtin) Kept() (Encoder, error) {
	if c.Towers == "" {
		return c, nil
	}
	from, err := c.begin()
	if c.Members == 0 {
		c.Members = len(from)
	}
	c.Towers = ""
	return c, err
}

// FileSum is the SHA-256 of the file of its towers, "" without one.
func (c Builtin) FileSum() (string, error) {
	if c.Towers == "" {
		return "", nil
	}
	content, err := os.ReadFile(c.Towers)
	return fmt.Sprintf("%x", sha256.Sum256(content)), err
}

// FitSamples is how many samples the network wants to be fitted to.
func (c Builtin) FitSamples() int { return cmp.Or(c.Samples, 512) }

// Narrow divides the number of features by n; the towers, which have been learnt, stay as they are.
func (c Builtin) Narrow(n int) Encoder {
	c.Features = max(1, cmp.Or(c.Features, 24)/n)
	return c
}

// The settings of the parts.
const (
	learntWidth  = 24
	shortestLook = 128
	valuesLength = 32
	mostMembers  = 16
	// valuesFull is the longest window in which the values count as much as another block.
	valuesFull = 16
)

// Scaled is the Join of a [Builtin] whose blocks have the same length in the mean alone.
const Scaled = "scaled"

// New declares the weights, which begin as they were learnt.
func (c Builtin) New(w *nn.Weights, channels int) (Network, error) {
	c.Features, c.Samples, c.Lengths = cmp.Or(c.Features, 24), cmp.Or(c.Samples, 512), cmp.Or(c.Lengths, 3)
	if c.Blocks == "" {
		c.Blocks = "all"
	}
	if err := within(bound{"channels", channels, 1, 1 << 16}, bound{"features", c.Features, 1, 1 << 10}, bound{"samples", c.Samples, 2, 1 << 16},
		bound{"lengths", c.Lengths, 1, 5}, bound{"members", c.Members, 0, mostMembers}, bound{"out", c.Out, 0, 1 << 16}); err != nil {
		return nil, err
	}
	if c.Out != 0 && c.Out < 3*valuesLength {
		return nil, fmt.Errorf("out is %d, want at least %d, or 0", c.Out, 3*valuesLength)
	}
	n := &builtin{channels: channels, out: c.Out, joined: c.Blocks == "all", scaled: c.Join == Scaled}
	switch c.Blocks {
	case "all", "kernels", "learnt":
	default:
		return nil, fmt.Errorf("blocks is %q, want all, kernels or learnt", c.Blocks)
	}
	switch c.Join {
	case "", "unit", Scaled:
	default:
		return nil, fmt.Errorf("join is %q, want unit or scaled", c.Join)
	}
	if c.Blocks != "learnt" {
		kernels := nn.NewKernelShares(w, "kernels", channels, c.Features, true)
		n.add(w, "kernels", kernels.Dim(), kernels.Apply)
	}
	if c.Blocks != "kernels" {
		all, err := c.towers(w, channels)
		if err != nil {
			return nil, err
		}
		n.add(w, "towers", all.Dim(), all.Apply)
		n.blocks[len(n.blocks)-1].weight = math.Sqrt(math.Sqrt(float64(len(all))))
	}
	if c.Blocks == "all" {
		n.add(w, n.valuesName(), channels*valuesLength, n.values)
		n.blocks[len(n.blocks)-1].values = true
	}
	return n, nil
}

// towers declares the networks with the weights that they begin with.
func (c Builtin) towers(w *nn.Weights, channels int) (beside, error) {
	from, err := c.begin()
	if err != nil {
		return nil, err
	}
	all := make(beside, cmp.Or(c.Members, len(from)))
	if c.Towers != "" && len(all) > len(from) {
		return nil, fmt.Errorf("members is %d, and %s holds %d", len(all), c.Towers, len(from))
	}
	for i := range all {
		in := w.Scope(towersName(i))
		if !c.Untrained {
			in = in.Learnt(from[min(i, len(from)-1)])
		}
		one := Towers{Width: learntWidth, Length: shortestLook << (c.Lengths / 2), Lengths: c.Lengths}
		if all[i], err = one.New(in, channels); err != nil {
			return nil, err
		}
		if c.Towers != "" {
			if err := suits(in, from[i]); err != nil {
				return nil, fmt.Errorf("%s: network %d: %w", c.Towers, i+1, err)
			}
		}
	}
	return all, nil
}

// suits reports a weight below w that has no values in a file.
func suits(w *nn.Weights, from learnt.Weights) error {
	for _, p := range w.All() {
		if name, below := strings.CutPrefix(p.Name, w.Name("")); below && p.Data != nil && len(from(name)) != len(p.Data) {
			return fmt.Errorf("%d values for the weight %q of shape %v; the built-in encoder wants towers of the usual size", len(from(name)), name, p.Shape)
		}
	}
	return nil
}

// begin are the weights of networks that were learnt before.
func (c Builtin) begin() ([]learnt.Weights, error) {
	if c.Towers != "" {
		return learnt.Open(c.Towers)
	}
	one, err := learnt.Towers()
	return []learnt.Weights{one}, err
}

// towersName is the scope of the weights of network i.
func towersName(i int) string {
	if i == 0 {
		return "towers"
	}
	return fmt.Sprintf("towers%d", i+1)
}

// beside are networks side by side.
type beside []Network

func (n beside) Dim() int {
	d := 0
	for _, one := range n {
		d += one.Dim()
	}
	return d
}

func (n beside) Apply(x *nn.Node) *nn.Node {
	if len(n) == 1 {
		return n[0].Apply(x)
	}
	var all []*nn.Node
	for _, one := range n {
		all = append(all, one.Apply(x))
	}
	return nn.Concat(1, all...)
}

type builtin struct {
	channels int
	out      int  // of all blocks together, or 0
	joined   bool // of all blocks, not of one alone
	scaled   bool // see Join
	blocks   []builtinBlock
}

type builtinBlock struct {
	apply  func(x *nn.Node) *nn.Node
	sketch *nn.Sketch
	values bool
	weight float64 // of its length in an encoding
}

func (n *builtin) add(w *nn.Weights, name string, dim int, apply func(x *nn.Node) *nn.Node) {
	n.blocks = append(n.blocks, builtinBlock{apply: apply, sketch: nn.NewSketch(w, name+".sketch", dim, n.share(name)), weight: 1})
}

// valuesName is the scope of the values' weights. It tells how the blocks are joined, so that a program that joins them in one
// way alone refuses a model of the other.
func (n *builtin) valuesName() string {
	if n.scaled {
		return "values"
	}
	return "short"
}

// share is how many numbers of the encoding a block has, 0 for all of its own.
func (n *builtin) share(name string) int {
	switch {
	case n.out == 0 || !n.joined:
		return n.out
	case name == n.valuesName():
		return valuesLength
	case name == "kernels":
		return (n.out - valuesLength + 1) / 2
	}
	return (n.out - valuesLength) / 2
}

// values are those of a window at a few time stamps, [N, C·32].
func (n *builtin) values(x *nn.Node) *nn.Node {
	x = nn.Resample(x, valuesLength)
	return nn.Reshape(x, x.Dim(0), n.channels*valuesLength)
}

func (n *builtin) Dim() int {
	d := 0
	for _, b := range n.blocks {
		d += b.sketch.Dim()
	}
	return d
}

// Apply puts the blocks beside each other, so that their columns have deviation 1 or about that in the mean.
func (n *builtin) Apply(x *nn.Node) *nn.Node {
	var all []*nn.Node
	for _, b := range n.blocks {
		all = append(all, n.weighted(b, b.sketch.Apply(b.apply(x)), x.Dim(2)))
	}
	if !n.joined {
		return all[0]
	}
	return nn.Concat(1, all...)
}

// weighted gives the rows of a block their length in an encoding of windows of a number of time stamps.
func (n *builtin) weighted(b builtinBlock, h *nn.Node, length int) *nn.Node {
	scale := math.Sqrt(float64(n.Dim()) / float64(len(n.blocks)))
	switch {
	case !n.joined:
		return h
	case !n.scaled && b.values:
		h = nn.Fade(nn.Normalize(h), length, valuesFull)
	case !n.scaled:
		h, scale = nn.Normalize(h), scale*b.weight
	default:
		scale /= math.Sqrt(float64(b.sketch.Dim()))
		if b.values {
			scale /= 2
		}
	}
	return nn.Scale(h, float32(scale))
}
