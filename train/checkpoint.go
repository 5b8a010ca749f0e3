package train

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/wavekin/wavekin/internal/output"
	"github.com/wavekin/wavekin/internal/settings"
	"github.com/wavekin/wavekin/internal/tensorfile"
	"github.com/wavekin/wavekin/model"
)

// checkpointName is the file in the checkpoint folder.
const checkpointName = "checkpoint.safetensors"

// progressState is the part of a checkpoint that is no tensor.
type progressState struct {
	Settings model.Settings `json:"settings"`
	Recipe   string         `json:"recipe"`
	Step     int            `json:"step"`
	Total    int            `json:"total"`
	Optim    int            `json:"optimizer_steps"`
	Losses   []float64      `json:"losses"`
	Measured measured       `json:"measured"`
}

// check holds the numbers of a checkpoint against each other.
func (s progressState) check() error {
	m := s.Measured
	switch {
	case s.Step < 0 || s.Step > s.Total || s.Optim != s.Step || len(s.Losses) != s.Step:
		return fmt.Errorf("not a checkpoint: %d of %d steps, %d of the optimiser and %d losses disagree", s.Step, s.Total, s.Optim, len(s.Losses))
	case len(m.Sums) != len(m.Names) || len(m.Counts) != len(m.Names) || slices.ContainsFunc(m.Counts, func(n int) bool { return n < 1 }):
		return fmt.Errorf("not a checkpoint: %d measures, %d sums and counts %v disagree", len(m.Names), len(m.Sums), m.Counts)
	}
	return nil
}

// save writes everything that the next step depends on.
func (t *trainer) save() error {
	if !t.leads() {
		return nil
	}
	if err := os.MkdirAll(t.cfg.Checkpoint, 0o755); err != nil { // it may have been removed since
		return output.Wrap(t.cfg.Checkpoint, err)
	}
	began := time.Now()
	defer func() { t.saved, t.took = time.Now(), time.Since(began) }()
	bufs, steps := t.optim.State()
	state, err := json.Marshal(progressState{Settings: t.settings(), Recipe: t.cfg.String(), Step: t.step, Total: t.total, Optim: *steps, Losses: t.losses, Measured: t.watch.sums})
	if err != nil {
		return err
	}
	var ts []tensorfile.Tensor
	for _, p := range t.weights.All() {
		ts = append(ts, tensorfile.Tensor{Name: p.Name, Shape: p.Shape, Data: p.Data})
	}
	for i, b := range bufs {
		ts = append(ts, tensorfile.Tensor{Name: bufferName(i), Shape: []int{len(b)}, Data: b})
	}
	return tensorfile.Write(filepath.Join(t.cfg.Checkpoint, checkpointName), map[string]string{"format": model.FormatVersion, "state": string(state)}, ts)
}

func bufferName(i int) string { return fmt.Sprintf("optimizer.%04d", i) }

// HasCheckpoint tells whether there is something to go on with in a folder for checkpoints.
func HasCheckpoint(dir string) bool {
	_, err := os.Stat(CheckpointFile(dir))
	return err == nil
}

// CheckpointFile is the file of a folder for checkpoints.
func CheckpointFile(dir string) string { return filepath.Join(dir, checkpointName) }

// prepare tells before the first step whether checkpoints can be written.
func (t *trainer) prepare() error {
	if t.cfg.Checkpoint == "" {
		return nil
	}
	if err := os.MkdirAll(t.cfg.Checkpoint, 0o755); err != nil {
		return output.Wrap(t.cfg.Checkpoint, err)
	}
	return output.Check(CheckpointFile(t.cfg.Checkpoint))
}

// leads tells whether this process writes what is to be written.
func (t *trainer) leads() bool {
	if t.cfg.Team == nil {
		return true
	}
	index, _ := t.cfg.Team.Share()
	return index == 0
}

// agree tells whether all processes of a team begin with the same settings, data and step.
func (t *trainer) agree() error {
	if t.cfg.Team == nil {
		return nil
	}
	state, err := json.Marshal(progressState{Settings: t.settings(), Recipe: t.cfg.String(), Step: t.step, Total: t.total})
	if err != nil {
		return err
	}
	sum := sha256.Sum256(state)
	index, of := t.cfg.Team.Share()
	t.flags, t.places = make([]float32, of), make([]int, of+1)
	digests, bounds := make([]float32, of*len(sum)), make([]int, of+1)
	for i := range of + 1 {
		t.places[i], bounds[i] = i, i*len(sum)
	}
	for i, b := range sum {
		digests[bounds[index]+i] = float32(b)
	}
	if err := t.cfg.Team.Gather(digests, bounds); err != nil {
		return err
	}
	for i := range of {
		if !slices.Equal(digests[bounds[i]:bounds[i+1]], digests[:len(sum)]) {
			return fmt.Errorf("process %d of %d has other settings or data than the first", i+1, of)
		}
	}
	return nil
}

// stopped tells whether a run is to end before the next step, and why; in a team the first process decides for all.
func (t *trainer) stopped(ctx context.Context) (bool, error) {
	err := ctx.Err()
	if t.cfg.Team == nil {
		return err != nil, err
	}
	index, _ := t.cfg.Team.Share()
	if t.flags[index] = 0; err != nil {
		t.flags[index] = 1
	}
	if err := t.cfg.Team.Gather(t.flags, t.places); err != nil {
		return false, err
	}
	if t.flags[0] == 0 {
		return false, nil
	}
	return true, context.Canceled
}

