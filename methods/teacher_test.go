package methods

import (
	"slices"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/encoders/imageenc"
	"github.com/wavekin/wavekin/nn"
)

// TestTeacherStartsAsTheStudent: in every weight and buffer, the map of patches that nobody trains among them.
func TestTeacherStartsAsTheStudent(t *testing.T) {
	w := nn.NewWeights(1)
	enc := imageenc.ViTTiny{Width: 12, Depth: 1, FrozenPatch: true}
	for _, set := range []*nn.Weights{w.Scope("encoder"), w.Frozen().Scope("teacher")} {
		if _, err := enc.New(set, 3); err != nil {
			t.Fatal(err)
		}
	}
	if err := (&teacher{}).pair(w, "teacher.", "encoder."); err != nil {
		t.Fatal(err)
	}
	if w.Lookup("teacher.patch.weight") == nil {
		t.Error("no map of patches")
	}
	for _, p := range w.All() {
		if name, ok := strings.CutPrefix(p.Name, "teacher."); ok && !slices.Equal(p.Data, w.Lookup("encoder."+name).Data) {
			t.Errorf("%s is not the student's", p.Name)
		}
	}
}

// TestTeachersFollowTheirSchedules takes steps with each method that has a teacher, and compares the teacher with the momentum of each
// step applied by hand to the student: before the step, or after it.
func TestTeachersFollowTheirSchedules(t *testing.T) {
	steps := Schedule{From: 0.9, Shape: "steps", Drops: "0.01:0.5"} // of 200 steps: 0.9 in the first two, then 0.45
	for _, c := range []struct {
		m      Method
		before bool
	}{
		{BYOL{Hidden: 16, Out: 8, MomentumSchedule: steps}, false}, {MoCoV1{MoCo{MomentumSchedule: steps}}, true},
		{MoCoV2{MoCo: MoCo{MomentumSchedule: steps}}, true}, {MoCoV3{Hidden: 16, Out: 8, MomentumSchedule: steps}, true},
		{SimCLRv2{Memory: true, MomentumSchedule: steps}, false}, {DINO{Outputs: 16, MomentumSchedule: steps}, false},
	} {
		tr := newTrial(t, c.m, trialEncoder)
		all := tr.weights.All()
		slow := all[slices.IndexFunc(all, func(p *nn.Param) bool {
			return strings.HasPrefix(p.Name, "method.teacher.encoder.") && len(p.Shape) > 1
		})]
		fast := tr.weights.Lookup(strings.TrimPrefix(slow.Name, "method.teacher."))
		want := slices.Clone(slow.Data)
		follow := func(momentum float32) {
			for i := range want {
				want[i] = momentum*want[i] + (1-momentum)*fast.Data[i]
			}
		}
		for step, momentum := range []float32{0.9, 0.9, 0.45, 0.45} {
			if c.before {
				follow(momentum)
			}
			tr.next()
			if !c.before {
				follow(momentum)
			}
			for i, v := range slow.Data {
				if d := v - want[i]; d > 1e-6 || d < -1e-6 {
					t.Fatalf("%s, step %d: the teacher is %g, want %g", c.m.Name(), step, v, want[i])
				}
			}
		}
	}
	for _, m := range []Method{BYOL{MomentumSchedule: Cosine(0.9, 1.1)}, MoCoV2{MoCo: MoCo{MomentumSchedule: Schedule{From: 0.5, Shape: "sine"}}}} {
		if _, _, err := setUp(m, trialEncoder); err == nil {
			t.Errorf("%+v was accepted", m)
		}
	}
}
