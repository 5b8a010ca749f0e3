package cli

import (
	"errors"
	"io"
	"math"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/datasets/archive"
	"github.com/wavekin/wavekin/datasets/imageset"
	"github.com/wavekin/wavekin/datasets/synthetic"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/encoders/learnt"
	"github.com/wavekin/wavekin/internal/plural"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/series"
	"github.com/wavekin/wavekin/train"
)

// inputFlags say how tables are read.
type inputFlags struct {
	Time        string   `help:"Name of the time column." placeholder:"COLUMN"`
	Series      string   `help:"Name of the column that distinguishes series." placeholder:"COLUMN"`
	Label       string   `help:"Name of the label column." placeholder:"COLUMN"`
	NormalLabel string   `help:"The label of rows without an anomaly, if it is not normal, ok, 0 or similar." placeholder:"WORD"`
	Channels    []string `help:"Columns to use as channels; default: every other numeric column." placeholder:"A"`
	Sort        bool     `help:"Sort rows by time where they are out of order."`
	Format      string   `help:"Format of the input files (wavekin list formats); default: recognised." placeholder:"NAME"`
	NoHeader    bool     `help:"The first row of a text table is data; the columns are called 0, 1, 2."`
	Encoding    string   `help:"Encoding of text without a mark (BOM), such as latin1 or utf-16le; default: UTF-8." placeholder:"NAME"`
	Decimal     string   `help:"Decimal sign of text tables, a comma or a point; default: detected per column." enum:",comma,point" default:"" placeholder:"SIGN"`
	Missing     []string `help:"Additional markers of missing values, such as -9999." placeholder:"WORD"`
	BadCells    string   `help:"What to do with a non-numeric cell in a numeric column: fail or gap." enum:"fail,gap" default:"fail" placeholder:"HOW"`
	TimeFormat  string   `help:"How time stamps are written: day-first, month-first, s, ms, us, ns, dotnet or filetime (ticks of Windows), excel or matlab (days), or a pattern such as %d/%m/%Y." placeholder:"FORMAT"`
	Grid        string   `help:"How readings are aligned to the regular grid of their time stamps, or of the model: nearest, mean or linear." enum:"nearest,mean,linear" default:"nearest" placeholder:"HOW"`
	Repeated    string   `help:"How to handle repeated time stamps: mean, first or refuse." enum:"mean,first,refuse" default:"mean" placeholder:"HOW"`
	Resample    bool     `help:"Resample series whose step differs from that of the model, or of the first series; otherwise they are refused."`
	Retries     uint     `help:"How many times to try again, with growing pauses, what may pass: I/O errors and timeouts of network file systems." default:"2"`
	TimeZone    string   `help:"Time zone of time stamps without an offset, such as Europe/Berlin; default: UTC." placeholder:"ZONE"`
	imageFlags

	budget     budget
	keep       keeping
	peek       bool // only the beginning is looked at
	labelsOnly bool // a table without a channel is read for its labels

	towers string        // the file of those of the built-in encoder; "" for its own
	part   string        // of image sets whose name does not say it
	onGrid bool          // series are put on the grid of their time stamps
	step   time.Duration // of the grid; 0: that of the first series
	names  []string      // of the channels to read, nil where they have none
	count  int           // of these; 0: all
}

func (f inputFlags) options() datasets.Options {
	return datasets.Options{LabelsOnly: f.labelsOnly, Time: f.Time, Series: f.Series, Label: f.Label, NormalLabel: f.NormalLabel, Channels: f.Channels, Sort: f.Sort, Format: f.Format,
		NoHeader: f.NoHeader, Encoding: f.Encoding, Decimal: map[string]string{"comma": ",", "point": "."}[f.Decimal], Missing: f.Missing,
		BadCells: map[string]datasets.BadCells{"gap": datasets.GapCells}[f.BadCells], TimeFormat: f.TimeFormat, TimeZone: f.TimeZone, Retries: int(min(f.Retries, math.MaxInt32))}
}

