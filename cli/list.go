package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/wavekin/wavekin/augment"
	"github.com/wavekin/wavekin/augment/imageaug"
	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/datasets/imageset"
	"github.com/wavekin/wavekin/detect"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/internal/report"
	"github.com/wavekin/wavekin/internal/settings"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/train"
)

// listCmd is `wavekin list`.
type listCmd struct {
	What string `arg:"" enum:"methods,encoders,augmentations,formats,settings" help:"methods, encoders, augmentations, formats, or the settings of training."`
	Name string `arg:"" optional:"" help:"A method or an encoder, to list its settings."`
}

// listed is one line of a list.
type listed struct {
	Name  string `json:"name"`
	Usage string `json:"usage,omitempty"`
	Doc   string `json:"doc"`
}

// Run prints a catalogue.
func (c *listCmd) Run(e *env) error {
	if c.Name != "" || c.What == "settings" {
		return c.settings(e)
	}
	var items []listed
	header := []string{"name", "what it is"}
	switch c.What {
	case "methods":
		for _, n := range methods.Names() {
			items = append(items, listed{Name: n, Doc: methods.Doc(n)})
		}
	case "encoders":
		var images []listed
		for _, n := range encoders.Names() {
			if enc, err := encoders.ByName(n, nil); err == nil && encoders.Axes(enc) == 2 {
				images = append(images, listed{Name: n, Doc: "images: " + encoders.Doc(n)})
			} else {
				items = append(items, listed{Name: n, Doc: encoders.Doc(n)})
			}
		}
		items = append(items, images...)
	case "augmentations":
		header = []string{"name", "usage", "what it does"}
		for _, a := range augment.Catalog() {
			items = append(items, listed{a.Name, a.Usage, a.Doc})
		}
		for _, a := range imageaug.Catalog() {
			items = append(items, listed{a.Name, a.Usage, "images: " + a.Doc})
		}
	case "formats":
		header = []string{"name", "how it is given", "what it is"}
		for _, f := range datasets.Formats() {
			how := strings.Join(f.Endings, ", ")
			if how == "" {
				how = "--format " + f.Name
			}
			items = append(items, listed{f.Name, how, f.Doc})
		}
		for _, f := range imageset.Formats() {
			items = append(items, listed{f.Name, f.Name + ":DIR", f.Doc})
		}
		items = append(items, listed{"synthetic", "synthetic:N", "N series that are drawn by --seed, such as synthetic:1000,length=512,channels=3"})
	}
	return e.result(items, func(w io.Writer) error {
		t := report.Table{Header: header}
		for _, i := range items {
			row := []string{i.Name, i.Doc}
			if len(header) == 3 {
				row = []string{i.Name, i.Usage, i.Doc}
			}
			t.Rows = append(t.Rows, row)
		}
		return t.Render(w)
	})
}

// settings prints what one method or encoder can be set to.
func (c *listCmd) settings(e *env) error {
	var fields []settings.Field
	table := strings.TrimSuffix(c.What, "s")
	switch {
	case c.What == "settings" && c.Name == "":
		fields, table = train.Fields(), "train"
	case c.What == "methods":
		m, err := methods.ByName(c.Name, nil)
		if err != nil {
			return usageError{err}
		}
		fields = methods.Settings(m)
	case c.What == "encoders":
		enc, err := encoders.ByName(c.Name, nil)
		if err != nil {
			return usageError{err}
		}
		fields = encoders.Settings(enc)
	default:
		return usagef("%s have no settings of their own; wavekin list %s says all", c.What, c.What)
	}
	return e.result(fields, func(w io.Writer) error {
		t := report.Table{Header: []string{"setting", "takes", "what it is"}, Wrap: 90}
		for _, f := range fields {
			t.Rows = append(t.Rows, []string{f.Name, f.Kind, f.Doc})
		}
		if err := t.Render(w); err != nil {
			return err
		}
		_, err := fmt.Fprintf(w, "set with --set %s.NAME=VALUE, or in a run's TOML file under [set.%[1]s]\n", table)
		return err
	})
}

// infoCmd is `wavekin info`.
type infoCmd struct {
	File string `arg:"" help:"Model or data file."`
	inputFlags
}

// Run says what is in a file.
func (c *infoCmd) Run(e *env) error {
	if c.isBuiltin(c.File) {
		return c.builtin(e)
	}
	if model.IsModel(c.File) {
		switch d, err := detect.Load(c.File, nil); {
		case err == nil:
			r := newReferenceResult(c.File, d)
			return e.result(r, r.print)
		case errors.Is(err, detect.ErrFused):
			f, err := detect.LoadFused(c.File)
			if err != nil {
				return err
			}
			r := newFusedResult(c.File, f)
			return e.result(r, r.print)
		}
		return c.model(e)
	}
	return c.data(e)
}
