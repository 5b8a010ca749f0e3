package evaluate

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/encoders/imageenc"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/raster"
	"github.com/wavekin/wavekin/series"
	"github.com/wavekin/wavekin/train"
)

// Two classes of waves, told apart by the nearest neighbour of their values.
func ExampleClassify() {
	wave := func(speed float64, label string, n int) (all []*series.Series) {
		for i := range n {
			v := make([]float64, 32)
			for t := range v {
				v[t] = math.Sin(speed*float64(t) + 0.1*float64(i))
			}
			all = append(all, &series.Series{Label: label, Values: [][]float64{v}})
		}
		return all
	}
	learn := Set{Series: slices.Concat(wave(0.2, "slow", 4), wave(0.9, "fast", 4))}
	test := Set{Series: slices.Concat(wave(0.2, "slow", 3), wave(0.9, "fast", 3))}

	ctx := context.Background()
	norm, err := series.FitNormalizer(learn.Series, series.ModeTrain)
	if err != nil {
		fmt.Println(err)
		return
	}
	x, err := learn.Raw(ctx, norm, 32) // learn.Encode(ctx, model) takes an encoder's rows instead
	if err != nil {
		fmt.Println(err)
		return
	}
	tx, err := test.Raw(ctx, norm, 32)
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := Classify(&KNN{}, x, tx)
	fmt.Printf("accuracy %.2f on %d of %d classes, %v\n", r.Accuracy, r.Test, r.Classes, err)
	// Output: accuracy 1.00 on 6 of 2 classes, <nil>
}

// some is n random series of one channel whose lengths differ.
func some(n int, seed uint64) []*series.Series {
	rng := rand.New(rand.NewPCG(seed, 3))
	var out []*series.Series
	for i := range n {
		s := &series.Series{ID: fmt.Sprint("s", i), Label: []string{"b", "a"}[i%2], Values: [][]float64{nil}}
		for range 14 + i%5 {
			s.Values[0] = append(s.Values[0], rng.NormFloat64())
		}
		out = append(out, s)
	}
	return out
}

