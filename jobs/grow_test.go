package jobs

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// watched is a job that follows a folder whose inputs continue each other, as a test sees it.
type watched struct {
	sum   Summary
	made  []string // the places of the inputs that were worked on, in their order, "!" behind one that failed
	notes []string
}

// growing runs such a job; at tells after each look what is to come, and whether the run is to end.
func growing(t *testing.T, dir string, settle time.Duration, at func(look int, w *watched) (end bool)) *watched {
	t.Helper()
	ctx, stop := context.WithTimeout(context.Background(), 20*time.Second)
	defer stop()
	w := &watched{}
	look := 0
	f := &Follow{Find: func() ([]Input, error) { return Find([]string{filepath.Join(dir, "in")}, filepath.Join(dir, "out")) }, Every: time.Millisecond, Settle: settle,
		Looked: func(sum Summary) {
			w.sum = sum
			if look++; at(look, w) {
				stop()
			}
		}}
	j := again(t, dir)
	j.Continuous = true
	sum, err := j.Run(ctx, Options{Follow: f, Note: func(text string) { w.notes = append(w.notes, text) }, Done: func(s Step, err error, _, _ int) {
		name := filepath.Base(s.Path)
		if err != nil {
			name += "!"
		}
		w.made = append(w.made, name)
	}}, ending)
	if err != nil || ctx.Err() == context.DeadlineExceeded {
		t.Fatalf("%v, %v, %+v", err, ctx.Err(), w)
	}
	w.sum = *sum
	return w
}

// TestFollowContinuous goes through what can happen to a recording that grows: what is made in which order, what is told, and that the
// folder is then that of one run over all files.
func TestFollowContinuous(t *testing.T) {
	dir := t.TempDir()
	in := func(name, text string) {
		old(t, put(t, filepath.Join(dir, "in"), name, text), time.Duration(10+len(text))*time.Minute)
	}
	in("p/1.csv", "x")
	next := []struct {
		change func()
		made   string // by it. Each last one is made anew without its end when another comes behind it.
	}{
		{func() {}, "1.csv"},
		{func() { in("other/o1.csv", "xxxxx") }, "o1.csv"},
		{func() { in("p/2.csv", "xx") }, "1.csv 2.csv"},
		{func() { in("p/10.csv", "xxx") }, "2.csv 10.csv"},
		{func() { in("p/4.csv", "bad") }, "4.csv!"},
		{func() { in("p/11.csv", "xxxx") }, "10.csv 11.csv"}, // what failed is not tried again
		{func() { in("other/o2.csv", "bad") }, "o1.csv o2.csv!"},
		{func() { in("p/3.csv", "xxxxx") }, "3.csv 4.csv! 10.csv 11.csv"}, // late; what failed is tried behind another content
		{func() {
			if err := os.Remove(filepath.Join(dir, "in/p/1.csv")); err != nil {
				t.Fatal(err)
			}
		}, "2.csv 3.csv 4.csv! 10.csv 11.csv"},
	}
	at, want := -1, ""
	w := growing(t, dir, time.Minute, func(_ int, w *watched) bool {
		if got := " " + strings.Join(w.made, " "); len(w.made) < len(strings.Fields(want)) {
			return false
		} else if at >= 0 && got != want {
			t.Errorf("%d: made%s\nwant%s", at, got, want)
			return true
		}
		if at++; at == len(next) {
			return true
		}
		next[at].change()
		want += " " + next[at].made
		return false
	})
	if len(w.notes) != 1 || !strings.Contains(w.notes[0], "3.csv belongs before ") || !strings.Contains(w.notes[0], "10.csv, which was done without it") {
		t.Errorf("told %q", w.notes)
	}
	inputs, err := Find([]string{filepath.Join(dir, "in")}, filepath.Join(dir, "out"))
	if err != nil {
		t.Fatal(err)
	}
	if len(w.sum.Failed) != 2 || w.sum.Inputs != len(inputs)+1 || w.sum.Done <= len(inputs) || w.sum.Kept != 0 {
		t.Errorf("%+v, want %d inputs and one that was removed", w.sum, len(inputs))
	}
	got := tables(t, dir)
	if err := os.RemoveAll(filepath.Join(dir, "out")); err != nil {
		t.Fatal(err)
	}
	j := again(t, dir)
	j.Continuous = true
	if _, err := j.Run(context.Background(), Options{}, ending); err != nil {
		t.Fatal(err)
	}
	if whole := tables(t, dir); got != whole {
		t.Errorf("there are %s\nwant %s", got, whole)
	}
	// A further run of the same kind has nothing to do but for what failed.
	w = growing(t, dir, time.Minute, func(look int, _ *watched) bool { return look == 20 })
	if got := strings.Join(w.made, " "); got != "o2.csv! 4.csv!" && got != "4.csv! o2.csv!" || w.sum.Kept != 5 || len(w.notes) > 0 {
		t.Errorf("after a restart made %s, told %q, %+v", got, w.notes, w.sum)
	}
}

// tables is what the tables of files that are still inputs hold.
func tables(t *testing.T, dir string) string {
	t.Helper()
	var out []string
	for _, in := range again(t, dir).Inputs {
		text, err := os.ReadFile(filepath.Join(dir, "out", filepath.FromSlash(in.Place)+".csv"))
		if err == nil {
			out = append(out, fmt.Sprint(in.Place, ": ", strings.Join(strings.Fields(string(text)), " ")))
		}
	}
	return strings.Join(out, ", ")
}

// TestFollowContinuousWaits: files wait for one before them that is being written, as long as that is bounded, and the last one of all is
// not waited for.
func TestFollowContinuousWaits(t *testing.T) {
	dir := t.TempDir()
	var clock atomic.Int64 // a busy machine must not steal more between two looks than a file may be left alone
	clock.Store(time.Now().UnixNano())
	defer func() { now = time.Now }()
	now = func() time.Time { return time.Unix(0, clock.Load()) }
	in := func(name, text string) { old(t, put(t, filepath.Join(dir, "in"), name, text), time.Since(now())) }
	const settle = 300 * time.Millisecond
	in("1.csv", "x")
	grow, begun, after := 0, time.Duration(0), time.Duration(0)
	w := growing(t, dir, settle, func(look int, w *watched) bool {
		at := time.Duration(clock.Add(int64(100 * time.Millisecond)))
		if len(w.made) == 0 {
			return false
		}
		// 2.csv keeps changing until 3.csv, which comes with it, is done.
		if grow == 0 {
			begun = at
			in("3.csv", "xxx")
		}
		if after == 0 && slices.Contains(w.made, "3.csv") {
			after = at - begun
		}
		if after == 0 {
			grow++
			in("2.csv", strings.Repeat("x", grow))
		}
		return slices.Contains(w.made, "2.csv")
	})
	// 3.csv is complete after 300 ms, and waits for ten times that.
	if after < (1+patience)*settle || after > (3+patience)*settle {
		t.Errorf("3.csv was done after %v", after)
	}
	if len(w.notes) != 2 || !strings.Contains(w.notes[0], "2.csv is still changing after 3s") || !strings.Contains(w.notes[1], "2.csv belongs before") {
		t.Errorf("told %q", w.notes)
	}
	if got := strings.Join(w.made, " "); got != "1.csv 1.csv 3.csv 2.csv 3.csv" {
		t.Errorf("made %s", got)
	}
	text, err := os.ReadFile(filepath.Join(dir, "out/3.csv"))
	if want := fmt.Sprintf("bytes\n%d\n0\n", 1+grow+3); err != nil || string(text) != want {
		t.Errorf("3.csv holds %q (%v), want %q", text, err, want)
	}
}
