package methods

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/wavekin/wavekin/augment"
	"github.com/wavekin/wavekin/cpc"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/encoders/imageenc"
	"github.com/wavekin/wavekin/nn"
)

// CPC predicts the encodings of what comes next from a summary of what came before (van den Oord et al., 2018). A window
// is encoded piece by piece, so that no encoding holds what another is to predict:
//
//   - An encoder that sees a bounded stretch of the past (encoders.Causal) runs over the window as it is; its steps are
//     the pieces.
//   - Any other encoder is shown patches of the window, half overlapping, one at a time.
//   - Of an image it is shown square patches on a grid, and from the rows above those below are predicted (section 3.3),
//     or all sides from the sides opposite (Hénaff et al., 2020).
//
// A window can be read from its end as well: later pieces then predict earlier ones.
//
// Predictions begin where the piece to be predicted has no time stamp or pixel in common with the last of the context's.
type CPC struct {
	// Context sums up the pieces so far: kind "gru" (the default), "conv" or "transformer"; of the rows of an image "conv" is
	// the default.
	Context cpc.ContextConfig `json:"context,omitzero" toml:"context"`
	// Horizons is how many steps ahead are predicted, after those that are skipped; 0 means a third of the pieces, up
	// to 12, and of an image up to 5 rows.
	Horizons int `json:"horizons,omitempty" toml:"horizons"`
	// Directions is from how many sides a sample is read, each with a context and predictors of its own: 1 (the default) from the
	// beginning of a window or the top of an image, 2 from its end or bottom too, and 4, of an image, from both sides as well.
	Directions int `json:"directions,omitempty" toml:"directions"`
	// Shared gives all directions the same context and predictors.
	Shared bool `json:"shared,omitempty" toml:"shared"`
	// Negatives are "mixed" (the default), from the whole batch; "across" samples only, which may be told apart by what
	// does not change in them; "within" a sample only, which may lose sight of that; or "all", every other piece of the batch, which
	// is the default of images.
	Negatives string `json:"negatives,omitempty" toml:"negatives"`
	// Target is the length of a projection of the encodings that is predicted in place of them, and learnt with the predictors; 0 means
	// 64 of images and none of windows, negative none.
	Target int `json:"target,omitempty" toml:"target"`
	// Scale multiplies the predictions; 0 means 0.1 of images and 1 of windows.
	Scale float64 `json:"scale,omitempty" toml:"scale"`
	// Count is the number of mixed negatives; 0 means 128. Images have mixed ones where it is given.
	Count int `json:"count,omitempty" toml:"count"`
	// Patch is the length of a patch in time stamps; 0 means an eighth of the window, at least 4. Of an image it is the side
	// of a patch in pixels; 0 means a quarter of the image's, at least 4, which makes a grid of 7 x 7. The encoders
	// strided and audio have no patches.
	Patch int `json:"patch,omitempty" toml:"patch"`
	// Overlap is the share of a patch that the next one shows too; 0 means a half, negative none.
	Overlap float64 `json:"overlap,omitempty" toml:"overlap"`
	// Mosaic, where not 0, is the grid of the augmentation patches(GRID,OVERLAP), which changes each patch of an image on its
	// own and lays them side by side, GRID in each direction; Overlap must be the same in both, and Patch is left at 0. The
	// views then are as large as the patches are together.
	Mosaic int `json:"mosaic,omitempty" toml:"mosaic"`
	// Feature is what is deployed, over the pieces: "encoding", the encodings z; "context", the summaries c of all
	// directions; or "both", one after the other. Empty means both of a window, and encoding of an image.
	Feature string `json:"feature,omitempty" toml:"feature"`
	// Pool is how the pieces are put together, "mean" (the default), "max", or, of a window, "last".
	Pool string `json:"pool,omitempty" toml:"pool"`
}

// Name returns "cpc".
func (CPC) Name() string { return "cpc" }

