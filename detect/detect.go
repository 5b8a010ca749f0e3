package detect

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/wavekin/wavekin/knn"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/series"
)

// Config says how normal is learnt and how new series are compared with it. The zero value suits a [model.Model].
type Config struct {
	// Window is the length of the windows in time stamps; 0 means that of the model.
	Window int `json:"window"`
	// Stride is the distance between the starts of windows, of normal and of new series alike. 0 means an eighth of the
	// window, with
	// [Prediction] the distance of the model's steps, or 1 with [End].
	Stride int `json:"stride"`
	// Score says what a score is. The zero value is [Distance].
	Score Kind `json:"score,omitempty"`
	// Negatives is how many normal steps a predicted one is told from, with [Prediction]; 0 means 128.
	Negatives int `json:"negatives,omitempty"`
	// Seed is that of the choice of these steps.
	Seed uint64 `json:"seed,omitempty"`
	// K is the number of nearest normal windows that a score averages over; 0 means 3.
	K int `json:"k"`
	// Metric is the distance of encodings. The zero value is knn.Cosine.
	Metric knn.Metric `json:"metric"`
	// Align says which windows a time stamp's score comes from. The zero value is Centre, with [Prediction] it is End.
	Align Align `json:"align"`
	// NewSeries says that other series will be scored than the normal ones, such as further machines of one kind. Normal
	// scores are then made without any window of the same series, not only without those that overlap. It takes several
	// normal series.
	NewSeries bool `json:"new_series,omitempty"`
	// Coreset is how many of the normal windows are kept to compare with, chosen so that all are near one of them
	// ([knn.Index.Centres]); 0 keeps all.
	Coreset int `json:"coreset,omitempty"`
	// Approximate compares windows with the normal ones in some lists only, and keeps a byte of each number of their encodings
	// ([knn.Inverted]), for many normal windows; in so many lists that they hold the nearest window of 99 % of them. It goes without
	// Coreset.
	Approximate bool `json:"approximate,omitempty"`
	// Scratch is a folder for a temporary file of the encodings, where Approximate is set; "" is the system's.
	Scratch string `json:"-"`
	// Rates also learns how often normal readings have episodes, for [Detector.Rates]; it takes as long as scoring them once more.
	Rates bool `json:"-"`
}

// Align says which windows a time stamp's score comes from.
type Align string

const (
	// Centre averages over all windows that cover the time stamp, which use values before and after it. It is the default.
	Centre Align = "centre"
	// End takes the window that ends with the time stamp: its score uses nothing later, as monitoring needs. A time stamp
	// with which no window ends has no score.
	End Align = "end"
)

// ParseAlign checks the name of an alignment; "" is [Centre].
func ParseAlign(name string) (Align, error) {
	switch a := Align(name); a {
	case Centre, End:
		return a, nil
	case "":
		return Centre, nil
	}
	return "", fmt.Errorf("alignment %q, want centre or end", name)
}

// The numbers behind a zero [Config].
const (
	defaultK      = 3
	windowStrides = 8
)

// Encoder turns windows into the rows that are compared; a [model.Model] is one, and [Raw] another.
type Encoder = model.Encoder

// ErrTooFew says that the normal data leave nothing to compare.
var ErrTooFew = errors.New("too few windows")

// resolve fills in the defaults and checks the rest.
func (c Config) resolve(e Encoder) (Config, error) {
	if m, ok := e.(*model.Model); ok && c.Window == 0 {
		c.Window = m.Settings.Window
	}
	if c.Score == Prediction {
		return c.predicting(e)
	}
	var err error
	if c.Align, err = ParseAlign(string(c.Align)); err != nil {
		return c, err
	}
	if c.Stride == 0 {
		if c.Stride = max(1, c.Window/windowStrides); c.Align == End {
			c.Stride = 1
		}
	}
	if c.K == 0 {
		c.K = defaultK
	}
	return c, c.check()
}

func (c Config) check() error {
	if err := c.checkScore(); err != nil {
		return err
	}
	if c.Coreset < 0 {
		return fmt.Errorf("a core-set of %d windows, want at least 1, or 0 for all", c.Coreset)
	}
	if c.Approximate && c.Coreset > 0 {
		return errors.New("an approximate search of a core-set, want one of the two")
	}
	if c.Window < 1 || c.Stride < 1 || c.K < 1 {
		return fmt.Errorf("windows of %d time stamps every %d and %d neighbours, want at least 1 of each", c.Window, c.Stride, c.K)
	}
	if c.Metric != knn.Cosine && c.Metric != knn.Euclidean {
		return fmt.Errorf("metric %v, want cosine or euclidean", c.Metric)
	}
	_, err := ParseAlign(string(c.Align))
	return err
}

