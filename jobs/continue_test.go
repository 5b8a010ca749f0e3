package jobs

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/wavekin/wavekin/datasets"
)

// total is a work that writes how long an input and all before it are.
func total(_ context.Context, s Step) (Table, error) {
	text, err := os.ReadFile(s.Path)
	if err != nil {
		return Table{}, err
	}
	if strings.HasPrefix(string(text), "bad") {
		return Table{}, &datasets.Error{File: s.Path, Offset: 0, Err: errors.New("it is bad")}
	}
	n := 0
	if before := s.Before(); before != nil {
		if n, err = strconv.Atoi(strings.TrimSpace(string(before))); err != nil {
			return Table{}, err
		}
	}
	n += len(text)
	w, err := datasets.NewWriter(s.Output, []datasets.Column{{Name: "bytes", Type: datasets.Int64}})
	if err != nil {
		return Table{}, err
	}
	return Table{Writer: w, Rows: 1, Windows: 1, After: []byte(fmt.Sprint(n))}, w.Append(n)
}

// ending is a work whose output says whether its input is the last of its recording.
func ending(ctx context.Context, s Step) (Table, error) {
	t, err := total(ctx, s)
	if t.Ends = true; err == nil && s.Last {
		err = t.Writer.Append(0)
	}
	return t, err
}

// TestContinuousEnds: outputs that depend on which file is the last are made anew when that changes, and others are not.
func TestContinuousEnds(t *testing.T) {
	dir := t.TempDir()
	names := []string{"a-1.csv", "a-2.csv", "a-10.csv"}
	in := func(name string) {
		old(t, put(t, filepath.Join(dir, "in"), name, "xx"), time.Hour)
	}
	for i, c := range []struct {
		change func()
		done   int
		why    string
		rows   string // of each table
	}{
		{func() { in(names[0]); in(names[1]) }, 2, "new new", "1 2"},
		{func() {}, 0, "", "1 2"},
		{func() { in(names[2]) }, 2, "it was the last file of its recording, and another one follows now new", "1 1 2"},
		{func() {
			if err := os.Remove(filepath.Join(dir, "in", names[2])); err != nil {
				t.Fatal(err)
			}
		}, 1, "it is the last file of its recording now", "1 2 2"}, // the output of one that is gone stays
	} {
		c.change()
		j := again(t, dir)
		j.Continuous = true
		steps, err := j.Plan()
		if err != nil {
			t.Fatal(err)
		}
		var why []string
		for _, s := range steps {
			if s.Do {
				why = append(why, s.Why)
			}
		}
		slices.Sort(why)
		if got := strings.Join(why, " "); got != c.why {
			t.Errorf("%d: planned because %s, want %s", i, got, c.why)
		}
		if s, err := j.Run(context.Background(), Options{}, ending); err != nil || s.Done != c.done {
			t.Errorf("%d: %+v, %v; want %d done", i, s, err, c.done)
		}
		var rows []string
		for _, name := range names {
			if text, err := os.ReadFile(filepath.Join(dir, "out", name)); err == nil {
				rows = append(rows, fmt.Sprint(len(strings.Fields(string(text)))-1))
			}
		}
		if got := strings.Join(rows, " "); got != c.rows {
			t.Errorf("%d: tables of %s rows, want %s", i, got, c.rows)
		}
	}
}

