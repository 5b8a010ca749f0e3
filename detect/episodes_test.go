package detect

import (
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"testing"

	"github.com/wavekin/wavekin/series"
)

func TestEpisodes(t *testing.T) {
	points := func(id string, start int, p ...float64) *Points {
		out := &Points{Series: id, Start: start, P: p}
		for i, v := range p {
			out.Score = append(out.Score, 1/v)
			out.Times = append(out.Times, int64(100+start+i))
		}
		return out
	}
	add := func(e *Episodes, p *Points, part, channel []int) {
		t.Helper()
		if err := e.Add(t.Context(), p, part, channel); err != nil {
			t.Fatal(err)
		}
	}
	for _, a := range []Episodes{{Level: 0.1, Join: 3}, {Threshold: 10, Join: 3}} {
		add(&a, points("a", 0, 1, 0.1, 1, 1, 0.05, 1, 1), []int{0, 1, 2, 3, 4, 5, 6}, make([]int, 7))
		add(&a, points("a", 7, 1, 0.02), nil, nil)
		add(&a, points("b", 0, 0.01), nil, nil)
		got, total, err := a.All(t.Context())
		want := []Episode{
			{Alarm: 3, Series: "b", Start: 0, End: 1, StartTime: 100, EndTime: 100, HasTimes: true, Peak: 0, PeakTime: 100, Score: 100, P: 0.01, Part: -1, Channel: -1},
			{Alarm: 2, Series: "a", Start: 8, End: 9, StartTime: 108, EndTime: 108, HasTimes: true, Peak: 8, PeakTime: 108, Score: 50, P: 0.02, Part: -1, Channel: -1},
			{Alarm: 1, Series: "a", Start: 1, End: 5, StartTime: 101, EndTime: 104, HasTimes: true, Peak: 4, PeakTime: 104, Score: 20, P: 0.05, Part: 4},
		}
		if err != nil || total != 3 || !reflect.DeepEqual(Ranked(got, 5), want) || got[0].Start != 1 {
			t.Errorf("%d episodes, %v:\n%+v\nwant\n%+v", total, err, got, want)
		}
	}
	a := Episodes{Level: 0.1, Most: 2}
	for i := range 100 {
		add(&a, points("a", 10*i, 0.001*float64(1+i)), nil, nil)
	}
	if got, total, err := a.All(t.Context()); err != nil || total != 100 || len(got) != 2 || got[0].Start != 0 || got[1].Start != 10 {
		t.Errorf("%d episodes: %+v, %v", total, got, err)
	}
}

// TestEpisodesOfAnAlarm: what begins while an alarm lasts is an episode of it, with its own peak, and an episode ends with its alarm. A
// series has its own alarms.
func TestEpisodesOfAnAlarm(t *testing.T) {
	score := make([]float64, 60)
	for at, v := range map[int]float64{5: 2, 7: 3, 20: 4, 23: 5, 24: 5, 25: 6, 26: 7, 50: 2} {
		score[at] = v
	}
	for _, cut := range []int{60, 24, 7, 1} {
		e := Episodes{Threshold: 2, Join: 4, Longest: 20}
		for _, id := range []string{"a", "b"} {
			for at := 0; at < len(score); at += cut {
				part := score[at:min(at+cut, len(score))]
				if err := e.Add(t.Context(), &Points{Series: id, Start: at, Score: part, P: part}, nil, nil); err != nil {
					t.Fatal(err)
				}
			}
		}
		all, total, err := e.All(t.Context())
		var got [][4]int
		for _, o := range all {
			got = append(got, [4]int{o.Alarm, o.Start, o.End, o.Peak})
		}
		want := [][4]int{{1, 5, 8, 7}, {1, 20, 25, 23}, {2, 25, 27, 26}, {3, 50, 51, 50}, {4, 5, 8, 7}, {4, 20, 25, 23}, {5, 25, 27, 26}, {6, 50, 51, 50}}
		if err != nil || total != 8 || e.Alarms() != 6 || !slices.Equal(got, want) {
			t.Errorf("in parts of %d: %d alarms, %v, want 6, %v; %v", cut, e.Alarms(), got, want, err)
		}
	}
}

