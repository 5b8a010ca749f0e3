package jobs

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// following runs a job that follows its folder until enough is true, and returns its summary and the inputs in their order.
func following(t *testing.T, dir string, settle time.Duration, enough func(sum Summary, looks int) bool) (*Summary, string) {
	t.Helper()
	ctx, stop := context.WithTimeout(context.Background(), 20*time.Second)
	defer stop()
	looks, order := 0, ""
	find := func() ([]Input, error) { return Find([]string{filepath.Join(dir, "in")}, filepath.Join(dir, "out")) }
	f := &Follow{Find: find, Every: 2 * time.Millisecond, Settle: settle, Looked: func(sum Summary) {
		if looks++; enough(sum, looks) {
			stop()
		}
	}}
	sum, err := again(t, dir).Run(ctx, Options{Follow: f, Done: func(s Step, _ error, _, _ int) { order += " " + s.Place }}, length)
	if err != nil || ctx.Err() == context.DeadlineExceeded {
		t.Fatalf("%v, %v, %+v", err, ctx.Err(), sum)
	}
	return sum, order
}

// TestFollow lets inputs come, grow, fail and be replaced while a job runs; each content is worked on once.
func TestFollow(t *testing.T) {
	dir, _ := lake(t)
	in := func(name string) string { return filepath.Join(dir, "in", name) }
	growing := 0
	sum, order := following(t, dir, 400*time.Millisecond, func(sum Summary, looks int) bool {
		switch {
		case looks == 2: // moved in whole, with an older time: taken at once
			put(t, dir, "aside/moved.csv", "1234")
			old(t, filepath.Join(dir, "aside/moved.csv"), time.Hour)
			if err := os.Rename(filepath.Join(dir, "aside/moved.csv"), in("moved.csv")); err != nil {
				t.Fatal(err)
			}
		case looks == 3 && sum.Done != 4:
			t.Errorf("a file that was moved in is not taken at once: %+v", sum)
		case looks >= 4 && looks < 260: // grows for longer than it takes to settle, of which a busy machine must not steal all between two looks
			growing++
			put(t, dir, "in/grows.csv", strings.Repeat("x", growing))
			put(t, dir, "in/bad.csv", "bad")
		case sum.Done == 5 && len(sum.Failed) == 1:
			old(t, put(t, dir, "in/bad.csv", "good now"), time.Hour)
		}
		return sum.Done == 6
	})
	if len(sum.Failed) != 0 || sum.Inputs != 6 || strings.Index(order, "moved") < strings.Index(order, "c ") || strings.Count(order, "grows") != 1 || strings.Count(order, "bad") != 2 {
		t.Errorf("%+v, in the order%s", sum, order)
	}
	if got, err := os.ReadFile(filepath.Join(dir, "out/grows.csv")); err != nil || string(got) != fmt.Sprintf("bytes\n%d\n", growing) {
		t.Errorf("the growing file gave %q (%v), want %d bytes", got, err, growing)
	}
	// Another run has nothing to do but for what changes.
	old(t, put(t, dir, "in/a.csv", "changed"), time.Minute)
	if sum, order = following(t, dir, 0, func(sum Summary, _ int) bool { return sum.Done == 1 }); sum.Kept != 5 || order != " a" {
		t.Errorf("%+v, in the order%s", sum, order)
	}
	// One that changes while the job runs is made twice, and stays one input.
	if sum, order = following(t, dir, 0, func(sum Summary, looks int) bool {
		if looks < 3 || sum.Done == 1 && looks%2 == 0 {
			old(t, put(t, dir, "in/a.csv", strings.Repeat("y", 20+looks)), time.Minute)
		}
		return sum.Done >= 2
	}); sum.Inputs != 6 || strings.Count(order, " a") < 2 {
		t.Errorf("%+v, in the order%s, want 6 inputs", sum, order)
	}
	// What would go to one place ends the job, whenever it comes.
	ctx, stop := context.WithTimeout(context.Background(), 20*time.Second)
	defer stop()
	f := &Follow{Every: time.Millisecond, Find: func() ([]Input, error) { return Find([]string{filepath.Join(dir, "in")}, filepath.Join(dir, "out")) },
		Looked: func(Summary) { old(t, put(t, dir, "in/a.parquet", "?"), time.Hour) }}
	if _, err := again(t, dir).Run(ctx, Options{Follow: f}, length); err == nil || !strings.Contains(err.Error(), "would both be written to") {
		t.Errorf("two inputs with one output: %v", err)
	}
}
