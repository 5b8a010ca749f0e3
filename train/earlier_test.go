package train

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/internal/tensorfile"
	"github.com/wavekin/wavekin/methods"
)

// TestCheckpointsOfEarlierBuiltins: a run of the built-in encoder whose recipe says nothing of how its blocks are joined, and whose
// values have the name of that time, goes on where that way is asked for, and the error of one without says what to ask for.
func TestCheckpointsOfEarlierBuiltins(t *testing.T) {
	data := Series{waves(1, 300)[0]}
	run := Run{Checkpoint: t.TempDir()}
	cfg := Config{Method: methods.SimCLR{Hidden: 4, Out: 4}, Encoder: encoders.Builtin{Features: 1, Samples: 8, Join: encoders.Scaled}, Window: 24, Batch: 4, Steps: 3, Run: run}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	first := cfg
	first.Hooks = []Hook{HookFunc(func(s Step) error {
		if s.Index == 2 {
			stop()
		}
		return nil
	})}
	if _, _, err := Pretrain(ctx, data, first); err == nil {
		t.Fatal("the run was not stopped")
	}
	files, err := filepath.Glob(filepath.Join(run.Checkpoint, "*.safetensors"))
	if err != nil || len(files) != 1 {
		t.Fatalf("checkpoints %v, %v", files, err)
	}
	meta, ts, err := tensorfile.Read(files[0])
	if err != nil {
		t.Fatal(err)
	}
	said := false
	for key, text := range meta {
		was := text
		for _, form := range []string{`,"join":"scaled"`, `join = \"scaled\"\n`, "join = \"scaled\"\n"} {
			text = strings.ReplaceAll(text, form, "")
		}
		said = said || text != was
		meta[key] = text
	}
	if !said {
		t.Fatalf("nothing tells how blocks are joined: %v", meta)
	}
	delete(meta, tensorfile.ChecksumKey)
	if err := os.Remove(files[0]); err != nil {
		t.Fatal(err)
	}
	if err := tensorfile.Write(files[0], meta, ts); err != nil {
		t.Fatal(err)
	}
	cfg.Resume = true
	now := cfg
	now.Encoder = encoders.Builtin{Features: 1, Samples: 8}
	if _, _, err := Pretrain(t.Context(), data, now); err == nil || !strings.Contains(err.Error(), `encoder.join was "scaled" and is not set`) {
		t.Errorf("joined anew: %v", err)
	}
	var steps []int
	cfg.Hooks = []Hook{HookFunc(func(s Step) error { steps = append(steps, s.Index); return nil })}
	if _, _, err := Pretrain(t.Context(), data, cfg); err != nil || len(steps) != 1 || steps[0] != 3 {
		t.Errorf("went on with steps %v, %v", steps, err)
	}
}
