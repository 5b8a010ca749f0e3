// Package draw makes pictures of what a model has learnt: a map of encodings, images beside their nearest ones, and where a vision
// transformer looks. Each is one call that writes a PNG:
//
//	shown, err := draw.Map(ctx, m, evaluate.Set{Images: test}.Thin(1000), "map.png", draw.MapConfig{Title: "digits"})
package draw

import (
	"context"
	"errors"
	"fmt"
	"image"

	"github.com/wavekin/wavekin/evaluate"
	"github.com/wavekin/wavekin/internal/report"
	"github.com/wavekin/wavekin/knn"
	"github.com/wavekin/wavekin/manifold"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/raster"
)

// ErrSeries: a picture of images asked of series, or of a model of series.
var ErrSeries = errors.New("this picture is of images; of series there is the map")

// MapConfig says how encodings are laid out; the zero value is t-SNE from seed 0.
type MapConfig struct {
	Title string
	// PCA takes the two directions of the greatest variance in place of t-SNE, which keeps neighbours together.
	PCA bool
	// Seed is that of t-SNE.
	Seed uint64
	// Progress, where not nil, is told how far t-SNE is.
	Progress func(done, total int)
}

// Map draws the encodings of a set in the plane, coloured by label, images as thumbnails. It returns how many there are. Errors are
// those of [evaluate.Set.Encode] and of package manifold.
func Map(ctx context.Context, m *model.Model, s evaluate.Set, path string, c MapConfig) (int, error) {
	var e *evaluate.Encodings
	var images []image.Image
	var err error
	if s.Images != nil && m.Settings.Image != nil {
		e, images, err = pictured(ctx, m, s)
	} else {
		e, err = s.Encode(ctx, m)
	}
	if err != nil {
		return 0, err
	}
	note := "t-SNE: points near each other have similar encodings"
	var xy []float32
	if c.PCA {
		note = "the two directions of the greatest variance"
		xy, err = manifold.PCA(e.Rows, e.Dim, 2)
	} else {
		xy, err = manifold.TSNE{Seed: c.Seed, Progress: c.Progress}.Fit(ctx, e.Rows, e.Dim)
	}
	if err != nil {
		return 0, err
	}
	points := make([]report.MapPoint, e.Len())
	for i, l := range e.Labels {
		points[i] = report.MapPoint{X: float64(xy[2*i]), Y: float64(xy[2*i+1]), Class: l}
		if images != nil {
			points[i].Image = images[i]
		}
	}
	return e.Len(), report.Map(path, c.Title, note, points)
}

// pictured encodes images and keeps them.
func pictured(ctx context.Context, m *model.Model, s evaluate.Set) (*evaluate.Encodings, []image.Image, error) {
	e := &evaluate.Encodings{Dim: m.Dim()}
	var images []image.Image
	err := model.EachImages(ctx, s.Images, s.Corrupt, func(batch []*raster.Image, ids []int) error {
		h, err := m.EncodeImages(ctx, batch)
		e.Rows = append(e.Rows, h...)
		for k, i := range ids {
			e.Labels, e.Groups = append(e.Labels, s.Label(i)), append(e.Groups, batch[k].Name)
			images = append(images, batch[k].Image())
		}
		return err
	})
	return e, images, err
}

// Neighbours draws a row for each query: the image, and the nearest ones of a bank by cosine, itself left out, which is known by its
// name. near is how many, at least 1. Errors: ErrSeries, and those of reading and encoding.
func Neighbours(ctx context.Context, m *model.Model, queries, bank evaluate.Set, path, title string, near int) (int, error) {
	if queries.Images == nil || bank.Images == nil || m.Settings.Image == nil {
		return 0, ErrSeries
	}
	if near < 1 {
		return 0, fmt.Errorf("%d neighbours, want at least 1", near)
	}
	var codes []float32
	var ids []int // of the images of the bank, in the order of their encodings
	err := model.EachImages(ctx, bank.Images, bank.Corrupt, func(images []*raster.Image, some []int) error {
		h, err := m.EncodeImages(ctx, images)
		codes, ids = append(codes, h...), append(ids, some...)
		return err
	})
	if err != nil {
		return 0, err
	}
	index, err := knn.New(codes, m.Dim(), knn.Cosine)
	if err != nil {
		return 0, err
	}
	k := min(near+1, index.Len()) // one more, since an image of the bank finds itself
	var rows []report.Neighbours
	err = model.EachImages(ctx, queries.Images, queries.Corrupt, func(images []*raster.Image, some []int) error {
		h, err := m.EncodeImages(ctx, images)
		if err != nil {
			return err
		}
		found, distances, err := index.Search(h, k)
		if err != nil {
			return err
		}
		for q, i := range some {
			row := report.Neighbours{Query: images[q].Image(), Label: queries.Label(i)}
			var n raster.Image
			for j := q * k; j < (q+1)*k && len(row.Near) < near; j++ {
				id := ids[found[j]]
				if err := bank.Images.Read(id, &n); err != nil {
					return err
				}
				if n.Name == "" || n.Name != images[q].Name { // without names nothing tells the image itself
					row.Near = append(row.Near, report.Neighbour{Image: n.Image(), Label: bank.Label(id), Distance: float64(distances[j])})
				}
			}
			rows = append(rows, row)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return len(rows), report.NeighbourGrid(path, title, rows)
}

// Attention draws, for each image, where each head of the last layer of a vision transformer looks. Errors: ErrSeries, and those of
// [model.Model.Attention].
func Attention(ctx context.Context, m *model.Model, s evaluate.Set, path, title string) (int, error) {
	if s.Images == nil || m.Settings.Image == nil {
		return 0, ErrSeries
	}
	var rows []report.Attention
	err := model.EachImages(ctx, s.Images, s.Corrupt, func(images []*raster.Image, ids []int) error {
		maps, err := m.Attention(ctx, images)
		if err != nil {
			return err
		}
		size := maps.Height * maps.Width
		for k, i := range ids {
			row := report.Attention{Image: images[k].Image(), Name: s.Label(i), Height: maps.Height, Width: maps.Width}
			for h := range maps.Heads {
				heat := make([]float64, size)
				for j, v := range maps.Values[(k*maps.Heads+h)*size:][:size] {
					heat[j] = float64(v)
				}
				row.Heads = append(row.Heads, heat)
			}
			rows = append(rows, row)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return len(rows), report.AttentionMaps(path, title, rows)
}
