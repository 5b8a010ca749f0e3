package augment

import (
	"math"
	"slices"
	"testing"

	"github.com/wavekin/wavekin/series"
)

// made of a formula: channel c at time t.
func formula(channels, n int, f func(c int, t float64) float64) [][]float32 {
	x := make([][]float32, channels)
	for c := range x {
		x[c] = make([]float32, n)
		for t := range x[c] {
			x[c][t] = float32(f(c, float64(t)))
		}
	}
	return x
}

// ramp tells each value's channel and time: 1000·c + t.
func ramp(channels, n int) [][]float32 {
	return formula(channels, n, func(c int, t float64) float64 { return 1000*float64(c) + t })
}

func first(text string) Augmentation { return MustParse(text).First[0] }

// near holds every value of a stretch to a formula.
func near(t *testing.T, what string, got [][]float32, from, to int, tolerance float64, want func(c int, t float64) float64) {
	t.Helper()
	for c, v := range got {
		for i := from; i < to; i++ {
			if w := want(c, float64(i)); math.Abs(float64(v[i])-w) > tolerance {
				t.Fatalf("%s: channel %d, time %d: %g, want %g", what, c, i, v[i], w)
			}
		}
	}
}

// moments returns mean and standard deviation.
func moments(v []float64) (mean, std float64) {
	for _, u := range v {
		mean += u / float64(len(v))
	}
	for _, u := range v {
		std += (u - mean) * (u - mean) / float64(len(v))
	}
	return mean, math.Sqrt(std)
}

// TestPermutationMovesAllChannelsAlike: a known public implementation copies channel 0 into every channel.
func TestPermutationMovesAllChannelsAlike(t *testing.T) {
	moved := 0
	for seed := range uint64(50) {
		got := apply(first("permutation(5)"), ramp(3, 40), seed, nil)
		breaks := 0
		for i := range got[0] {
			if got[1][i] != got[0][i]+1000 || got[2][i] != got[0][i]+2000 {
				t.Fatalf("time %d holds %g, %g and %g: channels moved apart", i, got[0][i], got[1][i], got[2][i])
			}
			if i > 0 && got[0][i] != got[0][i-1]+1 {
				breaks++
			}
		}
		if breaks > 3 {
			t.Fatalf("%d breaks in at most 4 stretches", breaks)
		}
		if breaks > 0 {
			moved++
		}
		slices.Sort(got[0])
		if !same(got[:1], ramp(1, 40)) {
			t.Fatal("values were lost or doubled")
		}
	}
	if moved < 25 {
		t.Errorf("%d of 50 views have another order", moved)
	}
}

func TestNoiseLevelAndSize(t *testing.T) {
	const n, seeds = 400, 300
	x := formula(2, n, func(c int, t float64) float64 { return 1 + float64(c) })
	var noise, size, level []float64
	for seed := range uint64(seeds) {
		jitter := apply(first("jitter(0.3)"), x, seed, nil)
		scale := apply(first("scale(0.2)"), x, seed, nil)
		shift := apply(first("shift(0.5)"), x, seed, nil)
		if jitter[0][0]-1 == jitter[1][0]-2 {
			t.Fatal("jitter: the same noise in both channels")
		}
		for c := range x {
			noise = append(noise, float64(jitter[c][7])-1-float64(c))
			size = append(size, float64(scale[c][0])/(1+float64(c)))
			level = append(level, float64(shift[c][0])-1-float64(c))
			for i := range x[c] {
				if scale[c][i] != scale[c][0] || shift[c][i] != shift[c][0] {
					t.Fatal("scale or shift differ within a channel")
				}
			}
		}
	}
	for _, c := range []struct {
		name      string
		v         []float64
		mean, std float64
	}{{"jitter", noise, 0, 0.3}, {"scale", size, 1, 0.2}, {"shift", level, 0, 0.5}} {
		// 600 draws: the mean is off by std/√600, the deviation by 3 %; four times that is allowed.
		mean, std := moments(c.v)
		if math.Abs(mean-c.mean) > 4*c.std/math.Sqrt(600) || math.Abs(std/c.std-1) > 0.12 {
			t.Errorf("%s: mean %.3f and deviation %.3f, want %g and %g", c.name, mean, std, c.mean, c.std)
		}
	}
}

