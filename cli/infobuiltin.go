package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/encoders/learnt"
	"github.com/wavekin/wavekin/internal/plural"
	"github.com/wavekin/wavekin/internal/report"
	"github.com/wavekin/wavekin/nn"
	"github.com/wavekin/wavekin/train"
)

// builtinInfo is what info prints of the built-in encoder, or of a file of other towers for it; sizes are for one channel.
type builtinInfo struct {
	Name string `json:"name"`
	// Dim is the length of an encoding of embed and score, and Fitted that of evaluate and bench, which fit it to the series.
	Dim        int           `json:"dim"`
	Fitted     int           `json:"fitted_dim"`
	Parameters int           `json:"parameters"`
	Parts      []builtinPart `json:"parts"`
	// Networks is how many were learnt, on Series synthetic series each, by the Seeds.
	Networks int      `json:"networks"`
	Series   int      `json:"synthetic_series"`
	Seeds    []uint64 `json:"seeds"`
	// SHA256 is that of the file of the learnt weights, and Recipes are how they were learnt.
	SHA256  string   `json:"sha256"`
	Recipes []string `json:"recipes"`
}

// builtinPart is a block of an encoding.
type builtinPart struct {
	Name    string `json:"name"`
	Numbers int    `json:"numbers"`
	What    string `json:"what"`
}

// builtin describes the built-in encoder.
func (c *infoCmd) builtin(e *env) error {
	in := builtinInfo{Name: c.File}
	m, err := train.BuiltinFrom(c.towers, 1, 256)
	if err != nil {
		return err
	}
	in.Dim, in.Parameters = m.Dim(), m.Parameters()
	if in.Recipes, in.SHA256, err = learnt.About(c.towers); err != nil {
		return err
	}
	in.Networks = len(in.Recipes)
	for _, recipe := range in.Recipes {
		s, _, err := train.ParseSettings(recipe)
		if err != nil {
			return err
		}
		cfg, err := s.Config()
		if err != nil {
			return err
		}
		in.Series, in.Seeds = cfg.Steps*cfg.Batch, append(in.Seeds, cfg.Seed)
	}
	size := map[string]int{}
	for _, blocks := range []string{"all", "kernels", "learnt"} {
		net, err := encoders.Builtin{Blocks: blocks, Towers: c.towers}.New(nn.NewWeights(0), 1)
		if err != nil {
			return err
		}
		size[blocks] = net.Dim()
	}
	in.Fitted = size["all"]
	in.Parts = []builtinPart{{"kernels", size["kernels"], "fixed kernels, as in rocket"}, {"learnt", size["learnt"], "residual networks of the values and of their differences, at 128, 256 and 512 time stamps"},
		{"values", size["all"] - size["kernels"] - size["learnt"], "the values at 32 time stamps"}}
	return e.result(in, in.print)
}

func (in builtinInfo) print(w io.Writer) error {
	var parts, seeds []string
	for _, p := range in.Parts {
		parts = append(parts, fmt.Sprintf("%s %d", p.Name, p.Numbers))
	}
	for _, s := range in.Seeds {
		seeds = append(seeds, fmt.Sprint(s))
	}
	t := report.Table{Header: []string{"setting", "value"}, Rows: [][]string{
		{"encoder", in.Name + ", built in; it needs no training"},
		{"encoding", fmt.Sprintf("%s of one channel in embed and score, %d in evaluate and bench; %s", plural.Of(in.Dim, "number"), in.Fitted, plural.Of(in.Parameters, "parameter"))},
		{"parts", strings.Join(parts, ", ")},
		{"learnt on", fmt.Sprintf("synthetic series alone, %d for each network", in.Series)},
		{"networks", fmt.Sprint(in.Networks)}, {"seeds", strings.Join(seeds, ", ")}, {"sha256", in.SHA256},
	}}
	if err := t.Render(w); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "How it was learnt, as a settings file:\n\n%s", in.Recipes[0])
	return err
}
