package detect

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/wavekin/wavekin/internal/tensorfile"
	"github.com/wavekin/wavekin/knn"
	"github.com/wavekin/wavekin/model"
)

// ReferenceFormat is raised when the file of a detector changes in a way that older programs cannot read;
// docs/file-formats.md specifies it.
const ReferenceFormat = "1"

// ErrOtherModel says that a reference was made with another model than the one it is to be used with.
var ErrOtherModel = errors.New("the reference was made with another model")

// ErrFused says that a reference is one of a [Fused] detector, which [LoadFused] reads.
var ErrFused = errors.New("a reference of combined comparisons, not of a model alone")

// FileError says what is wrong with the file of a detector: its path, the byte at which it was noticed or -1, and the cause.
type FileError = tensorfile.Error

// identity is the hash of an encoder, "" where it has none.
func identity(by Encoder) string {
	if h, ok := by.(interface{ Hash() string }); ok {
		return h.Hash()
	}
	return ""
}

// fileSettings is what is kept of a detector beside its numbers.
type fileSettings struct {
	Config      Config   `json:"config"`
	Coder       string   `json:"coder"`
	Series      []string `json:"series"`
	Independent int      `json:"independent"`
	Input       *Input   `json:"input,omitempty"`
	// Readings is nil where none are kept, as in files of older programs.
	Readings *readingsFile `json:"readings,omitempty"`
	// Search is nil for an exact detector.
	Search *searchSettings `json:"search,omitempty"`
}

// Input is what series the model of a detector takes.
type Input struct {
	// Channels is how many, Names what they are called, nil where they have no names, and Step the distance of their time stamps in
	// nanoseconds, 0 where it is not known.
	Channels int      `json:"channels"`
	Names    []string `json:"channel_names,omitempty"`
	Step     int64    `json:"step_ns,omitempty"`
}

// Input tells what series the model takes that a detector was made with; nil where that is not known.
func (d *Detector) Input() *Input {
	if m, ok := d.by.(*model.Model); ok {
		return &Input{m.Settings.Channels, m.Settings.ChannelNames, m.Settings.Step}
	}
	return d.input
}

// Save writes the detector as one safetensors file: rows, the scores of normal data and what it takes to recognise them. The
// encoder is not in it, only its hash.
func (d *Detector) Save(path string) error {
	settings, err := json.Marshal(fileSettings{d.config, d.coder, d.names, d.independent, d.Input(), d.readings.file(), d.searchSettings()})
	if err != nil {
		return err
	}
	meta := map[string]string{"reference": ReferenceFormat, "settings": string(settings)}
	ts := append(slices.Concat(d.tensors(""), d.timesTensor(""), d.rates.tensors()),
		tensorfile.Tensor{Name: "points", Shape: []int{len(d.points)}, Data: d.points},
		tensorfile.Tensor{Name: "windows", Shape: []int{len(d.windows)}, Data: d.windows})
	if x, ok := d.index.(*knn.Inverted); ok {
		further, err := indexTensors(x)
		if err != nil {
			return err
		}
		meta["reference"], ts = ApproximateFormat, append(ts, further...)
	}
	return tensorfile.Write(path, meta, ts)
}

// tensors are the rows, where they lie, and what recognises them; their names begin with prefix.
func (d *Detector) tensors(prefix string) []tensorfile.Tensor {
	runs := make([]uint64, 0, len(d.prints.known))
	for sum := range d.prints.known {
		runs = append(runs, sum)
	}
	slices.Sort(runs)
	known := make([]int, 0, 4*len(runs))
	for _, sum := range runs {
		at := d.prints.known[sum]
		known = append(known, int(sum>>32), int(sum&math.MaxUint32), at.series+1, at.at)
	}
	ts := append(d.readings.tensors(prefix),
		tensorfile.Tensor{Name: prefix + "places", Shape: []int{len(d.places), 3, digits}, Data: packPlaces(d.places)},
		tensorfile.Tensor{Name: prefix + "prints", Shape: []int{len(runs), 4, digits}, Data: pack(known)})
	if d.config.Approximate {
		return ts
	}
	return append(ts, tensorfile.Tensor{Name: prefix + "rows", Shape: []int{len(d.places), d.index.Dim()}, Data: d.rows})
}

