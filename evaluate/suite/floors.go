package suite

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"

	"github.com/wavekin/wavekin/detect"
	"github.com/wavekin/wavekin/series"
	"gonum.org/v1/gonum/mat"
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

// subspace is Sub-PCA: the length of a window along the principal components of the normal windows, each divided by its
// deviation (Aggarwal, Outlier Analysis, 2017, section 3.3.1); a time stamp has the mean of the windows over it.
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
	z := mat.NewDense(len(rows)/width, width, rows)
	mean := make([]float64, width)
	for j := range mean {
		for i := range z.RawMatrix().Rows {
			mean[j] += z.At(i, j) / float64(z.RawMatrix().Rows)
		}
	}
	z.Apply(func(_, j int, v float64) float64 { return v - mean[j] }, z)
	product := mat.NewSymDense(width, nil)
	product.SymOuterK(1/float64(z.RawMatrix().Rows), z.T())
	var eigen mat.EigenSym
	if !eigen.Factorize(product, true) {
		return nil, nil
	}
	var axes mat.Dense
	eigen.VectorsTo(&axes)
	// A thousandth of the mean variance keeps components that hardly occur from deciding alone.
	least := 1e-3 * mat.Trace(product) / float64(width)
	values := eigen.Values(nil)
	axes.Apply(func(_, j int, v float64) float64 { return v / math.Sqrt(max(values[j], 0)+least) }, &axes)
	of := func(x []float64) []float64 { return alongAxes(x, mean, &axes) }
	return of(normal), of(x)
}

// alongAxes gives each time stamp the mean length of the windows over it along axes, an eighth of a window apart.
func alongAxes(x, mean []float64, axes *mat.Dense) []float64 {
	width := len(mean)
	out, count := make([]float64, len(x)), make([]float64, len(x))
	window := make([]float64, width)
	var along mat.VecDense
	for at := range (series.Cut{Length: width, Stride: max(1, width/8), Reach: true}).Starts(len(x)) {
		for i := range window {
			window[i] = x[at+i] - mean[i]
		}
		along.MulVec(axes.T(), mat.NewVecDense(width, window))
		length := mat.Norm(&along, 2)
		for i := at; i < at+width; i++ {
			out[i] += length
			count[i]++
		}
	}
	for i, n := range count {
		out[i] /= max(n, 1)
	}
	return out
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
