package detect

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/internal/kernel"
	"github.com/wavekin/wavekin/internal/tensorfile"
	"github.com/wavekin/wavekin/series"
	"gonum.org/v1/gonum/mat"
)

func subspacePart(window int) Part {
	return Part{Name: "subspace", Look: Subspace, Window: window, Varied: true, Weight: 1}
}

// slowWindow is a window with its gaps interpolated, or nil where it has no value or a gap over more than half of it.
func slowWindow(x []float64) []float64 {
	w := &series.Window{End: len(x), Values: [][]float64{slices.Clone(x)}}
	if w.Measured() == 0 || w.LongestGap() > len(x)/2 {
		return nil
	}
	series.FillGaps(w.Values[0])
	return w.Values[0]
}

// slowLengths scores the time stamps of x: a window at a start is measured by the inverse of the covariance of the rows that rowsOf
// gives for it.
func slowLengths(t *testing.T, x []float64, window int, rowsOf func(at int) [][]float64) []float64 {
	t.Helper()
	sum, count := make([]float64, len(x)), make([]float64, len(x))
	for at := 0; at+window <= len(x); at++ {
		row := slowWindow(x[at : at+window])
		if at%(window/8) != 0 && at+window != len(x) || row == nil {
			continue
		}
		rows := rowsOf(at)
		mean, cov := make([]float64, window), mat.NewDense(window, window, nil)
		for _, r := range rows {
			for i, v := range r {
				mean[i] += v / float64(len(rows))
			}
		}
		for _, r := range rows {
			for i := range r {
				for j := range r {
					cov.Set(i, j, cov.At(i, j)+(r[i]-mean[i])*(r[j]-mean[j])/float64(len(rows)))
				}
			}
		}
		least := 1e-3 * mat.Trace(cov) / float64(window)
		d := mat.NewVecDense(window, nil)
		for i := range mean {
			cov.Set(i, i, cov.At(i, i)+least)
			d.SetVec(i, row[i]-mean[i])
		}
		var by mat.VecDense
		if err := by.SolveVec(cov, d); err != nil {
			t.Fatal(err)
		}
		for i := at; i < at+window; i++ {
			sum[i], count[i] = sum[i]+math.Sqrt(mat.Dot(d, &by)), count[i]+1
		}
	}
	for i := range sum {
		sum[i] /= count[i]
	}
	return sum
}

// slowRows are the windows of normal series, every so many of all, that leave gives true for.
func slowRows(normal []*series.Series, channel, window, every int, leave func(i, at, number int) bool) (rows [][]float64) {
	number := 0
	for i, s := range normal {
		for at := 0; at+window <= s.Len(); at++ {
			if number%every == 0 && leave(i, at, number) {
				if r := slowWindow(s.Values[channel][at : at+window]); r != nil {
					rows = append(rows, r)
				}
			}
			number++
		}
	}
	return rows
}

func gapped(s *series.Series, gaps ...[2]int) *series.Series {
	for _, g := range gaps {
		for _, v := range s.Values {
			for i := g[0]; i < g[1]; i++ {
				v[i] = series.Gap
			}
		}
	}
	return s
}

// closeLengths compares; components are kept in float32, of a ratio of at most 180 (the root of 32 times 1000).
func closeLengths(got, want []float64) bool {
	return slices.EqualFunc(got, want, func(a, b float64) bool { return same(a, b) || math.Abs(a-b) <= 1e-4*b })
}

