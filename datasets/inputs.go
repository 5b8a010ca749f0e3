package datasets

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/wavekin/wavekin/internal/plural"
	"github.com/wavekin/wavekin/series"
)

// Inputs are files that belong together. Their channels are joined by name, in the order of the first file or in that of
// [Inputs.Fit], and no two of their series have one ID. A file is opened alone, or all are read one after the other.
type Inputs struct {
	o     Options
	items []item
	named bool
	want  []string       // the channels; nil before the first file, and where they have no names
	count int            // how many they are
	first string         // the file that decided them
	fit   bool           // others than those are left out
	apart bool           // each input has channels of its own
	seen  map[string]int // which file has a series of that ID
}

// item is a file, or something else that is read like one.
type item struct {
	path, name string
	open       func() (Reader, error) // nil for files
}

// NewInputs starts a list of inputs that are all read with the same options.
func NewInputs(o Options) (*Inputs, error) {
	if err := o.prepare(); err != nil {
		return nil, err
	}
	return newInputs(nil, o), nil
}

func newInputs(files []string, o Options) *Inputs {
	in := &Inputs{o: o, seen: map[string]int{}}
	for _, f := range files {
		in.items = append(in.items, item{path: f})
	}
	return in
}

// Add adds a file, every file of a folder, or every file that a glob matches. A path that cannot be listed is added as it is,
// so that its error comes when it is opened and the others can be read.
func (in *Inputs) Add(path string) {
	files, err := expand(path)
	if err != nil {
		files = []string{path}
	}
	for _, f := range files {
		in.items = append(in.items, item{path: f})
	}
	in.named = false
}

// AddReader adds an input that is no file; path is for messages and names its series.
func (in *Inputs) AddReader(path string, open func() (Reader, error)) {
	in.items = append(in.items, item{path: path, open: open})
	in.named = false
}

// Fit asks for the channels of these names in this order; others are left out. Files whose channels have no names, or other ones
// where they were chosen by [Options].Channels, must have as many, and are taken in their order.
func (in *Inputs) Fit(channels []string, count int) {
	in.want, in.count, in.fit = channels, count, true
}

// Apart lets every input keep the channels that it has.
func (in *Inputs) Apart() { in.apart = true }

// Files lists the paths of the inputs.
func (in *Inputs) Files() []string {
	var paths []string
	for _, i := range in.items {
		paths = append(paths, i.path)
	}
	return paths
}

// Open starts to read input i of [Inputs.Files].
func (in *Inputs) Open(i int) (Reader, error) {
	if !in.named {
		in.named = true
		for i, name := range distinctNames(in.Files()) {
			in.items[i].name = name
		}
	}
	it := in.items[i]
	var r Reader
	var err error
	if it.open != nil {
		r, err = it.open()
	} else {
		o := in.o
		o.name = it.name
		if _, err := expand(it.path); err != nil {
			return nil, err
		}
		r, err = openFile(it.path, &o)
	}
	if err != nil {
		return nil, err
	}
	return &joined{Reader: r, in: in, at: i}, nil
}

// All reads the inputs one after the other.
func (in *Inputs) All() Reader { return InTurn(len(in.items), in.Open) }

// joined is one of several inputs.
type joined struct {
	Reader
	in *Inputs
	at int
	id map[string]string // new IDs of series that another input has, too
}

func (j *joined) readings() []*Reading { return Readings(j.Reader) }

func (j *joined) sets() bool { return areSets(j.Reader) }

func (j *joined) Next() (*series.Series, error) {
	s, err := j.Reader.Next()
	if err != nil {
		return nil, err
	}
	path := j.in.items[j.at].path
	if s, err = j.in.join(s, path, j); err != nil {
		return nil, err
	}
	return j.identify(s), nil
}

// identify gives a series another ID where one of another input has the same.
func (j *joined) identify(s *series.Series) *series.Series {
	if s.Start == 0 {
		delete(j.id, s.ID)
		id := s.ID
		for n := 1; ; n++ {
			if at, taken := j.in.seen[id]; !taken || at == j.at && id == s.ID {
				break
			}
			if id = j.in.items[j.at].name + "/" + s.ID; n > 1 {
				id += "#" + strconv.Itoa(n)
			}
		}
		if j.in.seen[id] = j.at; id != s.ID {
			if j.id == nil {
				j.id = map[string]string{}
			}
			j.id[s.ID] = id
		}
	}
	if id, ok := j.id[s.ID]; ok {
		out := *s
		out.ID = id
		return &out
	}
	return s
}

// join brings the channels of a series into the order that all have.
func (in *Inputs) join(s *series.Series, path string, r Reader) (*series.Series, error) {
	n := s.NumChannels()
	switch {
	case in.apart:
		return s, nil
	case in.count == 0:
		in.want, in.count, in.first = s.Channels, n, path
		return s, nil
	case n == in.count && slices.Equal(s.Channels, in.want):
		return s, nil
	case n == in.count && (in.fit && len(in.o.Channels) > 0 || generated(s.Channels, n) || generated(in.want, n)):
		return in.byPlace(s, r), nil
	case !in.fit:
		if err := in.differ(s, path); err != nil {
			return nil, err
		}
	case n == 1 && in.count == 1:
		return in.byPlace(s, r), nil
	}
	out, err := s.Pick(in.want)
	if err != nil {
		var c *series.ChannelError
		if errors.As(err, &c) && len(c.Missing) > 0 {
			err = &Error{File: path, Column: c.Missing[0], Offset: -1, Err: fmt.Errorf("no such channel; the file has %s, and %s needed (--channels names those to take, in this order)",
				listed(s.Channels), areNeeded(in.want))}
		} else {
			err = &Error{File: path, Offset: -1, Err: fmt.Errorf("%s (%s), but %s needed", plural.Of(n, "channel"), listed(channelNames(s)), areNeeded(in.want))}
		}
		return nil, err
	}
	if all := Readings(r); len(all) > 0 {
		all[len(all)-1].keep(in.want)
	}
	return out, nil
}

