package train

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/wavekin/wavekin/augment"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/series"
)

// drowned are oscillations of two speeds, the classes, on a random level, which dominates the encodings of an untrained
// encoder. Views change the level, so that training makes the encoder ignore it.
func drowned(n int, seed uint64) Series {
	rng := rand.New(rand.NewPCG(seed, 9))
	var out Series
	for i := range n {
		v := make([]float64, 48)
		level, phase := 1.2*rng.NormFloat64(), 2*math.Pi*rng.Float64()
		speed, size := []float64{0.4, 1.1}[i%2]*(0.85+0.3*rng.Float64()), 0.75+0.5*rng.Float64()
		for t := range v {
			v[t] = level + size*math.Sin(float64(t)*speed+phase) + 0.1*rng.NormFloat64()
		}
		out = append(out, &series.Series{ID: fmt.Sprint(i), Label: []string{"slow", "fast"}[i%2], Values: [][]float64{v}})
	}
	return out
}

// nearest is the share of test series whose nearest training series, by the cosine of their encodings, is of their class.
func nearest(t *testing.T, m *model.Model, train, test Series) float64 {
	t.Helper()
	codes := func(all Series) (rows [][]float32) {
		var ws []*series.Window
		for _, s := range all {
			ws = append(ws, s.Whole(s.Len()))
		}
		h, err := m.Encode(context.Background(), ws)
		if err != nil {
			t.Fatal(err)
		}
		for i := range all {
			rows = append(rows, h[i*m.Dim():(i+1)*m.Dim()])
		}
		return rows
	}
	right, references := 0, codes(train)
	for i, a := range codes(test) {
		best, at := math.Inf(-1), 0
		for j, b := range references {
			var dot, square float64
			for k := range b {
				dot += float64(a[k]) * float64(b[k])
				square += float64(b[k]) * float64(b[k])
			}
			if cos := dot / math.Sqrt(square); cos > best {
				best, at = cos, j
			}
		}
		if train[at].Label == test[i].Label {
			right++
		}
	}
	return float64(right) / float64(len(test))
}

// gain is what training changes, beside the same network with the weights it begins with.
type gain struct {
	before, after float64 // share of right neighbours, the mean of the seeds
	worse         int     // seeds whose loss ends no lower than the untrained network's
	flat          int     // seeds whose embeddings have less than a quarter of the untrained network's spread: collapse
	losses        string
}

// gainOf trains a method with three seeds.
func gainOf(t *testing.T, m methods.Method, rate float64) (g gain) {
	t.Helper()
	const seeds = 3
	for seed := range uint64(seeds) {
		cfg := Config{Method: m, Encoder: encoders.Conv{Width: 8, Depth: 2, Out: 16}, Steps: 100, Batch: 16, Seed: seed, LR: rate,
			Views: augment.MustParse("shift(1.5)|jitter(0.1)")}
		all, others := drowned(48, 2*seed), drowned(80, 2*seed+1)
		trained, sum, err := Pretrain(context.Background(), all, cfg)
		if err != nil {
			t.Fatal(err)
		}
		// The twin takes steps too small to move a weight: its running statistics settle, and its losses are of the same views.
		cfg.LR, cfg.Decay, cfg.Steps = 1e-12, -1, 15
		twin, still, err := Pretrain(context.Background(), all, cfg)
		if err != nil {
			t.Fatal(err)
		}
		var begin float64
		for _, l := range still.Losses {
			begin += l / float64(len(still.Losses))
		}
		g.before += nearest(t, twin, all, others) / seeds
		g.after += nearest(t, trained, all, others) / seeds
		if !(sum.Loss < begin) {
			g.worse++
		}
		if !(sum.Std > still.Std/4) {
			g.flat++
		}
		g.losses += fmt.Sprintf(" %.3f to %.3f", begin, sum.Loss)
	}
	return g
}

// learns is what every method must do: for each seed the loss falls below that of the untrained twin without a collapse, and
// neighbours make at most 0.65 of its mistakes (most twins are wrong for 0.38 of the series, and most methods end at 0.1; chance is 0.5).
func (g gain) learns() bool { return g.worse == 0 && g.flat == 0 && 1-g.after <= 0.65*(1-g.before) }

func (g gain) String() string {
	return fmt.Sprintf("neighbours right: %.2f untrained, %.2f trained; %d seeds collapse; losses%s", g.before, g.after, g.flat, g.losses)
}

