package suite

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/detect"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/evaluate"
	"github.com/wavekin/wavekin/internal/tensorfile"
	"github.com/wavekin/wavekin/knn"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/series"
	"github.com/wavekin/wavekin/train"
)

var small = encoders.Conv{Width: 4, Depth: 2, Out: 8}

// waves is a set of two classes, a slow and a fast wave, of two channels and of lengths from 20 to 26.
func waves(n int, seed uint64) []*series.Series {
	rng := rand.New(rand.NewPCG(seed, 1))
	var out []*series.Series
	for i := range n {
		s := &series.Series{ID: fmt.Sprint(i), Label: []string{"slow", "fast"}[i%2], Values: make([][]float64, 2)}
		phase := rng.Float64()
		for t := range 20 + i%7 {
			v := math.Sin(float64(t)*0.3*float64(1+2*(i%2)) + phase)
			s.Values[0] = append(s.Values[0], float64(v+0.1*rng.NormFloat64()))
			s.Values[1] = append(s.Values[1], float64(10+rng.NormFloat64()))
		}
		out = append(out, s)
	}
	return out
}

// broken is a wave of period 20 with a stretch at another level near its end.
func broken(n int) *series.Series {
	rng := rand.New(rand.NewPCG(5, 5))
	s := &series.Series{ID: "pump", Values: [][]float64{make([]float64, n)}, PointLabels: make([]float64, n)}
	for t := range n {
		s.Values[0][t] = float64(math.Sin(float64(t)*math.Pi/10) + 0.05*rng.NormFloat64())
		if t >= n*8/10 && t < n*8/10+30 {
			s.Values[0][t] += 4
			s.PointLabels[t] = 1
		}
	}
	return s
}

func open(t *testing.T, path string) *Journal {
	t.Helper()
	j, err := OpenJournal(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j
}

func names(rows []Row) []string {
	var out []string
	for _, r := range rows {
		out = append(out, fmt.Sprintf("%s %s %d", r.Method, r.Encoder, r.Seed))
	}
	return out
}

func TestClassify(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rows.jsonl")
	c := Classify{Training: Training{Methods: []methods.Method{methods.SimCLR{}, methods.InvaSpread{}}, Encoders: []encoders.Encoder{small}, Seeds: 2,
		Config: train.Config{Steps: 5}}}
	set := Set{Name: "waves", Train: waves(20, 1), Test: waves(12, 2)}
	rows, err := c.Set(context.Background(), set, open(t, path))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"raw  0", "untrained conv 0", "simclr conv 0", "invaspread conv 0", "untrained conv 1", "simclr conv 1", "invaspread conv 1"}
	if got := names(rows); !slices.Equal(got, want) || c.Rows() != len(want) {
		t.Fatalf("rows %q, want %q; Rows says %d", got, want, c.Rows())
	}
	for _, r := range rows {
		// Five steps teach nothing: what a trained encoder gains is TestLearningHelps's matter, and each accuracy TestClassifyRaw's.
		if r.Classified == nil || r.Train != 20 || r.Test != 12 || r.Classes != 2 || r.Accuracy*12 != math.Round(r.Accuracy*12) || (r.Linear == nil) != (r.Method == Raw) {
			t.Errorf("%s: %+v", r.Method, r.Classified)
		}
		if learnt := r.Method == "simclr" || r.Method == "invaspread"; learnt != (r.Steps == 5) || learnt != (r.Recipe.Value("batch") == int64(32)) {
			t.Errorf("%s: %d steps, settings %+v", r.Method, r.Steps, r.Settings)
		}
	}
	// The same again, from another process so to speak, finds all and makes nothing.
	again, err := c.Set(context.Background(), set, open(t, path))
	if err != nil || !reflect.DeepEqual(again, rows) {
		t.Errorf("the second run gave %v, %v", again, err)
	}
	// Other numbers of steps concern the methods alone, other data all rows.
	c.Config.Steps = 6
	j := open(t, path)
	if _, err := c.Set(context.Background(), set, j); err != nil || j.Len() != 7+4 {
		t.Errorf("%d rows after a change of steps, want 11; %v", j.Len(), err)
	}
	set.Test = waves(12, 3)
	if _, err := c.Set(context.Background(), set, j); err != nil || j.Len() != 11+7 {
		t.Errorf("%d rows after a change of data, want 18; %v", j.Len(), err)
	}
}