func TestTimeIsStretchedInAllChannelsAlike(t *testing.T) {
	const n = 101
	for _, text := range []string{"crop(0.5,0.5)", "slice(0.9)", "crop(0.3,1)", "window-warp(0.2)", "time-warp(0.3,4)"} {
		a := first(text)
		for seed := range uint64(40) {
			got := apply(a, ramp(2, n), seed, nil)
			for i := range n {
				if math.Abs(float64(got[1][i]-got[0][i]-1000)) > 1e-3 {
					t.Fatalf("%s: the channels are apart at time %d", text, i)
				}
				if i > 0 && got[0][i] < got[0][i-1] {
					t.Fatalf("%s: time runs backwards at %d", text, i)
				}
			}
			kept := float64(got[0][n-1]-got[0][0]) / (n - 1)
			switch text {
			case "crop(0.5,0.5)":
				if math.Abs(kept-0.5) > 1e-4 {
					t.Fatalf("%s keeps %g", text, kept)
				}
			case "slice(0.9)":
				if math.Abs(kept-0.9) > 1e-4 {
					t.Fatalf("%s keeps %g", text, kept)
				}
			case "crop(0.3,1)":
				if kept < 0.3 || kept > 1 {
					t.Fatalf("%s keeps %g", text, kept)
				}
			default:
				if got[0][0] != 0 || math.Abs(kept-1) > 1e-3 {
					t.Fatalf("%s: from %g to %g, want the ends to stay", text, got[0][0], got[0][n-1])
				}
			}
		}
	}
}

func TestMagnitudeWarpIsSmooth(t *testing.T) {
	x := formula(1, 200, func(int, float64) float64 { return 1 })
	var knots []float64
	for seed := range uint64(300) {
		got := apply(first("magnitude-warp(0.2,4)"), x, seed, nil)[0]
		knots = append(knots, float64(got[0]))
		for i := 1; i < len(got); i++ {
			if d := math.Abs(float64(got[i] - got[i-1])); d > 0.05 {
				t.Fatalf("a jump of %g at %d", d, i)
			}
		}
	}
	if mean, std := moments(knots); math.Abs(mean-1) > 0.05 || math.Abs(std-0.2) > 0.03 {
		t.Errorf("factors of mean %.3f and deviation %.3f, want 1 and 0.2", mean, std)
	}
}

func TestOrderSignAndChannels(t *testing.T) {
	x := ramp(3, 10)
	near(t, "flip", apply(first("flip(1)"), x, 1, nil), 0, 10, 0, func(c int, t float64) float64 { return 1000*float64(c) + 9 - t })
	near(t, "negate", apply(first("negate(1)"), x, 1, nil), 0, 10, 0, func(c int, t float64) float64 { return -1000*float64(c) - t })
	orders := map[[3]float32]bool{}
	for seed := range uint64(60) {
		got := apply(first("channel-shuffle"), x, seed, nil)
		orders[[3]float32{got[0][0], got[1][0], got[2][0]}] = true
		for _, v := range got {
			if v[9] != v[0]+9 {
				t.Fatal("channel-shuffle: channels are torn apart")
			}
		}
	}
	if len(orders) != 6 {
		t.Errorf("channel-shuffle: %d of 6 orders", len(orders))
	}
	y := wave(3, 3, 30, 0)
	for seed := range uint64(20) {
		got := apply(first("rotation(3)"), y, seed, nil)
		for i := range y[0] {
			var before, after float64
			for c := range y {
				before += float64(y[c][i]) * float64(y[c][i])
				after += float64(got[c][i]) * float64(got[c][i])
			}
			if math.Abs(before-after) > 1e-3*before {
				t.Fatalf("rotation: the vector's squared length goes from %g to %g", before, after)
			}
		}
	}
	counts := [2]int{}
	for seed := range uint64(400) {
		for i, text := range []string{"flip(0.25)", "maybe(0.25)|negate(1)"} {
			if !same(apply(first(text), x, seed, nil), x) {
				counts[i]++
			}
		}
	}
	for i, n := range counts { // 100 expected, deviation 9
		if n < 65 || n > 135 {
			t.Errorf("pipeline %d acts in %d of 400 views, want a quarter", i, n)
		}
	}
}

