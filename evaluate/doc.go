// Package evaluate measures how good encodings and anomaly scores are.
//
// For anomaly scores there are [ROCAUC], [AveragePrecision] and [BestF1], which
// compare point by point, and [VUSROC] and [VUSPR], which forgive a score that
// fires a little beside a labelled stretch. A score is a float64 per point or
// window, higher meaning more unusual; a label is true where something is
// wrong.
//
// For frozen encodings there are probes: [KNN], [Linear], [SVM] and [SGD] are
// fitted on rows of known class and predict others, and [Accuracy], [MacroF1]
// and [Confusion] compare that with the truth. Probes standardise each column by
// the mean and deviation of the rows they were fitted on, because the scale of
// encodings differs between methods by orders of magnitude. They are
// deterministic.
//
// The probes of the image papers are KNN with Weighted set (k 200, temperature
// 0.07, columns as they are) and SGD, with or without LARS.
package evaluate