// TestWithinTrain: every third series of a class is tested on, whatever the order of the classes, and the test part counts for nothing.
func TestWithinTrain(t *testing.T) {
	var all []*series.Series
	for i, label := range strings.Fields("a a b a b b c a a a") {
		all = append(all, &series.Series{ID: fmt.Sprint(i), Label: label, Values: [][]float64{{float64(i), 1, 2, 3}}})
	}
	ids := func(part []*series.Series) (text string) {
		for _, s := range part {
			text += s.ID
		}
		return text
	}
	in := Set{Name: "x", Train: all, Test: all[:1]}.WithinTrain()
	if in.Name != "x" || ids(in.Train) != "0124678" || ids(in.Test) != "359" {
		t.Errorf("learnt from %s and tested on %s, want 0124678 and 359", ids(in.Train), ids(in.Test))
	}
	c := Classify{Training: Training{Encoders: []encoders.Encoder{small}, UntrainedOnly: true}, WithinTrain: true}
	var first []Row
	for _, test := range [][]*series.Series{all[:1], nil} {
		rows, err := c.Set(context.Background(), Set{Name: "x", Train: all, Test: test}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = rows
		}
		for i, r := range rows {
			if r.Train != 7 || r.Test != 3 || r.Data != first[i].Data || r.Accuracy != first[i].Accuracy {
				t.Errorf("%s: %+v, want 7 and 3 series and the same as %+v", r.Method, r.Classified, first[i].Classified)
			}
		}
	}
}

// TestClassifyRaw compares with a nearest neighbour by hand, for univariate series of one length, where standardising
// by the training part changes no order.
func TestClassifyRaw(t *testing.T) {
	cut := func(all []*series.Series) []*series.Series {
		for _, s := range all {
			s.Values = [][]float64{s.Values[0][:20]}
		}
		return all
	}
	set := Set{Name: "waves", Train: cut(waves(9, 1)), Test: cut(waves(31, 2))}
	right := 0
	for _, q := range set.Test {
		best, label := math.Inf(1), ""
		for _, s := range set.Train {
			var d float64
			for i, v := range s.Values[0] {
				d += math.Pow(float64(v-q.Values[0][i]), 2)
			}
			if d < best {
				best, label = d, s.Label
			}
		}
		if label == q.Label {
			right++
		}
	}
	p, err := newClassification(set)
	if err != nil {
		t.Fatal(err)
	}
	var r Row
	if err := p.measure(context.Background(), nil, series.ModeTrain, &r); err != nil {
		t.Fatal(err)
	}
	if want := float64(right) / 31; r.Accuracy != want {
		t.Errorf("accuracy %v, by hand %v", r.Accuracy, want)
	}
}