// small are settings that fit a short run: narrow heads, teachers that follow quickly, a predictor that keeps up with them
// (configs/short), statistics of the batch where two classes would be two points, for CPC negatives of the same
// window, which the level does not tell apart, and for DINO crops that show a wave: a short one of usual size is of a few of the 48 time stamps.
// With those DINO ended at 0.78 of 0.76 wanted; with these at 0.87, and at 0.80 to 0.85 with a rate of 0.01 or two short crops.
var small = map[string]string{
	"barlow-twins": `{"hidden":64,"out":32}`, "byol": `{"hidden":64,"out":32,"momentum":0.5,"predictor_rate":10}`,
	"cpc": `{"negatives":"within","context":{"width":16,"depth":1},"feature":"context","pool":"last"}`, "deepcluster": `{"clusters":4,"top_rate":10,"norm":"batch","reassign":-1}`,
	"dcl": `{"hidden":32,"out":16}`, "deepcluster-v2": `{"hidden":64,"out":32}`, "dino": `{"hidden":64,"outputs":16,"bottleneck":16,"momentum":0.9,"norm":"batch","short":4,"long_crop":[0.7,1],"short_crop":[0.3,0.6]}`,
	"moco-v2": `{"temperature":0.1}`, "moco-v3": `{"hidden":64,"out":32,"momentum":0.9}`, "nnclr": `{"hidden":64,"out":32,"predictor":64,"queue":48}`, "simclr-v2": `{"hidden":32,"out":16}`,
	"supcon":  `{"hidden":256,"norm":"batch"}`,
	"simsiam": `{"hidden":64,"out":64,"bottleneck":16,"falling_predictor":true}`, "swav": `{"hidden":32,"out":16,"prototypes":6,"temperature":0.2}`, "vibcreg": `{"hidden":64,"out":32}`, "vicreg": `{"hidden":64,"out":32}`,
}

// learnRates are for methods whose loss jumps at 0.02, which suits most on so small a network.
var learnRates = map[string]float64{"deepcluster": 0.01, "deepcluster-v2": 0.01, "dino": 0.015, "invaspread": 0.006, "moco-v1": 0.03, "simsiam": 0.006, "swav": 0.01}

// TestEveryMethodLearns holds every method of the catalogue to a gain over the untrained network.
func TestEveryMethodLearns(t *testing.T) {
	for _, name := range methods.Names() {
		t.Run(name, func(t *testing.T) {
			m, err := methods.ByName(name, []byte(small[name]))
			if err != nil {
				t.Fatal(err)
			}
			rate := learnRates[name]
			if rate == 0 {
				rate = 0.02
			}
			g := gainOf(t, m, rate)
			t.Log(g)
			if !g.learns() {
				t.Error(g)
			}
		})
	}
}

// unmoved is a method that trains its heads only.
type unmoved struct{ methods.Method }

func (m unmoved) New(s methods.Setup) (methods.Objective, error) {
	o, err := m.Method.New(s)
	return unmovedObjective{o}, err
}

type unmovedObjective struct{ methods.Objective }

func (unmovedObjective) Groups() []methods.Group {
	return []methods.Group{{Prefix: "encoder.", Rate: -1}}
}

// TestBrokenMethodsDoNotLearn: the demands of [TestEveryMethodLearns] tell sound methods from broken ones. A teacher that never
// follows is not among them: a network learns from one as well (Grill et al., 2020, table 5); tests of each method follow its teacher.
func TestBrokenMethodsDoNotLearn(t *testing.T) {
	for name, m := range map[string]methods.Method{
		"byol without stop-gradient and predictor":       methods.BYOL{Hidden: 64, Out: 32, Momentum: 0.5, NoStopGradient: true, NoPredictor: true},
		"moco-v2 whose teacher is a copy of the network": methods.MoCoV2{MoCo: methods.MoCo{Momentum: 0.5, Temperature: 0.07}},
		"dino without centring":                          methods.DINO{Hidden: 64, Outputs: 32, Bottleneck: 16, Momentum: 0.9, Norm: "batch", NoCentre: true},
		"simclr whose encoder stays as it is":            unmoved{methods.SimCLR{}},
		"tnc whose encoder stays as it is":               unmoved{methods.TNC{}},
		"t-loss without negatives":                       methods.TLoss{Penalty: 1e-9},
	} {
		t.Run(name, func(t *testing.T) {
			g := gainOf(t, m, 0.02)
			t.Log(g)
			if g.learns() {
				t.Error(g)
			}
		})
	}
}
