package train

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/nn"
)

// watch holds the collapse instruments of a run.
type watch struct {
	std, rank, alignment, uniformity float64
	dim                              int
	mean                             []float64
	sums                             measured
	latest                           map[string]float64 // the means when sums was last emptied
	told                             []string           // the gist of what was said while training
}

// measured adds up what a method measures, until the next look. A checkpoint holds it.
type measured struct {
	Names  []string  `json:"names,omitempty"`
	Sums   []float64 `json:"sums,omitempty"`
	Counts []int     `json:"counts,omitempty"`
}

// see measures the unit embeddings z [V·n, D] of a step with n samples; the costly instruments only if full.
func (w *watch) see(z []float32, shape []int, samples int, full bool) {
	n, d := shape[0], shape[1]
	w.dim = d
	if len(w.mean) != d {
		w.mean = make([]float64, d)
	}
	mean := w.mean
	clear(mean)
	for i, v := range z {
		mean[i%d] += float64(v) / float64(n)
	}
	w.std = 0
	for j := range d {
		var sq float64
		for i := range n {
			e := float64(z[i*d+j]) - mean[j]
			sq += e * e
		}
		w.std += math.Sqrt(sq/float64(n)) / float64(d)
	}
	if full {
		w.rank = participation(z, mean, n, d)
		w.alignment, w.uniformity = alignUniform(z, n, d, samples)
	}
}

// participation is (Σλ)²/Σλ² of the covariance, from the n x n Gram matrix, which has the same eigenvalues.
func participation(z []float32, mean []float64, n, d int) float64 {
	c := make([]float64, n*d)
	for i, v := range z {
		c[i] = float64(v) - mean[i%d]
	}
	var trace, square float64
	for i := range n {
		for j := range i + 1 {
			var dot float64
			for k := range d {
				dot += c[i*d+k] * c[j*d+k]
			}
			if i == j {
				trace += dot
				square += dot * dot
			} else {
				square += 2 * dot * dot
			}
		}
	}
	if square == 0 {
		return 0
	}
	return trace * trace / square
}

// measure adds a value to those of its name.
func (w *watch) measure(name string, v float64) {
	m := &w.sums
	i := slices.Index(m.Names, name)
	if i < 0 {
		i = len(m.Names)
		m.Names, m.Sums, m.Counts = append(m.Names, name), append(m.Sums, 0), append(m.Counts, 0)
	}
	m.Sums[i] += v
	m.Counts[i]++
}

// look takes the mean of each measure since the last look.
func (w *watch) look() {
	if len(w.sums.Names) == 0 {
		return
	}
	w.latest = make(map[string]float64, len(w.sums.Names))
	for i, n := range w.sums.Names {
		w.latest[n] = w.sums.Sums[i] / float64(w.sums.Counts[i])
	}
	w.sums = measured{}
}

// lookEvery is the number of steps between looks at a run of that many steps; the last step is one.
func lookEvery(total int) int { return max(25, total/10) }

// news says what looks wrong that was not said before. The first tenths of a run say little, and the end is for the summary.
func (t *trainer) news() []string {
	if t.step < 2*lookEvery(t.total) || t.step == t.total {
		return nil
	}
	var out []string
	for _, d := range t.summary().Diagnosis {
		if g := gist(d); d != healthy && !slices.Contains(t.watch.told, g) {
			t.watch.told = append(t.watch.told, g)
			out = append(out, d)
		}
	}
	return out
}

// gist is a text without its numbers, by which it is known again.
func gist(text string) string {
	words := slices.DeleteFunc(strings.Fields(text), func(w string) bool { return strings.ContainsAny(w, "0123456789") })
	return strings.Join(words, " ")
}

// alignUniform is the mean squared distance of the first two views of a sample, 0 with a single view, and
// log E exp(-2|.|²) over pairs of different rows.
func alignUniform(z []float32, n, d, samples int) (align, uniform float64) {
	dist := func(i, j int) float64 {
		var s float64
		for k := range d {
			e := float64(z[i*d+k]) - float64(z[j*d+k])
			s += e * e
		}
		return s
	}
	for i := range min(samples, n-samples) {
		align += dist(i, i+samples) / float64(samples)
	}
	pairs := 0
	for i := range n {
		for j := range i {
			uniform += math.Exp(-2 * dist(i, j))
			pairs++
		}
	}
	return align, math.Log(uniform / float64(max(1, pairs)))
}

