package detect

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/wavekin/wavekin/cpc"
	"github.com/wavekin/wavekin/internal/kernel"
	"github.com/wavekin/wavekin/internal/random"
	"github.com/wavekin/wavekin/knn"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/series"
)

// Kind says what a score is.
type Kind string

const (
	// Distance is how far an encoding is from the nearest normal ones. It is the zero value.
	Distance Kind = ""
	// Prediction is how badly a model with predictors predicted the newest step of a window: -log of the probability that it gives the
	// step among [Config].Negatives normal ones, the term of its loss ([cpc.Surprise]), as a mean over the horizons of the model.
	// The encoder is a [model.Model] with predictors, or offers a Predictor as one does.
	//
	// A window ends with the step that its score is of; the score uses what the window holds before, and nothing later. The normal
	// steps are the last ones of normal windows, drawn once, when the detector is fitted; a score depends on nothing else.
	Prediction Kind = "prediction"
)

// ParseKind reads "distance" or "prediction"; "" is Distance.
func ParseKind(name string) (Kind, error) {
	switch name {
	case "", "distance":
		return Distance, nil
	case string(Prediction):
		return Prediction, nil
	}
	return "", fmt.Errorf("score %q, want distance or prediction", name)
}

// defaultNegatives is as many as the method trains with.
const defaultNegatives = 128

// mostNegatives bounds what a score is computed from.
const mostNegatives = 1 << 16

// predicting is an encoder that shares a model with predictors.
type predicting interface {
	Predictor() (*model.Predictor, error)
}

// predictorOf is what an encoder predicts.
func predictorOf(by Encoder) (*model.Predictor, error) {
	f, ok := by.(predicting)
	if !ok {
		return nil, fmt.Errorf("%w; scores of predictions take a model of method cpc", model.ErrNoPredictors)
	}
	return f.Predictor()
}

// checkScore reports settings of the score out of range.
func (c Config) checkScore() error {
	if _, err := ParseKind(string(c.Score)); err != nil {
		return err
	}
	switch {
	case c.Negatives < 0 || c.Negatives > mostNegatives:
		return fmt.Errorf("%d negatives, want 1 to %d, or 0 for %d", c.Negatives, mostNegatives, defaultNegatives)
	case c.Score == Prediction && (c.Coreset != 0 || c.Approximate || c.Metric != knn.Euclidean):
		return errors.New("predictions are told from a sample of normal steps; a core-set, an approximate search and a metric belong to distances")
	}
	return nil
}

// predicting is resolve for predictions.
func (c Config) predicting(e Encoder) (Config, error) {
	f, ok := e.(*model.Predictor)
	if !ok {
		return c, model.ErrNoPredictors
	}
	if c.Window == 0 {
		c.Window = f.Window()
	}
	if c.Window != f.Window() {
		return c, fmt.Errorf("windows of %d time stamps; predictions are made in windows of %d, as in training", c.Window, f.Window())
	}
	if c.Align == "" {
		c.Align = End
	}
	if c.Stride == 0 {
		if c.Stride = f.Hop(); c.Align == End {
			c.Stride = 1
		}
	}
	if c.Negatives == 0 {
		c.Negatives = defaultNegatives
	}
	c.K, c.Metric = defaultK, knn.Euclidean // of no use here
	return c, c.check()
}

// spread makes scores of time stamps from those of windows: with Prediction, from those of their last steps.
func (d *Detector) spread() spread {
	s := spread{end: d.config.Align == End}
	if d.predictor != nil {
		s.last = d.predictor.Shown()
	}
	return s
}

// width is the length of the rows that the encoder makes.
func (d *Detector) width() int {
	if d.predictor != nil {
		return d.predictor.Dim() * (1 + d.predictor.Horizons())
	}
	return d.index.Dim()
}

// horizons is how many errors of prediction there are.
func (d *Detector) horizons() int {
	if d.predictor == nil {
		return 0
	}
	return d.predictor.Horizons()
}

// surprises are the errors of prediction of rows among negatives, without those in the range that except gives for each; NaN where
// that leaves none.
func (d *Detector) surprises(rows, negatives []float32, except func(i int) (lo, hi int)) []found {
	dim, width := d.predictor.Dim(), d.width()
	out := make([]found, len(rows)/width)
	kernel.Parallel(len(out), 4, func(from, to int) {
		for i := from; i < to; i++ {
			lo, hi := 0, 0
			if except != nil {
				lo, hi = except(i)
			}
			z, guesses := rows[i*width:i*width+dim], rows[i*width+dim:(i+1)*width]
			one := found{nearest: -1, each: make([]float64, len(guesses)/dim)}
			for k := range one.each {
				one.each[k] = cpc.Surprise(guesses[k*dim:(k+1)*dim], z, negatives, lo, hi)
				one.score += one.each[k] / float64(len(one.each))
			}
			out[i] = one
		}
	})
	return out
}

