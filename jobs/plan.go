package jobs

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Making is what an output depends on besides its input, by names for people: the hashes of model and reference, and the settings.
type Making map[string]string

// id tells one from another.
func (m Making) id() string {
	h := sha256.New()
	for _, k := range slices.Sorted(maps.Keys(m)) {
		fmt.Fprintf(h, "%q=%q\n", k, m[k])
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// longValue is from where on a value is a hash rather than a word.
const longValue = 16

// differs says in words what has changed since.
func (m Making) differs(old Making) string {
	var parts []string
	both := maps.Clone(m)
	maps.Copy(both, old)
	for _, k := range slices.Sorted(maps.Keys(both)) {
		now, had := m[k], old[k]
		switch {
		case now == had:
		case len(now) >= longValue || len(had) >= longValue:
			parts = append(parts, "another "+k)
		default:
			parts = append(parts, fmt.Sprintf("%s is %s, was %s", k, orNone(now), orNone(had)))
		}
	}
	return strings.Join(parts, "; ")
}

func orNone(value string) string {
	if value == "" {
		return "not given"
	}
	return value
}

// Job is inputs, the folder of their outputs, and what these depend on.
type Job struct {
	Inputs []Input
	// Out is the folder, which need not be there yet.
	Out string
	// Ending is that of the outputs' names, such as .arrow.
	Ending string
	// Made is what the outputs depend on besides the inputs.
	Made Making
	// Beside, unless empty, wants a file beside each output and says in words what that depends on besides Made.
	Beside string
	// Continuous takes the inputs of a recording ([Input.Recording]) for one series that was cut into files: they are worked on one after
	// the other, each with what those before it have left ([Step.Before], [Table.After]), on which its output then depends.
	Continuous bool
	// Shard is the part of the inputs that is this job's; the others may be worked on at the same time.
	Shard Shard
}

// Step is what is to be done with one input.
type Step struct {
	Input
	// Output is its path, and Beside that of what goes along with it.
	Output, Beside string
	// Do is whether it is to be made.
	Do bool
	// Why is the reason, in words.
	Why string
	// Last is whether no other input of its recording comes after it, in a job that is continuous.
	Last bool

	key     string // in the manifest
	seam    string // where what it leaves to the next file lies
	before  *seam  // what lies before it
	depends bool   // it is up to date if what lies before it turns out to be what it was
	source  stamp
	sum     string // of the input, where it was needed
}

// Before is what the files before it have left ([Table.After], and a newline), in a job that is continuous; nil at the beginning.
func (s *Step) Before() []byte {
	if s.before == nil {
		return nil
	}
	return s.before.content
}

// ConflictError says that the outputs cannot lie as they would.
type ConflictError struct{ text string }

// Error is one line.
func (e *ConflictError) Error() string { return e.text }

// Plan says for every input whether its output is to be made, and why. It changes nothing. Inputs are read only where their time of
// modification is another one than that of the last run.
func (j Job) Plan() ([]Step, error) {
	known, err := readManifests(j.Out)
	if err != nil {
		return nil, err
	}
	return j.plan(known)
}

func (j Job) plan(known *manifest) ([]Step, error) {
	steps, err := j.steps()
	for i := range steps {
		steps[i].decide(known, j)
	}
	if j.Continuous {
		j.continued(steps, known)
	}
	return steps, err
}

// steps says where the outputs lie.
func (j Job) steps() ([]Step, error) {
	mine := j.Shard.of(j.Inputs, j.Continuous)
	steps := make([]Step, len(mine))
	for i, in := range mine {
		place := in.Place + j.Ending
		steps[i] = Step{Input: in, Output: filepath.Join(j.Out, filepath.FromSlash(place)), key: recordKey(place),
			Beside: filepath.Join(j.Out, besideFolder, filepath.FromSlash(place)+besideEnding),
			seam:   filepath.Join(j.Out, seamFolder, filepath.FromSlash(place)+seamEnding)}
	}
	if err := apart(steps); err != nil {
		return nil, err
	}
	return steps, nil
}

// apart refuses two inputs with one output, and an output that is an input.
func apart(steps []Step) error {
	byOutput := map[string]string{}
	for _, s := range steps {
		if other, taken := byOutput[s.Output]; taken {
			return &ConflictError{fmt.Sprintf("%s and %s would both be written to %s; name the folder above both, or give each an --out of its own", other, s.Path, s.Output)}
		}
		byOutput[s.Output] = s.Path
	}
	read := map[string]bool{}
	for _, s := range steps {
		read[real(s.Path)] = true
	}
	for _, s := range steps {
		if read[real(s.Output)] {
			return &ConflictError{fmt.Sprintf("%s is an input as well as an output; let the outputs go to another folder", s.Output)}
		}
	}
	return nil
}

// real is a path without links, as far as it is there.
func real(path string) string {
	if full, err := filepath.Abs(path); err == nil {
		path = full
	}
	dir, base := filepath.Split(path)
	if r, err := filepath.EvalSymlinks(path); err == nil {
		return r
	}
	if r, err := filepath.EvalSymlinks(filepath.Clean(dir)); err == nil {
		return filepath.Join(r, base)
	}
	return path
}

// decide compares an input and its output with what is known of them.
func (s *Step) decide(known *manifest, j Job) {
	s.Do = true
	info, err := os.Stat(s.Path)
	if err != nil {
		s.Why = "the input cannot be read: " + plain(err).Error()
		return
	}
	s.source = stampOf(info)
	r, recorded := known.Outputs[s.key]
	out, err := os.Stat(s.Output)
	switch {
	case err != nil && recorded:
		s.Why = "the output is gone"
	case err != nil:
		s.Why = "new"
	case !recorded:
		s.Why = "there is an output that the manifest does not know"
	case stampOf(out) != r.Output:
		s.Why = "the output was changed by others"
	case r.Made != j.Made.id():
		s.Why = j.Made.differs(known.Made[r.Made])
	case j.Beside != "" && r.Beside == nil:
		s.Why = "wanted beside it: " + j.Beside
	case j.Beside != "" && r.Beside.Made != j.Beside:
		s.Why = fmt.Sprintf("wanted beside it: %s, there is %s", j.Beside, r.Beside.Made)
	case j.Beside != "" && !r.Beside.holds(s.Beside):
		s.Why = "what goes along with the output is gone or was changed by others"
	case s.changed(r):
		s.Why = "the input has changed"
	default:
		s.Do, s.Why = false, "up to date"
	}
}

// changed tells whether an input has another content than when its output was made; it is read only where it may have.
func (s *Step) changed(r record) bool {
	if s.source.Bytes != r.Source.Bytes {
		return true
	}
	if s.source.Modified == r.Source.Modified {
		return false
	}
	var err error
	s.sum, err = Hash(s.Path)
	return err != nil || s.sum != r.SHA256
}

// plain is the cause of an error about a file, whose path the message names already.
func plain(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// now is the time at which files are looked at.
var now = time.Now
