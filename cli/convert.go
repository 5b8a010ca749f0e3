package cli

import (
	"errors"
	"fmt"
	"io"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/datasets/synthetic"
)

// convertResult is what convert prints as JSON.
type convertResult struct {
	Input  string `json:"input"`
	Output string `json:"output"`
	datasets.Converted
}

// convertCmd is `wavekin convert`.
type convertCmd struct {
	Input  string `arg:"" help:"File to read."`
	Output string `arg:"" help:"File to write; its name says the format."`
	inputFlags
}

// Run converts one file.
func (c *convertCmd) Run(e *env) error {
	if err := errors.Join(e.outputs(c.Output), checkOutputs([]string{c.Input}, c.Output)); err != nil {
		return err
	}
	n, err := c.convert(e)
	if err != nil {
		return err
	}
	return e.result(convertResult{c.Input, c.Output, n}, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "%s: %d rows, %d series\n", c.Output, n.Rows, n.Series)
		return err
	})
}

func (c *convertCmd) convert(e *env) (datasets.Converted, error) {
	if !synthetic.Is(c.Input) {
		return datasets.Convert(e.ctx, c.Input, c.Output, c.options())
	}
	set, err := synthetic.Parse(c.Input, e.cli.Seed)
	if err != nil {
		return datasets.Converted{}, usageError{err}
	}
	return datasets.ConvertFrom(e.ctx, set.Reader(), c.Input, c.Output)
}
