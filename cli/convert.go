package cli

import (
	"errors"
	"fmt"
	"io"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/datasets/synthetic"
	"github.com/wavekin/wavekin/internal/plural"
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
	Output string `arg:"" optional:"" help:"File to write; its name says the format (.arrow, .arrows, .parquet or .csv)."`
	Out    string `help:"The same, as other commands have it." placeholder:"FILE"`
	inputFlags
}

// Run converts one file.
func (c *convertCmd) Run(e *env) error {
	switch {
	case c.Output == "" && c.Out == "":
		return usagef("convert needs a file to write, whose name ends in .arrow, .arrows, .parquet or .csv")
	case c.Output != "" && c.Out != "":
		return usagef("%s and --out %s are two outputs; convert writes one file", c.Output, c.Out)
	}
	c.Output += c.Out
	if err := errors.Join(e.outputs(c.Output), checkOutputs([]string{c.Input}, c.Output)); err != nil {
		return err
	}
	n, err := c.convert(e)
	if err != nil {
		return err
	}
	for _, w := range n.Warnings {
		e.remark("warning: %s", w)
	}
	return e.result(convertResult{c.Input, c.Output, n}, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "%s: %s, %d series\n", c.Output, plural.Of(n.Rows, "row"), n.Series)
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
