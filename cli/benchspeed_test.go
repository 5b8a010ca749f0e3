package cli

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestBenchSpeed: a row for each encoder and number of threads, with its shape by the settings, and where the time of a step goes.
func TestBenchSpeed(t *testing.T) {
	args := []string{"bench", "speed", "-q", "--threads", "1", "--seconds", "0.02", "--encoders", "conv(width=4,depth=1,out=8),resnet18(width=2)", "--window", "40", "--size", "8", "--batch", "3", "--channels", "a,b"}
	var r speedResult
	if err := json.Unmarshal([]byte(must(t, append(args, "--json")...)), &r); err != nil || len(r.Rows) != 2 {
		t.Fatalf("%+v, %v", r, err)
	}
	for i, want := range [][]int{{2, 40}, {3, 8, 8}} {
		row := r.Rows[i]
		var total float64
		for _, o := range row.Operations {
			total += o.Seconds
		}
		if len(row.Shape) != len(want) || row.Shape[0] != want[0] || row.Shape[1] != want[1] || row.Batch != 6 || row.Threads != 1 || row.Precision != "float32" ||
			!(row.Step > 0 && row.Encode > 0 && total > 0) || row.Ceiling.Flops <= 0 || row.StepSpread[0] > row.Step || row.StepSpread[1] < row.Step {
			t.Errorf("%+v, want %v", row, want)
		}
	}
	out := must(t, args...)
	for _, want := range []string{"6 x 2 x 40", "6 x 3 x 8 x 8", "A step of resnet18 by operations", "conv2d.dw", "of product"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	for _, c := range []struct {
		want string
		args []string
	}{
		{"makes its own samples", []string{"bench", "speed", "--data", "x"}},
		{"needs --data", []string{"bench", "classify"}},
		{"no encoder", []string{"bench", "speed", "--encoders", "cone"}},
		{"float16", []string{"bench", "speed", "--precision", "float16"}},
	} {
		if _, errs, code := wk(t, c.args...); code != 2 || !strings.Contains(errs, c.want) {
			t.Errorf("%v: code %d, %q, want %q", c.args, code, errs, c.want)
		}
	}
}