// timesTensor holds the time stamps of the windows, which may be before 1970: the upper half of each, raised by 2^31, and the lower.
func (d *Detector) timesTensor(prefix string) []tensorfile.Tensor {
	if len(d.times) == 0 {
		return nil
	}
	var halves []int
	for _, t := range d.times {
		halves = append(halves, int(t>>32)+1<<31, int(t&math.MaxUint32))
	}
	return []tensorfile.Tensor{{Name: prefix + "times", Shape: []int{len(d.times), 2, digits}, Data: pack(halves)}}
}

// wantedFile is said of a file of another kind.
const wantedFile = "a reference of normal data; wavekin reference writes one"

// Load reads a detector that [Detector.Save] has written, to be used with the encoder that it was made with; with nil it can
// be looked at, and scores nothing. Errors: ErrOtherModel, or a [*FileError] about the file.
func Load(path string, by Encoder) (*Detector, error) {
	meta, ts, err := tensorfile.ReadBytes(path)
	if err != nil {
		return nil, tensorfile.Wanted(err, wantedFile)
	}
	d, err := decode(meta, ts)
	if err != nil {
		return nil, &FileError{Path: path, Offset: -1, Err: err}
	}
	if by != nil && d.config.Score == Prediction {
		if d.predictor, err = predictorOf(by); err != nil {
			return nil, &FileError{Path: path, Offset: -1, Err: err}
		}
		by = d.predictor
	}
	if by != nil && d.coder != identity(by) {
		return nil, &FileError{Path: path, Offset: -1,
			Err: fmt.Errorf("%w (hash %.12s, this one has %.12s); make it anew with this model", ErrOtherModel, d.coder, identity(by))}
	}
	d.by = by
	return d, nil
}

// decode believes nothing in the file before it is checked.
func decode(meta map[string]string, ts []tensorfile.Tensor) (*Detector, error) {
	switch {
	case meta["reference"] == "":
		return nil, errors.New("not a reference of normal data; wavekin reference makes one")
	case meta["reference"] == FusedFormat || meta["reference"] == secondFused:
		return nil, ErrFused
	case meta["reference"] != ReferenceFormat && meta["reference"] != ApproximateFormat:
		return nil, unknownFormat(meta)
	}
	var s fileSettings
	if err := json.Unmarshal([]byte(meta["settings"]), &s); err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}
	if err := s.Config.check(); err != nil {
		return nil, err
	}
	if in := s.Input; in != nil && (in.Channels < 1 || in.Names != nil && len(in.Names) != in.Channels || in.Step < 0) {
		return nil, fmt.Errorf("settings: %d channels with %d names, time stamps %d ns apart", in.Channels, len(in.Names), in.Step)
	}
	if s.Config.Approximate != (meta["reference"] == ApproximateFormat) {
		return nil, fmt.Errorf("settings: approximate is %v in a reference of format %s", s.Config.Approximate, meta["reference"])
	}
	d := &Detector{config: s.Config, coder: s.Coder, names: s.Series, independent: s.Independent, input: s.Input, prints: newPrints(s.Config.Window)}
	byName := named(ts)
	d.windows, d.points = byName["windows"].Data, byName["points"].Data
	if err := cmp.Or(d.restore(byName, "", s.Search), d.restoreReadings(s.Readings, byName, "")); err != nil {
		return nil, err
	}
	if err := cmp.Or(ascending(d.windows), ascending(d.points)); err != nil {
		return nil, err
	}
	var err error
	if d.rates, err = restoreRates(byName, d.Join()); err != nil {
		return nil, err
	}
	if len(d.windows) == 0 {
		return nil, fmt.Errorf("no scores for %d normal windows", len(d.places))
	}
	if all := max(len(d.places), len(d.windows)); d.independent < 1 || d.independent > all {
		return nil, fmt.Errorf("%d of %d normal windows do not overlap", d.independent, all)
	}
	return d, nil
}

// named are tensors by their names.
func named(ts []tensorfile.Tensor) map[string]tensorfile.Tensor {
	byName := map[string]tensorfile.Tensor{}
	for _, t := range ts {
		byName[t.Name] = t
	}
	return byName
}

// ascending refuses scores of normal data that are not in order, or no numbers.
func ascending(scores []float32) error {
	for i, v := range scores {
		if v-v != 0 {
			return fmt.Errorf("a score of normal data is %g, want a finite number", v)
		}
		if i > 0 && v < scores[i-1] {
			return errors.New("scores of normal data are not in order")
		}
	}
	return nil
}

// unknownFormat tells which formats are known.
func unknownFormat(meta map[string]string) error {
	return fmt.Errorf("reference format %q, this program reads %s, %s, %s, %s and %s", meta["reference"], ReferenceFormat, secondFused, ApproximateFormat, fourthFused, FusedFormat)
}

