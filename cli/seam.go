package cli

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/detect"
	"github.com/wavekin/wavekin/internal/plural"
	"github.com/wavekin/wavekin/series"
)

// seam joins the series of a file to those of the files before it, where recordings were cut into files: it begins with the rows that
// the next window needs, and positions go on. It is safe for a reader and a writer at once.
type seam struct {
	path string
	// settled is what of a series is handed out that has readings up to a position, and what is needed to go on.
	settled func(end int) detect.Seam
	// completes is whether the scores of time stamps that are still open belong to the file in which a series ends, the last one of all.
	completes, last bool

	mu    sync.Mutex
	step  time.Duration    // of the grid, 0 where it is not known
	tails map[string]*tail // what lies before, and then what is left, by keyOf
	here  map[string]bool  // what this file has, by keyOf
	read  map[string]bool  // what of it is read to its end
	begun map[string]*tail // what lies before the series of this file, by their names
	held  *series.Series   // the last rows of the series being read
	zone  *time.Location   // of the series read last
	ended map[string]bool  // series that are only completed here, by their names
	met   int              // series of this file that continue one
	all   int              // series of this file
}

// tail is the end of a series.
type tail struct {
	// Series is its name, "" for that of a file.
	Series   string   `json:"series,omitempty"`
	Channels []string `json:"channels,omitempty"`
	// Next is the position after the last row; scores of time stamps before Done, and of windows that start before Begun, are handed out.
	Next  int `json:"next"`
	Done  int `json:"done"`
	Begun int `json:"begun"`
	// Times are nil where only positions are known.
	Times []int64 `json:"times"`
	// Values are the bits of the numbers of each channel.
	Values [][]byte `json:"values"`
}

// seamState is what a file leaves to the next one.
type seamState struct {
	Step   time.Duration `json:"step,omitempty"`
	Series []*tail       `json:"series"`
}

// newSeam begins with what the file before has left, nil for none.
func newSeam(path string, before []byte, settled func(end int) detect.Seam) (*seam, error) {
	m := &seam{path: path, settled: settled, tails: map[string]*tail{}, here: map[string]bool{}, read: map[string]bool{}, begun: map[string]*tail{}, ended: map[string]bool{}}
	if before == nil {
		return m, nil
	}
	var s seamState
	if err := json.Unmarshal(before, &s); err != nil {
		return nil, m.error("what the file before has left: %w", err)
	}
	m.step = s.Step
	for _, t := range s.Series {
		if err := t.check(); err != nil {
			return nil, m.error("what the file before has left: %w", err)
		}
		m.tails[t.Series] = t
	}
	return m, nil
}

func (m *seam) error(format string, args ...any) error {
	return &datasets.Error{File: m.path, Offset: -1, Err: fmt.Errorf(format, args...)}
}

// check refuses rows that do not fit together.
func (t *tail) check() error {
	n := t.rows()
	for _, v := range t.Values {
		if len(v) != 8*n {
			return errors.New("channels of unequal length")
		}
	}
	if t.Done < 0 || t.Done > t.Next || t.Begun < 0 || t.Begun > t.Next {
		return fmt.Errorf("scores before %d and windows before %d are handed out, up to position %d", t.Done, t.Begun, t.Next)
	}
	if len(t.Values) == 0 || t.Next < n || t.Times != nil && len(t.Times) != n || t.Channels != nil && len(t.Channels) != len(t.Values) {
		return fmt.Errorf("%s of %s, %d names and %s, up to position %d", plural.Of(n, "row"), plural.Of(len(t.Values), "channel"), len(t.Channels), plural.Of(len(t.Times), "time stamp"), t.Next)
	}
	return nil
}

func (t *tail) rows() int {
	if len(t.Values) == 0 {
		return 0
	}
	return len(t.Values[0]) / 8
}