// TestSubspaceIsMahalanobis compares scores of new series and of normal ones, of which a fifth and what overlaps it is left out, with
// distances by the inverse of a covariance.
func TestSubspaceIsMahalanobis(t *testing.T) {
	r := rand.New(rand.NewPCG(71, 1))
	const window = 16
	today := gapped(noise(r, "today", 107), [2]int{20, 23}, [2]int{60, 75})
	for name, c := range map[string]struct {
		most   int
		normal []*series.Series
	}{
		"one":             {2000, []*series.Series{noise(r, "a", 330)}},
		"every third one": {100, []*series.Series{noise(r, "a", 303)}},
		"gaps":            {2000, []*series.Series{gapped(noise(r, "a", 300), [2]int{0, 3}, [2]int{40, 45}, [2]int{100, 130})}},
		"several":         {150, []*series.Series{noise(r, "a", 150), noise(r, "short", 12), noise(r, "b", 91), noise(r, "c", 120)}},
	} {
		for _, s := range c.normal {
			for i := range s.Values[1] {
				s.Values[1][i] = 1e6 + 1e-2*s.Values[1][i]
			}
		}
		own := slices.Clone(c.normal)
		for k, s := range own {
			own[k] = &series.Series{Values: s.Values[1:]}
		}
		scored := &series.Series{Values: [][]float64{nil, slices.Clone(today.Values[0])}}
		for i := range scored.Values[1] {
			scored.Values[1][i] = 1e6 + 1e-2*scored.Values[1][i]
		}
		all, err := newComponents(subspacePart(window), own, c.most)
		if err != nil || all == nil {
			t.Fatal(all, err)
		}
		total := 0
		for _, s := range own {
			total += max(0, s.Len()-window+1)
		}
		every := 1
		for (total+every-1)/every > c.most {
			every++
		}
		everything := slowRows(own, 0, window, every, func(int, int, int) bool { return true })
		want := slowLengths(t, scored.Values[1], window, func(int) [][]float64 { return everything })
		if got := all.scores(scored.Values[1]); !closeLengths(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
		for _, share := range []float64{0, 0.1} {
			got := all.own(c.normal, 1, share)
			first := 0
			for i, s := range own {
				margin := int(share * float64(s.Len()))
				want := slowLengths(t, s.Values[0], window, func(at int) [][]float64 {
					fold := 0
					for total*(fold+1)/5 <= first+at {
						fold++
					}
					// A window is left out that has a time stamp in common with one of the fold, or lies within the margin of one.
					return slowRows(own, 0, window, every, func(j, from, _ int) bool {
						before := 0
						for _, s := range own[:j] {
							before += max(0, s.Len()-window+1)
						}
						m := int(share * float64(own[j].Len()))
						for number := total * fold / 5; number < total*(fold+1)/5; number++ {
							if at := number - before; at >= 0 && at+window <= own[j].Len() && from < at+window+m && at < from+window+m {
								return false
							}
						}
						return true
					})
				})
				if !closeLengths(got[i], want) {
					t.Errorf("%s, series %d, margin %d: %v, want %v", name, i, margin, got[i], want)
				}
				first += max(0, s.Len()-window+1)
			}
		}
	}
}

// TestSubspaceLeavesOut: what is in the normal readings once has the normal score of a thing never seen, and not that of a known one.
func TestSubspaceLeavesOut(t *testing.T) {
	r := rand.New(rand.NewPCG(72, 1))
	normal, odd := noise(r, "normal", 1000), []float64{9, -9, 9, -9, 9, -9, 9, -9}
	copy(normal.Values[0][500:], odd)
	f := fitFused(t, FusedConfig{Parts: []Part{subspacePart(16)}}, normal)
	c := f.branches[0].components
	known, own := c.scores(normal.Values[0])[504], c.own([]*series.Series{normal}, 0, 0)[0][504]
	if own < 3*known {
		t.Errorf("left out it has %g, else %g", own, known)
	}
}

// TestSubspaceSaysNothing: channels without a score leave it to the other parts, or to the other channels.
func TestSubspaceSaysNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(73, 1))
	one := func(id string, n int, value func(i int) float64) *series.Series {
		s := &series.Series{ID: id, Values: [][]float64{make([]float64, n)}}
		for i := range n {
			s.Values[0][i] = value(i)
		}
		return s
	}
	gauss := func(int) float64 { return r.NormFloat64() }
	today := one("today", 100, gauss)
	for name, c := range map[string]struct {
		normal []*series.Series
		varied bool
		says   bool
	}{
		"constant":                      {[]*series.Series{one("a", 400, func(int) float64 { return 3 })}, false, false},
		"gaps":                          {[]*series.Series{one("a", 400, func(int) float64 { return series.Gap })}, false, false},
		"few values":                    {[]*series.Series{one("a", 400, func(i int) float64 { return float64(i % fewValues) })}, true, false},
		"few values, not left out":      {[]*series.Series{one("a", 400, func(i int) float64 { return float64(i * i % fewValues) })}, false, true},
		"too short to leave out a part": {[]*series.Series{one("a", 25, gauss)}, true, false},
		"just long enough":              {[]*series.Series{one("a", 400, gauss)}, true, true},
		"short ones":                    {[]*series.Series{one("a", 30, gauss), one("b", 31, gauss), one("c", 29, gauss), one("d", 31, gauss), one("e", 30, gauss), one("f", 24, gauss)}, true, true},
		"far from 0, hardly varying":    {[]*series.Series{one("a", 400, func(int) float64 { return 1e9 + 1e-3*r.NormFloat64() })}, true, true},
		"very large":                    {[]*series.Series{one("a", 400, func(int) float64 { return 1e200 * r.NormFloat64() })}, true, true},
		"very small":                    {[]*series.Series{one("a", 400, func(int) float64 { return 1e-200 * r.NormFloat64() })}, true, true},
	} {
		part := subspacePart(32)
		part.Varied = c.varied
		level := Part{Name: "amplitude", Look: Amplitude, Window: 1, Weight: 1}
		f, err := FitFused(t.Context(), c.normal, FusedConfig{Parts: []Part{part, level}, Rates: true})
		if name == "constant" || name == "gaps" {
			if err == nil {
				t.Errorf("%s: a score of nothing", name)
			}
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if says := f.branches[0].components != nil; says != c.says {
			t.Errorf("%s: it has components: %v, want %v", name, says, c.says)
		}
		got := fusedPoints(t, f, series.FromSlice([]*series.Series{today})).Score
		if !c.says {
			alone := fitFused(t, FusedConfig{Parts: []Part{level}}, c.normal...)
			if want := fusedPoints(t, alone, series.FromSlice([]*series.Series{today})).Score; !slices.EqualFunc(got, want, same) {
				t.Errorf("%s: the scores are not those of the other part", name)
			}
		}
		for i, v := range got {
			if math.IsNaN(v) {
				t.Fatalf("%s: no score at %d", name, i)
			}
		}
	}
}

