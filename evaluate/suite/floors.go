package suite

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"

	"github.com/wavekin/wavekin/detect"
	subspaces "github.com/wavekin/wavekin/internal/subspace"
	"github.com/wavekin/wavekin/series"
)

// Windows of the simple scores that a table of anomalies prints beside the others.
const (
	varianceWindow = 96
	subspaceWindow = 64
	// subspaceMost bounds the normal windows that a subspace is fitted to.
	subspaceMost = 2000
	// loudest is how many channels a simple score is the mean of: the highest.
	loudest = 3
)

// simple is a score of the time stamps of one channel, learnt from a normal channel: that of the normal channel itself, and
// that of the new one; nil where the normal one says nothing. Gaps are interpolated.
type simple func(normal, x []float64) (own, scores []float64)

var simples = map[string]simple{Variance: variances, Subspace: subspace}

// simply scores a series channel by channel. As in detect.Fused, each is calibrated by its normal scores, and the mean of the
// three highest counts.
func simply(by simple, normal, s *series.Series) []float64 {
	top := make([][]float64, s.Len())
	for c, v := range normal.Values {
		v, x := slices.Clone(v), slices.Clone(s.Values[c])
		series.FillGaps(v)
		series.FillGaps(x)
		own, scores := by(v, x)
		if len(own) == 0 {
			continue
		}
		slices.Sort(own)
		centre := own[(len(own)-1)/2]
		scale := own[int(0.99*float64(len(own)-1))] - 0.95*centre
		if !(scale > 0) {
			continue
		}
		for t, score := range scores {
			top[t] = append(top[t], math.Log1p(min(max((score-centre)/scale, 0), 100)))
		}
	}
	out := make([]float64, s.Len())
	for t, all := range top {
		slices.SortFunc(all, func(a, b float64) int { return cmp.Compare(b, a) })
		all = all[:min(len(all), loudest)]
		for _, v := range all {
			out[t] += v / float64(len(all))
		}
	}
	return out
}

// variances are those of the varianceWindow time stamps around each.
func variances(normal, x []float64) (own, scores []float64) {
	mean, std, _ := series.Stats(normal)
	if !(std > 0) {
		return nil, nil
	}
	around := func(x []float64) []float64 {
		sum, square := make([]float64, len(x)+1), make([]float64, len(x)+1)
		for i, v := range x {
			v = (v - mean) / std
			sum[i+1], square[i+1] = sum[i]+v, square[i]+v*v
		}
		out := make([]float64, len(x))
		for i := range out {
			from, to := max(0, i-varianceWindow/2), min(len(x), i+varianceWindow/2)
			n := float64(to - from)
			m := (sum[to] - sum[from]) / n
			out[i] = max(0, (square[to]-square[from])/n-m*m)
		}
		return out
	}
	return around(normal), around(x)
}

// subspace is Sub-PCA; a time stamp has the mean of the windows over it.
func subspace(normal, x []float64) (own, scores []float64) {
	width := min(subspaceWindow, len(normal)/3)
	if _, std, _ := series.Stats(normal); !(std > 0) || width < 4 {
		return nil, nil
	}
	stride := max(1, (len(normal)-width)/subspaceMost)
	var rows []float64
	for at := 0; at+width <= len(normal); at += stride {
		rows = append(rows, normal[at:at+width]...)
	}
	space := subspaces.Fit(rows, width)
	if space == nil {
		return nil, nil
	}
	along := make([]float64, 2*width)
	of := func(x []float64) []float64 {
		out := subspaces.Means(len(x), width, max(1, width/8), func(at int) float64 { return space.Length(x[at:at+width], along) })
		for i, v := range out {
			if math.IsNaN(v) {
				out[i] = 0 // shorter than a window
			}
		}
		return out
	}
	return of(normal), of(x)
}

// amplitudes are that part of a fused score alone; where no channel has an amplitude, all time stamps are alike.
func (d *detection) amplitudes(ctx context.Context) ([]float64, error) {
	only := slices.DeleteFunc(detect.RawParts(0), func(p detect.Part) bool { return p.Look != detect.Amplitude })
	f, err := detect.FitFused(ctx, []*series.Series{d.normal}, detect.FusedConfig{Parts: only})
	if errors.Is(err, detect.ErrTooFew) {
		return make([]float64, d.series.Len()), nil
	}
	if err != nil {
		return nil, err
	}
	return gather(scoresOf(f.Points(ctx, series.FromSlice([]*series.Series{d.series}))))
}