func untrained(t *testing.T, data train.Data, enc encoders.Encoder) *model.Model {
	t.Helper()
	m, err := train.Untrained(data, train.Config{Method: methods.SimCLR{}, Encoder: enc, Batch: 8, Steps: 1})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestEncodeSeries: the rows are those that the model makes of each series alone, in their order, over several batches.
func TestEncodeSeries(t *testing.T) {
	all := some(batchLen+5, 1)
	m := untrained(t, train.Series(all), encoders.Conv{Width: 4, Depth: 2, Out: 6})
	e, err := Set{Series: all}.Encode(context.Background(), m)
	if err != nil {
		t.Fatal(err)
	}
	if e.Len() != len(all) || e.Dim != 6 || len(e.Rows) != 6*len(all) || e.Labels[1] != "a" || e.Groups[batchLen+1] != fmt.Sprint("s", batchLen+1) {
		t.Fatalf("%d rows of %d, %d numbers, %q", e.Len(), e.Dim, len(e.Rows), e.Groups[batchLen+1])
	}
	for _, i := range []int{0, 7, batchLen, batchLen + 4} {
		alone, err := m.Encode(context.Background(), []*series.Window{all[i].Whole(18)})
		if err != nil {
			t.Fatal(err)
		}
		for j, v := range alone {
			if math.Abs(float64(v-e.Row(i)[j])) > 1e-5 {
				t.Fatalf("series %d: %v, alone %v", i, e.Row(i), alone)
			}
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := (Set{Series: all}).Encode(ctx, m); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// dots is a set of n images with a dot each, of which one cannot be read.
type dots struct{ n, bad int }

func (d dots) Len() int           { return d.n }
func (d dots) Label(i int) string { return fmt.Sprint("dot", i%2) }

func (d dots) Read(i int, m *raster.Image) error {
	if i == d.bad {
		return fmt.Errorf("image %d is damaged", i)
	}
	g := image.NewGray(image.Rect(0, 0, 9, 9))
	g.SetGray(2+4*(i%2), 2+i%5, color.Gray{Y: 255})
	raster.From(m, g)
	m.Name = fmt.Sprint("i", i)
	return nil
}

// TestEncodeImages: images by a model of images, by one of series that reads rows, and as pixels; one that cannot be read is left out.
func TestEncodeImages(t *testing.T) {
	ctx := context.Background()
	set := Set{Images: dots{12, 5}, Corrupt: func(error) error { return nil }}
	of := untrained(t, train.Images(dots{12, -1}), imageenc.ResNet18{Width: 4})
	var rows train.Series
	for i := range 12 {
		var m raster.Image
		if err := (dots{12, -1}).Read(i, &m); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, model.Rows(&m, ""))
	}
	asSeries := untrained(t, rows, encoders.Conv{Width: 4, Depth: 2, Out: 6})
	for name, encode := range map[string]func() (*Encodings, error){
		"images": func() (*Encodings, error) { return set.Encode(ctx, of) },
		"rows":   func() (*Encodings, error) { return set.Encode(ctx, asSeries) },
		"pixels": func() (*Encodings, error) { return set.Raw(ctx, nil, 0) },
	} {
		e, err := encode()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if e.Len() != 11 || len(e.Rows) != 11*e.Dim || e.Groups[5] != "i6" || e.Labels[5] != "dot0" {
			t.Errorf("%s: %d rows of %d, %q", name, e.Len(), e.Dim, e.Groups)
		}
	}
	set.Corrupt = nil
	if _, err := set.Encode(ctx, of); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("a damaged image: %v", err)
	}
}

func TestThin(t *testing.T) {
	all := some(10, 1)
	few := Set{Series: all}.Thin(4)
	var ids []string
	for _, s := range few.Series {
		ids = append(ids, s.ID)
	}
	if want := []string{"s0", "s2", "s5", "s7"}; !slices.Equal(ids, want) {
		t.Errorf("series %q, want %q", ids, want)
	}
	images := Set{Images: dots{10, -1}}.Thin(4)
	var m raster.Image
	if err := images.Images.Read(2, &m); err != nil || images.Len() != 4 || m.Name != "i5" || images.Label(2) != "dot1" {
		t.Errorf("%d images, the third is %q: %v", images.Len(), m.Name, err)
	}
	if whole := (Set{Series: all}).Thin(0); whole.Len() != 10 {
		t.Errorf("0 gives %d", whole.Len())
	}
}

// TestClassifyCounts by hand: of the queries at 0, 10, 1 and 30 the nearest rows are 0 (a), 9 (b), 0 (a) and 9 (b).
func TestClassifyCounts(t *testing.T) {
	rows := func(labels string, values ...float32) *Encodings {
		e := &Encodings{Rows: values, Dim: 1}
		for _, l := range strings.Split(labels, "") {
			e.Labels, e.Groups = append(e.Labels, strings.TrimSpace(l)), append(e.Groups, "")
		}
		return e
	}
	got, err := Classify(&KNN{Raw: true, Metric: 1}, rows("ab", 0, 9), rows("abbc", 0, 10, 1, 30))
	if err != nil {
		t.Fatal(err)
	}
	// a: TP 1, FP 1; b: TP 1, FP 1, FN 1; c: FN 1. F1 of a 2/3, of b 1/2, of c 0.
	want := Classified{Accuracy: 0.5, MacroF1: (2.0/3 + 0.5) / 3, Train: 2, Test: 4, Classes: 3, Unknown: 1}
	if math.Abs(got.MacroF1-want.MacroF1) > 1e-12 {
		t.Errorf("macro F1 %v, want %v", got.MacroF1, want.MacroF1)
	}
	got.MacroF1 = want.MacroF1
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	if _, err := Classify(&KNN{}, rows("ab", 0, 9), rows("a ", 0, 9)); !errors.Is(err, ErrNoLabel) || !strings.Contains(err.Error(), "number 2") {
		t.Errorf("a row without a label: %v", err)
	}
	if _, err := Classify(&KNN{}, rows("ab", 0, 9), &Encodings{Dim: 2}); !errors.Is(err, ErrShape) {
		t.Errorf("rows of another length: %v", err)
	}
}
