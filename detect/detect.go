package detect

import (
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
	// Stride is the distance in time stamps between the starts of windows, of normal and of new series alike. 0 means an eighth of
	// the window, 1 with [End], and with [Prediction] the distance of the model's steps.
	Stride int `json:"stride"`
	// Score says what a score is. The zero value is [Distance].
	Score Kind `json:"score,omitempty"`
	// Negatives is how many normal steps the true one competes with, with [Prediction]; 0 means 128.
	Negatives int `json:"negatives,omitempty"`
	// Seed is that of the draw of these steps.
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
	// Coreset is how many of the normal windows are kept to compare with, chosen so that every normal window is near one of them
	// ([knn.Index.Centres]); 0 keeps all.
	Coreset int `json:"coreset,omitempty"`
	// Approximate is for many normal windows: a window is compared with those in some lists only, and a byte is kept of each number
	// of their encodings ([knn.Inverted]). The lists looked through hold the nearest window of 99 % of the normal windows. It excludes
	// Coreset.
	Approximate bool `json:"approximate,omitempty"`
	// Scratch is a folder for a temporary file of the encodings, where Approximate is set; "" is the system's.
	Scratch string `json:"-"`
	// Rates also learns how often normal readings have episodes, for [Detector.Rates]; this takes as long as scoring them once more.
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

// What zeros in a [Config] stand for.
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

// Within bounds the time between the last reading of a window and its score, also where windows fill no batch: for readers that wait for
// new readings. 0, the default, waits for full batches, which is fastest for files.
func (d *Detector) Within(delay time.Duration) { d.delay = delay }

// Continuing is for series that go on elsewhere, such as in the next file. Windows are then cut at the stride alone, without a last one
// that reaches the last value, and only time stamps whose scores no later reading changes are handed out ([Detector.Seam]).
func (d *Detector) Continuing(on bool) { d.continuing = on }

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

// Normal returns how many normal windows there are to compare with, and how many of all normal windows do not overlap. p-values rest on
// the latter: differences below 1 / (1 + independent) mean nothing.
func (d *Detector) Normal() (windows, independent int) { return len(d.places), d.independent }

// Series names the normal series, in their order.
func (d *Detector) Series() []string { return slices.Clone(d.names) }

// Short returns the normal series that were left out because they are shorter than the window.
func (d *Detector) Short() []*series.ShortError { return d.short }
