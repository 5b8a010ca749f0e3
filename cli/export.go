package cli

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/wavekin/wavekin/internal/output"
	"github.com/wavekin/wavekin/internal/plural"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/model/onnx"
	"github.com/wavekin/wavekin/train"
)

// exportCmd is `wavekin export`.
type exportCmd struct {
	Model       string `arg:"" help:"Model file, or builtin, the built-in encoder, or a file of towers for it."`
	Out         string `required:"" help:"ONNX file to write; of the built-in encoder also a model file, .safetensors, which is made once and is then quick to load." placeholder:"FILE"`
	Float32     bool   `name:"float32" help:"Take series as float32, and not as float64; small changes at a high level then lose digits."`
	FixedLength bool   `help:"Take series of the length of the model's windows only."`
	Window      int    `help:"Length of the built-in encoder's windows in time stamps." default:"0"`
	Channels    int    `help:"Number of channels of the built-in encoder." default:"1"`
}

// exportResult is what export prints as JSON.
type exportResult struct {
	Output string `json:"output"`
	onnx.Summary
}

// exportedModel is what it prints of a model file.
type exportedModel struct {
	Output   string `json:"output"`
	Channels int    `json:"channels"`
	Window   int    `json:"window"`
}

// Run writes the model as ONNX, or as a model file.
func (c *exportCmd) Run(e *env) error {
	if c.Out == output.Stdout {
		return usagef("--out is -, want the name of a file")
	}
	if err := checkOutputs([]string{c.Model}, c.Out); err != nil {
		return err
	}
	m, err := c.load()
	if err != nil {
		return err
	}
	if asModel(c.Out) {
		return c.save(e, m)
	}
	f, err := output.Create(c.Out)
	if err != nil {
		return err
	}
	s, err := onnx.Write(f, m, onnx.Options{Float32: c.Float32, FixedLength: c.FixedLength, Version: version()})
	if err != nil {
		f.Abort()
		return err
	}
	if err := f.Commit(); err != nil {
		return err
	}
	return e.result(exportResult{c.Out, *s}, func(w io.Writer) error {
		free := ""
		if s.FreeLength {
			free = fmt.Sprintf(", length from %d on", s.MinLength)
		}
		_, err := fmt.Fprintf(w, "%s: %s [%s] to float32 [%s]%s; %s of ONNX opset %d, %.1f MB\n", c.Out, s.Type,
			strings.Join(s.InputShape, ", "), strings.Join(s.OutputShape, ", "), free, plural.Of(s.Nodes, "operation"), s.Opset, float64(s.Bytes)/1e6)
		return err
	})
}

// asModel tells whether a model file is to be written, and not an ONNX file.
func asModel(out string) bool { return filepath.Ext(out) == ".safetensors" }

// save writes a model file.
func (c *exportCmd) save(e *env, m *model.Model) error {
	if err := m.Save(c.Out); err != nil {
		return err
	}
	r := exportedModel{c.Out, m.Settings.Channels, m.Settings.Window}
	return e.result(r, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "%s: the built-in encoder for windows of %s of %s\n", r.Output, plural.Of(r.Window, "time stamp"), plural.Of(r.Channels, "channel"))
		return err
	})
}

// load reads the model, or makes the built-in encoder.
func (c *exportCmd) load() (*model.Model, error) {
	var in inputFlags
	along := in.isBuiltin(c.Model)
	switch {
	case !asModel(c.Out):
	case !along:
		return nil, usagef("--out is %s, and %s is a model already; want a name that ends in .onnx", c.Out, c.Model)
	case c.Float32 || c.FixedLength:
		return nil, usagef("--float32 and --fixed-length are for ONNX; %s is a model file", c.Out)
	}
	if !along {
		if c.Window != 0 || c.Channels != 1 {
			return nil, usagef("--window and --channels are for the built-in encoder; %s knows its own", c.Model)
		}
		return model.Load(c.Model)
	}
	if c.Window < 1 || c.Channels < 1 {
		return nil, usagef("--window is %d and --channels is %d; the built-in encoder wants the length of a window and at least one channel", c.Window, c.Channels)
	}
	return train.BuiltinFrom(in.towers, c.Channels, c.Window)
}
