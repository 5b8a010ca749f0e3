package detect

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/wavekin/wavekin/internal/tensorfile"
	"github.com/wavekin/wavekin/knn"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/series"
)

// FusedFormat tells the file of a fused detector from that of another one, and is raised when it changes in a way that older
// programs cannot read; docs/file-formats.md specifies it.
const FusedFormat = "5"

// The versions of files without the look Learnt, and without Subspace.
const (
	secondFused = "2"
	fourthFused = "4"
)

// fusedFile is what is kept of a fused detector beside its numbers.
type fusedFile struct {
	Parts       []Part        `json:"parts"`
	Coders      []string      `json:"coders"` // of the parts, "" for those that need none
	Channels    []string      `json:"channels"`
	Count       int           `json:"count"`
	Step        time.Duration `json:"step"`
	Independent int           `json:"independent"`
	Series      []string      `json:"series"`
	Branches    []branchFile  `json:"branches"`
}

type branchFile struct {
	Part    int `json:"part"`
	Channel int `json:"channel"`
	// Among are the channels that are compared together, where these are not all.
	Among []int `json:"among,omitempty"`
	// Centre and Scale are the calibration; a Scale of 0 stands for none, of a branch that says nothing.
	Centre float64 `json:"centre"`
	Scale  float64 `json:"scale"`
	// Median and Distance are those of Amplitude.
	Median   float64 `json:"median"`
	Distance float64 `json:"distance"`
	// Kernels are the settings of the model of kernels, or of another look that is fitted.
	Kernels json.RawMessage `json:"kernels,omitempty"`
	// Windows tells whether there are normal windows, and Normalizer is what a look standardises them by; one of Subspace without it says
	// nothing.
	Windows    bool               `json:"windows"`
	Normalizer *series.Normalizer `json:"normalizer,omitempty"`
	// Readings are those of a branch that keeps its own.
	Readings *readingsFile `json:"readings,omitempty"`
}

// Save writes the detector as one safetensors file. Encoders are not in it, only their hashes.
func (f *Fused) Save(path string) error {
	s := fusedFile{Parts: f.parts, Channels: f.channels, Count: f.count, Step: f.step, Independent: f.windows, Series: f.names}
	for _, p := range f.parts {
		s.Coders = append(s.Coders, identity(p.Encoder))
	}
	ts := []tensorfile.Tensor{{Name: "normal", Shape: []int{len(f.normal)}, Data: f.normal}}
	ts = append(ts, f.rates.tensors()...)
	for k, b := range f.branches {
		one := branchFile{Part: b.part, Channel: b.channel, Among: b.among, Centre: b.calibration.Centre, Scale: b.calibration.Scale, Median: b.median, Distance: b.distance, Windows: b.windows != nil}
		if math.IsInf(b.calibration.Scale, 1) {
			one.Scale = 0
		}
		prefix := fmt.Sprintf("%d.", k)
		if b.components != nil {
			one.Normalizer = b.components.norm
			ts = append(ts, b.components.tensors(prefix)...)
		}
		if b.windows != nil {
			one.Readings = b.windows.readings.file()
			if ts = append(ts, b.windows.tensors(prefix)...); k == f.shown() {
				ts = append(ts, b.windows.timesTensor(prefix)...)
			}
			switch by := b.windows.by.(type) {
			case *looker:
				one.Normalizer = by.norm
			case *model.Model:
				if _, ok := fitted[f.parts[b.part].Look]; !ok {
					break
				}
				var err error
				if one.Kernels, err = json.Marshal(by.Settings); err != nil {
					return err
				}
				for _, p := range by.Weights().All() {
					ts = append(ts, tensorfile.Tensor{Name: prefix + kernelsPrefix + p.Name, Shape: p.Shape, Data: p.Data})
				}
			}
		}
		s.Branches = append(s.Branches, one)
	}
	settings, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return tensorfile.Write(path, map[string]string{"reference": FusedFormat, "settings": string(settings)}, ts)
}

