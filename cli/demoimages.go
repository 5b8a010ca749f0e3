package cli

import (
	"fmt"
	"image"
	"io"
	"path/filepath"
	"slices"

	"github.com/wavekin/wavekin/augment/imageaug"
	"github.com/wavekin/wavekin/datasets/digits"
	"github.com/wavekin/wavekin/encoders/imageenc"
	"github.com/wavekin/wavekin/evaluate"
	"github.com/wavekin/wavekin/internal/report"
	"github.com/wavekin/wavekin/knn"
	"github.com/wavekin/wavekin/manifold"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/raster"
	"github.com/wavekin/wavekin/train"
)

// demoNeighbours is how many nearest neighbours vote, of about 130 images of each digit.
const demoNeighbours = 20

// demoImagesResult is what --json prints.
type demoImagesResult struct {
	// Accuracy is that of nearest neighbours on the encodings, Linear that of a linear probe; beside them those of the same
	// encoder before it learnt, and of the pixels.
	Accuracy          float64  `json:"accuracy"`
	Linear            float64  `json:"linear_accuracy"`
	UntrainedAccuracy float64  `json:"untrained_accuracy"`
	UntrainedLinear   float64  `json:"untrained_linear_accuracy"`
	PixelAccuracy     float64  `json:"pixel_accuracy"`
	PixelLinear       float64  `json:"pixel_linear_accuracy"`
	Images            int      `json:"images"`
	Test              int      `json:"test"`
	TrainSeconds      float64  `json:"train_seconds"`
	Files             []string `json:"files"`
	Diagnosis         []string `json:"diagnosis"`
}

// images learns handwritten digits without their labels, and looks up the nearest ones.
func (c *demoCmd) images(e *env) error {
	steps := orInt(c.Steps, 400)
	learnt, test, err := digits.Load()
	if err != nil {
		return err
	}
	e.remark("%d images of handwritten digits by 13 people (UCI, 8 x 8 pixels). Learning from %d of them, without labels:",
		learnt.Len()+test.Len(), learnt.Len())
	cfg := demoImagesConfig(steps, e.cli.Seed)
	before, err := train.Untrained(train.Images(learnt), cfg)
	if err != nil {
		return err
	}
	trained, sum, took, err := learn(e, train.Images(learnt), cfg)
	if err != nil {
		return err
	}
	r := demoImagesResult{Images: learnt.Len(), Test: test.Len(), TrainSeconds: took, Diagnosis: sum.Diagnosis}
	var x, tx *evaluate.Encodings
	for _, m := range []struct {
		model          *model.Model
		nearest, probe *float64
	}{{nil, &r.PixelAccuracy, &r.PixelLinear}, {before, &r.UntrainedAccuracy, &r.UntrainedLinear}, {trained, &r.Accuracy, &r.Linear}} {
		if x, tx, err = demoEncode(e, m.model, evaluate.Set{Images: learnt}, evaluate.Set{Images: test}); err != nil {
			return err
		}
		nearest, err := evaluate.Classify(&evaluate.KNN{K: demoNeighbours, Raw: true}, x, tx)
		if err != nil {
			return err
		}
		linear, err := evaluate.Classify(&evaluate.SGD{}, x, tx)
		if err != nil {
			return err
		}
		*m.nearest, *m.probe = nearest.Accuracy, linear.Accuracy
	}
	r.Files = []string{filepath.Join(c.Out, "digits.safetensors"), filepath.Join(c.Out, "neighbours.png"), filepath.Join(c.Out, "map.png")}
	if err := trained.Save(r.Files[0]); err != nil {
		return err
	}
	if err := drawDigits(e, x, tx, learnt, test, r.Files[1], r.Files[2]); err != nil {
		return err
	}
	return e.result(r, func(w io.Writer) error { return r.print(w) })
}

func demoImagesConfig(steps int, seed uint64) train.Config {
	return train.Config{
		Method:     methods.SimCLR{Temperature: 0.2},
		Encoder:    imageenc.ResNet18{Width: 16},
		ImageViews: imageaug.MustParse("crop(0.6,1)|color-jitter(0.4,0.4)|cutout"),
		Batch:      128,
		LR:         2e-3,
		Steps:      steps,
		Seed:       seed,
	}
}

// demoEncode encodes both parts of the digits by a model, or takes their pixels where it is nil.
func demoEncode(e *env, m *model.Model, learnt, test evaluate.Set) (x, tx *evaluate.Encodings, err error) {
	encode := func(s evaluate.Set) (*evaluate.Encodings, error) {
		if m == nil {
			return s.Raw(e.ctx, nil, 0)
		}
		return s.Encode(e.ctx, m)
	}
	if x, err = encode(learnt); err != nil {
		return nil, nil, err
	}
	tx, err = encode(test)
	return x, tx, err
}

func (r *demoImagesResult) print(w io.Writer) error {
	row := func(name string, a, b float64) []string {
		return []string{name, fmt.Sprintf("%.1f %%", 100*a), fmt.Sprintf("%.1f %%", 100*b)}
	}
	t := report.Table{Header: []string{"digits told apart by", "nearest neighbours", "linear probe"}, Rows: [][]string{
		row("their pixels", r.PixelAccuracy, r.PixelLinear), row("the encoder before it learnt", r.UntrainedAccuracy, r.UntrainedLinear),
		row("the encoder", r.Accuracy, r.Linear)}}
	if err := t.Render(w); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, `
learnt from %d images without labels in %.1f s, measured on %d others
pictures: %s, %s

Next, with your own images (a folder, or a .tar, with a folder for each class if there are any; wavekin list formats):
  wavekin pretrain --data images:photos --size 64 --out model.safetensors
  wavekin embed --model model.safetensors --out codes.arrow images:photos
`, r.Images, r.TrainSeconds, r.Test, r.Files[1], r.Files[2])
	return err
}

// drawDigits draws some of the test images beside their neighbours, and all of them on a map.
func drawDigits(e *env, x, tx *evaluate.Encodings, learnt, test *digits.Set, grid, plane string) error {
	index, err := knn.New(x.Rows, x.Dim, knn.Cosine)
	if err != nil {
		return err
	}
	const shown, near = 10, 8
	var rows []report.Neighbours
	for class := range shown {
		i := slices.Index(tx.Labels, fmt.Sprint(class))
		found, distances, err := index.Search(tx.Row(i), near)
		if err != nil {
			return err
		}
		hits := make([]hit, len(found))
		for k, id := range found {
			hits[k] = hit{int(id), float64(distances[k])}
		}
		row, err := neighboursOf(test, i, learnt, hits, near)
		if err != nil {
			return err
		}
		rows = append(rows, row)
	}
	if err := report.NeighbourGrid(grid, "Digits that were not learnt from, and the nearest of those that were", rows); err != nil {
		return err
	}
	xy, err := manifold.TSNE{Seed: e.cli.Seed}.Fit(e.ctx, tx.Rows, tx.Dim)
	if err != nil {
		return err
	}
	var labels []string
	var images []image.Image
	for i := range test.Len() {
		var m raster.Image
		if err := test.Read(i, &m); err != nil {
			return err
		}
		labels, images = append(labels, test.Label(i)), append(images, m.Image())
	}
	return report.Map(plane, "500 digits that were not learnt from", "t-SNE of their encodings: near are those that the model finds alike", mapPoints(xy, labels, images))
}