// series are the rows, as the beginning of s, which continues them.
func (t *tail) series(s *series.Series) *series.Series {
	out := &series.Series{ID: s.ID, Channels: t.Channels, Zone: s.Zone, Label: s.Label, Step: s.Step, Start: t.Next - t.rows(), Times: t.Times}
	for _, v := range t.Values {
		values := make([]float64, t.rows())
		for i := range values {
			values[i] = math.Float64frombits(binary.LittleEndian.Uint64(v[8*i:]))
		}
		out.Values = append(out.Values, values)
	}
	return out
}

// tailOf are the rows of a series as they are left.
func tailOf(key string, s *series.Series, at detect.Seam) *tail {
	t := &tail{Series: key, Channels: s.Channels, Next: s.Start + s.Len(), Done: at.Done, Begun: at.Begun, Times: slices.Clone(s.Times)}
	for _, values := range s.Values {
		v := make([]byte, 0, 8*len(values))
		for _, x := range values {
			v = binary.LittleEndian.AppendUint64(v, math.Float64bits(x))
		}
		t.Values = append(t.Values, v)
	}
	return t
}

// keyOf names a series over all files: by itself, or not at all where it has the name of its file.
func (m *seam) keyOf(id string) string {
	if id == datasets.Stem(m.path) {
		return ""
	}
	return id
}

// begins returns what lies before a series, nil for nothing.
func (m *seam) begins(s *series.Series) (*series.Series, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.all++
	key := m.keyOf(s.ID)
	m.here[key] = true
	t := m.tails[key]
	if t == nil {
		return nil, nil
	}
	before, err := t.series(s).Pick(s.Channels)
	switch {
	case err != nil:
		return nil, m.error("the files before it: %w", err)
	case before.NumChannels() != s.NumChannels():
		return nil, m.error("series %q has %s, and %d in the files before it", s.ID, plural.Of(s.NumChannels(), "channel"), before.NumChannels())
	case (before.Times == nil) != (s.Times == nil):
		return nil, m.error("series %q has time stamps here, or in the files before it, and not in both", s.ID)
	case len(s.Times) > 0 && len(before.Times) > 0 && s.Times[0] <= before.Times[len(before.Times)-1]:
		return nil, m.error("series %q begins at %s, which is not after %s, where the files before it end; files continue each other in the order of their paths",
			s.ID, stampText(s.Times[0], s.Zone), stampText(before.Times[len(before.Times)-1], s.Zone))
	}
	m.met++
	m.begun[s.ID] = t
	return before, nil
}

func stampText(t int64, zone *time.Location) string {
	if zone == nil {
		zone = time.UTC
	}
	return time.Unix(0, t).In(zone).Format("2006-01-02T15:04:05.999999999Z07:00")
}

// before is what lies before a series of this file, nil for nothing.
func (m *seam) before(id string) *tail {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.begun[id]
}

// completed returns the next series that goes on neither in this file nor after it, so that its last scores can be made; nil for none.
func (m *seam) completed() *series.Series {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.completes || m.all == 0 {
		return nil
	}
	for _, key := range slices.Sorted(maps.Keys(m.tails)) {
		t, id := m.tails[key], key
		if id == "" {
			id = datasets.Stem(m.path)
		}
		if m.here[key] || m.ended[id] || t.Times != nil && !m.last || t.rows() == 0 || t.Done == t.Next {
			continue
		}
		m.ended[id], m.begun[id] = true, t
		return t.series(&series.Series{ID: id, Zone: m.zone, Step: m.step})
	}
	return nil
}

// note keeps the last rows of what is read, as far as what follows needs them.
func (m *seam) note(s *series.Series) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.zone = s.Zone
	if m.ended[s.ID] {
		return
	}
	if m.held == nil || !m.held.Continues(s) {
		m.settle()
		m.held = s.Slice(0, 0)
		m.held.Kept = nil
	}
	all, end := s, s.Start+s.Len()
	next := m.settled(end).Needed
	if next < s.Start {
		all = m.held.Extendable()
		all.Join(s)
	}
	m.held = all.Slice(min(next, end)-all.Start, all.Len())
	// A copy, so that a long chunk does not stay for a few rows.
	for c, v := range m.held.Values {
		m.held.Values[c] = slices.Clone(v)
	}
	m.held.Times = slices.Clone(m.held.Times)
}

