package onnx

import (
	"fmt"
	"math"

	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/series"
)

// windows translates what a model does to the values of windows, [N, C, T] of either type: they are centred and scaled in
// float64, rounded to float32, and gaps, NaN, are filled by straight lines.
func (t *translator) windows(raw string, n *series.Normalizer) string {
	raw = t.cast(raw, typeDouble)
	measured := t.of("Not", t.of("IsNaN", raw))
	x := t.of("Where", measured, raw, t.double(0))
	switch n.Mode {
	case series.ModeWindow, series.ModeSeries:
		x = t.standardised(raw, x, measured)
	case series.ModeTrain:
		x = t.scaled(x, n)
	}
	return t.filled(t.cast(x, typeFloat), measured)
}

// standardised brings the measured values of each channel of a window to mean 0 and deviation 1; one that does not vary
// becomes 0.
func (t *translator) standardised(raw, x, measured string) string {
	count := t.of("Max", t.sum(t.cast(measured, typeDouble), 2, true), t.double(1))
	low := t.reduce("ReduceMin", t.of("Where", measured, raw, t.double(math.Inf(1))), true, 2)
	high := t.reduce("ReduceMax", t.of("Where", measured, raw, t.double(math.Inf(-1))), true, 2)
	x = t.of("Sub", x, t.of("Div", t.sum(x, 2, true), count))
	of := t.of("Where", measured, x, t.double(0))
	deviation := t.of("Sqrt", t.of("Div", t.sum(t.of("Mul", of, of), 2, true), count))
	factor := t.of("Where", t.of("Less", low, high), t.of("Div", t.double(1), deviation), t.double(0))
	return t.of("Mul", x, t.of("Min", factor, t.double(math.MaxFloat64)))
}

// scaled applies the training data's statistics.
func (t *translator) scaled(x string, n *series.Normalizer) string {
	mean, factor, limit, limited := make([]float64, len(n.Mean)), make([]float64, len(n.Mean)), make([]float64, len(n.Mean)), false
	for c := range n.Mean {
		s := n.Scale(c)
		mean[c], factor[c], limit[c] = s.Mean, s.Factor, s.Limit
		limited = limited || !math.IsInf(s.Limit, 1)
	}
	x = t.of("Mul", t.of("Sub", x, t.doubles(mean, len(mean), 1)), t.doubles(factor, len(mean), 1))
	if limited {
		lower := make([]float64, len(limit))
		for c, v := range limit {
			lower[c] = -v
		}
		x = t.of("Max", t.of("Min", x, t.doubles(limit, len(mean), 1)), t.doubles(lower, len(mean), 1))
	}
	return x
}

// filled interpolates where nothing was measured; before the first and after the last value these are repeated, and a channel
// without any is 0.
//
// The place of the r-th measured value is found by a table: rank[i] counts the values up to i, and the table holds i at
// rank[i], so that table[rank[i]] is the last place with a value and table[rank[i]+1] the next one.
func (t *translator) filled(x, measured string) string {
	counted := t.cast(measured, typeInt64)
	rank := t.of("CumSum", counted, t.integer(2))
	number := t.sum(counted, 2, true)
	shape := t.of("Shape", x)
	length := t.gather(shape, t.ints(2), 0)
	spare := t.of("Add", length, t.ints(1)) // where gaps write to
	place := t.of("Expand", t.counting(length), shape)
	room := t.concat(0, t.slice(shape, 0, 0, 2), t.of("Add", length, t.ints(2)))
	table := t.op("ScatterElements", []string{t.of("Expand", t.integer(0), room), t.of("Where", measured, rank, spare), place}, attribute{"axis", 2})
	look := func(r string) string { return t.op("GatherElements", []string{table, r}, attribute{"axis", 2}) }
	before := look(t.of("Max", rank, t.integer(1)))
	after := look(t.of("Min", t.of("Where", measured, rank, t.of("Add", rank, t.integer(1))), number))
	at := func(i string) string {
		return t.cast(t.op("GatherElements", []string{x, i}, attribute{"axis", 2}), typeDouble)
	}
	a, b := at(before), at(after)
	steps := t.cast(t.of("Max", t.of("Sub", after, before), t.integer(1)), typeDouble)
	step := t.of("Div", t.of("Sub", b, a), steps)
	line := t.of("Add", a, t.of("Mul", step, t.cast(t.of("Sub", place, before), typeDouble)))
	return t.of("Where", t.of("Greater", number, t.integer(0)), t.cast(line, typeFloat), t.float(0))
}

// images translates the colour space, centring and scaling of images [N, C, H, W] whose pixels are 0 to 1.
func (t *translator) images(x string, p *model.Picture) string {
	n := len(p.Mean)
	scale := make([]float32, n)
	for c, d := range p.Deviation {
		scale[c] = 1 / d
	}
	switch p.Space {
	case "rgb", "grey":
	case "ycbcr": // as imageaug.Convert
		x = t.op("Conv", []string{x, t.floats([]float32{0.299, 0.587, 0.114, -0.168736, -0.331264, 0.5, 0.5, -0.418688, -0.081312}, 3, 3, 1, 1),
			t.floats([]float32{0, 128. / 255, 128. / 255}, 3)})
	default:
		return t.failf("images in the colour space %q: %w", p.Space, errSpace)
	}
	return t.of("Mul", t.of("Sub", x, t.floats(p.Mean, n, 1, 1)), t.floats(scale, n, 1, 1))
}

var errSpace = fmt.Errorf("only rgb, grey and ycbcr can be exported")