// TestSubspaceBits: neither threads nor chunks nor a file change a bit, of many channels; and values beyond all measure are unusual.
func TestSubspaceBits(t *testing.T) {
	defer kernel.SetThreads(kernel.Threads())
	r := rand.New(rand.NewPCG(74, 1))
	many := func(id string, n int) *series.Series {
		s := &series.Series{ID: id}
		for len(s.Values) < 40 {
			s.Values = append(s.Values, noise(r, id, n).Values...)
		}
		return s
	}
	normal, today := many("normal", 700), gapped(many("today", 900), [2]int{100, 104}, [2]int{300, 340})
	for _, s := range []*series.Series{normal, today} {
		for i := range s.Values[7] {
			s.Values[7][i] *= 1e-3
		}
	}
	today.Values[7][600], today.Values[7][601] = math.MaxFloat64, math.MaxFloat64 // more deviations than float64 holds
	var want *FusedPoints
	var f *Fused
	for _, threads := range []int{1, 3} {
		kernel.SetThreads(threads)
		f = fitFused(t, FusedConfig{Parts: []Part{subspacePart(32)}}, normal)
		f.Within(64)
		for _, chunk := range []int{1, 37, 900} {
			got := fusedPoints(t, f, &chunked{today, chunk, 0})
			if want == nil {
				want = got
			}
			if !slices.EqualFunc(got.Score, want.Score, same) || !slices.EqualFunc(got.P, want.P, same) || !slices.Equal(got.Channel, want.Channel) {
				t.Errorf("%d threads, chunks of %d: other scores", threads, chunk)
			}
		}
	}
	whole, err := f.score(t.Context(), today)
	if err != nil || !slices.EqualFunc(whole.Score, want.Score, same) {
		t.Errorf("the whole series has other scores (%v)", err)
	}
	if want.Channel[600] != 7 || want.Score[600] < math.Log1p(ceiling)/highest || !math.IsNaN(want.Score[320]) {
		t.Errorf("channel %d, score %g, in a gap %g", want.Channel[600], want.Score[600], want.Score[320])
	}
	path := filepath.Join(t.TempDir(), "normal.safetensors")
	if err := f.Save(path); err != nil {
		t.Fatal(err)
	}
	loaded, err := LoadFused(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := fusedPoints(t, loaded, series.FromSlice([]*series.Series{today})); !slices.EqualFunc(got.Score, want.Score, same) {
		t.Error("by the file scores are others")
	}
}

// TestSubspaceExplains: the channel whose values do not go together is named.
func TestSubspaceExplains(t *testing.T) {
	r := rand.New(rand.NewPCG(75, 1))
	normal, today := noise(r, "normal", 900), noise(r, "today", 200)
	copy(today.Values[1][100:108], []float64{2, -2, 2, -2, 2, -2, 2, -2})
	f := fitFused(t, FusedConfig{Parts: []Part{subspacePart(16)}}, normal)
	got, err := f.explain(t.Context(), today.Values, 104)
	if err != nil || len(got.Effects) == 0 || got.Effects[0].Channel != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	if at := fusedPoints(t, f, series.FromSlice([]*series.Series{today})); at.Channel[104] != 1 || at.Part[104] != 0 {
		t.Errorf("channel %d of part %d", at.Channel[104], at.Part[104])
	}
	if got, err = f.explain(t.Context(), [][]float64{{1, 2}, {3, 4}}, 1); err != nil || len(got.Effects) > 0 {
		t.Errorf("a stretch shorter than a window: %+v, %v", got, err)
	}
}

// TestSubspaceAllocatesNothing for a window: ten times the windows allocate as often.
func TestSubspaceAllocatesNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(76, 1))
	c, err := newComponents(subspacePart(32), []*series.Series{{Values: noise(r, "normal", 900).Values[:1]}}, 2000)
	if err != nil {
		t.Fatal(err)
	}
	times := func(n int) float64 {
		x := gapped(noise(r, "today", n), [2]int{10, 13}).Values[0]
		return testing.AllocsPerRun(3, func() { c.scores(x) })
	}
	if few, many := times(400), times(4000); many > few {
		t.Errorf("%g allocations for 400 time stamps, %g for 4000", few, many)
	}
}