// restore takes what tensors has written; search is that of an approximate detector.
func (d *Detector) restore(byName map[string]tensorfile.Tensor, prefix string, search *searchSettings) error {
	d.rows = byName[prefix+"rows"].Data
	if err := d.fill(unpack(byName[prefix+"places"].Data), unpack(byName[prefix+"prints"].Data)); err != nil {
		return err
	}
	if err := d.restoreTimes(unpack(byName[prefix+"times"].Data)); err != nil {
		return err
	}
	if d.config.Approximate {
		d.rows = nil
		return d.restoreIndex(byName, search)
	}
	if len(d.places) == 0 || len(d.rows)%len(d.places) != 0 {
		return fmt.Errorf("%d numbers for %d normal windows", len(d.rows), len(d.places))
	}
	var err error
	d.index, err = knn.New(d.rows, len(d.rows)/len(d.places), d.config.Metric)
	return err
}

// restoreTimes takes the halves of the time stamps, of which there may be none.
func (d *Detector) restoreTimes(halves []int) error {
	if len(halves) == 0 {
		return nil
	}
	if len(halves) != 2*len(d.places) {
		return fmt.Errorf("%d halves of time stamps for %d normal windows", len(halves), len(d.places))
	}
	for i := 0; i < len(halves); i += 2 {
		if hi, lo := halves[i], halves[i+1]; hi < 0 || hi > math.MaxUint32 || lo < 0 || lo > math.MaxUint32 {
			return fmt.Errorf("the time stamp of window %d is none", i/2)
		}
		d.times = append(d.times, int64(halves[i]-1<<31)<<32|int64(halves[i+1]))
	}
	return nil
}

// fill checks and takes over where the rows lie and the runs that recognise them.
func (d *Detector) fill(places, known []int) error {
	if len(known)%4 != 0 {
		return fmt.Errorf("%d numbers of runs, want fours", len(known))
	}
	var err error
	if d.places, err = unpackPlaces(places, len(d.names)); err != nil {
		return err
	}
	for i := 0; i < len(known); i += 4 {
		at := position{known[i+2] - 1, known[i+3]}
		if at.series >= len(d.names) {
			return fmt.Errorf("a run of series %d of %d", at.series, len(d.names))
		}
		d.prints.known[uint64(known[i])<<32|uint64(known[i+1])&math.MaxUint32] = at
	}
	return nil
}

// packPlaces keeps where windows lie.
func packPlaces(places []place) []float32 {
	numbers := make([]int, 0, 3*len(places))
	for _, p := range places {
		numbers = append(numbers, p.series, p.start, p.end)
	}
	return pack(numbers)
}

// unpackPlaces checks where windows of so many series lie, which are in order.
func unpackPlaces(numbers []int, names int) (places []place, err error) {
	if len(numbers)%3 != 0 {
		return nil, fmt.Errorf("%d numbers of places, want threes", len(numbers))
	}
	for i := 0; i < len(numbers); i += 3 {
		p := place{numbers[i], numbers[i+1], numbers[i+2]}
		if p.series < 0 || p.series >= max(names, 1) || p.start < 0 || p.end <= p.start {
			return nil, fmt.Errorf("window %d lies at %d to %d of series %d of %d", i/3, p.start, p.end, p.series, names)
		}
		if n := len(places); n > 0 {
			if last := places[n-1]; p.series < last.series || p.series == last.series && p.start <= last.start {
				return nil, fmt.Errorf("window %d is out of order", n)
			}
		}
		places = append(places, p)
	}
	return places, nil
}

// Safetensors files of this project hold float32 alone. A whole number, 0 or above, is kept exactly as digits to the base
// 65536, the lowest first.
const (
	digits = 4
	base   = 1 << 16
)

func pack(numbers []int) []float32 {
	out := make([]float32, 0, digits*len(numbers))
	for _, n := range numbers {
		for range digits {
			out = append(out, float32(n%base))
			n /= base
		}
	}
	return out
}

// unpack returns -1 for what pack cannot have written.
func unpack(x []float32) []int {
	out := make([]int, 0, len(x)/digits)
	for ; len(x) >= digits; x = x[digits:] {
		n := 0
		for i := digits - 1; i >= 0; i-- {
			d := int(x[i])
			if !(x[i] >= 0 && x[i] < base) || float32(d) != x[i] || i == digits-1 && d >= base/2 {
				n = -1
				break
			}
			n = n*base + d
		}
		out = append(out, n)
	}
	return out
}
