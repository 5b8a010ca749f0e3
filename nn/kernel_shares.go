package nn

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/wavekin/wavekin/internal/kernel"
)

// tapGroups is how many groups of kernels have channels of their own at a dilation.
const tapGroups = 7

// KernelShares are the features of MiniRocket (Dempster et al., 2021): for 84 fixed kernels of nine taps, at each of several
// dilations, the share of the time stamps at which the response is above a bias. Nothing of it is trained. Dilations and
// biases are buffers that a graph marked by [Graph.FitTo] sets from its samples; before that the dilations are those of the
// length at hand and the biases 0.
//
// Of several channels, a group of twelve kernels looks at the sum of some at a dilation: from 1 to 9 of them, fewer being
// likelier, drawn when the layer is declared.
type KernelShares struct {
	channels, slots, planes int
	// dilations [slots] rise; several slots may share one, each with biases of its own.
	dilations *Param
	// biases are [planes, slots, 84].
	biases *Param
	// picks [slots, groups, up to 9] are the channels of a group, -1 where there are fewer; nil for a single channel.
	picks *Param
}

// NewKernelShares declares the layer for a number of channels. slots is how many features a kernel has on a plane: the
// values are one, and with differences those between neighbouring time stamps a second.
func NewKernelShares(w *Weights, name string, channels, slots int, differences bool) *KernelShares {
	w = w.Scope(name)
	l := &KernelShares{channels: channels, slots: slots, planes: 1}
	if differences {
		l.planes = 2
	}
	l.dilations = w.Buffer("dilations", 0, slots)
	l.biases = w.Buffer("biases", 0, l.planes, slots, kernel.TapKernels)
	if channels > 1 {
		most := min(channels, 9)
		l.picks = w.Frozen().Param("channels", drawChannels(channels, most), slots, tapGroups, most)
	}
	return l
}

// drawChannels draws for each row of most numbers 2^U(0, log2(most+1)) different channels (ibid., section 3.3, as the
// authors' program has it).
func drawChannels(channels, most int) Init {
	return func(data []float32, rng *rand.Rand) {
		for at := 0; at < len(data); at += most {
			row := data[at : at+most]
			n := min(most, int(math.Exp2(rng.Float64()*math.Log2(float64(most+1)))))
			for i := range row {
				row[i] = -1
				for i < n && (row[i] < 0 || slices.Contains(row[:i], row[i])) {
					row[i] = float32(rng.IntN(channels))
				}
			}
		}
	}
}

// Dim is the number of features.
func (l *KernelShares) Dim() int { return l.planes * l.slots * kernel.TapKernels }

// Apply maps x [N, C, T] to shares [N, Dim], from 0 to 1. No gradient passes.
func (l *KernelShares) Apply(x *Node) *Node {
	if !ok(x) {
		return bad(x)
	}
	if len(x.shape) != 3 || x.shape[1] != l.channels {
		return x.g.failf("kernel shares of %d channel(s) take [N, %d, T], got %v", l.channels, l.channels, x.shape)
	}
	n, t := x.shape[0], x.shape[2]
	return apply(&op{name: "kernelshares", shape: []int{n, l.Dim()}, about: l, forward: func(in [][]float32, out []float32) {
		if x.g.fit != nil {
			l.fit(in[0], n, t, x.g.fit)
		}
		runs := l.runs(t)
		kernel.Parallel(n, 1, func(lo, hi int) {
			s := tapScratches.Get().(*tapScratch)
			defer tapScratches.Put(s)
			for i := lo; i < hi; i++ {
				size := l.channels * t
				l.shares(s, in[0][i*size:(i+1)*size], t, runs, out[i*l.Dim():(i+1)*l.Dim()])
			}
		})
	}}, x)
}

// tapRun is a stretch of slots of one dilation.
type tapRun struct{ lo, hi, dilation, number int }

// runs are the stretches for series of t time stamps. What a damaged file may say of dilations is brought within bounds.
func (l *KernelShares) runs(t int) []tapRun {
	all := l.dilations.Data
	if !(all[0] >= 1) {
		all = spread(l.slots, t)
	}
	var out []tapRun
	for s, v := range all {
		d := 1
		if v >= 1 {
			d = int(min(v, float32(t)))
		}
		if k := len(out) - 1; k >= 0 && out[k].dilation == d {
			out[k].hi = s + 1
		} else {
			out = append(out, tapRun{s, s + 1, d, len(out)})
		}
	}
	return out
}

// spread are the dilations of n slots: exponentially from 1 to the largest at which nine taps fit into t time stamps.
func spread(n, t int) []float32 {
	out := make([]float32, n)
	top := math.Log2(max(1, float64(t-1)/8))
	for i := range out {
		out[i] = float32(math.Floor(math.Exp2(top*float64(i)/float64(max(1, n-1))) + 1e-6))
	}
	return out
}

// inner tells which responses count only where all taps are within the series: every second kernel, in turn.
func (r tapRun) inner(k int) bool { return (r.number+k)%2 == 1 }
