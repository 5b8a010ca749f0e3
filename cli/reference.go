package cli

import (
	"fmt"
	"io"

	"github.com/wavekin/wavekin/detect"
	"github.com/wavekin/wavekin/internal/report"
	"github.com/wavekin/wavekin/model"
)

// referenceCmd is `wavekin reference`.
type referenceCmd struct {
	Model  string   `required:"" help:"Model file." placeholder:"MODEL"`
	Out    string   `required:"" help:"File to write, a safetensors file." placeholder:"FILE"`
	Inputs []string `arg:"" help:"Files with normal readings."`
	normalFlags
	inputFlags
}

// referenceResult is what reference and info print of a reference.
type referenceResult struct {
	File string `json:"file"`
	detect.Config
	// Windows counts the normal windows, and Independent those that do not overlap.
	Windows     int      `json:"windows"`
	Independent int      `json:"independent_windows"`
	Series      []string `json:"series"`
}

func newReferenceResult(path string, d *detect.Detector) referenceResult {
	r := referenceResult{File: path, Config: d.Config(), Series: d.Series()}
	r.Windows, r.Independent = d.Normal()
	return r
}

// Run learns what is normal and writes it.
func (c *referenceCmd) Run(e *env) error {
	m, err := model.Load(c.Model)
	if err != nil {
		return err
	}
	if err := c.check(); err != nil {
		return err
	}
	if m.Settings.Image != nil {
		return usagef("a reference is made of series; score --normal takes sets of images")
	}
	if err := checkOutputs(append(c.Inputs, c.Model), c.Out); err != nil {
		return err
	}
	d, err := c.learn(e, c.Inputs, c.inputFlags, m)
	if err != nil {
		return err
	}
	if err := d.Save(c.Out); err != nil {
		return err
	}
	r := newReferenceResult(c.Out, d)
	return e.result(r, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "%s: %s of %d time stamps (%d without overlap) from %d series\n", c.Out, plural(r.Windows, "normal window"), r.Window, r.Independent, len(r.Series))
		return err
	})
}

// print is what info shows.
func (r referenceResult) print(w io.Writer) error {
	t := report.Table{Header: []string{"setting", "value"}, Rows: [][]string{
		{"normal windows", fmt.Sprintf("%d of %d time stamps, stride %d", r.Windows, r.Window, r.Stride)},
		{"without overlap", fmt.Sprint(r.Independent)},
		{"series", listOf(r.Series)},
		{"neighbours", fmt.Sprintf("%d, %s", r.K, r.Metric)},
		{"alignment", string(r.Align)},
	}}
	return t.Render(w)
}
