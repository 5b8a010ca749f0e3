package methods

import (
	"fmt"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/encoders"
)

// diagnosed fails the test unless the objective names in words what was left out.
func diagnosed(t *testing.T, tr *trial, what string) {
	t.Helper()
	for _, line := range tr.obj.(Diagnoser).Diagnose(nil) {
		if strings.Contains(line, what) {
			return
		}
	}
	t.Errorf("the diagnosis does not speak of the %s", what)
}

// collapsed is the spread below which the trainer's diagnosis calls the encodings collapsed.
const collapsed = 0.1

// TestSiameseMethodsCollapseWithoutTheirProtection looks at spreads where no sample sees another: with batch normalisation
// in encoder and heads the batch itself keeps features apart, and for these few steps hides what was left out.
// Nearest neighbours do not tell: tiny differences are in the same order as large ones until rounding swallows them.
func TestSiameseMethodsCollapseWithoutTheirProtection(t *testing.T) {
	group := encoders.ResNet1D{Width: 8, Stages: 2, Norm: "group"}
	standardised := encoders.ResNet1D{Width: 8, Stages: 2, Norm: "group-ws"}
	byol := BYOL{Hidden: 32, Out: 16, Norm: "group"}
	byolWS := BYOL{Hidden: 32, Out: 16, Norm: "group-ws"}
	simsiam := SimSiam{Hidden: 32, Out: 16, Layers: 2, Norm: "group"}
	for i, c := range []struct {
		method  Method
		encoder encoders.Encoder
		missing string
	}{
		{byol, group, ""},
		{with(byol, func(m *BYOL) { m.NoStopGradient = true }), group, "stop-gradient"},
		{with(byol, func(m *BYOL) { m.NoPredictor = true }), group, "predictor"},
		{byolWS, standardised, ""},
		{with(byolWS, func(m *BYOL) { m.NoStopGradient = true }), standardised, "stop-gradient"},
		{simsiam, group, ""},
		{with(simsiam, func(m *SimSiam) { m.NoStopGradient = true }), group, "stop-gradient"},
		{with(simsiam, func(m *SimSiam) { m.NoPredictor = true }), group, "predictor"},
		// Without momentum BYOL is SimSiam with a faster predictor, and does not collapse.
		{with(byolWS, func(m *BYOL) { m.Momentum = -1 }), standardised, ""},
		// The same on images.
		{byol, glimpse{Norm: "group"}, ""},
		{with(byol, func(m *BYOL) { m.NoStopGradient = true }), glimpse{Norm: "group"}, "stop-gradient"},
		{simsiam, glimpse{Norm: "group"}, ""},
		{with(simsiam, func(m *SimSiam) { m.NoStopGradient = true }), glimpse{Norm: "group"}, "stop-gradient"},
		// Its negatives keep MoCo v3 apart, whatever the teacher does.
		{MoCoV3{Hidden: 32, Out: 16, Norm: "group", Momentum: -1}, group, ""},
	} {
		t.Run(fmt.Sprint(i, c.method.Name(), " without ", c.missing), func(t *testing.T) {
			tr := newTrial(t, c.method, c.encoder)
			for range 200 {
				tr.next()
			}
			s := tr.spread()
			t.Log("spread", s)
			if c.missing == "" {
				if d, ok := tr.obj.(Diagnoser); ok && strings.Contains(strings.Join(d.Diagnose(nil), " "), "left out") {
					t.Errorf("nothing is left out, and the diagnosis is %q", d.Diagnose(nil))
				}
				healthy := 1.5 * collapsed
				if encoders.Axes(c.encoder) == 2 {
					healthy = collapsed // the mean over an image's squares leaves less to tell samples apart by
				}
				if s < healthy {
					t.Errorf("spread %.3f, want it above %g", s, healthy)
				}
				return
			}
			diagnosed(t, tr, c.missing)
			if s >= collapsed {
				t.Errorf("spread %.3f without %s, want below %g", s, c.missing, collapsed)
			}
		})
	}
}

// with returns a method changed by f.
func with[M any](m M, f func(m *M)) M {
	f(&m)
	return m
}