// inputs lists what is read, with the channels of a model unless m is nil; sets of images are read as series.
func (f inputFlags) inputs(e *env, paths []string, m *model.Model) (*inputs, error) {
	o := f.options()
	o.BytesRead = &e.bytes
	o.ChunkRows, o.Memory = f.budget.rows, f.budget.file
	if f.peek {
		o.ChunkRows = rowsLookedAt
	}
	switch {
	case e.bad == nil:
	case f.peek:
		o.BadRow = func(*datasets.Error) {} // told when the file is read to work on it
	default:
		o.BadRow = e.bad.add
	}
	all, err := datasets.NewInputs(o)
	if err != nil {
		return nil, err
	}
	for _, p := range paths {
		if p == datasets.Stdin && e.stdin != nil {
			all.AddReader(p, func() (datasets.Reader, error) { return datasets.OpenStream(p, e.stdin, o) })
			continue
		}
		if isAddress(p) {
			all.AddReader(p, func() (datasets.Reader, error) { return openAddress(e, p, o) })
			continue
		}
		if imageset.IsSet(p) {
			all.AddReader(p, func() (datasets.Reader, error) { return f.openRows(e, p, f.part) })
			continue
		}
		if synthetic.Is(p) {
			set, err := synthetic.Parse(p, e.cli.Seed)
			if err != nil {
				return nil, usageError{err}
			}
			all.AddReader(p, func() (datasets.Reader, error) { return set.Reader(), nil })
			continue
		}
		for _, file := range files([]string{p}) {
			if _, _, known := archive.Of(file); known {
				all.AddReader(file, func() (datasets.Reader, error) { return archive.Open(file, o) })
			} else {
				all.Add(file)
			}
		}
	}
	switch {
	case m != nil:
		all.Fit(m.Settings.ChannelNames, m.Settings.Channels)
	case f.count > 0:
		all.Fit(f.names, f.count)
	}
	in := &inputs{Inputs: all, e: e, model: m, held: f.budget.held}
	if m != nil || f.onGrid {
		in.grid = &series.Grid{Step: f.step, Placing: series.Placing(f.Grid), Repeated: series.Repeated(f.Repeated)}
		in.resample = f.Resample
		if m != nil {
			in.grid.Step = m.Step()
		}
	}
	return in, nil
}

// gridded reads series on the grid of their time stamps, of a step or, with 0, of that of the first series.
func (f inputFlags) gridded(step time.Duration) inputFlags {
	f.onGrid, f.step = true, step
	return f
}

// fitted reads the channels of these names, or so many where they have none; others are left out and named.
func (f inputFlags) fitted(names []string, count int) inputFlags {
	f.names, f.count = names, count
	return f
}

// of returns the flags for a part of an image set whose name does not say which.
func (f inputFlags) of(part string) inputFlags {
	f.part = part
	return f
}

// builtin is the model that stands for the built-in encoder.
const builtin = "builtin"

// isBuiltin tells whether the built-in encoder is asked for, or a file of other towers for it, which is then used.
func (f *inputFlags) isBuiltin(file string) bool {
	if file == "" || file == builtin {
		return true
	}
	if !learnt.Is(file) {
		return false
	}
	f.towers = file
	return true
}

// wantsModel refuses sets of images where no model is given, or the built-in encoder: both would read them as series of a channel
// for every number in a row.
func wantsModel(file string, paths []string) error {
	if !new(inputFlags).isBuiltin(file) {
		return nil
	}
	for _, p := range paths {
		if imageset.IsSet(p) {
			return usagef("%s: images need a model that has learnt from images: make one by wavekin pretrain --data %s --out FILE and give it by --model", p, p)
		}
	}
	return nil
}

