package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/datasets/imageset"
	"github.com/wavekin/wavekin/internal/plural"
	"github.com/wavekin/wavekin/internal/report"
	"github.com/wavekin/wavekin/internal/settings"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/raster"
	"github.com/wavekin/wavekin/series"
	"github.com/wavekin/wavekin/train"
)

// model describes a model file.
func (c *infoCmd) model(e *env) error {
	m, err := model.Load(c.File)
	if err != nil {
		return err
	}
	s := m.Settings
	recipe, _, err := train.ParseSettings(m.Recipe)
	if err != nil {
		return &model.FileError{Path: c.File, Offset: -1, Err: fmt.Errorf("its recipe: %w", err)}
	}
	horizons, directions := m.Predicts()
	out := struct {
		Settings   model.Settings `json:"settings"`
		Recipe     train.Settings `json:"recipe"`
		Summary    model.Summary  `json:"summary"`
		Dim        int            `json:"dim"`
		Parameters int            `json:"parameters"`
		// Horizons are those of the predictors that it keeps, in steps.
		Horizons []int `json:"horizons,omitempty"`
	}{s, recipe, m.Summary, m.Dim(), m.Parameters(), horizons}
	return e.result(out, func(w io.Writer) error {
		t := report.Table{Header: []string{"setting", "value"}, Rows: [][]string{
			{"method", settings.Choice(s.Method, s.MethodSettings)}, {"encoder", settings.Choice(s.Encoder, s.EncoderSettings)},
			{"encoding", plural.Of(m.Dim(), "number") + ", " + plural.Of(m.Parameters(), "parameter")},
			{"predictors", predictorsOf(horizons, directions)}, {"samples", samplesOf(s)}, {"steps", fmt.Sprint(m.Summary.Steps)},
			{"loss", fmt.Sprintf("%.4f", m.Summary.Loss)}, {"diagnosis", strings.Join(m.Summary.Diagnosis, "; ")},
		}}
		if horizons == nil {
			t.Rows = slices.DeleteFunc(t.Rows, func(row []string) bool { return row[0] == "predictors" })
		}
		if err := t.Render(w); err != nil {
			return err
		}
		_, err := fmt.Fprintf(w, "How it was trained, as a settings file:\n\n%s", m.Recipe)
		return err
	})
}

// predictorsOf says what a model can predict.
func predictorsOf(horizons []int, directions int) string {
	if len(horizons) == 0 {
		return ""
	}
	text := fmt.Sprintf("of %d to %s ahead", horizons[0], plural.Of(horizons[len(horizons)-1], "step"))
	if directions > 1 {
		text += fmt.Sprintf(", from %d sides", directions)
	}
	return text
}

// dataInfo is what info prints of a data file.
type dataInfo struct {
	File string `json:"file"`
	// Count, Points and Gaps are totals over the series: time stamps, and values that are missing.
	Count  int           `json:"count"`
	Points int           `json:"points"`
	Gaps   int           `json:"gaps"`
	Series []*seriesInfo `json:"series"`
	// Read says what the files were read as.
	Read []*inputReading `json:"read,omitempty"`
}

// samplesOf says what a model encodes.
func samplesOf(s model.Settings) string {
	if s.Image != nil {
		return fmt.Sprintf("images of %d x %d pixels, %s", s.Image.Size, s.Image.Size, s.Image.Space)
	}
	return fmt.Sprintf("windows of %s, stride %d, of %s: %s", plural.Of(s.Window, "time stamp"), s.Stride, plural.Of(s.Channels, "channel"), listOf(s.ChannelNames))
}

// seriesInfo describes one series of a data file.
type seriesInfo struct {
	ID       string   `json:"series"`
	Label    string   `json:"label,omitempty"`
	Length   int      `json:"length"`
	Channels []string `json:"channels"`
	Gaps     int      `json:"gaps"`
	Min      *float64 `json:"min"` // null where there is no value
	Max      *float64 `json:"max"`
	From     string   `json:"from,omitempty"`
	To       string   `json:"to,omitempty"`
}

// listedSeries is how many series info prints one by one.
const listedSeries = 20

// data describes a data file, streamed.
func (c *infoCmd) data(e *env) error {
	if imageset.IsSet(c.File) {
		return c.images(e)
	}
	list, err := c.inputs(e, []string{c.File}, nil)
	if err != nil {
		return c.hint(e, err)
	}
	list.Apart()
	infos := []*seriesInfo{}
	for i := range list.Files() {
		r, err := list.open(i)
		if err != nil {
			return c.hint(e, err)
		}
		some, err := describe(r)
		if err := errors.Join(err, r.Close()); err != nil {
			return err
		}
		infos = append(infos, some...)
	}
	all := dataInfo{File: c.File, Count: len(infos), Series: infos, Read: e.read}
	for _, s := range infos {
		all.Points += s.Length
		all.Gaps += s.Gaps
	}
	return e.result(all, all.print)
}

