package train

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/wavekin/wavekin/internal/output"
	"github.com/wavekin/wavekin/internal/tensorfile"
	"github.com/wavekin/wavekin/model"
)

// checkpointName is the file in the checkpoint folder.
const checkpointName = "checkpoint.safetensors"

// progressState is the part of a checkpoint that is no tensor.
type progressState struct {
	Settings model.Settings `json:"settings"`
	Step     int            `json:"step"`
	Total    int            `json:"total"`
	Optim    int            `json:"optimizer_steps"`
	Losses   []float64      `json:"losses"`
	Measured measured       `json:"measured"`
}

// save writes everything that the next step depends on.
func (t *trainer) save() error {
	if err := os.MkdirAll(t.cfg.Checkpoint, 0o755); err != nil {
		return output.Wrap(t.cfg.Checkpoint, err)
	}
	s, err := settingsOf(t.cfg, t.data)
	if err != nil {
		return err
	}
	bufs, steps := t.optim.State()
	state, err := json.Marshal(progressState{Settings: s, Step: t.step, Total: t.total, Optim: *steps, Losses: t.losses, Measured: t.watch.sums})
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

// restore goes on from a checkpoint, if asked and if there is one. A checkpoint
// of other settings is refused.
func (t *trainer) restore() error {
	if !t.cfg.Resume {
		return nil
	}
	path := filepath.Join(t.cfg.Checkpoint, checkpointName)
	output.Sweep(path)
	meta, ts, err := tensorfile.Read(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var state progressState
	if err := json.Unmarshal([]byte(meta["state"]), &state); err != nil {
		return &model.FileError{Path: path, Offset: -1, Err: fmt.Errorf("not a checkpoint: %w", err)}
	}
	if err := t.sameSettings(state, path); err != nil {
		return err
	}
	byName := map[string]tensorfile.Tensor{}
	for _, d := range ts {
		byName[d.Name] = d
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

func (t *trainer) sameSettings(state progressState, path string) error {
	now, err := settingsOf(t.cfg, t.data)
	if err != nil {
		return err
	}
	a, err := json.Marshal(now)
	if err != nil {
		return err
	}
	b, err := json.Marshal(state.Settings)
	if err != nil {
		return err
	}
	if string(a) != string(b) || state.Total != t.total {
		return &model.FileError{Path: path, Offset: -1, Err: errors.New("it belongs to a run with other settings or data; resume with the same ones, or choose another folder")}
	}
	return nil
}
