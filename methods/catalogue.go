package methods

import "github.com/wavekin/wavekin/internal/settings"

// Entry describes a method of the catalogue: one line for a list, and a function that reads its settings.
type Entry = settings.Entry[Method]

// catalogue is the one place where a name becomes a method.
var catalogue = settings.NewCatalogue("method", map[string]Entry{
	"barlow-twins":   EntryOf[BarlowTwins]("cross-correlation of features brought to the identity (Zbontar et al., 2021)"),
	"byol":           EntryOf[BYOL]("predict a slow teacher's view, without negatives (Grill et al., 2020)"),
	"cmc":            EntryOf[CMC]("several views of a sample, an encoder for each (Tian et al., 2020)"),
	"cpc":            EntryOf[CPC]("predict the encodings of what comes next (van den Oord et al., 2018)"),
	"dcl":            EntryOf[DCL]("in-batch contrast whose denominator leaves the positive out (Yeh et al., 2022)"),
	"deepcluster":    EntryOf[DeepCluster]("tell clusters of the encodings apart, by turns (Caron et al., 2018)"),
	"deepcluster-v2": EntryOf[DeepClusterV2]("tell clusters by their centroids, with multi-crop (Caron et al., 2020)"),
	"dino":           EntryOf[DINO]("match a slow, centred and sharpened teacher from short crops (Caron et al., 2021)"),
	"invaspread":     EntryOf[InvaSpread]("invariant and spreading instance features, all in the batch (Ye et al., 2019)"),
	"moco-v1":        EntryOf[MoCoV1]("a queue of keys from a slow teacher (He et al., 2020)"),
	"moco-v2":        EntryOf[MoCoV2]("momentum contrast with an MLP head (Chen et al., 2020)"),
	"moco-v3":        EntryOf[MoCoV3]("momentum contrast in the batch, with a predictor (Chen et al., 2021)"),
	"nnclr":          EntryOf[NNCLR]("the nearest neighbour of the other view as the positive (Dwibedi et al., 2021)"),
	"npid":           EntryOf[NPID]("every sample its own class, in a memory bank (Wu et al., 2018)"),
	"simclr":         EntryOf[SimCLR]("in-batch contrast with a projection head (Chen et al., 2020)"),
	"simclr-v2":      EntryOf[SimCLRv2]("simclr with a deep projector that fine-tuning keeps a part of (Chen et al., 2020b)"),
	"simsiam":        EntryOf[SimSiam]("predict the other view behind a stop-gradient (Chen and He, 2021)"),
	"supcon":         EntryOf[SupCon]("contrast between classes, for which labels are needed (Khosla et al., 2020)"),
	"swav":           EntryOf[SwAV]("predict the balanced prototypes of another crop (Caron et al., 2020)"),
	"t-loss":         EntryOf[TLoss]("a stretch like a part of itself, unlike those of others (Franceschi et al., 2019)"),
	"tnc":            EntryOf[TNC]("what is near in time told from what is far (Tonekaboni et al., 2021)"),
	"ts-tcc":         EntryOf[TSTCC]("the future of the other view from the past of one (Eldele et al., 2021)"),
	"ts2vec":         EntryOf[TS2Vec]("overlapping crops, contrasted at every time stamp and scale (Yue et al., 2022)"),
	"vibcreg":        EntryOf[VIbCReg]("vicreg with whitened projections, for sequences (Lee and Aune, 2021)"),
	"vicreg":         EntryOf[VICReg]("variance, invariance and covariance of features (Bardes et al., 2022)"),
})

// EntryOf is the entry of a method type M, whose settings are its fields with a json tag. doc is one line for a list.
func EntryOf[M Method](doc string) Entry { return settings.EntryOf[M, Method](doc) }

// Register adds a method to the catalogue: [ByName], and with it the command line and model files, then know it by that
// name. The name must be the one that the method's Name returns. It fails, and changes nothing, where the name is taken,
// empty or not made of letters, digits and any of "-._/". It may be called at any time and from any goroutine; a program
// that reads model files registers what they need before.
func Register(name string, e Entry) error { return catalogue.Register(name, e) }

// Names lists the methods in alphabetical order.
func Names() []string { return catalogue.Names() }

// Doc returns the one-line description of a method, or "".
func Doc(name string) string { return catalogue.Doc(name) }

// ByName returns the method of that name; text is its settings as JSON, or nil for the defaults. A setting that the method
// does not have is an error.
func ByName(name string, text []byte) (Method, error) { return catalogue.ByName(name, text) }

// Setting is one field that a configuration can be set to: its name in JSON and TOML, what it takes, and a description.
type Setting = settings.Field

// Settings lists what a method can be set to. A method of another module describes its settings by a method
// SettingDocs() map[string]string, by name.
func Settings(m Method) []Setting { return settings.Of(m) }
