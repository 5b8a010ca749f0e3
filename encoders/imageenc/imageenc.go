// Package imageenc holds the networks that turn an image into a vector.
//
// They are [encoders.Encoder] like those for series: a struct whose zero value works, and New declares the weights. The
// network takes images [N, C, H, W] of any size, with the values that the model's input has:
//
//	w := nn.NewWeights(0)
//	net, err := imageenc.ResNet18{}.New(w, 3)  // three channels
//	g := nn.NewGraph(false)
//	h := net.Apply(g.Input("x", 16, 3, 32, 32)) // [16, 512]
//
// [ResNet18], [ResNet34] and [ResNet50] are residual networks; what they can be set to stands at [ResNet]. [ViTTiny],
// [ViTSmall] and [ViTBase] are vision transformers, with their settings at [ViT]; they can also tell where they look, see
// [Attender].
package imageenc

import (
	"embed"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/internal/settings"
	"github.com/wavekin/wavekin/nn"
)

// Attender is a network that can tell where it looks; the vision transformers are.
type Attender interface {
	encoders.Network
	// Attention maps images x [N, C, H, W] to what the last layer's heads attend to, one value for each patch,
	// [N, heads, H', W']: by the class token, or where there is none by all patches in the mean. The values of a head are
	// shares; what they lack to 1 is the class token's attention to itself.
	Attention(x *nn.Node) *nn.Node
}

// catalogue is the one place where a name becomes an architecture.
var catalogue = settings.Catalogue[encoders.Encoder]{
	"resnet18":  {Doc: "residual network of 18 layers, 11 M weights", Decode: decodeAs[ResNet18]},
	"resnet34":  {Doc: "residual network of 34 layers, 21 M weights", Decode: decodeAs[ResNet34]},
	"resnet50":  {Doc: "residual network of 50 layers with bottlenecks, 24 M weights", Decode: decodeAs[ResNet50]},
	"vit-base":  {Doc: "vision transformer of width 768, 85 M weights", Decode: decodeAs[ViTBase]},
	"vit-small": {Doc: "vision transformer of width 384, 21 M weights", Decode: decodeAs[ViTSmall]},
	"vit-tiny":  {Doc: "vision transformer of width 192, 5 M weights", Decode: decodeAs[ViTTiny]},
}

func decodeAs[E encoders.Encoder](text []byte) (encoders.Encoder, error) {
	return settings.As[E, encoders.Encoder](text)
}

//go:embed *.go
var sources embed.FS

// Settings lists what an encoder can be set to.
func Settings(e encoders.Encoder) ([]settings.Field, error) { return settings.Of(e, sources) }

// Names lists the architectures in alphabetical order.
func Names() []string { return catalogue.Names() }

// Doc returns the one-line description of an architecture, or "".
func Doc(name string) string { return catalogue[name].Doc }

// ByName returns the architecture of that name; text is its settings as JSON, or nil for the defaults. A setting that it
// does not have is an error.
func ByName(name string, text []byte) (encoders.Encoder, error) {
	return catalogue.ByName("encoder", name, text)
}