// LoadFused reads a detector that [Fused.Save] has written. The encoders that it was made with, found by their hashes, belong
// to it; without them it can be looked at, and scores nothing. Errors: ErrOtherModel, or a [*FileError] about the file.
func LoadFused(path string, encoders ...Encoder) (*Fused, error) {
	meta, ts, err := tensorfile.ReadBytes(path)
	if err != nil {
		return nil, tensorfile.Wanted(err, wantedFile)
	}
	f, err := decodeFused(meta, ts, encoders)
	if err != nil {
		return nil, &FileError{Path: path, Offset: -1, Err: err}
	}
	return f, nil
}

// decodeFused believes nothing in the file before it is checked.
func decodeFused(meta map[string]string, ts []tensorfile.Tensor, encoders []Encoder) (*Fused, error) {
	switch {
	case meta["reference"] == "":
		return nil, errors.New("not a reference of normal data; wavekin reference makes one")
	case meta["reference"] == ReferenceFormat || meta["reference"] == ApproximateFormat:
		return nil, errors.New("a reference made with a model; give the model by --model")
	case !slices.Contains([]string{FusedFormat, fourthFused, secondFused}, meta["reference"]):
		return nil, unknownFormat(meta)
	case slices.ContainsFunc(ts, func(t tensorfile.Tensor) bool { return t.Bytes != nil }):
		return nil, errors.New("bytes among the numbers of combined comparisons")
	}
	if meta[tensorfile.ChecksumKey] == "" {
		return nil, tensorfile.ErrDamaged
	}
	var s fusedFile
	if err := json.Unmarshal([]byte(meta["settings"]), &s); err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}
	f := &Fused{parts: s.Parts, channels: s.Channels, count: s.Count, step: s.Step, windows: s.Independent, names: s.Series}
	if len(f.parts) == 0 || len(s.Coders) != len(f.parts) || f.count < 1 || f.channels != nil && len(f.channels) != f.count || f.windows < 0 || f.step < 0 {
		return nil, fmt.Errorf("%d parts by %d encoders of %d channels, %d of them named, in steps of %v", len(f.parts), len(s.Coders), f.count, len(f.channels), f.step)
	}
	if err := f.encodeBy(s.Coders, encoders); err != nil {
		return nil, err
	}
	if err := f.layout(); err != nil {
		return nil, err
	}
	byName := named(ts)
	if f.normal = byName["normal"].Data; len(f.normal) == 0 {
		return nil, errors.New("no scores of normal data")
	}
	if err := ascending(f.normal); err != nil {
		return nil, err
	}
	var err error
	if f.rates, err = restoreRates(byName, f.Join()); err != nil {
		return nil, err
	}
	for k, one := range s.Branches {
		b, err := f.restore(one, byName, fmt.Sprintf("%d.", k))
		if err != nil {
			return nil, fmt.Errorf("branch %d: %w", k, err)
		}
		if k > 0 && b.part < f.branches[k-1].part {
			return nil, fmt.Errorf("branch %d is out of order", k)
		}
		f.branches = append(f.branches, b)
	}
	return f, nil
}

// encodeBy finds the encoders of the parts; without any, parts have one that refuses.
func (f *Fused) encodeBy(coders []string, encoders []Encoder) error {
	for i := range f.parts {
		p := &f.parts[i]
		if p.Look != Encoding {
			continue
		}
		for _, e := range encoders {
			if e != nil && identity(e) == coders[i] {
				p.Encoder = e
			}
		}
		switch {
		case p.Encoder == nil && len(encoders) > 0:
			return fmt.Errorf("%w (hash %.12s); make it anew with this model", ErrOtherModel, coders[i])
		case p.Encoder == nil:
			p.Encoder = absent{}
		}
	}
	return nil
}

