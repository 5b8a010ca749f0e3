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
	return scores, bits(c.Labels)
}

// referenceRanges is a case of ranges: the values of other programs for predictions.
type referenceRanges struct {
	Name, Predicted, Labels string
	AffiliationPrecision    float64 `json:"affiliation_precision"`
	AffiliationRecall       float64 `json:"affiliation_recall"`
	PRTS                    []struct {
		Alpha                 float64
		Unity                 bool
		Bias                  string
		Precision, Recall, F1 float64
	}
}

// reference reads testdata/reference.json.
func reference(t *testing.T) (scores []referenceCase, ranges []referenceRanges) {
	t.Helper()
	text, err := os.ReadFile("testdata/reference.json")
	if err != nil {
		t.Fatal(err)
	}
	var read struct {
		Cases  []referenceCase
		Ranges []referenceRanges
	}
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	if len(read.Cases) < 20 || len(read.Ranges) < 12 {
		t.Fatalf("%d and %d cases", len(read.Cases), len(read.Ranges))
	}
	return read.Cases, read.Ranges
}

// bits are labels as they are written: 0 and 1.
func bits(text string) []bool {
	var out []bool
	for _, c := range text {
		out = append(out, c == '1')
	}
	return out
}

// TestScikitLearn: every metric has scikit-learn's value, and is refused where that refuses or has none.
func TestScikitLearn(t *testing.T) {
	cases, _ := reference(t)
	for _, c := range cases {
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

// TestRangeReferences: range-based precision and recall are those of prts, affiliation those of its authors' code.
func TestRangeReferences(t *testing.T) {
	_, ranges := reference(t)
	biases := map[string]RangeBias{"flat": FlatBias, "front": FrontBias, "middle": MiddleBias, "back": BackBias}
	for _, c := range ranges {
		t.Run(c.Name, func(t *testing.T) {
			predicted, labels := bits(c.Predicted), bits(c.Labels)
			near := func(what string, got, want float64, err error) {
				t.Helper()
				if err != nil || math.Abs(got-want) > 1e-13 {
					t.Errorf("%s is %v (%v), want %v", what, got, err, want)
				}
			}
			for _, p := range c.PRTS {
				s, err := RangeMetric{Existence: p.Alpha, Unity: p.Unity, Bias: biases[p.Bias]}.Score(predicted, labels, nil)
				near(p.Bias+" precision", s.Precision, p.Precision, err)
				near(p.Bias+" recall", s.Recall, p.Recall, err)
				near(p.Bias+" F1", s.F1, p.F1, err)
			}
			precision, recall, err := Affiliation(predicted, labels, nil)
			near("affiliation precision", precision, c.AffiliationPrecision, err)
			near("affiliation recall", recall, c.AffiliationRecall, err)
		})
	}
}