func TestMixupAndMasks(t *testing.T) {
	zeros, ones := formula(2, 200, func(int, float64) float64 { return 0 }), formula(2, 200, func(int, float64) float64 { return 1 })
	most := float32(0)
	for seed := range uint64(100) {
		got := apply(first("mixup(0.4)"), zeros, seed, ones)
		w := got[0][0]
		near(t, "mixup", got, 0, 200, 1e-6, func(int, float64) float64 { return float64(w) })
		if most = max(most, w); w < 0 || w > 0.4 {
			t.Fatalf("mixup: weight %g, want 0 to 0.4", w)
		}
	}
	if most < 0.3 {
		t.Errorf("mixup: the largest of 100 weights is %g", most)
	}
	hidden := 0
	for seed := range uint64(50) {
		got := apply(first("mask(0.3)"), ones, seed, nil)
		span := apply(first("mask-span(0.1,1)"), ones, seed, nil)
		from, to := slices.Index(span[0], 0), 200-1
		for span[0][to] != 0 {
			to--
		}
		if to-from+1 != 20 {
			t.Fatalf("mask-span: %d to %d, want 20 time stamps", from, to)
		}
		for i := range 200 {
			if got[0][i] != got[1][i] || span[0][i] != span[1][i] || (span[0][i] == 0) != (i >= from && i <= to) {
				t.Fatal("the channels are masked apart, or a span has holes")
			}
			if got[0][i] == 0 {
				hidden++
			}
		}
		whole := apply(first("mask-channel(0.9)"), ones, seed, nil)
		for _, v := range whole {
			near(t, "mask-channel", [][]float32{v}, 0, 200, 0, func(int, float64) float64 { return float64(v[0]) })
		}
		if whole[0][0] == 0 && whole[1][0] == 0 {
			t.Fatal("mask-channel: nothing is left")
		}
	}
	if share := float64(hidden) / (50 * 200); math.Abs(share-0.3) > 0.02 {
		t.Errorf("mask: %.3f hidden, want 0.3", share)
	}
}

