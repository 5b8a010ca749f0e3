package encoders

import (
	"github.com/wavekin/wavekin/encoders/imageenc"
	"github.com/wavekin/wavekin/internal/settings"
)

// Entry describes an architecture of the catalogue: one line for a list, and a function that reads its settings.
type Entry = settings.Entry[Encoder]

// catalogue is the one place where a name becomes an architecture, of series or of images.
var catalogue = settings.NewCatalogue("encoder", map[string]Entry{
	"audio":       EntryOf[Audio]("causal convolutions whose strides multiply to 160, for sound, as in contrastive predictive coding"),
	"builtin":     EntryOf[Builtin]("fixed kernels and towers learnt on synthetic series: encodes without training"),
	"conv":        EntryOf[Conv]("dilated residual convolutions, as in TS2Vec"),
	"rocket":      EntryOf[Rocket]("fixed kernels, shares of positive values as in MiniRocket: fitted, never trained"),
	"resnet1d":    EntryOf[ResNet1D]("residual convolutions with stride, one stage per width"),
	"strided":     EntryOf[Strided]("causal convolutions with stride, as in contrastive predictive coding"),
	"towers":      EntryOf[Towers]("two residual networks, on the values and on their differences, each channel by itself"),
	"transformer": EntryOf[Transformer]("self-attention over patches of the window"),
	"resnet18":    EntryOf[imageenc.ResNet18]("residual network of 18 layers, 11 M weights"),
	"resnet34":    EntryOf[imageenc.ResNet34]("residual network of 34 layers, 21 M weights"),
	"resnet50":    EntryOf[imageenc.ResNet50]("residual network of 50 layers with bottlenecks, 24 M weights"),
	"vit-base":    EntryOf[imageenc.ViTBase]("vision transformer of width 768, 85 M weights"),
	"vit-small":   EntryOf[imageenc.ViTSmall]("vision transformer of width 384, 21 M weights"),
	"vit-tiny":    EntryOf[imageenc.ViTTiny]("vision transformer of width 192, 5 M weights"),
})

// EntryOf is the entry of an encoder type E, whose settings are its fields with a json tag. doc is one line for a list.
func EntryOf[E Encoder](doc string) Entry { return settings.EntryOf[E, Encoder](doc) }

// Register adds an architecture to the catalogue: [ByName], and with it the command line and model files, then know it by
// that name. The name must be the one that the encoder's method Name returns. It fails, and changes nothing, where the
// name is taken, empty or not made of letters, digits and any of "-._/". It may be called at any time and from any
// goroutine; a program that reads model files registers what they need before.
//
//	err := encoders.Register("mlp", encoders.EntryOf[MLP]("two linear layers"))
func Register(name string, e Entry) error { return catalogue.Register(name, e) }

// Names lists the architectures, of series and of images, in alphabetical order.
func Names() []string { return catalogue.Names() }

// Doc returns the one-line description of an architecture, or "".
func Doc(name string) string { return catalogue.Doc(name) }

// ByName returns the architecture of that name; text is its settings as JSON, or nil for the defaults. A setting that it
// does not have is an error.
func ByName(name string, text []byte) (Encoder, error) { return catalogue.ByName(name, text) }

// Setting is one field that a configuration can be set to: its name in JSON and TOML, what it takes, and a description.
type Setting = settings.Field

// Settings lists what an encoder can be set to. An encoder of another module describes its settings by a method
// SettingDocs() map[string]string, by name.
func Settings(e Encoder) []Setting { return settings.Of(e) }