// place is where a normal window lies.
type place struct {
	series     int // in Detector.names
	start, end int
}

// overlaps tells whether two windows share a time stamp.
func (a place) overlaps(b place) bool {
	return a.series == b.series && a.start < b.end && b.start < a.end
}

// widened is a place with what lies around it.
func (a place) widened(by int) place { return place{a.series, a.start - by, a.end + by} }

// Detector compares windows with normal ones. It is safe for concurrent use.
type Detector struct {
	config Config
	by     Encoder
	coder  string     // what is known of the encoder, to compare with on loading
	input  *Input     // what the encoder took, of a detector from a file; nil where that is not known
	names  []string   // normal series
	places []place    // of the rows; nil for rows that are no windows
	times  []int64    // of the first time stamps of the windows; nil where some have none
	rows   []float32  // nil with Approximate
	spool  *knn.Spool // of the rows, while it is learnt from them; nil without Approximate
	index  searcher
	prints prints
	// windows and points are the scores of normal windows and time stamps, ascending.
	windows, points []float32
	// independent counts normal windows that do not overlap.
	independent int
	short       []*series.ShortError
	delay       time.Duration
	continuing  bool
	rates       *Rates
	// margin is how far on either side of a window no normal one counts, beyond those that overlap.
	margin int
	// readings are those of normal windows, for explanations; nil where none are kept.
	readings *readings
	// predictor, with Prediction, is what makes the rows; it is by too.
	predictor *model.Predictor
}

// Within makes a detector hand out scores of windows at most so long after their last reading has come, also where they fill no batch: for
// readers that wait for new readings. 0 is as fast as it goes for files.
func (d *Detector) Within(delay time.Duration) { d.delay = delay }

// Continuing makes a detector cut windows at its stride alone: none reaches the last value of a series, which goes on elsewhere; and
// hand out the time stamps whose scores no later reading changes ([Detector.Seam]).
func (d *Detector) Continuing(on bool) { d.continuing = on }

// Fit learns from the windows of normal series, which it streams: only their encodings stay in memory. Series shorter than
// the window are left out ([Detector.Short]). Errors: ErrTooFew, a [*series.ShortError] if
// all of them are, those of the reader and those of the encoder.
func Fit(ctx context.Context, by Encoder, normal series.Reader, c Config) (*Detector, error) {
	var ahead *model.Predictor
	var err error
	if c.Score == Prediction {
		if ahead, err = predictorOf(by); err != nil {
			return nil, err
		}
		by = ahead
	}
	if c, err = c.resolve(by); err != nil {
		return nil, err
	}
	d := &Detector{config: c, by: by, coder: identity(by), prints: newPrints(c.Window), predictor: ahead, readings: newReadings(c.Window, c.Coreset)}
	if ahead != nil {
		if err := d.fitPredictions(ctx, normal); err != nil {
			return nil, err
		}
		return d, nil
	}
	if err = d.gather(ctx, normal, 0); err == nil {
		err = d.settle(ctx)
	}
	if err = errors.Join(err, d.forget()); err != nil {
		return nil, err
	}
	return d, nil
}

// gather keeps the rows of the normal windows and makes the index; of more than most, where that is not 0, it keeps every
// second, fourth, eighth, so that they are spread evenly and memory is bounded.
func (d *Detector) gather(ctx context.Context, normal series.Reader, most int) error {
	every, met, timed := 1, 0, len(d.times) == len(d.places)
	for b, err := range model.Stream(ctx, d.by, normal, d.streaming()) {
		var short *series.ShortError
		switch {
		case errors.As(err, &short):
			d.short = append(d.short, short)
			continue
		case err != nil:
			return err
		}
		for i, w := range b.Windows {
			d.learn(w)
			if b.Rows[i] == nil {
				continue
			}
			here := place{len(d.names) - 1, w.Start, w.End}
			d.readings.add(w, here)
			if met++; (met-1)%every != 0 {
				continue
			}
			if err := d.keep(b.Rows[i]); err != nil {
				return err
			}
			timed = timed && w.HasTimes
			d.times = append(d.times, w.StartTime)
			d.places = append(d.places, here)
			if most > 0 && len(d.places) > most {
				d.thin()
				every *= 2
			}
		}
	}
	if len(d.places) == 0 {
		if len(d.short) > 0 {
			return d.short[0]
		}
		return fmt.Errorf("%w: no window of %d time stamps holds a value", ErrTooFew, d.config.Window)
	}
	if !timed {
		d.times = nil
	}
	d.readings.measure()
	return d.makeIndex(ctx)
}

