// Package network holds what all encoders have in common: the interfaces of a configuration and of the network that it
// makes, and what follows from them.
//
// Package encoders has all of these names as well. They are declared here, below it, so that the packages with the
// architectures can use them and encoders can list those architectures in its catalogue. Outside of encoders' own
// folders use the names of package encoders.
package network

import (
	"fmt"
	"math"

	"github.com/wavekin/wavekin/nn"
)

// Network is an encoder with its weights.
type Network interface {
	// Apply maps sequences x [N, C, T], or images [N, C, H, W], to one vector per sample, [N, Dim].
	Apply(x *nn.Node) *nn.Node
	// Dim is the length of the vector.
	Dim() int
}

// Sequencer is a [Network] that also encodes the steps of a sequence.
type Sequencer interface {
	Network
	// Steps maps x [N, C, T] to one vector for each of T' steps, in temporal order, [N, Dim, T'].
	Steps(x *nn.Node) *nn.Node
	// Stride is the distance between steps in time stamps: T' = ⌈T/Stride⌉.
	Stride() int
}

// Masker is a [Sequencer] that can be trained with part of its input masked.
type Masker interface {
	Sequencer
	// MaskedSteps is Steps, but in training each step is masked with probability p: set to 0 after the first layer,
	// where no value of the data is represented by 0.
	MaskedSteps(x *nn.Node, p float64) *nn.Node
}

// Causal is a [Sequencer] whose steps depend on a bounded part of the past.
type Causal interface {
	Sequencer
	// Span is the receptive field of a step in time stamps; the step's own time stamp is the last of them.
	Span() int
}

// Attender is a [Network] of images that can show its attention, as vision transformers can.
type Attender interface {
	Network
	// Attention maps images x [N, C, H, W] to the attention of the last layer's heads to each patch, [N, heads, H', W']:
	// that of the class token, or the mean over all patches where there is no class token. The values of a head are
	// shares; the rest up to 1 is the class token's attention to itself.
	Attention(x *nn.Node) *nn.Node
}

// Encoder is the configuration of a network. It may also have any of these methods:
//
//   - Axes() int: the number of axes after the channels, 1 (the default) for sequences and 2 for images;
//   - MinLength() int: the shortest sequence, in time stamps, or the smallest side of an image, in pixels, that the
//     network can encode; the default is 1;
//   - Narrow(n int) Encoder: see [Narrower];
//   - FitSamples() int: how many samples of the training part its network wants to be fitted to before the first step, and again
//     after the last, by a graph marked with [nn.Graph.FitTo]; the default is 0, for a network that is only trained;
//   - Kept() (Encoder, error): the encoder as a model names it, which declares the same weights without any file that New takes
//     values from; the default is the encoder itself;
//   - FileSum() (string, error): the SHA-256 of such a file; the default is "", for none.
type Encoder interface {
	// Name is the name on the command line and in a model file.
	Name() string
	// New declares the weights for a number of channels. It fails on settings that make no network. It must not read or
	// write the values of the weights: a model file is checked by declaring its network without allocating it.
	New(w *nn.Weights, channels int) (Network, error)
}

// Axes is the number of axes of an encoder's samples after their channels: 1 for sequences and 2 for images.
func Axes(e Encoder) int {
	if a, ok := e.(interface{ Axes() int }); ok {
		return a.Axes()
	}
	return 1
}

// MinLength is the shortest sequence, in time stamps, or the smallest side of an image, in pixels, that an encoder takes.
func MinLength(e Encoder) int {
	if m, ok := e.(interface{ MinLength() int }); ok {
		return max(1, m.MinLength())
	}
	return 1
}

// FitSamples is how many samples of the training part a network of e wants to be fitted to: what its method FitSamples
// says, or 0 where there is nothing to fit.
func FitSamples(e Encoder) int {
	if f, ok := e.(interface{ FitSamples() int }); ok {
		return max(0, f.FitSamples())
	}
	return 0
}

// Kept is the encoder as a model names it: what its method Kept says, or e.
func Kept(e Encoder) (Encoder, error) {
	if k, ok := e.(interface{ Kept() (Encoder, error) }); ok {
		return k.Kept()
	}
	return e, nil
}

// FileSum is the SHA-256 of the file that an encoder takes values from, "" for none.
func FileSum(e Encoder) (string, error) {
	if f, ok := e.(interface{ FileSum() (string, error) }); ok {
		return f.FileSum()
	}
	return "", nil
}

// CheckLength reports samples that are too small for an encoder; shape is theirs after the channels, [T] or [H, W].
func CheckLength(e Encoder, shape ...int) error {
	least := MinLength(e)
	for _, n := range shape {
		if n < least {
			if len(shape) == 1 {
				return fmt.Errorf("a sequence of %d time stamps, %s needs at least %d", n, e.Name(), least)
			}
			return fmt.Errorf("an image of %v pixels, %s needs at least %d a side", shape, e.Name(), least)
		}
	}
	return nil
}

// Narrower is an [Encoder] that can be made narrower, for methods that train several side by side.
type Narrower interface {
	// Narrow returns a narrower encoder: n of it have at most about as many weights as this one, see [NarrowWidth].
	Narrow(n int) Encoder
}

// NarrowWidth is width/√n, rounded to a multiple of 8 and at least 8. A width of 8 or less stays as it is.
func NarrowWidth(width, n int) int {
	return min(width, max(8, 8*int(math.Round(float64(width)/math.Sqrt(float64(n))/8))))
}