// settle ends the series being read.
func (m *seam) settle() {
	if m.held == nil {
		return
	}
	key := m.keyOf(m.held.ID)
	m.tails[key], m.read[key] = tailOf(key, m.held, m.settled(m.held.Start+m.held.Len())), true
	m.held = nil
}

// left is what the next file continues. A series that this one does not have is passed on where time stamps show the gap.
func (m *seam) left(step time.Duration) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.settle()
	out := seamState{Step: step, Series: []*tail{}}
	for _, key := range slices.Sorted(maps.Keys(m.tails)) {
		if t := m.tails[key]; m.read[key] || t.Times != nil {
			out.Series = append(out.Series, t)
		}
	}
	return json.Marshal(out)
}

// continued reads a file after what lies before it.
type continued struct {
	series.Reader
	seam  *seam
	next  *series.Series // read, and not handed out yet
	shift int
}

// Next returns the next chunk, at its position in the whole series.
func (r *continued) Next() (*series.Series, error) {
	if s := r.next; s != nil {
		r.next = nil
		return s, nil
	}
	s, err := r.Reader.Next()
	if errors.Is(err, io.EOF) {
		if rest := r.seam.completed(); rest != nil {
			return rest, nil
		}
	}
	if err != nil {
		return nil, err
	}
	own := *s
	own.PointLabels, own.Kept = nil, nil // of no use here, and nothing is known of those before
	if s.Start > 0 {
		own.Start += r.shift
		return &own, nil
	}
	r.shift = 0
	before, err := r.seam.begins(&own)
	if err != nil || before == nil {
		return &own, err
	}
	r.shift = before.Start + before.Len()
	own.Start = r.shift
	if before.Len() == 0 {
		return &own, nil
	}
	r.next = &own
	return before, nil
}

// after leaves out what of some points was handed out with the files before.
func (m *seam) after(p *detect.FusedPoints) *detect.FusedPoints {
	if m == nil {
		return p
	}
	out := *p
	if before := m.before(p.Series); before != nil {
		out = *p.Cut(min(max(0, before.Done-p.Start), len(p.Score)), len(p.Score))
	}
	if p.Windows == nil {
		return &out
	}
	w := &detect.Windows{}
	for i, one := range p.Windows.Windows {
		if before := m.before(one.Series); before != nil && one.Start < before.Begun {
			continue
		}
		w.Windows, w.Scores = append(w.Windows, one), append(w.Scores, p.Windows.Scores[i])
		if p.Windows.Horizons != nil {
			w.Horizons = append(w.Horizons, p.Windows.Horizons[i])
		}
	}
	out.Windows = w
	return &out
}

// tell remarks on a file of which nothing continues what lies before it.
func (m *seam) tell(e *env) {
	if len(m.tails) > 0 && m.all > 0 && m.met == 0 {
		e.remark("%s: none of its series has the name of one in the files before it; they begin anew", m.path)
	}
}

// seamOf is that of an input, nil where it stands by itself.
func seamOf(r series.Reader) *seam {
	if in, ok := r.(*input); ok {
		return in.seam
	}
	return nil
}

// checkContinuous refuses --continuous where files cannot be cut as one recording.
func (f jobFlags) checkContinuous(window, stride int) error {
	switch {
	case !f.Continuous:
		return nil
	case window < 2:
		return usagef("--continuous is for windows of a length of at least 2 time stamps, which run from one file into the next; with the built-in encoder give --window")
	case stride > window:
		return usagef("--continuous with windows of %s every %d leaves some out, want a stride of at most the window", plural.Of(window, "time stamp"), stride)
	}
	return nil
}