// restore makes a branch of what is kept of it.
func (f *Fused) restore(one branchFile, byName map[string]tensorfile.Tensor, prefix string) (*branch, error) {
	if one.Part < 0 || one.Part >= len(f.parts) {
		return nil, fmt.Errorf("part %d of %d", one.Part, len(f.parts))
	}
	p := f.parts[one.Part]
	each := p.byChannel()
	if one.Channel < -1 || one.Channel >= f.count || each != (one.Channel >= 0) {
		return nil, fmt.Errorf("channel %d of %d for part %q", one.Channel, f.count, p.Name)
	}
	if len(one.Among) > 0 && (each || one.Among[0] < 0 || one.Among[len(one.Among)-1] >= f.count || !slices.IsSorted(one.Among)) {
		return nil, fmt.Errorf("channels %v of %d for part %q", one.Among, f.count, p.Name)
	}
	for _, v := range []float64{one.Centre, one.Scale, one.Median, one.Distance} {
		if v-v != 0 {
			return nil, fmt.Errorf("%g among the settings, want finite numbers", v)
		}
	}
	if one.Scale < 0 || one.Distance < 0 || one.Windows && (p.Look == Amplitude || p.Look == Subspace) {
		return nil, fmt.Errorf("scale %g and distance %g; neither may be negative", one.Scale, one.Distance)
	}
	b := &branch{part: one.Part, channel: one.Channel, among: one.Among, window: p.Window, calibration: Calibration{Centre: one.Centre, Scale: one.Scale}, median: one.Median, distance: one.Distance}
	if one.Scale == 0 {
		b.calibration.Scale = math.Inf(1)
	}
	if p.Look == Subspace && one.Normalizer != nil {
		var err error
		b.components, err = restoreComponents(p, one.Normalizer, byName, prefix)
		return b, err
	}
	if !one.Windows {
		return b, nil
	}
	channels := 1
	switch {
	case len(one.Among) > 0:
		channels = len(one.Among)
	case !each:
		channels = f.count
	}
	by, err := one.encoder(p, channels, byName, prefix)
	if err != nil {
		return nil, err
	}
	c, err := Config{Window: p.Window, Stride: p.stride(), Metric: knn.Euclidean}.resolve(by)
	if err != nil {
		return nil, err
	}
	b.windows = &Detector{config: c, by: by, names: f.names, prints: newPrints(c.Window)}
	if err := cmp.Or(b.windows.restore(byName, prefix, nil), b.windows.restoreReadings(one.Readings, byName, prefix)); err != nil {
		return nil, err
	}
	if dim := b.windows.index.Dim(); one.Normalizer != nil && dim != channels*p.Window {
		return nil, fmt.Errorf("rows of %d numbers, want %d", dim, channels*p.Window)
	}
	return b, nil
}

// kernelsPrefix begins the names of the weights of kernels, and of other fitted encoders.
const kernelsPrefix = "kernels."

// encoder makes what encodes the windows of a branch of so many channels.
func (one *branchFile) encoder(p Part, channels int, byName map[string]tensorfile.Tensor, prefix string) (Encoder, error) {
	_, fits := fitted[p.Look]
	switch {
	case p.Look == Encoding:
		return p.Encoder, nil
	case fits:
		var ts []tensorfile.Tensor
		for name, t := range byName {
			if rest, ok := strings.CutPrefix(name, prefix+kernelsPrefix); ok {
				t.Name = rest
				ts = append(ts, t)
			}
		}
		m, err := model.FromTensors(map[string]string{"format": model.FormatVersion, "settings": string(one.Kernels), "summary": "{}", tensorfile.ChecksumKey: "of the reference"}, ts)
		if err == nil && (m.Settings.Channels != channels || m.Settings.Image != nil) {
			err = fmt.Errorf("its encoder takes %d channels, want %d", m.Settings.Channels, channels)
		}
		return m, err
	case one.Normalizer == nil:
		return nil, errors.New("there is no normaliser")
	}
	return &looker{p.Look, one.Normalizer}, one.Normalizer.Check(channels)
}

// absent stands for an encoder that was not given.
type absent struct{}

func (absent) Match(s *series.Series) (*series.Series, error) { return s, nil }

func (absent) Encode(context.Context, []*series.Window) ([]float32, error) {
	return nil, errors.New("a reference that was loaded without its model scores nothing")
}
