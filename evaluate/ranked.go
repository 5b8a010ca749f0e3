package evaluate

// Ranked is how well scores rank anomalous points above the others.
type Ranked struct {
	VUSPR            float64 `json:"vus_pr"`
	VUSROC           float64 `json:"vus_roc"`
	AveragePrecision float64 `json:"average_precision"`
	ROCAUC           float64 `json:"roc_auc"`
	BestF1           float64 `json:"best_f1"`
	// Threshold is that of BestF1, as in [BestThreshold]; the metrics of ranges and the affiliation are measured at it.
	Threshold            float64 `json:"best_f1_threshold"`
	RangePrecision       float64 `json:"range_precision"`
	RangeRecall          float64 `json:"range_recall"`
	RangeF1              float64 `json:"range_f1"`
	AffiliationPrecision float64 `json:"affiliation_precision"`
	AffiliationRecall    float64 `json:"affiliation_recall"`
	// BestF1Adjusted is inflated; see [BestF1Adjusted].
	BestF1Adjusted float64 `json:"best_f1_adjusted"`
	// Points counts the points, Anomalous those that are labelled.
	Points    int `json:"points"`
	Anomalous int `json:"anomalous"`
}

// Rank computes every ranking metric of scores against labels, a score and a label for each point of one series. buffer is the
// largest buffer around an anomaly for [VUS], in points; 0 means [MeanLength] of the anomalies. Errors as for [ROCAUC].
func Rank(scores []float64, labels []bool, buffer int) (Ranked, error) {
	return (&Pairs{Scores: scores, Labels: labels}).Rank(buffer)
}

// Rank is [Rank] of scores and labels of one or more series. An anomaly ends with its series; only VUS, whose authors know one
// series, takes them for one.
func (p *Pairs) Rank(buffer int) (Ranked, error) {
	if buffer == 0 {
		buffer = MeanLength(p.Labels)
	}
	r := Ranked{Points: len(p.Scores)}
	for _, l := range p.Labels {
		if l {
			r.Anomalous++
		}
	}
	var err error
	if r.VUSROC, r.VUSPR, err = VUS(p.Scores, p.Labels, buffer); err != nil {
		return r, err
	}
	if r.AveragePrecision, err = AveragePrecision(p.Scores, p.Labels); err != nil {
		return r, err
	}
	if r.ROCAUC, err = ROCAUC(p.Scores, p.Labels); err != nil {
		return r, err
	}
	if r.BestF1Adjusted, err = BestF1Adjusted(p.Scores, p.Labels, p.Starts); err != nil {
		return r, err
	}
	if r.Threshold, r.BestF1, err = BestThreshold(p.Scores, p.Labels); err != nil {
		return r, err
	}
	return r, p.atThreshold(&r)
}

// atThreshold measures the alarms that the threshold of the best F1 raises.
func (p *Pairs) atThreshold(r *Ranked) error {
	alarms := make([]bool, len(p.Scores))
	for i, s := range p.Scores {
		alarms[i] = s >= r.Threshold
	}
	ranges, err := (RangeMetric{}).Score(alarms, p.Labels, p.Starts)
	if err != nil {
		return err
	}
	r.RangePrecision, r.RangeRecall, r.RangeF1 = ranges.Precision, ranges.Recall, ranges.F1
	r.AffiliationPrecision, r.AffiliationRecall, err = Affiliation(alarms, p.Labels, p.Starts)
	return err
}

// longestBuffer bounds the buffer that follows from the anomalies: the cost of VUS grows with it.
const longestBuffer = 100

// MeanLength is the mean length of the anomalous stretches, at most 100 points; 0 without any.
func MeanLength(labels []bool) int {
	runs := stretches(labels)
	points := 0
	for _, r := range runs {
		points += r.to - r.from + 1
	}
	if points == 0 {
		return 0
	}
	return min(longestBuffer, points/len(runs))
}