// thin keeps every second row.
func (d *Detector) thin() {
	dim := len(d.rows) / len(d.places)
	n := (len(d.places) + 1) / 2
	for i := range n {
		copy(d.rows[i*dim:(i+1)*dim], d.rows[2*i*dim:(2*i+1)*dim])
		d.places[i], d.times[i] = d.places[2*i], d.times[2*i]
	}
	d.rows, d.places, d.times = d.rows[:n*dim], d.places[:n], d.times[:n]
}

// streaming is how series are cut.
func (d *Detector) streaming() model.StreamOptions {
	return model.StreamOptions{Window: d.config.Window, Stride: d.config.Stride, Reach: !d.continuing, KeepEmpty: true, Delay: d.delay}
}

// learn keeps what recognises a normal window, and the name of its series.
func (d *Detector) learn(w *series.Window) {
	n := len(d.names)
	if n == 0 || d.names[n-1] != w.Series || d.prints.restarted(w.Start) {
		d.names = append(d.names, w.Series)
		d.prints.begin(n)
	}
	d.prints.learn(w)
}

// FitRows learns from rows of dim numbers that are no windows, such as encodings of images; their order does not matter.
func FitRows(rows []float32, dim int, c Config) (*Detector, error) {
	c.Window, c.Stride, c.Align, c.NewSeries, c.Coreset, c.Score = 1, 1, Centre, false, 0, Distance
	c, err := c.resolve(nil)
	if err != nil {
		return nil, err
	}
	d := &Detector{config: c, rows: rows}
	if dim < 1 || len(rows)%dim != 0 {
		return nil, fmt.Errorf("%d numbers are not whole rows of %d", len(rows), dim)
	}
	if len(rows) < 2*dim {
		return nil, fmt.Errorf("%w: %d, want at least 2", ErrTooFew, len(rows)/dim)
	}
	for i := range len(rows) / dim {
		d.places = append(d.places, place{0, i, i + 1})
	}
	if err := d.makeIndex(context.Background()); err != nil {
		return nil, err
	}
	if err := d.settle(context.Background()); err != nil {
		return nil, err
	}
	if d.points = nil; c.Approximate {
		d.rows = nil
	}
	return d, nil
}

// settle scores normal windows without the windows that would find themselves, and keeps what is to be compared with.
func (d *Detector) settle(ctx context.Context) error {
	if n := d.config.Coreset; n > 0 && n < len(d.places) {
		return d.condense(ctx, n)
	}
	scores, err := d.some(ctx, d.all(), d.places)
	if err != nil {
		return err
	}
	if err := d.calibrate(d.places, scores); err != nil || !d.config.Rates {
		return err
	}
	if scores, err = d.some(ctx, d.all(), d.widened(beside)); err != nil {
		return err
	}
	d.rate(d.places, scores)
	return nil
}

// calibrate keeps the scores of the normal windows, which lie at places, and of their time stamps.
func (d *Detector) calibrate(places []place, scores []float64) error {
	spread := d.spread()
	last := -1
	for i, s := range scores {
		p := places[i]
		if p.series != last {
			d.points = appendScored(d.points, spread.finish())
			d.independent += 1
		} else if p.start >= spread.independent {
			d.independent++
		}
		if p.series != last || p.start >= spread.independent {
			spread.independent = p.end
		}
		last = p.series
		if s != s {
			continue
		}
		d.windows = append(d.windows, float32(s))
		d.points = appendScored(d.points, spread.add(p.start, p.end, s))
	}
	d.points = appendScored(d.points, spread.finish())
	if len(d.windows) == 0 {
		if d.config.NewSeries {
			return fmt.Errorf("%w: a single series has nothing to be compared with where new series are to be scored, want at least 2", ErrTooFew)
		}
		return fmt.Errorf("%w: all %d windows of %d time stamps overlap each other, want readings of at least %d time stamps",
			ErrTooFew, len(places), d.config.Window, 2*d.config.Window)
	}
	slices.Sort(d.windows)
	slices.Sort(d.points)
	return nil
}

