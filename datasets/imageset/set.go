package imageset

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"sync/atomic"

	"github.com/wavekin/wavekin/raster"
)

// Set is the images of one or more parts of a set, each with a name and, where there are labels, a class. All its methods
// but Close are safe for concurrent use.
type Set struct {
	spec  string
	piece *piece
	keep  []int32 // the images of a subset; nil: all
	tree  io.Closer
	// ground is seen through what is transparent.
	ground raster.Ground
}

// pixels is where images come from.
type pixels interface {
	io.Closer
	// read fills m but for the name.
	read(i int, m *raster.Image) error
}

// piece is one part of a set, with what is known of its images without reading them.
type piece struct {
	pixels  pixels
	names   []string
	labels  []int32 // indices of classes, below 0: none
	classes []string
	// remarks are lines about what was found and is not read.
	remarks []string
}

func newSet(spec string, p *piece, t io.Closer) *Set { return &Set{spec: spec, piece: p, tree: t} }

// at returns where image i is in the piece.
func (s *Set) at(i int) int {
	if s.keep != nil {
		return int(s.keep[i])
	}
	return i
}

// Len returns the number of images.
func (s *Set) Len() int {
	if s.keep != nil {
		return len(s.keep)
	}
	return len(s.piece.names)
}

// String returns the spec with the part: cifar10:DIR#train.
func (s *Set) String() string { return s.spec }

// Read fills m, whose memory is reused, with image i. A bad image gives an [*ImageError]; m is undefined then.
func (s *Set) Read(i int, m *raster.Image) error {
	if i < 0 || i >= s.Len() {
		return fmt.Errorf("%s: there is no image %d among %d", s.spec, i, s.Len())
	}
	j := s.at(i)
	m.Name = s.piece.names[j]
	err := s.piece.pixels.read(j, m)
	if bad, ok := err.(*ImageError); ok {
		bad.Index = i
	}
	return err
}

// Name returns the name of image i: its path below the set's folder, or its file and its number there, from 0.
func (s *Set) Name(i int) string { return s.piece.names[s.at(i)] }

// Label returns the class of image i, or "" where it has none.
func (s *Set) Label(i int) string {
	if c := s.Class(i); c >= 0 {
		return s.piece.classes[c]
	}
	return ""
}

// Class returns the class of image i as an index of [Set.Classes], below 0 where it has none.
func (s *Set) Class(i int) int { return int(s.piece.labels[s.at(i)]) }

// Classes returns the names of the classes: in the set's own order for CIFAR, STL-10 and MNIST, whose labels are numbers, else
// sorted.
func (s *Set) Classes() []string { return append([]string(nil), s.piece.classes...) }

// Remarks are lines, without the set's name, about what lies there and is not read: files of formats that are not known, and
// classes without an image.
func (s *Set) Remarks() []string { return slices.Clone(s.piece.remarks) }

// Ground is the colour seen through what is transparent, as [raster.ParseGround] reads it.
func (s *Set) Ground() string { return s.ground.String() }

// NeedClasses returns an error that says what is missing unless every image has a label and there are at least two classes
// among them: what telling classes apart needs, and learning without labels does not.
func (s *Set) NeedClasses() error {
	first := -1
	two := false
	for i := range s.Len() {
		c := s.Class(i)
		if c < 0 {
			return fmt.Errorf("%s: image %s has no label; telling classes apart needs one for each image", s.spec, s.Name(i))
		}
		if first < 0 {
			first = c
		}
		two = two || c != first
	}
	switch {
	case first < 0:
		return fmt.Errorf("%s: there are no images", s.spec)
	case !two:
		return fmt.Errorf("%s: every image is of class %s; telling classes apart needs at least two", s.spec, s.piece.classes[first])
	}
	return nil
}

// Subset returns a set of only those images, in that order. It shares everything with s and need not be closed, but ends when s
// is closed.
func (s *Set) Subset(images []int) (*Set, error) {
	out := *s
	out.tree = nil
	out.keep = make([]int32, len(images))
	for k, i := range images {
		if i < 0 || i >= s.Len() {
			return nil, fmt.Errorf("%s: there is no image %d among %d", s.spec, i, s.Len())
		}
		out.keep[k] = int32(s.at(i))
	}
	return &out, nil
}

// Close closes the files and removes temporary ones. Closing twice, or a subset, does nothing.
func (s *Set) Close() error {
	if s.tree == nil {
		return nil
	}
	err := errors.Join(s.piece.pixels.Close(), s.tree.Close())
	s.tree = nil
	return err
}

// joined is the images of several parts, one after the other.
type joined struct {
	all []*piece
}

// join makes one piece of several. Classes of one name are one class.
func join(all []*piece) *piece {
	if len(all) == 1 {
		return all[0]
	}
	out := &piece{pixels: joined{all}}
	number := map[string]int32{}
	for _, p := range all {
		for _, c := range p.classes {
			if _, ok := number[c]; !ok {
				number[c] = int32(len(out.classes))
				out.classes = append(out.classes, c)
			}
		}
		out.names = append(out.names, p.names...)
		out.remarks = append(out.remarks, p.remarks...)
		for _, l := range p.labels {
			if l >= 0 {
				l = number[p.classes[l]]
			}
			out.labels = append(out.labels, l)
		}
	}
	return out
}

func (j joined) read(i int, m *raster.Image) error {
	for _, p := range j.all {
		if i < len(p.names) {
			return p.pixels.read(i, m)
		}
		i -= len(p.names)
	}
	return errors.New("no such image") // read is asked for images of the set only
}

func (j joined) Close() error {
	var err error
	for _, p := range j.all {
		err = errors.Join(err, p.pixels.Close())
	}
	return err
}

// cache keeps decoded images, the first to come, until the budget is used up. Nothing is ever thrown out: where every image is
// read once an epoch, a cache that replaces what was not used for longest would hit never as soon as the set outgrows it.
type cache struct {
	budget *budget
	kept   []atomic.Pointer[raster.Image]
}

func newCache(images int, b *budget) *cache {
	if b.left.Load() <= 0 {
		return &cache{budget: b}
	}
	return &cache{budget: b, kept: make([]atomic.Pointer[raster.Image], images)}
}

// get fills m with image i if it is kept.
func (c *cache) get(i int, m *raster.Image) bool {
	if c.kept == nil {
		return false
	}
	k := c.kept[i].Load()
	if k == nil {
		return false
	}
	m.Reset(k.Channels, k.Height, k.Width)
	copy(m.Pix, k.Pix)
	m.Low = append(m.Low, k.Low...)
	return true
}

// put keeps a copy of m if there is room.
func (c *cache) put(i int, m *raster.Image) {
	size := int64(len(m.Pix) + len(m.Low))
	if c.kept == nil || !c.budget.take(size) {
		return
	}
	k := &raster.Image{Channels: m.Channels, Height: m.Height, Width: m.Width, Pix: slices.Clone(m.Pix), Low: slices.Clone(m.Low)}
	if !c.kept[i].CompareAndSwap(nil, k) {
		c.budget.left.Add(size) // another was faster
	}
}
