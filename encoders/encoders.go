// Package encoders holds the networks that turn a window of a series into a vector.
//
// An [Encoder] is a configuration: a struct whose zero value works and whose
// fields say how wide and how deep. [Encoder.New] declares the weights and
// returns a [Network], which builds the computation for any batch and length:
//
//	w := nn.NewWeights(0)
//	net, err := encoders.Conv{Depth: 6}.New(w, 3) // three channels
//	g := nn.NewGraph(false)
//	h := net.Apply(g.Input("x", 16, 3, 256))      // [16, 320]
//
// [Conv] is the dilated residual network of TS2Vec, [ResNet1D] the residual
// network of images with one axis less, [Transformer] works on patches, and
// [Strided] is the short-sighted network of contrastive predictive coding. The networks
// for images are in package imageenc below this one.
package encoders

import (
	"embed"
	"fmt"

	"github.com/wavekin/wavekin/internal/settings"
	"github.com/wavekin/wavekin/nn"
)

// Network is an encoder with its weights.
type Network interface {
	// Apply maps x, [N, C, T] or images [N, C, H, W], to one vector per sample, [N, Dim].
	Apply(x *nn.Node) *nn.Node
	// Dim is the length of the vector.
	Dim() int
}

// Sequencer is a [Network] that can tell what it sees when; all of this package's can.
type Sequencer interface {
	Network
	// Steps maps x [N, C, T] to a vector for each of T' stretches of it, in their order, [N, Dim, T'].
	Steps(x *nn.Node) *nn.Node
	// Stride is the distance between the stretches, in time stamps: T' = ⌈T/Stride⌉.
	Stride() int
}

// Masker is a [Sequencer] that can be taught to do with less than it is shown; all of this package's can.
type Masker interface {
	Sequencer
	// MaskedSteps is Steps, but while training each time stamp, or stretch, is hidden with probability p: set to 0 behind
	// the first map, where no value of the data can stand for it.
	MaskedSteps(x *nn.Node, p float64) *nn.Node
}

// Causal is a [Sequencer] each of whose steps sees a bounded stretch of the past.
type Causal interface {
	Sequencer
	// Span is how many time stamps a step sees, its own the last of them.
	Span() int
}

// Encoder is the configuration of a network.
type Encoder interface {
	// Name is the name on the command line and in a model file.
	Name() string
	// New declares the weights for a number of channels. It fails on settings that make no network.
	New(w *nn.Weights, channels int) (Network, error)
}

// Axes is how many axes an encoder's samples have behind their channels: 1 for sequences, and 2 for images, which an encoder
// says by a method of that name.
func Axes(e Encoder) int {
	if a, ok := e.(interface{ Axes() int }); ok {
		return a.Axes()
	}
	return 1
}

// catalogue is the one place where a name becomes an architecture.
var catalogue = settings.Catalogue[Encoder]{
	"conv":        {Doc: "dilated residual convolutions, as in TS2Vec", Decode: decodeAs[Conv]},
	"resnet1d":    {Doc: "residual convolutions with stride, one stage per width", Decode: decodeAs[ResNet1D]},
	"strided":     {Doc: "causal convolutions with stride, as in contrastive predictive coding", Decode: decodeAs[Strided]},
	"transformer": {Doc: "self-attention over patches of the window", Decode: decodeAs[Transformer]},
}

func decodeAs[E Encoder](text []byte) (Encoder, error) { return settings.As[E, Encoder](text) }

//go:embed *.go
var sources embed.FS

// Settings lists what an encoder can be set to.
func Settings(e Encoder) ([]settings.Field, error) { return settings.Of(e, sources) }

// Names lists the architectures in alphabetical order.
func Names() []string { return catalogue.Names() }

// Doc returns the one-line description of an architecture, or "".
func Doc(name string) string { return catalogue[name].Doc }

// ByName returns the architecture of that name; text is its settings as JSON, or nil for the defaults. A setting that it
// does not have is an error.
func ByName(name string, text []byte) (Encoder, error) {
	return catalogue.ByName("encoder", name, text)
}

// or returns v, or the default d where v is zero.
func or(v, d int) int {
	if v == 0 {
		return d
	}
	return v
}

// within reports the first setting outside its bounds.
func within(checks ...bound) error {
	for _, c := range checks {
		if err := settings.Within(c.name, c.v, c.lo, c.hi); err != nil {
			return fmt.Errorf("%w", err)
		}
	}
	return nil
}

type bound struct {
	name      string
	v, lo, hi int
}