// restore goes on from a checkpoint, if asked and if there is one. A checkpoint
// of other settings is refused.
func (t *trainer) restore() error {
	if err := t.prepare(); err != nil || !t.cfg.Resume {
		return err
	}
	path := filepath.Join(t.cfg.Checkpoint, checkpointName)
	output.Sweep(path)
	meta, ts, err := tensorfile.Read(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return tensorfile.Wanted(err, "a checkpoint; remove it to begin anew")
	}
	if err := model.CheckFormat(meta); err != nil {
		return &model.FileError{Path: path, Offset: -1, Err: err}
	}
	var state progressState
	if err := json.Unmarshal([]byte(meta["state"]), &state); err != nil {
		return &model.FileError{Path: path, Offset: -1, Err: fmt.Errorf("not a checkpoint: %w", err)}
	}
	if err := state.check(); err != nil {
		return &model.FileError{Path: path, Offset: -1, Err: err}
	}
	byName := map[string]tensorfile.Tensor{}
	for _, d := range ts {
		byName[d.Name] = d
	}
	has := func(name string) bool { _, ok := byName[name]; return ok }
	if err := t.same(meta["format"], meta["state"], state, has); err != nil {
		return &model.FileError{Path: path, Offset: -1,
			Err: fmt.Errorf("it belongs to another run: %w; resume with the same settings and data, or choose another folder", err)}
	}
	take := func(name string, dst []float32) error {
		d, ok := byName[name]
		if !ok || len(d.Data) != len(dst) {
			return &model.FileError{Path: path, Offset: -1, Err: fmt.Errorf("tensor %q is missing or has %d values, want %d", name, len(d.Data), len(dst))}
		}
		copy(dst, d.Data)
		return nil
	}
	for _, p := range t.weights.All() {
		if err := take(p.Name, p.Data); err != nil {
			return err
		}
	}
	bufs, steps := t.optim.State()
	for i, b := range bufs {
		if err := take(bufferName(i), b); err != nil {
			return err
		}
	}
	*steps = state.Optim
	t.step, t.losses, t.watch.sums = state.Step, slices.Clone(state.Losses), state.Measured
	return nil
}

// same tells how a checkpoint's run differs from this one; has tells whether it has a tensor.
func (t *trainer) same(format, text string, state progressState, has func(string) bool) error {
	now, err := t.cfg.Settings()
	if err != nil {
		return err
	}
	first := format == "1"
	if first {
		var old struct {
			Settings json.RawMessage `json:"settings"`
		}
		if err := json.Unmarshal([]byte(text), &old); err != nil {
			return err
		}
		if state.Recipe, err = model.OldRecipe(old.Settings); err != nil {
			return err
		}
		// That format did not record these; most of them follow from the data.
		now = now.Without("window", "stride", "normalize", "size", "space", "steps", "epochs", "method.base", "method.teacher")
	}
	was, _, err := ParseSettings(state.Recipe)
	if err != nil {
		return fmt.Errorf("its recipe: %w", err)
	}
	if t.base == nil {
		if was, err = ofEarlier(was, state.Settings, has); err != nil {
			return fmt.Errorf("its recipe: %w", err)
		}
	}
	// Both as they are after reading, where a whole number is one however it was made.
	if now, _, err = ParseSettings(now.String()); err != nil {
		return err
	}
	if changes := Changes(was, now); len(changes) > 0 {
		clauses := make([]string, len(changes))
		for i, c := range changes {
			clauses[i] = c.String()
		}
		return errors.New(strings.Join(clauses, ", "))
	}
	tolerance := 0.0
	if first {
		tolerance = 1e-5 // series were float32 then, so that the statistics of the same data differ by their rounding
	}
	return t.sameData(state, tolerance)
}

// ofEarlier is a recipe with the settings of its encoder and method that were usual when it was written.
func ofEarlier(was Settings, s model.Settings, has func(string) bool) (Settings, error) {
	c, err := was.Config()
	if err != nil {
		return was, err
	}
	enc, method, err := s.OfEarlier(c.Encoder, c.Method, has)
	if err == nil && enc != nil {
		_, was.encoder, err = named(enc)
	}
	if err == nil && method != nil {
		_, was.method, err = named(method)
	}
	return was, err
}

// sameData tells how the samples of a checkpoint's run differ from those of this one.
func (t *trainer) sameData(state progressState, tolerance float64) error {
	a, err := settings.Tree(state.Settings)
	if err != nil {
		return err
	}
	b, err := settings.Tree(t.settings())
	if err != nil {
		return err
	}
	was, now := a.(map[string]any), b.(map[string]any)
	names := []string{"channels", "channel_names", "window", "image", "normalizer"}
	if t.base == nil {
		names = append(names, "stride")
	}
	for _, name := range names {
		if !near(was[name], now[name], tolerance) {
			return fmt.Errorf("of the data, %s", Change{name, valueText(was[name], was[name] != nil), valueText(now[name], now[name] != nil)})
		}
	}
	if state.Total != t.total {
		return fmt.Errorf("%s, since the number of samples differs", Change{"the number of steps", fmt.Sprint(state.Total), fmt.Sprint(t.total)})
	}
	return nil
}

// near compares trees, their numbers up to a relative difference.
func near(a, b any, tolerance float64) bool {
	switch x := a.(type) {
	case map[string]any:
		y, ok := b.(map[string]any)
		for k := range x {
			ok = ok && near(x[k], y[k], tolerance)
		}
		return ok && len(x) == len(y)
	case []any:
		y, ok := b.([]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for i := range x {
			if !near(x[i], y[i], tolerance) {
				return false
			}
		}
		return true
	}
	x, xIs := number(a)
	y, yIs := number(b)
	if xIs && yIs {
		return math.Abs(x-y) <= tolerance*(1+math.Abs(x))
	}
	return a == b
}

func number(v any) (float64, bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}