// TestFrequencies uses a low (2 cycles) and a high (40 cycles) tone around a mean of 3.
func TestFrequencies(t *testing.T) {
	const n = 100
	tone := func(cycles, t float64) float64 { return math.Cos(2 * math.Pi * cycles * t / n) }
	x := formula(2, n, func(c int, t float64) float64 { return 3 + tone(2, t) + float64(c+1)*tone(40, t) })
	amplitude := func(v []float32, k int) float64 {
		f := series.RFFT(v)[k]
		return 2 * math.Hypot(real(f), imag(f)) / n
	}
	angle := func(v []float32, k int) float64 {
		f := series.RFFT(v)[k]
		return math.Atan2(imag(f), real(f))
	}
	removed, passed, stopped := 0, 0, 0
	for seed := range uint64(100) {
		low, high := apply(first("low-pass(0.3)"), x, seed, nil), apply(first("high-pass(0.5)"), x, seed, nil)
		for c := range x {
			if a := amplitude(low[c], 2); math.Abs(a-1) > 1e-3 {
				t.Fatalf("low-pass: the low tone is %g", a)
			}
			if a := amplitude(high[c], 40); math.Abs(a-float64(c+1)) > 1e-3 || amplitude(high[c], 0) > 1e-3 {
				t.Fatalf("high-pass: the high tone is %g, the mean %g", a, amplitude(high[c], 0))
			}
		}
		if (amplitude(low[0], 40) < 1e-3) != (amplitude(low[1], 40) < 1e-3) {
			t.Fatal("low-pass: the channels keep different frequencies")
		}
		if amplitude(low[0], 40) < 1e-3 {
			passed++
		}
		if amplitude(high[0], 2) < 1e-3 {
			stopped++
		}
		mask := apply(first("freq-mask(0.25)"), x, seed, nil)
		if (amplitude(mask[0], 40) < 1e-3) != (amplitude(mask[1], 40) < 1e-3) || math.Abs(amplitude(mask[0], 0)-6) > 1e-3 {
			t.Fatal("freq-mask: the channels keep different frequencies, or the mean moves")
		}
		if amplitude(mask[0], 40) < 1e-3 {
			removed++
		}
		phase := apply(first("phase-shift(1)"), x, seed, nil)
		turn := angle(phase[0], 2)
		for c := range x {
			if math.Abs(amplitude(phase[c], 2)-1) > 1e-3 || math.Abs(amplitude(phase[c], 40)-float64(c+1)) > 1e-3 {
				t.Fatal("phase-shift changes amplitudes")
			}
			if math.Abs(angle(phase[c], 2)-turn) > 1e-3 || math.Abs(angle(phase[c], 40)-turn) > 1e-3 || math.Abs(turn) > 1.001 {
				t.Fatalf("phase-shift: angles %g, %g and %g, want one of up to 1", turn, angle(phase[c], 2), angle(phase[c], 40))
			}
		}
		noisy := apply(first("freq-noise(0.2,0.1)"), x, seed, nil)
		for k := 1; k < n/2; k++ {
			if a := amplitude(noisy[0], k); k != 2 && k != 40 && a > 0.1001 {
				t.Fatalf("freq-noise: %g at frequency %d, want at most a tenth of the largest amplitude, 1", a, k)
			}
		}
	}
	if removed < 10 || removed > 40 {
		t.Errorf("freq-mask: the high tone is gone in %d of 100 views, want about 25", removed)
	}
	// 40 of 50 frequencies is 0.8: kept if U(0.3, 1) is above it.
	if passed < 55 || passed > 85 {
		t.Errorf("low-pass: the high tone is gone in %d of 100 views, want about 70", passed)
	}
	// 2 of 50 frequencies is 0.04: gone if U(0, 0.5) is above it.
	if stopped < 80 {
		t.Errorf("high-pass: the low tone is gone in %d of 100 views, want about 93", stopped)
	}
}

func TestDifferencesAndStandardizing(t *testing.T) {
	x := formula(2, 50, func(c int, t float64) float64 { return float64(c+1) * t * t })
	near(t, "diff", apply(first("diff(1)"), x, 1, nil), 1, 50, 1e-3, func(c int, t float64) float64 { return float64(c+1) * (2*t - 1) })
	near(t, "diff(2)", apply(first("diff(2)"), x, 1, nil), 2, 50, 1e-3, func(c int, t float64) float64 { return 2 * float64(c+1) })
	periodic := formula(2, 50, func(c int, t float64) float64 { return float64(c)*t + math.Mod(t, 5) })
	near(t, "season-diff", apply(first("season-diff(5)"), periodic, 1, nil), 5, 50, 1e-4, func(c int, t float64) float64 { return 5 * float64(c) })
	// The weights of (1-B)^d are 1, -d, -d(1-d)/2, ...
	impulse := formula(1, 50, func(_ int, t float64) float64 {
		if t == 0 {
			return 1
		}
		return 0
	})
	got := apply(first("frac-diff(0.4)"), impulse, 1, nil)[0]
	for i, want := range []float64{1, -0.4, -0.12, -0.064} {
		if math.Abs(float64(got[i])-want) > 1e-5 {
			t.Errorf("frac-diff: weight %d is %g, want %g", i, got[i], want)
		}
	}
	for _, v := range apply(first("standardize"), wave(1, 3, 200, 0), 1, nil) {
		if mean, std, _ := series.Stats(v); math.Abs(mean) > 1e-5 || math.Abs(std-1) > 1e-5 {
			t.Errorf("standardize: mean %g, deviation %g", mean, std)
		}
	}
}

