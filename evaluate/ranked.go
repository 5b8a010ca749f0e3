package evaluate

// Ranked is how well scores rank anomalous points above the others.
type Ranked struct {
	VUSPR            float64 `json:"vus_pr"`
	VUSROC           float64 `json:"vus_roc"`
	AveragePrecision float64 `json:"average_precision"`
	ROCAUC           float64 `json:"roc_auc"`
	BestF1           float64 `json:"best_f1"`
	// Points counts the points, Anomalous those that are labelled.
	Points    int `json:"points"`
	Anomalous int `json:"anomalous"`
}

// Rank computes every ranking metric of scores against labels, a score and a label for each point. buffer is the largest buffer
// around an anomaly for [VUS], in points; 0 means [MeanLength] of the anomalies. Errors as for [ROCAUC].
func Rank(scores []float64, labels []bool, buffer int) (Ranked, error) {
	if buffer == 0 {
		buffer = MeanLength(labels)
	}
	r := Ranked{Points: len(scores)}
	for _, l := range labels {
		if l {
			r.Anomalous++
		}
	}
	var err error
	if r.VUSROC, r.VUSPR, err = VUS(scores, labels, buffer); err != nil {
		return r, err
	}
	if r.AveragePrecision, err = AveragePrecision(scores, labels); err != nil {
		return r, err
	}
	if r.ROCAUC, err = ROCAUC(scores, labels); err != nil {
		return r, err
	}
	r.BestF1, err = BestF1(scores, labels)
	return r, err
}

// longestBuffer bounds the buffer that follows from the anomalies: the cost of VUS grows with it.
const longestBuffer = 100

// MeanLength is the mean length of the anomalous stretches, at most 100 points; 0 without any.
func MeanLength(labels []bool) int {
	points, runs := 0, 0
	for i, l := range labels {
		if l {
			points++
			if i == 0 || !labels[i-1] {
				runs++
			}
		}
	}
	if runs == 0 {
		return 0
	}
	return min(longestBuffer, points/runs)
}
