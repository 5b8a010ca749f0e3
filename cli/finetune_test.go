package cli

import (
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"
)

// classes writes n labelled series of two classes as a UCR file.
func classes(t *testing.T, dir, name string, n int) string {
	t.Helper()
	var b strings.Builder
	for i := range n {
		fmt.Fprint(&b, i%2+1)
		for k := range 24 {
			fmt.Fprintf(&b, "\t%.4f", math.Sin(float64(i)+float64(k)*(0.3+0.8*float64(i%2))))
		}
		b.WriteByte('\n')
	}
	return write(t, dir, name, b.String())
}

func TestFinetuneAndDistill(t *testing.T) {
	dir := t.TempDir()
	learn, test := classes(t, dir, "A_TRAIN.tsv", 24), classes(t, dir, "A_TEST.tsv", 30)
	pre, tuned, small := filepath.Join(dir, "pre"), filepath.Join(dir, "tuned"), filepath.Join(dir, "small")
	must(t, "pretrain", "-q", "--data", learn, "--method", "simclr-v2", "--steps", "3", "--batch", "8", "--out", pre)
	check := func(want int, args ...string) {
		t.Helper()
		var r furtherResult
		out := must(t, args...)
		if err := json.Unmarshal([]byte(out), &r); err != nil || r.Test == nil || r.Test.Series != 30 || r.Test.Accuracy < 0.9 || r.FromLayer != want || r.Series == 0 {
			t.Errorf("%s printed %s (%v)", args[0], out, err)
		}
	}
	check(1, "finetune", "-q", "--json", "--model", pre, "--train", learn, "--labels", "0.5", "--steps", "25", "--batch", "8", "--out", tuned, "--test", test)
	check(0, "distill", "-q", "--json", "--teacher", tuned, "--data", learn, "--encoder", "conv", "--encoder-settings", `{"width":8,"depth":2,"out":16}`,
		"--steps", "120", "--batch", "8", "--out", small, "--test", test)
	plain := write(t, dir, "plain.csv", "id,value,kind\n"+strings.Repeat("a,1,x\na,2,x\n", 12)+strings.Repeat("b,1,y\nb,3,y\n", 12))
	for _, c := range []struct {
		want string
		args []string
	}{
		{pre + " has no classifier; fine-tune it first", []string{"distill", "--teacher", pre, "--data", learn, "--out", small}},
		{"layer 9", []string{"finetune", "--model", pre, "--train", learn, "--from-layer", "9", "--out", tuned}},
		{plain + ": no sample has a label (--label names", []string{"finetune", "--model", pre, "--train", plain, "--series", "id", "--out", tuned}},
		{"a sample without a label; classify needs labelled series or images (--label names", []string{"evaluate", "--task", "classify", "--model", pre, "--train", plain, "--test", plain}},
		{"share", []string{"finetune", "--model", pre, "--train", learn, "--labels", "2", "--out", tuned}},
	} {
		if _, errs, code := wk(t, c.args...); code == 0 || !strings.Contains(errs, c.want) {
			t.Errorf("%v: code %d, %q", c.args, code, errs)
		}
	}
}