// TestTrendAndSeason takes apart a line of slope 0.1·(c+1) and a tone of 10 time stamps.
func TestTrendAndSeason(t *testing.T) {
	const n = 120
	line := func(c int, t float64) float64 { return 0.1 * float64(c+1) * t }
	tone := func(_ int, t float64) float64 { return math.Sin(2 * math.Pi * t / 10) }
	sum := func(c int, t float64) float64 { return line(c, t) + tone(c, t) }
	otherLine := func(c int, t float64) float64 { return 5 - 0.05*t }
	otherTone := func(c int, t float64) float64 { return 2 * math.Cos(2*math.Pi*t/10) }
	x := formula(2, n, sum)
	o := formula(2, n, func(c int, t float64) float64 { return otherLine(c, t) + otherTone(c, t) })
	plus := func(a, b func(int, float64) float64) func(int, float64) float64 {
		return func(c int, t float64) float64 { return a(c, t) + b(c, t) }
	}
	// A moving average over 21 values, two periods and one, leaves a twentieth of the tone.
	const span = "0.1751"
	near(t, "trend", apply(first("trend("+span+")"), x, 1, nil), 12, n-12, 0.06, line)
	near(t, "trend-drop", apply(first("trend-drop("+span+")"), x, 1, nil), 12, n-12, 0.06, tone)
	near(t, "trend-swap", apply(first("trend-swap("+span+")"), x, 1, o), 12, n-12, 0.2, plus(otherLine, tone))
	near(t, "season-keep", apply(first("season-keep(10)"), x, 1, nil), 12, n-12, 0.05, tone)
	near(t, "season-drop", apply(first("season-drop(10)"), x, 1, nil), 12, n-12, 0.05, line)
	near(t, "season-swap", apply(first("season-swap(10)"), x, 1, o), 12, n-12, 0.1, plus(line, otherTone))
	near(t, "season-drop, period found", apply(first("season-drop"), x, 1, nil), 12, n-12, 0.1, line)
	var sizes, slopes []float64
	for seed := range uint64(300) {
		got := apply(first("season(0.2,0,10)"), x, seed, nil)
		// At the tone's crest, 2.5 after a zero crossing, between two time stamps: sin(0.4π).
		f := (float64(got[0][52]) - line(0, 52)) / math.Sin(0.4*math.Pi)
		near(t, "season", got[:1], 12, n-12, 0.1, func(c int, t float64) float64 { return line(c, t) + f*tone(c, t) })
		sizes = append(sizes, f)
		scaled := apply(first("trend-scale(0.3,"+span+")"), x, seed, nil)
		slopes = append(slopes, (float64(scaled[1][90])-float64(scaled[1][30]))/12)
	}
	if mean, std := moments(sizes); math.Abs(mean-1) > 0.05 || math.Abs(std-0.2) > 0.03 {
		t.Errorf("season: amplitudes of mean %.3f and deviation %.3f, want 1 and 0.2", mean, std)
	}
	if mean, std := moments(slopes); math.Abs(mean-1) > 0.07 || math.Abs(std-0.3) > 0.04 {
		t.Errorf("trend-scale: slopes of mean %.3f and deviation %.3f, want 1 and 0.3", mean, std)
	}
	moved := apply(first("season(0,0.5,10)"), x, 3, nil)
	if same(moved, x) || math.Abs(float64(moved[0][60]-moved[1][60])-(line(0, 60)-line(1, 60))) > 0.1 {
		t.Error("season: the phase does not move, or not in all channels alike")
	}
}
