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
	var codes demoCodes
	for _, m := range []struct {
		model          *model.Model
		nearest, probe *float64
	}{{nil, &r.PixelAccuracy, &r.PixelLinear}, {before, &r.UntrainedAccuracy, &r.UntrainedLinear}, {trained, &r.Accuracy, &r.Linear}} {
		if codes, err = demoEncode(e, m.model, learnt, test); err != nil {
			return err
		}
		if *m.nearest, err = codes.accuracy(&evaluate.KNN{K: demoNeighbours, Raw: true}); err != nil {
			return err
		}
		if *m.probe, err = codes.accuracy(&evaluate.SGD{}); err != nil {
			return err
		}
	}
	r.Files = []string{filepath.Join(c.Out, "digits.safetensors"), filepath.Join(c.Out, "neighbours.png"), filepath.Join(c.Out, "map.png")}
	if err := trained.Save(r.Files[0]); err != nil {
		return err
	}
	if err := drawDigits(e, codes, learnt, test, r.Files[1], r.Files[2]); err != nil {
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

// demoCodes are encodings of the two parts of the digits, with their classes.
type demoCodes struct {
	learnt, test []float32
	dim          int
	y, ty        []int
}

// demoEncode encodes both parts by a model, or takes their pixels where it is nil.
func demoEncode(e *env, m *model.Model, learnt, test *digits.Set) (demoCodes, error) {
	var c demoCodes
	for _, part := range []struct {
		set *digits.Set
		x   *[]float32
		y   *[]int
	}{{learnt, &c.learnt, &c.y}, {test, &c.test, &c.ty}} {
		err := eachImages(e, part.set, nil, func(b imageBatch) error {
			h, err := pixels(b), error(nil)
			if m != nil {
				h, err = m.EncodeImages(e.ctx, b.images)
			}
			*part.x = append(*part.x, h...)
			for _, i := range b.ids {
				*part.y = append(*part.y, int(part.set.Label(i)[0]-'0'))
			}
			return err
		})
		if err != nil {
			return c, err
		}
	}
	c.dim = len(c.test) / test.Len()
	return c, nil
}

// pixels are the values of images, 0 to 1, row by row.
func pixels(b imageBatch) []float32 {
	var out []float32
	for _, m := range b.images {
		for _, v := range m.Pix {
			out = append(out, float32(v)/255)
		}
	}
	return out
}

func (c demoCodes) accuracy(p evaluate.Probe) (float64, error) {
	if err := p.Fit(c.learnt, c.dim, c.y); err != nil {
		return 0, err
	}
	got, err := p.Predict(c.test)
	if err != nil {
		return 0, err
	}
	return evaluate.Accuracy(c.ty, got)
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
func drawDigits(e *env, c demoCodes, learnt, test *digits.Set, grid, plane string) error {
	index, err := knn.New(c.learnt, c.dim, knn.Cosine)
	if err != nil {
		return err
	}
	const shown, near = 10, 8
	var rows []report.Neighbours
	for class := range shown {
		i := slices.Index(c.ty, class)
		found, distances, err := index.Search(c.test[i*c.dim:(i+1)*c.dim], near)
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
	xy, err := manifold.TSNE{Seed: e.cli.Seed}.Fit(e.ctx, c.test, c.dim)
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