// fitPredictions learns what is normal for predictions. The normal series stay in memory while it does: they are read three times, for
// where their windows are, for the chosen ones, and for the scores. As with a core-set, each of four stretches of the normal windows
// is scored by negatives chosen without it.
func (d *Detector) fitPredictions(ctx context.Context, normal series.Reader) error {
	all, err := readAll(normal)
	if err != nil {
		return err
	}
	d.by = placing{d.predictor}
	if err := d.gather(ctx, series.FromSlice(all), 0); err != nil {
		return err
	}
	d.by = d.predictor
	places := d.places
	chosen := make([][]int, coresetBlocks+1) // of the blocks, and of all
	for b := range chosen {
		from, to := 0, 0
		if lo, hi := d.block(b); hi > lo {
			from, _ = d.around(places[lo])
			_, to = d.around(places[hi-1])
		}
		chosen[b] = sample(d.config.Negatives, len(places), from, to, random.New(d.config.Seed, random.Negatives, b))
	}
	rows, err := d.steps(ctx, all, chosen)
	if err != nil {
		return err
	}
	scores, err := d.heldOut(ctx, all, chosen, rows)
	if err != nil {
		return err
	}
	if err := d.keepSteps(chosen[coresetBlocks], rows); err != nil {
		return err
	}
	if err := d.calibrate(places, scores); err != nil || !d.config.Rates {
		return err
	}
	d.rate(places, scores)
	return nil
}

// readAll reads all series, in the pieces in which they come.
func readAll(r series.Reader) (all []*series.Series, err error) {
	err = series.Each(r, func(s *series.Series) error {
		all = append(all, s)
		return nil
	})
	return all, err
}

// placing stands in for an encoder where only the places of windows count.
type placing struct{ *model.Predictor }

// Encode returns a number for each window.
func (placing) Encode(_ context.Context, windows []*series.Window) ([]float32, error) {
	return make([]float32, len(windows)), nil
}

// block is the stretch of the normal windows that is scored by the negatives of a number; empty for those of all.
func (d *Detector) block(b int) (lo, hi int) {
	if b == coresetBlocks {
		return 0, 0
	}
	return b * len(d.places) / coresetBlocks, (b + 1) * len(d.places) / coresetBlocks
}

// sample draws n numbers below of, none in [from, to), without putting back; fewer where there are not as many. They are in order.
func sample(n, of, from, to int, rng *rand.Rand) []int {
	left := of - (to - from)
	n = min(n, left)
	out := make([]int, 0, n)
	for i := range left { // Knuth, The Art of Computer Programming, 3.4.2, algorithm S
		if rng.IntN(left-i) >= n-len(out) {
			continue
		}
		if i >= from {
			out = append(out, i+to-from)
		} else {
			out = append(out, i)
		}
	}
	return out
}

// steps are the encodings of the last steps of the chosen windows, by their numbers.
func (d *Detector) steps(ctx context.Context, all []*series.Series, chosen [][]int) (map[int][]float32, error) {
	out := map[int][]float32{}
	for _, some := range chosen {
		for _, i := range some {
			out[i] = nil
		}
	}
	i, dim, width := 0, d.predictor.Dim(), d.width()
	for b, err := range model.Stream(ctx, placing{d.predictor}, series.FromSlice(all), d.streaming()) {
		var short *series.ShortError
		if errors.As(err, &short) {
			continue
		}
		if err != nil {
			return nil, err
		}
		var some []*series.Window
		var at []int
		for j, w := range b.Windows {
			if b.Rows[j] == nil {
				continue
			}
			if _, ok := out[i]; ok {
				some, at = append(some, w), append(at, i)
			}
			i++
		}
		rows, err := d.predictor.Encode(ctx, some)
		if err != nil {
			return nil, err
		}
		for j, i := range at {
			out[i] = slices.Clone(rows[j*width : j*width+dim])
		}
	}
	return out, nil
}

// heldOut scores the normal windows, each by negatives that were chosen without what lies around it.
func (d *Detector) heldOut(ctx context.Context, all []*series.Series, chosen [][]int, rows map[int][]float32) ([]float64, error) {
	scores := make([]float64, 0, len(d.places))
	negatives := make([][]float32, coresetBlocks)
	for b := range negatives {
		negatives[b] = d.rowsOf(chosen[b], rows)
	}
	at := 0
	for b, err := range model.Stream(ctx, d.predictor, series.FromSlice(all), d.streaming()) {
		var short *series.ShortError
		if errors.As(err, &short) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, row := range b.Rows {
			if row == nil {
				continue
			}
			for _, hi := d.block(at); len(scores) >= hi; _, hi = d.block(at) {
				at++
			}
			scores = append(scores, d.surprises(row, negatives[at], nil)[0].score)
		}
	}
	return scores, nil
}

// rowsOf puts encodings one after the other.
func (d *Detector) rowsOf(chosen []int, rows map[int][]float32) []float32 {
	out := make([]float32, 0, len(chosen)*d.predictor.Dim())
	for _, i := range chosen {
		out = append(out, rows[i]...)
	}
	return out
}

// keepSteps makes the chosen windows what new ones are compared with.
func (d *Detector) keepSteps(chosen []int, rows map[int][]float32) error {
	places, times := make([]place, 0, len(chosen)), []int64(nil)
	for _, i := range chosen {
		places = append(places, d.places[i])
		if len(d.times) > 0 {
			times = append(times, d.times[i])
		}
	}
	d.places, d.times, d.rows = places, times, d.rowsOf(chosen, rows)
	var err error
	d.index, err = knn.New(d.rows, d.predictor.Dim(), d.config.Metric)
	return err
}

// meansOf are the scores of a window, and of it without each of n channels: 0 without the only one; nil where there is none.
func meansOf(all []found, n int) []float64 {
	if math.IsNaN(all[0].score) {
		return nil
	}
	out := make([]float64, 1+n)
	for i, f := range all {
		out[i] = f.score
	}
	return out
}