// TestPeakOfLargeScores: a score so large that 1 less is the same number has its place, too.
func TestPeakOfLargeScores(t *testing.T) {
	e := Episodes{Level: 0.1, Join: 1}
	if err := e.Add(t.Context(), &Points{Series: "a", Score: []float64{1, 1 << 60, 5}, P: []float64{1, 0.01, 1}}, nil, nil); err != nil {
		t.Fatal(err)
	}
	got, _, err := e.All(t.Context())
	if err != nil || len(got) != 1 || got[0].Peak != 1 || got[0].P != 0.01 || got[0].Score != 1<<60 {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestManyEpisodes: memory grows with the number of episodes, not with its square.
func TestManyEpisodes(t *testing.T) {
	taken := func(n int) uint64 {
		p := &Points{Series: "a", Score: slices.Repeat([]float64{2, 1}, n), P: slices.Repeat([]float64{0.01, 1}, n)}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		e := Episodes{Level: 0.1, Join: 1}
		if err := e.Add(t.Context(), p, nil, nil); err != nil {
			t.Fatal(err)
		}
		if _, total, err := e.All(t.Context()); err != nil || total != n {
			t.Fatalf("%d episodes of %d, %v", total, n, err)
		}
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	// Twice as many take about twice as much; by the square it would be four times.
	if one, two := taken(2000), taken(4000); two > 3*one {
		t.Errorf("2000 episodes take %d bytes, 4000 take %d", one, two)
	}
}

// explained are the episodes of a stream of points that come n at a time.
func explained(t *testing.T, by Explainer, all *FusedPoints, n, most int) []Episode {
	t.Helper()
	e := Episodes{Level: 0.01, Join: 16, By: by, Most: most}
	for from := 0; from < len(all.Score); from += n {
		p := all.Cut(from, min(len(all.Score), from+n))
		if err := e.Add(t.Context(), &p.Points, p.Part, p.Channel); err != nil {
			t.Fatal(err)
		}
	}
	got, _, err := e.All(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// TestExplanations: the channel with a fault is the one that moves the score most, the nearest normal window is the one that looks
// the same, with its time, and neither depends on how the stream was cut. It holds for both kinds of detector.
func TestExplanations(t *testing.T) {
	r := rand.New(rand.NewPCG(24, 1))
	normal, today := noise(r, "normal", 2000), noise(r, "today", 1000)
	for _, s := range []*series.Series{normal, today} {
		s.Values = append(s.Values, noise(r, "", s.Len()).Values[0], noise(r, "", s.Len()).Values[0])
		s.Channels = nil
	}
	for i := range normal.Len() {
		normal.Times = append(normal.Times, -5e18+int64(i))
	}
	// A shape that occurs once in the normal readings, with a spike on top in channel 1.
	for c := range today.Values {
		for i := range 64 {
			normal.Values[c][700+i] += 3 * float64(i)
			today.Values[c][500+i] = normal.Values[c][700+i] + 0.01
		}
	}
	today.Values[1][530] += 600
	f := fitFused(t, FusedConfig{Window: 32, Parts: append(RawParts(32), Part{Name: "kernels", Look: Kernels, Window: 32, Weight: 1})}, normal)
	all := fusedPoints(t, f, series.FromSlice([]*series.Series{today}))
	all.Series, all.Values = "today", today.Values
	norm, err := series.FitNormalizer([]*series.Series{normal}, series.ModeTrain)
	if err != nil {
		t.Fatal(err)
	}
	d, err := Fit(t.Context(), Raw{Normalizer: norm}, series.FromSlice([]*series.Series{normal}), Config{Window: 32, Metric: 1})
	if err != nil {
		t.Fatal(err)
	}
	for name, by := range map[string]Explainer{"fused": f, "detector": d} {
		want := explained(t, by, all, 1000, 0)
		top := Ranked(want, 1)[0]
		if top.Start > 530 || top.End < 531 || len(top.Effects) == 0 || top.Effects[0].Channel != 1 || !(top.Effects[0].Drop > 0) {
			t.Errorf("%s: %+v", name, top)
		}
		if n := top.Nearest; n.Series != "normal" || n.Start < 690 || n.End > 770 || !n.HasTimes || n.StartTime != -5e18+int64(n.Start) {
			t.Errorf("%s: nearest is %+v of %+v", name, n, top)
		}
		for _, n := range []int{1, 7, 64, 333} {
			if got := explained(t, by, all, n, 0); !reflect.DeepEqual(got, want) {
				t.Errorf("%s, %d points at a time:\n%+v\nwant\n%+v", name, n, got, want)
			}
		}
		if got := explained(t, by, all, 64, 1); len(got) != 1 || !reflect.DeepEqual(got[0], top) {
			t.Errorf("%s, only the highest: %+v, want %+v", name, got, top)
		}
	}
}

// TestOneChannel: without its only channel a score has nothing.
func TestOneChannel(t *testing.T) {
	r := rand.New(rand.NewPCG(25, 1))
	normal, today := noise(r, "normal", 1000), noise(r, "today", 300)
	normal.Values, today.Values = normal.Values[:1], today.Values[:1]
	normal.Channels, today.Channels = nil, nil
	today.Values[0][150] += 100
	f := fitFused(t, FusedConfig{Window: 32}, normal)
	all := fusedPoints(t, f, series.FromSlice([]*series.Series{today}))
	all.Values = today.Values
	top := Ranked(explained(t, f, all, 300, 0), 1)[0]
	if len(top.Effects) != 1 || top.Effects[0].Channel != 0 || top.Effects[0].Drop < 1 || top.Nearest.HasTimes {
		t.Errorf("%+v", top)
	}
}
