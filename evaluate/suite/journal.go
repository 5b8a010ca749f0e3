package suite

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
)

// ErrJournal: a finished row could not be stored, which ends the comparison.
var ErrJournal = errors.New("cannot keep a row")

// Journal keeps finished rows in a file, a line of JSON each, and finds them
// again. A nil Journal keeps nothing. It is safe for concurrent use.
type Journal struct {
	mu   sync.Mutex
	f    *os.File
	size int64 // of the whole lines
	rows map[string]Row
}

// OpenJournal reads the rows of a file, which need not exist, to add to them. A
// last line without its end, which a killed process may leave, is cut off;
// anything else that is no row is an error.
func OpenJournal(path string) (*Journal, error) {
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	whole := text[:bytes.LastIndexByte(text, '\n')+1]
	j := &Journal{rows: map[string]Row{}, size: int64(len(whole))}
	for i, line := range bytes.Split(bytes.TrimSuffix(whole, []byte("\n")), []byte("\n")) {
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		var r Row
		if err := json.Unmarshal(line, &r); err != nil {
			return nil, fmt.Errorf("%s: line %d is no row: %w; move the file away to begin anew", path, i+1, err)
		}
		if err := j.keep(r); err != nil {
			return nil, err
		}
	}
	if j.f, err = os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644); err != nil {
		return nil, err
	}
	if len(whole) < len(text) {
		if err := j.f.Truncate(int64(len(whole))); err != nil {
			return nil, errors.Join(err, j.f.Close())
		}
	}
	return j, nil
}

// NewJournal keeps rows in memory only, for comparisons that have some in common.
func NewJournal() *Journal { return &Journal{rows: map[string]Row{}} }

func (j *Journal) keep(r Row) error {
	k, err := r.key()
	if err == nil {
		j.rows[k] = r
	}
	return err
}

// Find returns the row of an equal run.
func (j *Journal) Find(r Run) (Row, bool) {
	if j == nil {
		return Row{}, false
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	k, err := r.key()
	row, ok := j.rows[k]
	return row, ok && err == nil
}

// Add writes a row to the end of the file and to the disk. Where that fails the
// error is ErrJournal, and the file is as it was.
func (j *Journal) Add(r Row) error {
	if j == nil {
		return nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.f == nil {
		return j.keep(r)
	}
	line, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrJournal, err)
	}
	line = append(line, '\n')
	if _, err = j.f.Write(line); err == nil {
		err = j.f.Sync()
	}
	if err != nil {
		// Half a line would spoil the next one; if it cannot be cut off here, OpenJournal does it.
		_ = j.f.Truncate(j.size)
		return fmt.Errorf("%w: %w", ErrJournal, err)
	}
	j.size += int64(len(line))
	return j.keep(r)
}

// Len counts the rows.
func (j *Journal) Len() int {
	if j == nil {
		return 0
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.rows)
}

// Close closes the file.
func (j *Journal) Close() error {
	if j == nil || j.f == nil {
		return nil
	}
	return j.f.Close()
}
