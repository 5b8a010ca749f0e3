// Package detect learns what normal readings look like and tells how unlike them others are.
//
// [Fit] encodes the windows of normal series; a [Detector] then scores windows ([Detector.Windows]) and time stamps
// ([Detector.Points]) of other series by their distance from the nearest normal windows, and says how often normal
// data score as high.
//
//	d, err := detect.Fit(ctx, m, normal, detect.Config{}) // m is a model.Model, normal a series.Reader
//	for p, err := range d.Points(ctx, today) {
//		// p.Score[i] and p.P[i] belong to the time stamp p.Times[i]
//	}
//
// The detector owns what decides whether scores and p-values mean what they say, so that a caller cannot get it wrong:
//
//   - Windows of normal and of new series are cut and encoded in the same way. The last one always reaches the end of its
//     series, so that the newest time stamps have a score of their own.
//   - Scores of normal data, with which new scores are compared, are made without the windows that overlap: a window would
//     find itself. Overlap counts within one series only.
//   - A time stamp's p-value compares its score with those of normal time stamps, scored in the same way; it is no mean of
//     the p-values of windows.
//   - New data that are part of the normal data are recognised by their values and do not find themselves.
//   - Windows without a value have no score.
//
// [FitFused] needs no encoder and no training: a [Fused] detector puts several comparisons of the readings themselves together and
// says which of them and which channel a score comes from; [EncodingPart] adds an encoder to them. [Episodes] gathers time stamps of
// small p-values into stretches and explains them.
//
// [Raw] compares the readings themselves in place of encodings, and [FitRows] takes rows that need no windows, such as the
// encodings of images. A detector can be kept in a file: [Detector.Save], [Load], [Fused.Save],
// [LoadFused].
package detect