// healthy is the diagnosis of a run in which nothing looks wrong.
const healthy = "healthy"

// diagnose says what looks wrong, and what to change.
func diagnose(s Summary, uniform float64, dim int) []string {
	if s.Steps == 0 {
		return []string{"no step was taken"}
	}
	var out []string
	usual := 1 / math.Sqrt(float64(max(1, dim)))
	if s.Std < 0.1*usual {
		out = append(out, fmt.Sprintf("the encodings have collapsed: their standard deviation is %.2g, healthy is about %.2g; use milder views, a lower learning rate or a larger batch", s.Std, usual))
	} else if s.EffectiveRank < 3 && dim > 8 {
		out = append(out, fmt.Sprintf("the encodings use few dimensions (%.1f of %d); use stronger or more varied views, or a lower temperature", s.EffectiveRank, dim))
	}
	if s.Steps >= 50 && s.Loss > 0.98*uniform && uniform > 0 {
		out = append(out, fmt.Sprintf("the loss is stuck at %.3f, and a network that tells nothing apart gets %.3f; raise the learning rate, or use views that keep more of the signal", s.Loss, uniform))
	}
	if len(out) == 0 {
		out = append(out, healthy)
	}
	return out
}

// segmented tells where a setting changes nothing because the encoder is not built for it.
func (t *trainer) segmented(g *nn.Graph) error {
	name := "recompute"
	if t.cfg.Chunk > 0 {
		name = "chunk"
	}
	if g.Err() != nil || g.Segments() > 0 || !t.cfg.Recompute && t.cfg.Chunk == 0 {
		return nil
	}
	return &SettingError{fmt.Errorf("%s has no effect on the encoder %s, which is not built of segments", name, t.cfg.Encoder.Name())}
}

// cut notes, once, what chunks change.
func (t *trainer) cut(g *nn.Graph) {
	cut := g.Chunks()
	if cut.Statistics {
		t.note(fmt.Sprintf("batch normalisation takes its statistics from chunks of %d samples, not from the whole batch; an encoder with norm=\"group\" has none", t.cfg.Chunk))
	}
	if cut.Rounded > 0 {
		t.note(fmt.Sprintf("in chunks of %d samples the gradients of %d of %d parameters are summed in another order than those of a whole batch, so that the last bits differ", t.cfg.Chunk, cut.Rounded, len(t.weights.Trainable())))
	}
}

// note tells of something with the next step, unless it was told before.
func (t *trainer) note(text string) {
	if g := gist(text); !slices.Contains(t.watch.told, g) {
		t.watch.told, t.notes = append(t.watch.told, g), append(t.notes, text)
	}
}

// summary tells how training went so far.
func (t *trainer) summary() Summary {
	s := Summary{Steps: t.step, Windows: len(t.data.at) - t.data.lost(), Parameters: t.weights.Count(), Std: t.watch.std,
		EffectiveRank: t.watch.rank, Alignment: t.watch.alignment, Uniformity: t.watch.uniformity, Losses: t.losses}
	if n := len(t.losses); n > 0 {
		s.FirstLoss = t.losses[0]
		tail := t.losses[n-max(1, n/10):]
		for _, l := range tail {
			s.Loss += l / float64(len(tail))
		}
	}
	s.Measures = t.watch.latest
	uniform := t.obj.Uniform(min(t.cfg.Batch, len(t.data.at)))
	s.Diagnosis = diagnose(s, uniform, t.watch.dim)
	if s.Steps > 0 {
		s.Diagnosis = t.beyond(s, uniform)
	}
	if d, ok := t.obj.(methods.Diagnoser); ok && s.Steps > 0 {
		if more := d.Diagnose(s.Measures); len(more) > 0 {
			s.Diagnosis = append(slices.DeleteFunc(s.Diagnosis, func(d string) bool { return d == healthy }), more...)
		}
	}
	return s
}