func areNeeded(names []string) string {
	if len(names) == 1 {
		return names[0] + " is"
	}
	return listed(names) + " are"
}

// byPlace takes the channels in their order, and says so where both sides have names.
func (in *Inputs) byPlace(s *series.Series, r Reader) *series.Series {
	if in.want == nil {
		return s
	}
	if all := Readings(r); len(all) > 0 && !generated(s.Channels, in.count) && !generated(in.want, in.count) {
		all[len(all)-1].warn("%s taken for %s", areTaken(s.Channels), listed(in.want))
	}
	out := *s
	out.Channels = in.want
	return &out
}

func areTaken(names []string) string {
	if len(names) == 1 {
		return "channel " + names[0] + " is"
	}
	return "channels " + listed(names) + " are"
}

// differ is the error of a file that has not the channels of the first one.
func (in *Inputs) differ(s *series.Series, path string) error {
	if len(s.Channels) != s.NumChannels() || len(in.want) != in.count {
		return fileError(path, "%s, but %s has %d; all inputs must have the same ones", plural.Of(s.NumChannels(), "channel"), in.first, in.count)
	}
	for _, name := range in.want {
		if !slices.Contains(s.Channels, name) {
			return &Error{File: path, Column: name, Offset: -1, Err: fmt.Errorf("no such channel here, but in %s; all inputs must have the same ones, or be read with --channels", in.first)}
		}
	}
	for _, name := range s.Channels {
		if !slices.Contains(in.want, name) {
			return &Error{File: path, Column: name, Offset: -1, Err: fmt.Errorf("there is no such channel in %s; all inputs must have the same ones, or be read with --channels", in.first)}
		}
	}
	return nil
}

// generated tells whether names were not given by people: there are none, or they are 0, 1, 2 or channel0, channel1.
func generated(names []string, n int) bool {
	if len(names) != n {
		return true
	}
	for _, name := range names {
		if _, err := strconv.Atoi(strings.TrimPrefix(name, "channel")); err != nil && name != "value" {
			return false
		}
	}
	return true
}

// distinctNames names files by their stems, and those with one stem by as much of their paths as tells them apart.
func distinctNames(paths []string) []string {
	names := make([]string, len(paths))
	group := map[string][]int{}
	for i, p := range paths {
		names[i] = Stem(p)
		group[names[i]] = append(group[names[i]], i)
	}
	for _, same := range group {
		if len(same) > 1 {
			tellApart(paths, names, same)
		}
	}
	for i := range names {
		names[i] = strings.ToValidUTF8(names[i], "\ufffd")
	}
	return names
}

// tellApart lengthens names of files with one stem by folders, then by the ending, then by a number.
func tellApart(paths, names []string, same []int) {
	distinct := func() bool {
		have := map[string]bool{}
		for _, i := range same {
			have[names[i]] = true
		}
		return len(have) == len(same)
	}
	folders := make([]string, len(paths))
	for _, i := range same {
		full, err := filepath.Abs(paths[i])
		if err != nil {
			full = paths[i]
		}
		folders[i] = filepath.Dir(full)
	}
	const most = 8 // folders above the file
	stems := slices.Clone(names)
	for range most {
		for _, i := range same {
			names[i] = filepath.Base(folders[i]) + "/" + names[i]
			folders[i] = filepath.Dir(folders[i])
		}
		if distinct() {
			return
		}
	}
	for _, i := range same {
		names[i] = filepath.Base(paths[i])
	}
	if distinct() {
		return
	}
	for n, i := range same {
		if names[i] = stems[i]; n > 0 {
			names[i] += "#" + strconv.Itoa(n+1)
		}
	}
}

// OpenAll reads several paths one after the other, each as [Open] does; their channels are joined by name.
func OpenAll(paths []string, o Options) (Reader, error) {
	in, err := NewInputs(o)
	if err != nil {
		return nil, err
	}
	for _, p := range paths {
		if _, err := expand(p); err != nil {
			return nil, err
		}
		in.Add(p)
	}
	return in.All(), nil
}

// InTurn reads n sources one after the other; open is called for each, from 0 on, when the one before it has ended. Its
// [Readings] are of the sources that have been opened.
func InTurn(n int, open func(i int) (Reader, error)) Reader { return &inTurn{open: open, n: n} }

type inTurn struct {
	open  func(i int) (Reader, error)
	at, n int
	now   Reader
	read  []*Reading
}

func (r *inTurn) readings() []*Reading { return r.read }

// Unwrap returns the reader of the present source, or nil.
func (r *inTurn) Unwrap() Reader { return r.now }

func (r *inTurn) Next() (*series.Series, error) {
	for {
		if r.now == nil {
			if r.at == r.n {
				return nil, io.EOF
			}
			now, err := r.open(r.at)
			if err != nil {
				return nil, err
			}
			r.now, r.read = now, append(r.read, Readings(now)...)
			r.at++
		}
		s, err := r.now.Next()
		if !errors.Is(err, io.EOF) {
			return s, err
		}
		err = r.now.Close()
		r.now = nil
		if err != nil {
			return nil, err
		}
	}
}

func (r *inTurn) Close() error {
	r.at = r.n
	if r.now == nil {
		return nil
	}
	now := r.now
	r.now = nil
	return now.Close()
}