// Needs returns one view, which is larger than the image where its patches lie side by side.
func (m CPC) Needs() Needs {
	v := View{}
	if m.Mosaic > 0 {
		v.Length = float64(m.Mosaic) / m.sides()
	}
	return Needs{Views: []View{v}}
}

// sides is how many patches long the side of an image is that a mosaic is made of.
func (m CPC) sides() float64 { return 1 + float64(m.Mosaic-1)*m.advance() }

// advance is the distance between patches, in patches.
func (m CPC) advance() float64 { return 1 - max(0, cmp.Or(m.Overlap, 0.5)) }

// Preset changes nothing about the windows: what the method learns from is in them. Of images the encoder has layer normalisation (Hénaff et
// al., 2020): that of a batch ties patches together.
func (CPC) Preset() Preset {
	return Preset{Batch: 32, LR: 1e-3, Decay: 1e-4, Views: augment.Spec{First: augment.Pipeline{augment.Identity{}}}, ImageEncoder: imageenc.ResNet18{Norm: "layer"}}
}

// New declares the predictors and the loss.
func (m CPC) New(s Setup) (Objective, error) {
	net, ok := s.Net.(*pieceNet)
	if !ok {
		return nil, fmt.Errorf("cpc works on the network that it declares itself")
	}
	if _, causal := net.inner.(encoders.Causal); causal && !net.flat && (m.Patch != 0 || m.Overlap != 0) {
		return nil, errors.New("cpc cuts no patches for strided and audio, whose steps are the pieces of a window; leave patch and overlap out, or take another encoder")
	}
	o := &cpcLoss{net: net, batchStats: hasBatchStats(s.Weights), negatives: cpc.Negatives{Kind: m.Negatives, Count: m.Count}}
	if net.flat && m.Negatives == "" && m.Count == 0 {
		o.negatives.Kind = "all"
	}
	if err := o.negatives.Check(); err != nil {
		return nil, err
	}
	f, err := m.Predictor(s)
	if err != nil {
		return nil, err
	}
	rows, cols, _ := net.shown(s.shape())
	o.predictors, o.pairs, o.pieces = f.predictors, f.pairs, rows*cols
	return o, nil
}

// Predictor declares the predictors, which a model keeps.
func (m CPC) Predictor(s Setup) (*Predictor, error) {
	net, ok := s.Net.(*pieceNet)
	if !ok {
		return nil, fmt.Errorf("cpc works on the network that it declares itself")
	}
	rows, cols, first := net.shown(s.shape())
	horizons := m.Horizons
	if horizons == 0 {
		if horizons = 5; !net.flat {
			horizons = min(12, max(1, rows/3))
		}
	}
	if horizons < 1 || horizons > 1<<10 {
		return nil, fmt.Errorf("cpc predicts %d steps, want 1 to %d", horizons, 1<<10)
	}
	target, err := m.target(net.flat)
	if err != nil {
		return nil, err
	}
	f := &Predictor{net: net, first: first}
	for i, d := range net.directions() {
		_, r, c := d.Order(rows, cols)
		pairs := cpc.Grid(r, c, first, horizons)
		if len(pairs) == 0 {
			return nil, tooFewPieces(s, rows, cols, first)
		}
		f.pairs = append(f.pairs, pairs)
		if i == 0 || !m.Shared {
			w := s.Weights.Scope("predictors")
			if i > 0 {
				w = w.Scope(fmt.Sprintf("direction%d", i))
			}
			n := max(len(pairs), m.longest(rows, cols, first, horizons))
			if target == (cpc.Target{Scale: 1}) {
				f.predictors = append(f.predictors, cpc.NewPredictors(w, net.contextDim(), net.inner.Dim(), n))
			} else {
				f.predictors = append(f.predictors, cpc.NewTargetPredictors(w, net.contextDim(), net.inner.Dim(), n, target))
			}
		}
	}
	return f, nil
}

