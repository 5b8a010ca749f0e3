package cli

import (
	"errors"
	"fmt"
	"image"
	"io"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/evaluate"
	"github.com/wavekin/wavekin/internal/report"
	"github.com/wavekin/wavekin/knn"
	"github.com/wavekin/wavekin/manifold"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/raster"
)

// drawCmd is `wavekin draw`.
type drawCmd struct {
	Kind  string `arg:"" enum:"map,neighbours,attention" help:"map (encodings in a plane), neighbours (images beside the nearest ones) or attention (where a vision transformer looks)."`
	Model string `required:"" help:"Model file." placeholder:"MODEL"`
	Data  string `required:"" help:"Images, or labelled series for a map." placeholder:"SET"`
	Bank  string `help:"neighbours: where they are looked for; default the train part of the data." placeholder:"SET"`
	Out   string `required:"" help:"PNG to write." placeholder:"FILE"`
	Count int    `help:"How many are shown, evenly spaced; default 1000 on a map, 10 elsewhere." default:"0"`
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
	if err := checkOutputs([]string{c.Model, c.Data}, c.Out); err != nil {
		return err
	}
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

// plane draws a map of encodings.
func (c *drawCmd) plane(e *env, m *model.Model) (int, error) {
	codes, images, err := c.encodings(e, m, orInt(c.Count, 1000))
	if err != nil {
		return 0, err
	}
	x, labels := codes.Rows, codes.Labels
	var xy []float32
	if c.By == "pca" {
		xy, err = manifold.PCA(x, m.Dim(), 2)
	} else {
		bar := report.NewProgress(e.stderr, "laying out", e.cli.Quiet)
		xy, err = manifold.TSNE{Seed: e.cli.Seed, Progress: func(done, total int) { bar.Set(done, total, "") }}.Fit(e.ctx, x, m.Dim())
		bar.Done()
	}
	if err != nil {
		return 0, err
	}
	note := map[string]string{"tsne": "t-SNE: near are those that the model finds alike", "pca": "the two directions of the greatest variance"}[c.By]
	return len(labels), report.Map(c.Out, fmt.Sprintf("%d encodings of %s", len(labels), c.Data), note, mapPoints(xy, labels, images))
}

// mapPoints are places [N, 2] with labels, and images where there are any.
func mapPoints(xy []float32, labels []string, images []image.Image) []report.MapPoint {
	out := make([]report.MapPoint, len(labels))
	for i, l := range labels {
		out[i] = report.MapPoint{X: float64(xy[2*i]), Y: float64(xy[2*i+1]), Class: l}
		if images != nil {
			out[i].Image = images[i]
		}
	}
	return out
}

// encodings are those of at most so many images or series, and the images themselves.
func (c *drawCmd) encodings(e *env, m *model.Model, most int) (*evaluate.Encodings, []image.Image, error) {
	data, err := c.of("test").material(e, []string{c.Data}, "test", m.Settings.Image != nil, m)
	if err != nil {
		return nil, nil, err
	}
	defer data.Close()
	chosen := data.labelled(c.corrupt(e)).Thin(most)
	x, err := chosen.Encode(e.ctx, m)
	if err != nil || chosen.Images == nil {
		return x, nil, err
	}
	var images []image.Image
	err = eachImages(e, chosen.Images, c.corrupt(e), func(b imageBatch) error {
		for _, m := range b.images {
			images = append(images, m.Image())
		}
		return nil
	})
	return x, images, err
}

// neighbours draws images beside those nearest to them.
func (c *drawCmd) neighbours(e *env, m *model.Model) (int, error) {
	set, err := c.openImages(c.Data, "test")
	if err != nil {
		return 0, err
	}
	defer set.Close()
	from := c.Bank
	if from == "" {
		from = c.Data
	}
	bank, err := c.openImages(from, "train")
	if err != nil {
		return 0, err
	}
	defer bank.Close()
	var codes []float32
	var ids []int // of the images of the bank, in the order of their encodings
	bar := report.NewProgress(e.stderr, "encoding", e.cli.Quiet)
	err = eachImages(e, bank, c.corrupt(e), func(b imageBatch) error {
		h, err := m.EncodeImages(e.ctx, b.images)
		codes, ids = append(codes, h...), append(ids, b.ids...)
		bar.Set(len(ids), bank.Len(), "")
		return err
	})
	bar.Done()
	if err != nil {
		return 0, err
	}
	index, err := knn.New(codes, m.Dim(), knn.Cosine)
	if err != nil {
		return 0, &datasets.Error{File: from, Offset: -1, Err: err}
	}
	queries := evaluate.Set{Images: set}.Thin(orInt(c.Count, 10)).Images
	var rows []report.Neighbours
	err = eachImages(e, queries, c.corrupt(e), func(b imageBatch) error {
		h, err := m.EncodeImages(e.ctx, b.images)
		if err != nil {
			return err
		}
		near := min(c.Near+1, index.Len()) // one more, since an image of the bank finds itself
		found, distances, err := index.Search(h, near)
		if err != nil {
			return err
		}
		for k, i := range b.ids {
			hits := make([]hit, near)
			for j := range hits {
				hits[j] = hit{ids[found[k*near+j]], float64(distances[k*near+j])}
			}
			row, err := neighboursOf(queries, i, bank, hits, c.Near)
			if err != nil {
				return err
			}
			rows = append(rows, row)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return len(rows), report.NeighbourGrid(c.Out, "Images, and the nearest ones of "+from, rows)
}

// hit is an image of a bank that was found, and its distance.
type hit struct {
	id       int
	distance float64
}

// neighboursOf is a row of the picture: image i of a set, and the first so many of the bank that were found, itself apart.
func neighboursOf(set model.ImageSet, i int, bank model.ImageSet, hits []hit, most int) (report.Neighbours, error) {
	var m raster.Image
	if err := set.Read(i, &m); err != nil {
		return report.Neighbours{}, err
	}
	row := report.Neighbours{Query: m.Image(), Label: set.Label(i)}
	own := m.Name
	for _, h := range hits {
		if err := bank.Read(h.id, &m); err != nil {
			return row, err
		}
		if m.Name == own || len(row.Near) == most {
			continue
		}
		row.Near = append(row.Near, report.Neighbour{Image: m.Image(), Label: bank.Label(h.id), Distance: h.distance})
	}
	return row, nil
}

// attention draws where each head of a vision transformer looks.
func (c *drawCmd) attention(e *env, m *model.Model) (int, error) {
	set, err := c.openImages(c.Data, "test")
	if err != nil {
		return 0, err
	}
	defer set.Close()
	chosen := evaluate.Set{Images: set}.Thin(orInt(c.Count, 10)).Images
	var rows []report.Attention
	err = eachImages(e, chosen, c.corrupt(e), func(b imageBatch) error {
		maps, err := m.Attention(e.ctx, b.images)
		if err != nil {
			return err
		}
		for k, i := range b.ids {
			row := report.Attention{Image: b.images[k].Image(), Name: chosen.Label(i), Height: maps.Height, Width: maps.Width}
			size := maps.Height * maps.Width
			for h := range maps.Heads {
				at := (k*maps.Heads + h) * size
				row.Heads = append(row.Heads, floats64(maps.Values[at:at+size]))
			}
			rows = append(rows, row)
		}
		return nil
	})
	if errors.Is(err, model.ErrNoAttention) {
		return 0, usagef("%s: %s has no attention to draw; train vit-tiny, vit-small or vit-base", c.Model, m.Settings.Encoder)
	}
	if err != nil {
		return 0, err
	}
	return len(rows), report.AttentionMaps(c.Out, "What each head of the last layer looks at", rows)
}