func TestBadSets(t *testing.T) {
	nameless := waves(4, 1)
	nameless[2].Label = ""
	narrow := waves(4, 1)
	narrow[3].Values = narrow[3].Values[:1]
	for want, s := range map[string]Set{
		"has 4 train and 0 test":    {Name: "x", Train: waves(4, 1)},
		`series "2" has no label`:   {Name: "x", Train: nameless, Test: waves(2, 1)},
		"has 1 channel, the first ": {Name: "x", Train: waves(4, 1), Test: narrow},
	} {
		if _, err := (Classify{}).Set(context.Background(), s, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	quiet := broken(100)
	clear(quiet.PointLabels)
	if _, err := (Anomaly{}).Series(context.Background(), "x", quiet, nil); !errors.Is(err, evaluate.ErrOneClass) {
		t.Errorf("without an anomaly: %v", err)
	}
	for _, a := range []Anomaly{{Part: 1}, {Part: -1}, {K: -1}, {Training: Training{Seconds: 1, Config: train.Config{Steps: 1}}}, {Training: Training{Seeds: -1}}} {
		if a.Check() == nil {
			t.Errorf("no error for %+v", a)
		}
	}
}

// TestMethodsSeeNoLabels: only those that ask are shown them.
func TestMethodsSeeNoLabels(t *testing.T) {
	all := waves(3, 1)
	c := &classification{Set: Set{Train: all}}
	for _, m := range []methods.Method{methods.SimCLR{}, supervised{}} {
		data, err := c.learns(train.Config{Method: m})
		if err != nil {
			t.Fatal(err)
		}
		for i := range data.Len() {
			if shown := data.Label(i) != ""; shown != m.Needs().Labels {
				t.Errorf("%T: series %d shows its label: %v", m, i, shown)
			}
		}
	}
	for _, s := range shown(all, false) {
		if s.Label != "" || s.PointLabels != nil {
			t.Errorf("series %q shows %q", s.ID, s.Label)
		}
	}
	if all[0].Label == "" {
		t.Error("the set itself has lost its labels")
	}
}

type supervised struct{ methods.SimCLR }

func (supervised) Needs() methods.Needs { return methods.Needs{Labels: true} }

func TestAnomaly(t *testing.T) {
	a := Anomaly{Training: Training{Encoders: []encoders.Encoder{small}, Config: train.Config{Steps: 5}}, Part: 0.4, Metric: knn.Euclidean}
	rows, err := a.Series(context.Background(), "pump", broken(600), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := names(rows), []string{"raw-window  0", "raw  0", "variance  0", "sub-pca  0", "amplitude  0", "fused  0", "untrained conv 0", "simclr conv 0"}; !slices.Equal(got, want) || a.Rows() != 8 {
		t.Fatalf("rows %q, want %q", got, want)
	}
	for _, r := range rows {
		// The period of 20, give or take the noise, is below the shortest window of 64, and an eighth of that is the stride; the parts of
		// a fused score and the simple scores have windows of their own.
		if s := r.Settings; !slices.Contains([]string{Fused, Variance, Subspace, Amplitude}, r.Method) && (s.Window != 64 || s.Stride != 8 || s.K != 3) || s.Part != 0.4 || s.Buffer < 19 || s.Buffer > 21 {
			t.Errorf("%s: settings %+v", r.Method, s)
		}
		if r.Ranked == nil || r.Points != 600 || r.Anomalous != 30 || !(r.VUSPR > 0) || r.VUSPR > 1 {
			t.Errorf("%s: %+v", r.Method, r.Ranked)
		}
	}
	// A shift of level is plain to whoever keeps it; what an encoder gains is TestLearningHelps's matter.
	if rows[1].ROCAUC < 0.9 {
		t.Errorf("raw windows rank with ROC AUC %.3f", rows[1].ROCAUC)
	}
}

// TestPoints compares with loops over all pairs of windows.
func TestPoints(t *testing.T) {
	s := broken(120)
	s.Values[0][7] = series.Gap
	norm, err := series.FitNormalizer(nil, series.ModeNone)
	if err != nil {
		t.Fatal(err)
	}
	c := detect.Config{Window: 10, Stride: 3, K: 2, Metric: knn.Euclidean}
	d, err := detect.Fit(context.Background(), detect.Raw{Normalizer: norm}, series.FromSlice([]*series.Series{s.Slice(0, 60)}), c)
	if err != nil {
		t.Fatal(err)
	}
	got, err := gather(d.Points(context.Background(), series.FromSlice([]*series.Series{s})))
	if err != nil {
		t.Fatal(err)
	}
	filled := slices.Clone(s.Values[0])
	// One gap inside: halfway between its neighbours.
	filled[7] = (filled[6] + filled[8]) / 2
	// The last window reaches the end.
	starts := func(n int) (all []int) {
		for at := 0; at+10 <= n; at += 3 {
			all = append(all, at)
		}
		return append(all, n-10)
	}
	sum, count := make([]float64, 120), make([]float64, 120)
	for _, at := range starts(120) {
		var all []float64
		for _, ref := range starts(60) {
			// A window of the first part does not find what it overlaps there; nor does one that lies in it but for a value.
			if at <= 51 && ref > at-10 && ref < at+10 {
				continue
			}
			var d float64
			for i := range 10 {
				d += math.Pow(float64(filled[at+i]-filled[ref+i]), 2)
			}
			all = append(all, math.Sqrt(d))
		}
		slices.Sort(all)
		for i := range 10 {
			sum[at+i] += (all[0] + all[1]) / 2
			count[at+i]++
		}
	}
	for i, v := range got {
		if want := sum[i] / count[i]; math.Abs(v-want) > 1e-5 {
			t.Fatalf("point %d: %v, want %v", i, v, want)
		}
	}
}

// TestSeconds: the steps that a budget comes to are in the row, and with them the run repeats.
func TestSeconds(t *testing.T) {
	set := Set{Name: "waves", Train: waves(8, 1), Test: waves(8, 2)}
	c := Classify{Training: Training{Encoders: []encoders.Encoder{small}, Seconds: 0.05}}
	rows, err := c.Set(context.Background(), set, nil)
	if err != nil {
		t.Fatal(err)
	}
	timed := rows[2]
	if timed.Steps < 1 || timed.Settings.Seconds != 0.05 || timed.Recipe.Has("steps") {
		t.Fatalf("%d steps, settings %+v", timed.Steps, timed.Settings)
	}
	c.Seconds, c.Config.Steps = 0, timed.Steps
	if rows, err = c.Set(context.Background(), set, nil); err != nil {
		t.Fatal(err)
	}
	if r := rows[2]; r.Loss != timed.Loss || *r.Linear != *timed.Linear || r.Accuracy != timed.Accuracy {
		t.Errorf("with %d steps loss %v, in the time of as many %v", timed.Steps, r.Loss, timed.Loss)
	}
}

// TestInterrupted: what is done before a cancellation stays, and is not done again.
func TestInterrupted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rows.jsonl")
	ctx, cancel := context.WithCancel(context.Background())
	c := Classify{Training: Training{Encoders: []encoders.Encoder{small}, Config: train.Config{Steps: 1}}}
	c.Done = func(r Row) {
		if r.Method == Untrained {
			cancel()
		}
	}
	set := Set{Name: "waves", Train: waves(6, 1), Test: waves(6, 2)}
	rows, err := c.Set(ctx, set, open(t, path))
	if !errors.Is(err, context.Canceled) || len(rows) != 2 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	j := open(t, path)
	if j.Len() != 2 {
		t.Fatalf("%d rows kept, want 2", j.Len())
	}
	c.Done = nil
	all, err := c.Set(context.Background(), set, j)
	if err != nil || len(all) != 3 || !reflect.DeepEqual(all[:2], rows) {
		t.Errorf("went on to %v, %v", names(all), err)
	}
}

func TestJournal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rows.jsonl")
	j := open(t, path)
	row := Row{Run: Run{Suite: "classify", Set: "a", Method: "simclr", MethodSettings: []byte(`{"temperature":0.5}`)}, Classified: &Classified{Accuracy: 0.25}}
	if err := j.Add(row); err != nil {
		t.Fatal(err)
	}
	// A process that is killed while it writes leaves half a line.
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"suite":"classify","set":"b"`); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	j = open(t, path)
	if got, ok := j.Find(row.Run); !ok || !reflect.DeepEqual(got, row) {
		t.Errorf("found %+v, %v", got, ok)
	}
	other := row.Run
	other.Seed = 1
	if _, ok := j.Find(other); ok || j.Len() != 1 {
		t.Errorf("%d rows, another seed found: %v", j.Len(), ok)
	}
	if err := j.Add(Row{Run: other}); err != nil {
		t.Fatal(err)
	}
	if j = open(t, path); j.Len() != 2 {
		t.Errorf("%d rows, want 2", j.Len())
	}
	if err := os.WriteFile(path, []byte("{}\nno row\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenJournal(path); err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("a damaged file: %v", err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if err := j.Add(row); !errors.Is(err, ErrJournal) {
		t.Errorf("a file that cannot be written: %v", err)
	}
	var none *Journal
	if _, ok := none.Find(row.Run); ok || none.Add(row) != nil || none.Len() != 0 || none.Close() != nil {
		t.Error("a nil journal keeps something")
	}
}

// TestErrorsOfPrediction: the row of a trained model with predictors has them beside its distances, and its table a column for each.
func TestErrorsOfPrediction(t *testing.T) {
	a := Anomaly{Training: Training{Encoders: []encoders.Encoder{small}, Methods: []methods.Method{methods.CPC{}}, Config: train.Config{Steps: 5}}, Part: 0.4}
	rows, err := a.Series(context.Background(), "pump", broken(600), nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range rows {
		if (r.Prediction != nil) != (i == len(rows)-1) {
			t.Errorf("%s has errors of prediction: %v", r.Method, r.Prediction != nil)
		}
	}
	last := rows[len(rows)-1]
	if p := last.Prediction; p == nil || p.Points != 600 || p.Anomalous != 30 || !(p.VUSPR > 0 && p.VUSPR <= 1) || p.VUSPR == last.VUSPR {
		t.Errorf("%+v", p)
	}
	if cell, ok := Tables(rows)[0].Cell("pump", "cpc, errors of prediction"); !ok || cell != last.Prediction.VUSPR {
		t.Errorf("the table has %g (%v)", cell, ok)
	}
}

// TestJournalKnowsWeightsByContent: a row of an encoder that begins with the weights of a file is not that of another file in its place.
func TestJournalKnowsWeightsByContent(t *testing.T) {
	dir := t.TempDir()
	place := filepath.Join(dir, "towers.safetensors")
	meta, ts, err := tensorfile.Read("../../encoders/learnt/small.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	j := open(t, filepath.Join(dir, "rows.jsonl"))
	c := Classify{Training: Training{Encoders: []encoders.Encoder{encoders.Builtin{Towers: place}}, UntrainedOnly: true}, WithoutLinear: true}
	set := Set{Name: "waves", Train: waves(8, 1), Test: waves(4, 2)}
	for i, want := range []int{2, 2, 3} { // the raw values and the encoder; the same file; another one
		if i != 1 {
			meta["recipe"] += " "
			if err := tensorfile.Write(place, meta, ts); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := c.Set(context.Background(), set, j); err != nil || j.Len() != want {
			t.Fatalf("time %d: %d rows (%v), want %d", i, j.Len(), err, want)
		}
	}
}
