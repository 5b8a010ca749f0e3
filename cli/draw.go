package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/wavekin/wavekin/evaluate"
	"github.com/wavekin/wavekin/evaluate/draw"
	"github.com/wavekin/wavekin/internal/plural"
	"github.com/wavekin/wavekin/internal/report"
	"github.com/wavekin/wavekin/model"
)

// drawCmd is `wavekin draw`.
type drawCmd struct {
	Kind  string `arg:"" enum:"map,neighbours,attention,series" help:"map (encodings in a plane), neighbours (images beside the nearest ones), attention (where a vision transformer looks) or series (a sheet of what is in the data, no model needed)."`
	Model string `help:"Model file; none for series." placeholder:"MODEL"`
	Data  string `required:"" help:"Images, or labelled series for a map." placeholder:"SET"`
	Bank  string `help:"neighbours: data to search; default: the train part of the data." placeholder:"SET"`
	Out   string `required:"" help:"PNG to write." placeholder:"FILE"`
	Count int    `help:"How many are shown, evenly spaced; default 1000 on a map, 24 series, 10 elsewhere." default:"0"`
	Near  int    `help:"neighbours: how many of them." default:"12"`
	By    string `enum:"tsne,pca" default:"tsne" help:"map: t-SNE, which keeps neighbours together, or PCA, the directions of the greatest variance."`
	inputFlags
}

// drawResult is what --json prints.
type drawResult struct {
	Kind  string `json:"kind"`
	Shown int    `json:"shown"`
	File  string `json:"file"`
}

// Run draws.
func (c *drawCmd) Run(e *env) error {
	if c.Kind == "series" {
		return c.series(e)
	}
	if c.Model == "" {
		return usagef("draw %s needs --model MODEL", c.Kind)
	}
	m, err := model.Load(c.Model)
	if err != nil {
		return err
	}
	if c.Count < 0 || c.Near < 1 {
		return usagef("--count is %d and --near %d, want at least 0 and 1", c.Count, c.Near)
	}
	if c.Kind != "map" && m.Settings.Image == nil {
		return usagef("draw %s is for models of images; of series there is draw map", c.Kind)
	}
	if err := isPNG(c.Out); err != nil {
		return err
	}
	if err := checkOutputs([]string{c.Model, c.Data, c.Bank}, c.Out); err != nil {
		return err
	}
	c.imageFlags = c.on(m)
	r := drawResult{Kind: c.Kind, File: c.Out}
	switch c.Kind {
	case "map":
		r.Shown, err = c.plane(e, m)
	case "neighbours":
		r.Shown, err = c.neighbours(e, m)
	default:
		r.Shown, err = c.attention(e, m)
	}
	if err != nil {
		return err
	}
	return e.result(r, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "%s: %d shown\n", r.File, r.Shown)
		return err
	})
}

// series draws a sheet of series.
func (c *drawCmd) series(e *env) error {
	if c.Count < 0 || c.Model != "" {
		return usagef("draw series takes no model and a --count of at least 0")
	}
	if err := isPNG(c.Out); err != nil {
		return err
	}
	if err := checkOutputs([]string{c.Data}, c.Out); err != nil {
		return err
	}
	all, err := c.of("train").gridded(0).read(e, []string{c.Data}, nil)
	if err != nil {
		return err
	}
	var panels []report.SeriesPanel
	for _, s := range (evaluate.Set{Series: all}).Thin(cmp.Or(c.Count, 24)).Series {
		panels = append(panels, report.SeriesPanel{Label: strings.TrimSpace(s.ID + "  " + s.Label), Values: s.Values})
	}
	if err := report.SeriesSheet(c.Out, c.Data, fmt.Sprintf("%d of %d series, each channel from its lowest to its highest value", len(panels), len(all)), panels); err != nil {
		return err
	}
	return e.result(drawResult{Kind: c.Kind, Shown: len(panels), File: c.Out}, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "%s: %d shown\n", c.Out, len(panels))
		return err
	})
}

// plane draws a map of encodings.
func (c *drawCmd) plane(e *env, m *model.Model) (int, error) {
	data, err := c.of("test").material(e, []string{c.Data}, "test", m.Settings.Image != nil, m)
	if err != nil {
		return 0, err
	}
	defer data.Close()
	set := data.labelled(c.corrupt(e)).Thin(cmp.Or(c.Count, 1000))
	bar := e.progress("laying out")
	defer bar.Done()
	return draw.Map(e.ctx, m, set, c.Out, draw.MapConfig{Title: plural.Of(set.Len(), "encoding") + " of " + c.Data, PCA: c.By == "pca", Seed: e.cli.Seed,
		Progress: func(done, total int) { bar.Set(done, total, "") }})
}

// neighbours draws images beside those nearest to them.
func (c *drawCmd) neighbours(e *env, m *model.Model) (int, error) {
	set, err := c.openImages(e, c.Data, "test")
	if err != nil {
		return 0, err
	}
	defer set.Close()
	from := orText(c.Bank, c.Data)
	bank, err := c.openImages(e, from, "train")
	if err != nil {
		return 0, err
	}
	defer bank.Close()
	queries := evaluate.Set{Images: set, Corrupt: c.corrupt(e)}.Thin(cmp.Or(c.Count, 10))
	return draw.Neighbours(e.ctx, m, queries, evaluate.Set{Images: bank, Corrupt: c.corrupt(e)}, c.Out, "Images, and the nearest ones of "+from, c.Near)
}

// attention draws where each head of a vision transformer looks.
func (c *drawCmd) attention(e *env, m *model.Model) (int, error) {
	set, err := c.openImages(e, c.Data, "test")
	if err != nil {
		return 0, err
	}
	defer set.Close()
	chosen := evaluate.Set{Images: set, Corrupt: c.corrupt(e)}.Thin(cmp.Or(c.Count, 10))
	shown, err := draw.Attention(e.ctx, m, chosen, c.Out, "What each head of the last layer looks at")
	if errors.Is(err, model.ErrNoAttention) {
		return 0, usagef("%s: %s has no attention to draw; train vit-tiny, vit-small or vit-base", c.Model, m.Settings.Encoder)
	}
	return shown, err
}
