package evaluate

import "slices"

// BestF1Adjusted is the best F1 after the point adjustment of Xu et al., "Unsupervised Anomaly Detection via Variational
// Auto-Encoder for Seasonal KPIs in Web Applications" (WWW 2018). With t the threshold, S a labelled stretch and x_i the
// score of point i:
//
//	found(i) = max of x_j over j in S >= t   for i in S
//	found(i) = x_i >= t                      elsewhere
//	F1       = 2 TP / (2 TP + FP + FN)       the largest over all t
//
// One point above the threshold makes the whole stretch found. This inflates: random scores come near 1 where stretches are long
// (Kim et al., "Towards a Rigorous Evaluation of Time-series Anomaly Detection", AAAI 2022). It is here to be compared with papers
// that report it. starts are as in [Pairs]; errors as for [AveragePrecision].
func BestF1Adjusted(scores []float64, labels []bool, starts []int) (float64, error) {
	if _, err := check(scores, labels); err != nil {
		return 0, err
	}
	adjusted := slices.Clone(scores)
	for _, s := range stretches(labels, starts...) {
		highest := slices.Max(scores[s.from : s.to+1])
		for i := s.from; i <= s.to; i++ {
			adjusted[i] = highest
		}
	}
	return BestF1(adjusted, labels)
}