// rate keeps how often normal readings have episodes, by the scores of windows at places, made without what lies near them.
func (d *Detector) rate(places []place, scores []float64) {
	var all [][]float64
	spread := d.spread()
	for i, s := range scores {
		p := places[i]
		if i == 0 || p.series != places[i-1].series {
			all = append(all, spread.finish())
		}
		one := append(all[len(all)-1], spread.add(p.start, p.end, s)...)
		if i == len(scores)-1 || p.series != places[i+1].series {
			one = append(one, spread.finish()...)
		}
		all[len(all)-1] = one
	}
	d.rates = newRates(all, d.Join())
}

// widened are the places of the rows with a share of their series around each.
func (d *Detector) widened(share float64) []place {
	ends := make([]int, len(d.names))
	for _, p := range d.places {
		ends[p.series] = max(ends[p.series], p.end)
	}
	out := make([]place, len(d.places))
	for i, p := range d.places {
		out[i] = p.widened(int(share * float64(ends[p.series])))
	}
	return out
}

// Join is how near two episodes are one: half a window.
func (d *Detector) Join() int { return d.config.Window / 2 }

// Step is the distance of the first time stamps of the normal series, 0 where they have none.
func (d *Detector) Step() time.Duration {
	if len(d.times) < 2 || d.places[0].series != d.places[1].series {
		return 0
	}
	return time.Duration((d.times[1] - d.times[0]) / int64(d.places[1].start-d.places[0].start))
}

// Rates says how often normal readings have episodes. Error: [ErrNoRates].
func (d *Detector) Rates() (*Rates, error) {
	if d.rates == nil {
		return nil, ErrNoRates
	}
	return d.rates, nil
}

// around is the range of rows that lie over p, or in its series.
func (d *Detector) around(p place) (lo, hi int) {
	lo, _ = slices.BinarySearchFunc(d.places, p, func(a, p place) int {
		switch {
		case a.series < p.series, a.series == p.series && !d.config.NewSeries && a.end <= p.start:
			return -1
		}
		return 1
	})
	for hi = lo; hi < len(d.places) && d.places[hi].series == p.series && (d.config.NewSeries || d.places[hi].overlaps(p)); hi++ {
	}
	return lo, hi
}

// meanDistance is NaN without hits.
func meanDistance(h []knn.Hit) float64 {
	var s float64
	for _, c := range h {
		s += c.Distance
	}
	return s / float64(len(h))
}

func appendScored(dst []float32, scores []float64) []float32 {
	for _, s := range scores {
		if s == s {
			dst = append(dst, float32(s))
		}
	}
	return dst
}

// pvalue is the share of normal scores, and of the new one, that are at least as high as the new one: never 0, and NaN for a
// score that is none. alike is how many neighbouring scores are always equal and thus count as one. Scores are compared as
// they are kept, in float32.
func pvalue(normal []float32, score float64, alike int) float64 {
	if math.IsNaN(score) || len(normal) == 0 {
		return math.NaN()
	}
	below, _ := slices.BinarySearch(normal, float32(score))
	return float64(alike+len(normal)-below) / float64(alike+len(normal))
}

// alike is how many neighbouring time stamps have the same score, because the same windows cover them.
func (d *Detector) alike() int {
	if d.config.Align == End {
		return 1
	}
	if d.predictor != nil {
		return min(d.config.Stride, d.predictor.Shown())
	}
	return min(d.config.Stride, d.config.Window)
}

// Config returns the settings with their defaults filled in.
func (d *Detector) Config() Config { return d.config }

// Normal returns how many normal windows there are to compare with, and how many of all normal windows do not overlap. The latter is what p-values rest on:
// below 1 / (1 + independent) they tell no more apart.
func (d *Detector) Normal() (windows, independent int) { return len(d.places), d.independent }

// Series names the normal series, in their order.
func (d *Detector) Series() []string { return slices.Clone(d.names) }

// Short returns the normal series that were left out because they are shorter than the window.
func (d *Detector) Short() []*series.ShortError { return d.short }
