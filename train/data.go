package train

import (
	"fmt"
	"time"

	"github.com/wavekin/wavekin/datasets/subset"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/internal/plural"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/series"
)

// InputError says that series or images cannot be learnt from as they are.
type InputError = model.InputError

func inputError(format string, args ...any) error {
	return &InputError{Err: fmt.Errorf(format, args...)}
}

// checkVaries refuses series in which nothing ever changes: there is nothing to learn from them.
func checkVaries(all series.Recordings) error {
	measured := 0
	for c := range all.NumChannels() {
		lo, hi, n, err := series.ExtentOf(all, c)
		if err != nil {
			return &InputError{Err: err}
		}
		if lo < hi {
			return nil
		}
		measured += n
	}
	if measured == 0 {
		return inputError("the series hold gaps only, no value")
	}
	return inputError("no channel ever changes its value; there is nothing to learn")
}

// firstOf is the first error there is.
func firstOf(errs []error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// Data is what an encoder learns from: a [SeriesSet], such as [Series] in memory, or an [ImageSet]. Anything else is refused.
type Data interface {
	// Len is the number of series or images.
	Len() int
	// Label is the class of one, or "" where it has none.
	Label(i int) string
}

// SeriesSet is a set of series that can be cut into windows. Another module implements it to learn from a source that does
// not fit into memory: it lists where windows begin, and reads one when it is needed.
type SeriesSet interface {
	Data
	// Windows cuts the series.
	Windows(c Cut) (Windows, error)
}

// Cut says how series become samples.
type Cut struct {
	// Length is that of a window in time stamps; 0 means that a series is one sample, as long as the longest.
	Length int
	// Stride is the distance between the starts of windows; 0 means one window from the start of every series, which goes on
	// with gaps where the series is shorter.
	Stride int
	// Channels, where not nil, are those of the model that is trained further, by name and in its order.
	Channels []string
}

// Windows are the samples of a run, all of one shape.
type Windows interface {
	// Places are the series and the first time stamp of each window: their number is that of the samples.
	Places() []methods.Sample
	// Channels are the names of the channels; Length is the number of time stamps.
	Channels() []string
	Length() int
	// Read writes window i, [channel][time], as it was measured; a gap is series.Gap. Several goroutines call it at a time.
	Read(dst [][]float64, i int) error
}

// Measured are [Windows] that know what they are standardised by. Others are measured by evenly spaced windows.
type Measured interface {
	Normalizer(mode series.Mode) (*series.Normalizer, error)
}

// Stepped are [Windows] whose time stamps have one distance, 0 where there are none. A model refuses data of another step.
type Stepped interface {
	Step() time.Duration
}

// Named are [Windows] that can say in an error what window i is.
type Named interface {
	Describe(i int) string
}

// samples is a training set, all samples of one shape.
type samples struct {
	// at are their places, and their number.
	at []methods.Sample
	// channels and axes are the shape of a sample: [T] after the channels, or [H, W].
	channels int
	axes     []int
	// data is what they are cut from, by the number of their series or image.
	data Data
	source
}

// source is where the values of samples come from.
type source interface {
	// name says what a sample is, in an error.
	name(i int) string
	// whole writes a sample without augmentation, [channels, axes...]; it may run for several at a time.
	whole(dst []float32, i int) error
	// viewer makes views for a run.
	viewer(c Config) (viewer, error)
	// describe tells a model file what samples must be like.
	describe(s *model.Settings)
}

// viewer makes the views of a batch. What is drawn depends on seed, epoch, sample and view alone, not on the number of
// threads.
type viewer interface {
	// axes is the shape of each view after its channels. Spans, where not nil, are what the views show of a window.
	axes(spans []methods.Span) [][]int
	// fill writes every view of each sample, dst[view] being [N, channels, axes...].
	fill(dst [][]float32, ids []int, epoch int, spans []methods.Span) error
}

// samplesOf makes data a training set under resolved settings, for a model that is trained further or nil. It fills in the
// settings that depend on the data.
func samplesOf(d Data, c *Config, base *model.Model) (*samples, error) {
	axes := encoders.Axes(c.Encoder)
	switch d := d.(type) {
	case ImageSet:
		if axes != 2 {
			return nil, fmt.Errorf("%s is an encoder of sequences, and these are images; choose resnet18 or vit-tiny", c.Encoder.Name())
		}
		return imageSamples(d, c, base)
	case SeriesSet:
		if axes != 1 {
			return nil, fmt.Errorf("%s is an encoder of images, and these are series; choose conv, resnet1d or transformer", c.Encoder.Name())
		}
		return windowSamples(d, *c, base)
	}
	return nil, fmt.Errorf("%T is neither a set of series nor of images", d)
}

// shape is that of n samples.
func (s *samples) shape(n int, axes []int) []int { return append([]int{n, s.channels}, axes...) }

// size is the number of values in a sample.
func (s *samples) size() int {
	n := s.channels
	for _, a := range s.axes {
		n *= a
	}
	return n
}

// setup tells a method what samples are like.
func (s *samples) setup() methods.Setup {
	m := methods.Setup{Channels: s.channels, Samples: s.at}
	if len(s.axes) == 2 {
		m.Height, m.Width = s.axes[0], s.axes[1]
	} else {
		m.Length = s.axes[0]
	}
	return m
}

// labels numbers the classes of the samples in the order in which they are met, or returns nil where one has none; required
// makes that an error.
func (s *samples) labels(required bool) ([]int, error) {
	for i, p := range s.at {
		if s.data.Label(p.Series) == "" {
			if required {
				return nil, inputError("%s has no label, and the method learns from labels", s.name(i))
			}
			return nil, nil
		}
	}
	classes := classesOf(s.data)
	if required && len(classes) < 2 {
		return nil, inputError("labels of %s, want at least 2 to tell apart", plural.Of(len(classes), "class"))
	}
	return numbersOf(s.data, s.at, classes), nil
}

// numbersOf returns the class of each sample, or -1 where its label is none of the classes.
func numbersOf(d Data, at []methods.Sample, classes []string) []int {
	number := map[string]int{}
	for i, c := range classes {
		number[c] = i
	}
	out := make([]int, len(at))
	for i, p := range at {
		k, ok := number[d.Label(p.Series)]
		if !ok {
			k = -1
		}
		out[i] = k
	}
	return out
}

// classesOf lists the labels of data in the order in which they are met.
func classesOf(d Data) []string {
	var out []string
	seen := map[string]bool{"": true}
	for i := range d.Len() {
		if l := d.Label(i); !seen[l] {
			seen[l] = true
			out = append(out, l)
		}
	}
	return out
}

// Few draws a share of the labelled series or images of each class, at least one, in their order: the same for the same
// seed. Those without a label are left out.
func Few(d Data, share float64, seed uint64) (Data, error) {
	labels := make([]string, d.Len())
	for i := range labels {
		labels[i] = d.Label(i)
	}
	chosen, err := subset.PerClass(labels, share, seed)
	if err != nil {
		return nil, err
	}
	switch d := d.(type) {
	case Series:
		out := make(Series, len(chosen))
		for i, k := range chosen {
			out[i] = d[k]
		}
		return out, nil
	case ImageSet:
		return imagePart{d, chosen}, nil
	case SeriesSet:
		return seriesPart{d, chosen}, nil
	}
	return nil, fmt.Errorf("%T is neither a set of series nor of images", d)
}

// seriesPart are some of a set's series.
type seriesPart struct {
	whole SeriesSet
	ids   []int // in rising order
}

func (p seriesPart) Len() int           { return len(p.ids) }
func (p seriesPart) Label(i int) string { return p.whole.Label(p.ids[i]) }

// Windows are those of the whole set less the windows of other series.
func (p seriesPart) Windows(c Cut) (Windows, error) {
	all, err := p.whole.Windows(c)
	if err != nil {
		return nil, err
	}
	number := map[int]int{}
	for i, id := range p.ids {
		number[id] = i
	}
	w := windowPart{Windows: all}
	for i, at := range all.Places() {
		if k, ok := number[at.Series]; ok {
			w.ids = append(w.ids, i)
			w.places = append(w.places, methods.Sample{Series: k, Start: at.Start})
		}
	}
	return w, nil
}

type windowPart struct {
	Windows
	ids    []int
	places []methods.Sample
}

func (w windowPart) Places() []methods.Sample          { return w.places }
func (w windowPart) Read(dst [][]float64, i int) error { return w.Windows.Read(dst, w.ids[i]) }
func (w windowPart) Describe(i int) string             { return describe(w.Windows, w.ids[i]) }

// Step is that of the whole set, see [Stepped].
func (w windowPart) Step() time.Duration {
	if t, ok := w.Windows.(Stepped); ok {
		return t.Step()
	}
	return 0
}

// describe names a window in an error.
func describe(w Windows, i int) string {
	if n, ok := w.(Named); ok {
		return n.Describe(i)
	}
	return fmt.Sprintf("window %d (series %d, from time stamp %d)", i, w.Places()[i].Series, w.Places()[i].Start)
}

// Source draws series of one shape when they are read, such as a synthetic.Set; the same for the same number. Several
// goroutines draw at a time.
type Source interface {
	Data
	// Shape is the number of channels and of time stamps of every series.
	Shape() (channels, length int)
	// Draw writes series i into dst [channel][time].
	Draw(dst [][]float64, i int)
}

// Drawn makes a source a set to learn from. None of its series is kept, so that there may be as many as training takes.
func Drawn(s Source) SeriesSet { return generated{s} }

type generated struct{ Source }

// Windows makes every series one sample, or cuts it where a length is set.
func (d generated) Windows(c Cut) (Windows, error) {
	channels, length := d.Shape()
	w := &generatedWindows{source: d.Source, channels: channels, whole: length, length: c.Length}
	if c.Length == 0 {
		w.length = length
	}
	if w.length > length {
		return nil, inputError("windows of %d time stamps, and the series have %d", w.length, length)
	}
	starts := []int{0}
	if c.Length > 0 && c.Stride > 0 {
		starts = starts[:0]
		for at := range (series.Cut{Length: c.Length, Stride: c.Stride}).Starts(length) {
			starts = append(starts, at)
		}
	}
	w.places = make([]methods.Sample, 0, d.Len()*len(starts))
	for i := range d.Len() {
		for _, at := range starts {
			w.places = append(w.places, methods.Sample{Series: i, Start: at})
		}
	}
	return w, nil
}

type generatedWindows struct {
	source                  Source
	channels, whole, length int
	places                  []methods.Sample
}

func (w *generatedWindows) Places() []methods.Sample { return w.places }
func (w *generatedWindows) Channels() []string       { return make([]string, w.channels) }
func (w *generatedWindows) Length() int              { return w.length }

// Read draws the series that a window is from, once for each of its windows.
func (w *generatedWindows) Read(dst [][]float64, i int) error {
	p := w.places[i]
	if w.length == w.whole {
		w.source.Draw(dst, p.Series)
		return nil
	}
	all := valueRows(w.channels, w.whole)
	w.source.Draw(all, p.Series)
	for c, v := range all {
		copy(dst[c], v[p.Start:p.Start+w.length])
	}
	return nil
}

func (w *generatedWindows) Describe(i int) string {
	return fmt.Sprintf("series %d, from time stamp %d", w.places[i].Series, w.places[i].Start)
}
