package cli

import (
	"errors"
	"fmt"

	"github.com/alecthomas/kong"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/train"
)

// checkpointFlags are those of a training that can be interrupted.
type checkpointFlags struct {
	Checkpoint string `help:"Folder for checkpoints." placeholder:"DIR"`
	Every      int    `help:"Steps between checkpoints; after 30 seconds there is one in any case." default:"100"`
	Resume     resume `help:"Go on from the checkpoint, or start anew where there is none; --resume=must refuses then."`
}

// run is what the flags say.
func (f checkpointFlags) run(corrupt func(error) error) (train.Run, error) {
	if f.Resume != "" && f.Checkpoint == "" {
		return train.Run{}, usagef("--resume needs --checkpoint DIR, the folder of the run to go on with")
	}
	return train.Run{Checkpoint: f.Checkpoint, Every: f.Every, Resume: f.Resume != "", Corrupt: corrupt}, nil
}

// checkRun tells before the work whether its outputs can be written, and whether a run goes on.
func (f checkpointFlags) checkRun(e *env, inputs []string, paths ...string) error {
	if f.Checkpoint == "" {
		return checkOutputs(inputs, paths...)
	}
	file := train.CheckpointFile(f.Checkpoint)
	if err := apart(inputs, append([]string{file}, paths...)...); err != nil {
		return err
	}
	if err := checkOutputs(inputs, paths...); err != nil {
		return err
	}
	switch {
	case f.Resume == "" || train.HasCheckpoint(f.Checkpoint):
		return nil
	case f.Resume == mustResume:
		return &model.FileError{Path: file, Offset: -1, Err: errors.New("there is no checkpoint to go on from; --resume, without =must, starts anew")}
	}
	e.remark("%s: there is no checkpoint; the run starts anew", f.Checkpoint)
	return nil
}

// resume says whether a run goes on from its checkpoint: "" for no, and a value of --resume, which may be left out.
type resume string

const (
	mayResume  resume = "true"
	mustResume resume = "must"
)

// Decode takes the flag's value, where there is one.
func (r *resume) Decode(ctx *kong.DecodeContext) error {
	if ctx.Scan.Peek().Type != kong.FlagValueToken {
		*r = mayResume
		return nil
	}
	return r.set(ctx.Scan.Pop().Value)
}

// IsBool lets the flag stand without a value.
func (*resume) IsBool() bool { return true }

func (r *resume) set(v any) error {
	switch text := fmt.Sprint(v); text {
	case "false":
		*r = ""
	case string(mayResume), string(mustResume):
		*r = resume(text)
	default:
		return fmt.Errorf("resume is %q, want true, false or must", text)
	}
	return nil
}
