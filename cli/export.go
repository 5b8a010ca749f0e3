package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/wavekin/wavekin/internal/output"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/model/onnx"
	"github.com/wavekin/wavekin/train"
)

// exportCmd is `wavekin export`.
type exportCmd struct {
	Model       string `arg:"" help:"Model file, or builtin, the encoder that comes along."`
	Out         string `required:"" help:"ONNX file to write." placeholder:"FILE"`
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

// Run writes the model as ONNX.
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
		_, err := fmt.Fprintf(w, "%s: %s [%s] to float32 [%s]%s; %d operations of ONNX opset %d, %.1f MB\n", c.Out, s.Type,
			strings.Join(s.InputShape, ", "), strings.Join(s.OutputShape, ", "), free, s.Nodes, s.Opset, float64(s.Bytes)/1e6)
		return err
	})
}

// load reads the model, or makes the built-in encoder.
func (c *exportCmd) load() (*model.Model, error) {
	if c.Model != builtin {
		if c.Window != 0 || c.Channels != 1 {
			return nil, usagef("--window and --channels are for the built-in encoder; %s knows its own", c.Model)
		}
		return model.Load(c.Model)
	}
	if c.Window < 1 || c.Channels < 1 {
		return nil, usagef("--window is %d and --channels is %d; the built-in encoder wants the length of a window and at least one channel", c.Window, c.Channels)
	}
	return train.Builtin(c.Channels, c.Window)
}
