// Package encoders holds the networks that turn a sample, a window of a series or an image, into a vector.
//
// An [Encoder] is a configuration: a struct whose zero value works and whose fields say how wide and how deep the network
// is. [Encoder.New] declares the weights and returns a [Network], which builds the computation for any batch and length:
//
//	w := nn.NewWeights(0)
//	net, err := encoders.Conv{Depth: 6}.New(w, 3) // three channels
//	g := nn.NewGraph(false)
//	h := net.Apply(g.Input("x", 16, 3, 256))      // [16, 320]
//
// For series there are [Conv], the dilated residual network of TS2Vec, [ResNet1D], the residual network of images with one
// axis less, [Transformer], which works on patches, and [Strided], the encoder of contrastive predictive coding, whose
// receptive field is short; [Audio] is the published one for sound. [Rocket] has nothing to train: fixed kernels, fitted to some samples. [Towers] see each channel by
// itself, and [Builtin] joins Rocket and towers whose built-in weights were learnt on synthetic series. The networks for images
// are in package imageenc.
//
// [ByName] finds all of them, those of images too, by the name that the command line and model files use. [Register] adds
// the encoders of other modules.
package encoders

import (
	"fmt"

	"github.com/wavekin/wavekin/encoders/network"
	"github.com/wavekin/wavekin/internal/settings"
)

// Encoder is the configuration of a network: Name and New, and optional methods that [network.Encoder] lists.
type Encoder = network.Encoder

// Network is an encoder with its weights: Apply maps a batch to vectors of length Dim.
type Network = network.Network

// Sequencer is a [Network] that also encodes the steps of a sequence; [Conv], [ResNet1D], [Strided], [Audio] and
// [Transformer] do.
type Sequencer = network.Sequencer

// Masker is a [Sequencer] that can be trained with part of its input masked; the same five can.
type Masker = network.Masker

// Causal is a [Sequencer] whose steps depend on a bounded part of the past.
type Causal = network.Causal

// Attender is a [Network] of images that can show its attention.
type Attender = network.Attender

// Narrower is an [Encoder] that can be made narrower; all of this module's can.
type Narrower = network.Narrower

// Axes is the number of axes of an encoder's samples after their channels: 1 for sequences and 2 for images.
func Axes(e Encoder) int { return network.Axes(e) }

// MinLength is the shortest sequence, in time stamps, or the smallest side of an image, in pixels, that an encoder takes:
// what its method MinLength says, or 1.
func MinLength(e Encoder) int { return network.MinLength(e) }

// FitSamples is how many samples a network of e wants to be fitted to: what its method FitSamples says, or 0.
func FitSamples(e Encoder) int { return network.FitSamples(e) }

// Kept is the encoder as a model names it, which needs no file: what its method Kept says, or e.
func Kept(e Encoder) (Encoder, error) { return network.Kept(e) }

// FileSum is the SHA-256 of the file that an encoder takes weights from, "" for none.
func FileSum(e Encoder) (string, error) { return network.FileSum(e) }

// CheckLength reports samples that are too small for an encoder; shape is theirs after the channels, [T] or [H, W].
func CheckLength(e Encoder, shape ...int) error { return network.CheckLength(e, shape...) }

// NarrowWidth is width/√n, rounded to a multiple of 8 and at least 8. A width of 8 or less stays as it is.
func NarrowWidth(width, n int) int { return network.NarrowWidth(width, n) }

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