// target is what is predicted: of images that of Hénaff et al. (2020), of windows the encodings.
func (m CPC) target(flat bool) (cpc.Target, error) {
	t := cpc.Target{Dim: m.Target, Scale: float32(m.Scale)}
	if !(m.Scale >= 0) || m.Scale > 1e6 || m.Target > 1<<13 {
		return t, fmt.Errorf("cpc's target has %d numbers and its predictions are multiplied by %g, want at most %d, and above 0", m.Target, m.Scale, 1<<13)
	}
	if t.Dim == 0 && flat {
		t.Dim = 64
	}
	t.Dim = max(0, t.Dim)
	if t.Scale == 0 {
		if t.Scale = 1; flat {
			t.Scale = 0.1
		}
	}
	return t, nil
}

// longest is how many distances shared predictors have to serve, or 0.
func (m CPC) longest(rows, cols, first, horizons int) int {
	if !m.Shared {
		return 0
	}
	return min(horizons, max(rows, cols)-first)
}

func tooFewPieces(s Setup, rows, cols, first int) error {
	if s.Height > 0 {
		return fmt.Errorf("cpc cuts an image of %d x %d pixels into %d x %d patches, and the first prediction is %d rows away; use larger images or a smaller patch",
			s.Height, s.Width, rows, cols, first)
	}
	return fmt.Errorf("cpc cuts a window of %d time stamps into %d pieces, and the first prediction is %d ahead; use longer windows, a smaller patch, or an encoder with a smaller stride",
		s.Length, rows, first)
}

type cpcLoss struct {
	net        *pieceNet
	predictors []*cpc.Predictors // by direction, or one for all
	negatives  cpc.Negatives
	pairs      [][]cpc.Pairs // by direction
	pieces     int
	batchStats bool
}

func (o *cpcLoss) Build(b Batch) Loss {
	x := b.Views[0]
	z, rows, cols := o.net.shownPieces(x)
	read := o.net.read(z, rows, cols)
	var draws []func(rng *rand.Rand)
	loss := Loss{}
	accuracy := map[int][]*nn.Node{}
	for i, r := range read {
		res := o.predictors[min(i, len(o.predictors)-1)].Loss(r.z, r.c, o.pairs[i], o.negatives)
		loss.Value = plus(loss.Value, res.Value)
		draws = append(draws, res.Draw)
		for k, a := range res.Accuracy {
			accuracy[k] = append(accuracy[k], a)
		}
	}
	loss.Value = nn.Scale(loss.Value, 1/float32(len(read)))
	loss.Before = func(s Step) {
		for _, draw := range draws {
			draw(s.RNG)
		}
	}
	h := nn.StopGradient(o.net.feature(z, read))
	loss.Embeddings = unitViews([]*nn.Node{o.net.centred(h)})
	loss.Keep = []*nn.Node{nn.MeanFirst(h)}
	loss.After = func(_ Step, kept [][]float32) { o.net.follow(kept[0]) }
	for k := range len(accuracy) {
		loss.Measures = append(loss.Measures, Measure{accuracyName(k), meanOf(accuracy[k])})
	}
	return loss
}

func accuracyName(k int) string { return fmt.Sprintf("accuracy_%02d", k+1) }

// Uniform is the mean over directions and horizons of the logarithm of the number of candidates.
func (o *cpcLoss) Uniform(n int) float64 {
	var sum float64
	for _, p := range o.pairs {
		sum += o.negatives.Uniform(p, n, o.pieces) / float64(len(o.pairs))
	}
	return sum
}

// Diagnose warns of statistics by which a piece may be found without being predicted, and of pieces that are all found.
func (o *cpcLoss) Diagnose(measures map[string]float64) []string {
	var out []string
	if o.batchStats {
		out = append(out, "the encoder's batch normalisation ties the pieces of a sample together, by which a piece may be found without being predicted; use norm layer or group in the encoder")
	}
	near, far := measures[accuracyName(0)], measures[accuracyName(len(o.pairs[0])-1)]
	if len(o.pairs[0]) > 1 && near > 0.99 && far > 0.99 {
		out = append(out, "every horizon is predicted without fault; use more negatives, more horizons or larger samples to learn more")
	}
	return out
}
