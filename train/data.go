package train

import (
	"fmt"

	"github.com/wavekin/wavekin/datasets/subset"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/series"
)

// Data is what an encoder learns from: [Series], or images by [Images].
type Data interface {
	// Len is the number of series or images.
	Len() int
	// Label is the class of one, or "" where it has none.
	Label(i int) string
	// only keeps those of the given numbers.
	only(ids []int) Data
	// prepare fills in settings that depend on what is learnt from.
	prepare(c Config) Config
	// samples makes them a training set, under settings that are filled in.
	samples(c Config) (*samples, error)
}

// samples is a training set, all samples of one shape.
type samples struct {
	// at are their places, and their number.
	at []methods.Sample
	// channels and axes are the shape of a sample: [T] behind the channels, or [H, W].
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
	// axes is the shape of each view behind its channels. Spans, where not nil, are what the views show of a window.
	axes(spans []methods.Span) [][]int
	// fill writes every view of each sample, dst[view] being [N, channels, axes...].
	fill(dst [][]float32, ids []int, epoch int, spans []methods.Span) error
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
	return numbersOf(s.data, s.at, classesOf(s.data)), nil
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
	return d.only(chosen), nil
}

// Series are the series that an encoder learns from; all must have the same channels.
type Series []*series.Series

// Len is the number of series.
func (all Series) Len() int { return len(all) }

// Label is the class of a series.
func (all Series) Label(i int) string { return all[i].Label }

func (all Series) only(ids []int) Data {
	out := make(Series, len(ids))
	for i, k := range ids {
		out[i] = all[k]
	}
	return out
}

func (all Series) prepare(c Config) Config { return c }

// samples cuts the series into windows, normalised as the settings or the model before say.
func (all Series) samples(c Config) (*samples, error) {
	if n := encoders.Axes(c.Encoder); n != 1 {
		return nil, fmt.Errorf("%s is an encoder of images, and these are series; choose conv, resnet1d or transformer", c.Encoder.Name())
	}
	w, err := all.windows(c)
	if err != nil {
		return nil, err
	}
	return &samples{at: w.at, channels: w.channels, axes: []int{w.length}, data: all, source: w}, nil
}

func (all Series) windows(c Config) (*windows, error) {
	if c.from == nil {
		norm, err := series.FitNormalizer(all, c.Normalize)
		if err != nil {
			return nil, &InputError{Err: err}
		}
		return newWindows(all, c.Window, c.Stride, norm)
	}
	was := c.from.Settings
	if was.Image != nil {
		return nil, inputError("series for a model of images")
	}
	w, err := newWindows(all, 0, 1, was.Normalizer)
	if err != nil {
		return nil, err
	}
	if w.channels != was.Channels {
		return nil, inputError("series of %d channel(s) for a model of %d (%v)", w.channels, was.Channels, was.ChannelNames)
	}
	w.length = was.Window
	return w, nil
}
