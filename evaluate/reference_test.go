package evaluate

import (
	"encoding/json"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
)

// referenceCase is a case of testdata/reference.json, which testdata/reference.py writes.
type referenceCase struct {
	Name             string
	Scores, Labels   string
	AveragePrecision *float64 `json:"average_precision"`
	ROCAUC           *float64 `json:"roc_auc"`
	BestF1           *float64 `json:"best_f1"`
}

func (c *referenceCase) read(t *testing.T) (scores []float64, labels []bool) {
	t.Helper()
	for _, f := range strings.Fields(c.Scores) {
		v, err := strconv.ParseFloat(f, 64)
		if err != nil {
			t.Fatal(err)
		}
		scores = append(scores, v)
	}
	for _, l := range c.Labels {
		labels = append(labels, l == '1')
	}
	return scores, labels
}

// TestScikitLearn: every metric has scikit-learn's value, and is refused where that refuses or has none.
func TestScikitLearn(t *testing.T) {
	text, err := os.ReadFile("testdata/reference.json")
	if err != nil {
		t.Fatal(err)
	}
	var read struct{ Cases []referenceCase }
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	if len(read.Cases) < 20 {
		t.Fatalf("%d cases", len(read.Cases))
	}
	for _, c := range read.Cases {
		t.Run(c.Name, func(t *testing.T) {
			scores, labels := c.read(t)
			for _, m := range []struct {
				name string
				f    func([]float64, []bool) (float64, error)
				want *float64
			}{{"AveragePrecision", AveragePrecision, c.AveragePrecision}, {"ROCAUC", ROCAUC, c.ROCAUC}, {"BestF1", BestF1, c.BestF1}} {
				got, err := m.f(scores, labels)
				switch {
				case m.want == nil && err == nil:
					t.Errorf("%s is %v, but scikit-learn has no value", m.name, got)
				case m.want != nil && (err != nil || math.Abs(got-*m.want) > 1e-14):
					t.Errorf("%s is %v (%v), scikit-learn says %v", m.name, got, err, *m.want)
				}
			}
		})
	}
}