// TestContinuous goes through what can happen to files that continue each other: what a run makes, leaves and says, and what the tables
// hold then.
func TestContinuous(t *testing.T) {
	dir := t.TempDir()
	in := func(name, text string) {
		old(t, put(t, filepath.Join(dir, "in"), name, text), time.Duration(10+len(text))*time.Minute)
	}
	for _, name := range []string{"pump/day=1/a.csv", "pump/day=1/b.csv", "pump/day=2/a.csv", "fan/a.csv", "fan/b.csv"} {
		in(name, "xx")
	}
	fan, pump := []string{"fan/a.csv", "fan/b.csv"}, []string{"pump/day=1/a.csv", "pump/day=1/b.csv", "pump/day=2/a.csv"}
	for _, c := range []struct {
		name               string
		change             func()
		done, kept, failed int
		why                string // of the pump's, which are planned
		fan, pump          string // what the tables hold
	}{
		{"first", func() {}, 5, 0, 0, "new new new", "2 4", "2 4 6"},
		{"nothing", func() {}, 0, 5, 0, "", "2 4", "2 4 6"},
		{"one more", func() { in("pump/day=2/b.csv", "xxx"); pump = append(pump, "pump/day=2/b.csv") }, 1, 5, 0, "new", "2 4", "2 4 6 9"},
		{"another content that leaves the same", func() { in("pump/day=1/b.csv", "yy"); old(t, filepath.Join(dir, "in/pump/day=1/b.csv"), time.Hour) }, 1, 5, 0,
			"the input has changed, a file before it is made anew, a file before it is made anew", "2 4", "2 4 6 9"},
		{"another length", func() { in("pump/day=1/b.csv", "yyyy") }, 3, 3, 0,
			"the input has changed, a file before it is made anew, a file before it is made anew", "2 4", "2 6 8 11"},
		{"one that fails is passed over", func() { in("pump/day=1/b.csv", "bad") }, 2, 3, 1,
			"the input has changed, a file before it is made anew, a file before it is made anew", "2 4", "2 6 4 7"},
		{"and comes in again", func() { in("pump/day=1/b.csv", "z") }, 3, 3, 0,
			"the input has changed, a file before it is made anew, a file before it is made anew", "2 4", "2 3 5 8"},
		{"one before all", func() { in("pump/day=0/a.csv", "1234567890"); pump = slices.Insert(pump, 0, "pump/day=0/a.csv") }, 5, 2, 0,
			"new, a file before it is made anew, a file before it is made anew, a file before it is made anew, a file before it is made anew", "2 4", "10 12 13 15 18"},
		{"one is gone", func() {
			if err := os.Remove(filepath.Join(dir, "in/pump/day=0/a.csv")); err != nil {
				t.Fatal(err)
			}
			pump = pump[1:]
		}, 4, 2, 0, "what lies before it has changed, a file before it is made anew, a file before it is made anew, a file before it is made anew", "2 4", "2 3 5 8"},
		{"a seam is lost", func() {
			if err := os.Remove(filepath.Join(dir, "out", seamFolder, "pump/day=1/b.csv.json")); err != nil {
				t.Fatal(err)
			}
		}, 1, 5, 0, "what the next file goes on with is gone or was changed by others, a file before it is made anew, a file before it is made anew", "2 4", "2 3 5 8"},
	} {
		c.change()
		j := again(t, dir)
		j.Continuous = true
		steps, err := j.Plan()
		if err != nil {
			t.Fatal(err)
		}
		var why []string
		for _, s := range steps {
			if s.Do && strings.HasPrefix(s.Place, "pump") {
				why = append(why, s.Why)
			}
		}
		if got := strings.Join(why, ", "); got != c.why && strings.ReplaceAll(got, ",", "") != c.why {
			t.Errorf("%s: planned because %s, want %s", c.name, got, c.why)
		}
		s, err := j.Run(context.Background(), Options{Workers: 2}, total)
		if err != nil || s.Done != c.done || s.Kept != c.kept || len(s.Failed) != c.failed {
			t.Fatalf("%s: %+v, %v; want %d done, %d kept, %d failed", c.name, s, err, c.done, c.kept, c.failed)
		}
		for want, files := range map[string][]string{c.fan: fan, c.pump: pump} {
			var got []string
			for _, f := range files {
				text, err := os.ReadFile(filepath.Join(dir, "out", f))
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, strings.Fields(string(text))[1])
			}
			if strings.Join(got, " ") != want {
				t.Errorf("%s: the tables hold %v, want %s", c.name, got, want)
			}
		}
	}
	// Without it, each stands by itself, and nothing is known of seams.
	if s, err := again(t, dir).Run(context.Background(), Options{}, total); err != nil || s.Kept != 6 {
		t.Errorf("each by itself with the same settings: %+v, %v", s, err)
	}
}

// TestContinuousAfterAnEnd: a job that is ended anywhere goes on to the same tables.
func TestContinuousAfterAnEnd(t *testing.T) {
	for after := range 6 {
		dir := t.TempDir()
		for i := range 6 {
			old(t, put(t, filepath.Join(dir, "in"), fmt.Sprintf("p/%d.csv", i), strings.Repeat("x", i+1)), time.Hour)
		}
		j := again(t, dir)
		j.Continuous = true
		ctx, stop := context.WithCancel(context.Background())
		n := 0
		_, err := j.Run(ctx, Options{}, func(ctx context.Context, s Step) (Table, error) {
			if n++; n > after {
				stop()
				return Table{}, ctx.Err()
			}
			return total(ctx, s)
		})
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		stop()
		s, err := j.Run(context.Background(), Options{}, total)
		if err != nil || s.Done != 6-after || s.Kept != after {
			t.Fatalf("ended after %d: %+v, %v", after, s, err)
		}
		if text, err := os.ReadFile(filepath.Join(dir, "out/p/5.csv")); err != nil || string(text) != "bytes\n21\n" {
			t.Errorf("ended after %d: the last holds %q (%v), want 21", after, text, err)
		}
	}
}

// TestContinuousShards: the files of a recording are in one shard, and the shards together are the job.
func TestContinuousShards(t *testing.T) {
	dir := t.TempDir()
	for p := range 7 {
		for i := range 3 {
			old(t, put(t, filepath.Join(dir, "in"), fmt.Sprintf("p%d/day=%d/a.csv", p, i), strings.Repeat("x", p+i+1)), time.Hour)
		}
	}
	j := again(t, dir)
	j.Continuous = true
	done := 0
	for i := range 3 {
		j.Shard = Shard{i, 3}
		s, err := j.Run(context.Background(), Options{}, total)
		if err != nil || s.Done%3 != 0 {
			t.Fatalf("%+v, %v", s, err)
		}
		done += s.Done
	}
	j.Shard = Shard{}
	if s, err := j.Run(context.Background(), Options{}, total); err != nil || done != 21 || s.Kept != 21 {
		t.Errorf("%d done by shards, then %+v, %v", done, s, err)
	}
}

// TestByNumber: numbers count by their value, and names without any as texts; equal ones differ by their zeros.
func TestByNumber(t *testing.T) {
	want := []string{"day=1/a", "day=2/a", "day=2/b", "day=10/a", "hour", "part", "part-", "part-2.csv", "part-02.csv", "part-10.csv", "part-10.csv.zst", "part-99999999999999999999999", "part-100000000000000000000000", "part.csv"}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, byNumber)
	// Of equal numbers the one with more zeros is the smaller text.
	want[7], want[8] = want[8], want[7]
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