// hint tells of a folder without series that it holds images, if it does.
func (c *infoCmd) hint(e *env, err error) error {
	var named *datasets.Error
	if st, serr := os.Stat(c.File); serr != nil || !st.IsDir() || !errors.As(err, &named) {
		return err
	}
	set, serr := c.openImages(e, "images:"+c.File, "train")
	if serr != nil {
		return err
	}
	named.Err = fmt.Errorf("no series there, but %s; name it images:%s", plural.Of(set.Len(), "image"), c.File)
	return errors.Join(named, set.Close())
}

// print shows the first series in a table without the columns that would be empty.
func (d dataInfo) print(w io.Writer) error {
	t := report.Table{Header: []string{"series", "label", "length", "channels", "gaps", "min", "max", "from", "to"}}
	for _, s := range d.Series[:min(len(d.Series), listedSeries)] {
		t.Rows = append(t.Rows, []string{s.ID, s.Label, fmt.Sprint(s.Length), listOf(s.Channels), fmt.Sprint(s.Gaps), digits(s.Min), digits(s.Max), s.From, s.To})
	}
	if err := t.WithoutEmpty().Render(w); err != nil {
		return err
	}
	if d.Count > listedSeries {
		_, err := fmt.Fprintf(w, "and %d more series; %s and %s in all\n", d.Count-listedSeries, plural.Of(d.Points, "time stamp"), plural.Of(d.Gaps, "gap"))
		return err
	}
	return nil
}

func digits(v *float64) string {
	if v == nil {
		return ""
	}
	return datasets.FormatNumber(*v)
}

func describe(r series.Reader) ([]*seriesInfo, error) {
	infos := []*seriesInfo{}
	for {
		s, err := r.Next()
		if err == io.EOF {
			return infos, nil
		}
		if err != nil {
			return nil, err
		}
		var in *seriesInfo
		if n := len(infos); n > 0 && s.Start > 0 && infos[n-1].ID == s.ID {
			in = infos[n-1]
		} else {
			in = &seriesInfo{ID: s.ID, Label: s.Label, Channels: s.Channels}
			infos = append(infos, in)
		}
		in.add(s)
	}
}

// add counts one chunk.
func (in *seriesInfo) add(s *series.Series) {
	for c, v := range s.Values {
		lo, hi, n := series.Extent([]*series.Series{s}, c)
		in.Gaps += len(v) - n
		if n == 0 {
			continue
		}
		low, high := lo, hi
		if in.Min != nil {
			low, high = min(low, *in.Min), max(high, *in.Max)
		}
		in.Min, in.Max = &low, &high
	}
	in.Length += s.Len()
	if n := len(s.Times); n > 0 {
		if in.From == "" {
			in.From = datasets.FormatTime(s.Times[0], s.Times)
		}
		in.To = datasets.FormatTime(s.Times[n-1], s.Times)
	}
}

// setInfo is what info prints of a set of images.
type setInfo struct {
	Set      string      `json:"set"`
	Images   int         `json:"images"`
	Channels int         `json:"channels"` // of the first image, as the size is
	Height   int         `json:"height"`
	Width    int         `json:"width"`
	Classes  []classInfo `json:"classes"`
	// Remarks say what lies there and is not read.
	Remarks []string `json:"remarks,omitempty"`
}

// classInfo counts the images of a class.
type classInfo struct {
	Name   string `json:"name"`
	Images int    `json:"images"`
}

// images describes a set of images.
func (c *infoCmd) images(e *env) error {
	set, err := c.openImages(e, c.File, "train")
	if err != nil {
		return err
	}
	defer set.Close()
	var first raster.Image
	if err := set.Read(0, &first); err != nil {
		return err
	}
	r := setInfo{Set: c.File, Images: set.Len(), Channels: first.Channels, Height: first.Height, Width: first.Width, Classes: []classInfo{}, Remarks: set.Remarks()}
	count := map[string]int{}
	for i := range set.Len() {
		count[set.Label(i)]++
	}
	for _, name := range set.Classes() {
		r.Classes = append(r.Classes, classInfo{name, count[name]})
	}
	return e.result(r, func(w io.Writer) error {
		if _, err := fmt.Fprintf(w, "%s; the first is %d x %d with %s\n", set, r.Width, r.Height, plural.Of(r.Channels, "channel")); err != nil {
			return err
		}
		t := report.Table{Header: []string{"class", "images"}}
		for _, k := range r.Classes {
			t.Rows = append(t.Rows, []string{k.Name, fmt.Sprint(k.Images)})
		}
		return t.Render(w)
	})
}