// builtinFor makes the built-in encoder suit inputs, of which the first one that can be read shows the channels and, with
// window 0, how long a window should be; parts says that whole series, even of many, are no windows.
func (f inputFlags) builtinFor(e *env, inputs []string, window int, parts, followed bool) (*model.Model, error) {
	for _, p := range inputs {
		switch {
		case isAddress(p):
			return nil, usagef("the built-in encoder looks at the channels first, and each connection may have others; give --model FILE (wavekin export builtin --window N --channels N --out FILE.safetensors makes one)")
		case p == datasets.Stdin && followed && window == 0:
			return nil, usagef("the built-in encoder chooses its windows by a long beginning, which a stream that is followed does not have; give --window N")
		case p == datasets.Stdin:
			b := &beginning{from: e.stdin}
			e.stdin = b
			defer func() { e.stdin = b.again() }()
		}
	}
	f.peek = true
	in, err := f.gridded(0).inputs(e, inputs, nil)
	if err != nil {
		return nil, err
	}
	if len(in.Files()) == 0 {
		return nil, usagef("no input")
	}
	var first train.Series
	var failed error // of the first input; another one may do
	for i := 0; i < len(in.Files()) && first == nil; i++ {
		if first, err = in.begin(i, window == 0); failed == nil {
			failed = err
		}
	}
	if first == nil {
		return nil, failed
	}
	if window == 0 {
		longest := slices.MaxFunc(first, func(a, b *series.Series) int { return a.Len() - b.Len() })
		if window, _ = first.Window(); window == 0 && parts { // many series are no reason to compare whole ones
			window, _ = train.Series{longest}.Window()
		}
		if window == 0 {
			window = longest.Len()
		}
	}
	return f.builtinOf(e, first[0].NumChannels(), window, first[0].Channels, int64(first[0].Step))
}

// builtinOf is the built-in encoder for windows of a length, of channels of some names, nil for none, and time stamps so many
// nanoseconds apart, 0 for any.
func (f inputFlags) builtinOf(e *env, channels, window int, names []string, step int64) (*model.Model, error) {
	m, err := train.BuiltinFrom(f.towers, channels, window)
	if err != nil {
		return nil, err
	}
	m.Settings.ChannelNames, m.Settings.Step = names, step
	e.remark("the built-in encoder, which has seen synthetic series only, on windows of %s (--window sets another length, --model another encoder)", plural.Of(window, "time stamp"))
	return m, nil
}

// What is looked at of an input: at most so many time stamps and values to choose a window, and so many rows to see the channels.
const (
	mostLookedAt = 1 << 17
	valuesLooked = 1 << 23
	rowsLookedAt = 1 << 12
)

// begin reads the beginning of an input, as much as shows its channels or, if it is to be long, a window.
func (l *inputs) begin(i int, long bool) (train.Series, error) {
	r, err := l.open(i)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var all train.Series
	for seen := 0; seen < mostLookedAt && (long || seen == 0); {
		s, err := r.next() // what there is to say is said when the input is read to work on it
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		all = series.Append(all, s)
		if seen += s.Len(); seen*s.NumChannels() >= valuesLooked {
			break
		}
	}
	if len(all) == 0 {
		return nil, &datasets.Error{File: l.Files()[i], Offset: -1, Err: errors.New("there is not a single row in it")}
	}
	return all, nil
}

// loadOrSuit reads a model, or makes the built-in encoder suit normal readings, on windows of a length or with 0 of one by their
// period, or, with a reference, the windows and channels of that; of an older one, the channels of what is scored.
func (f inputFlags) loadOrSuit(e *env, file string, window int, normal []string, reference string, scored []string, followed bool) (*model.Model, error) {
	switch {
	case !f.isBuiltin(file):
		return model.Load(file)
	case reference != "":
		window, in, err := referenceModel(reference)
		if err != nil {
			return nil, err
		}
		if in != nil {
			return f.builtinOf(e, in.Channels, window, in.Names, in.Step)
		}
		return f.builtinFor(e, scored, window, true, followed)
	case len(normal) == 0:
		return nil, usagef("--model builtin chooses its windows by the normal readings; give --normal FILE")
	}
	return f.builtinFor(e, normal, window, true, false)
}

// loadOrFit reads a model, or fits the built-in encoder to whole series, without their labels.
func (f inputFlags) loadOrFit(e *env, file, learn string) (*model.Model, error) {
	if !f.isBuiltin(file) {
		return model.Load(file)
	}
	if err := wantsModel(file, []string{learn}); err != nil {
		return nil, err
	}
	all, err := f.of("train").gridded(0).read(e, []string{learn}, nil)
	if err != nil {
		return nil, err
	}
	return train.Untrained(train.Series(all), train.Config{Encoder: encoders.Builtin{Towers: f.towers}})
}

// peakRSS is the largest memory the process has had, in bytes, or 0 where the system does not say.
func peakRSS() int64 {
	if runtime.GOOS != "linux" {
		return 0
	}
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			if err == nil {
				return kb << 10
			}
		}
	}
	return 0
}
