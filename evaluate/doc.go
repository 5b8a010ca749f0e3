// Package evaluate measures how good encodings and anomaly scores are.
//
// [Encodings] are the rows that a model, or no model, makes of a labelled [Set] of series or of images. A [Probe] is a classifier
// on frozen encodings: [KNN], [Linear], [SVM] or [SGD]. [Measure] does all of it in one call:
//
//	r, err := evaluate.Measure(ctx, model, &evaluate.KNN{}, evaluate.Set{Series: train}, evaluate.Set{Series: test})
//	fmt.Println(r.Accuracy, r.MacroF1)
//
// Probes are deterministic. Those of series standardise each column by the mean and deviation of the rows they were fitted on,
// because the scale of encodings differs between methods by orders of magnitude. The probes of the papers on images are KNN with
// Weighted set (k 200, temperature 0.07, columns as they are) and SGD, with or without LARS.
//
// A score is a number for each point, higher meaning more unusual; a label is true where something is wrong. [Match] pairs scores
// with labels by series and time, and [Rank] computes every metric: [ROCAUC], [AveragePrecision] and [BestF1] compare point by
// point, [VUSROC] and [VUSPR] also give credit to a score that is high a little beside a labelled stretch. [RangeMetric] and
// [Affiliation] compare alarms with labelled stretches as wholes; [BestF1Adjusted] is for comparison with papers that report it.
package evaluate