// TestSubspaceFile: files of before are read, and sizes and numbers that are wrong are refused.
func TestSubspaceFile(t *testing.T) {
	r := rand.New(rand.NewPCG(77, 1))
	saved := func(parts ...Part) (map[string]string, []tensorfile.Tensor) {
		t.Helper()
		path := filepath.Join(t.TempDir(), "normal.safetensors")
		if err := fitFused(t, FusedConfig{Parts: parts}, noise(r, "normal", 300)).Save(path); err != nil {
			t.Fatal(err)
		}
		meta, ts, err := tensorfile.Read(path)
		if err != nil {
			t.Fatal(err)
		}
		return meta, ts
	}
	meta, ts := saved(RawParts(32)...)
	for _, format := range []string{"2", "4"} {
		meta["reference"] = format
		if _, err := decodeFused(meta, ts, nil); err != nil {
			t.Errorf("format %s: %v", format, err)
		}
	}
	meta, ts = saved(subspacePart(16))
	if _, err := decodeFused(meta, ts, nil); err != nil {
		t.Fatal(err)
	}
	tensor := func(name string, change func(x []float32) []float32) []tensorfile.Tensor {
		out := slices.Clone(ts)
		i := slices.IndexFunc(out, func(t tensorfile.Tensor) bool { return t.Name == name })
		out[i].Data = change(slices.Clone(out[i].Data))
		return out
	}
	settings := func(from, to string) map[string]string {
		out := maps.Clone(meta)
		if out["settings"] = strings.Replace(meta["settings"], from, to, 1); out["settings"] == meta["settings"] {
			t.Fatalf("no %s in %s", from, meta["settings"])
		}
		return out
	}
	shorter := func(x []float32) []float32 { return x[1:] }
	none := func(x []float32) []float32 { x[3] = float32(math.NaN()); return x }
	for name, c := range map[string]struct {
		meta map[string]string
		ts   []tensorfile.Tensor
	}{
		"a short mean": {meta, tensor("0.mean", shorter)}, "short components": {meta, tensor("1.axes", shorter)}, "no number": {meta, tensor("0.axes", none)}, "no mean": {meta, tensor("1.mean", none)},
		"windows that need 2 PB": {settings(`"window":16`, fmt.Sprintf(`"window":%d`, coarsest)), ts}, "another window": {settings(`"window":16`, `"window":8`), ts},
		"two channels of a normaliser": {settings(`"mean":[`, `"mean":[1,`), ts}, "normal windows": {settings(`"windows":false`, `"windows":true`), ts},
		"all channels": {settings(`"channel":0`, `"channel":-1`), ts},
	} {
		if _, err := decodeFused(c.meta, c.ts, nil); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}
