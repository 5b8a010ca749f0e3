package imageset

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/wavekin/wavekin/raster"
)

const (
	// DefaultCache is how many bytes of content and pixels a set keeps in memory unless told otherwise: 512 MiB.
	DefaultCache = 512 << 20
	// DefaultMaxPixels is how many pixels an image may have unless told otherwise: 64 Mi, an image of 8192 x 8192.
	DefaultMaxPixels = 64 << 20
)

// Options say how a set is opened; the zero value works.
type Options struct {
	// Part is which part is meant where the spec does not say: train, test, val, unlabeled, ... Empty: train. Several are
	// joined by a plus: train+unlabeled.
	Part string
	// Cache bounds the bytes kept in memory: first the decompressed content of a compressed file, if it fits (if not, it goes
	// to a temporary file), then decoded images, the first to be read, until it is full. 0: DefaultCache; below: nothing is
	// kept.
	Cache int64
	// MaxPixels bounds the height times the width of an image; a larger one is refused by the size it declares, before anything
	// is decoded. Decoding takes up to 24 bytes a pixel. Below 1: DefaultMaxPixels.
	MaxPixels int64
	// Coarse labels CIFAR-100 by its 20 superclasses instead of its 100 classes. Other sets have no use for it.
	Coarse bool
	// Ground is the colour seen through what is transparent, as [raster.ParseGround] reads it. Empty: white.
	Ground string
}

// Format is one kind of image set.
type Format struct {
	// Name is what comes before the colon of a spec.
	Name string
	// Spec is how a set is written.
	Spec string
	// Doc says in a line what is read.
	Doc string

	open func(s *site, part string) (*piece, error)
}

var formats = []Format{
	{"cifar10", "cifar10:DIR", "CIFAR-10, binary version: the folder of data_batch_1.bin or cifar-10-binary.tar.gz; parts train, test", openCIFAR10},
	{"cifar100", "cifar100:DIR", "CIFAR-100, binary version: the folder of train.bin or cifar-100-binary.tar.gz; parts train, test", openCIFAR100},
	{"stl10", "stl10:DIR", "STL-10, binary: the folder of train_X.bin or stl10_binary.tar.gz; parts train, test, unlabeled", openSTL10},
	{"mnist", "mnist:DIR", "MNIST: the folder of train-images-idx3-ubyte, also .gz; parts train, test", openMNIST},
	{"fashion-mnist", "fashion-mnist:DIR", "Fashion-MNIST: as mnist (Debian: /usr/share/datasets/fashion-mnist)", openFashionMNIST},
	{"images", "images:DIR", codecNames + ": a folder, or a tar (.gz, .zst) or zip of it, with one folder per class, also within train/ and test/; or a text file with a path and a label per line", openImages},
}

// Formats lists what Open reads, for people.
func Formats() []Format { return append([]Format(nil), formats...) }

// IsSet tells whether spec names an image set, by what comes before its first colon.
func IsSet(spec string) bool {
	_, _, ok := byName(spec)
	return ok
}

// byName splits a spec into the format and the rest.
func byName(spec string) (f *Format, rest string, ok bool) {
	name, rest, ok := strings.Cut(spec, ":")
	if !ok {
		return nil, "", false
	}
	for i := range formats {
		if formats[i].Name == name {
			return &formats[i], rest, true
		}
	}
	return nil, "", false
}

// Split takes a spec apart into the set without its part and the part, which is empty where the spec does not name one:
// cifar10:DIR#test is cifar10:DIR and test.
func Split(spec string) (set, part string) {
	at := strings.LastIndexByte(spec, '#')
	if at < 0 || strings.ContainsAny(spec[at:], `/\`) {
		return spec, ""
	}
	return spec[:at], spec[at+1:]
}

// Place is the file or folder that a spec reads, or "" where it names none.
func Place(spec string) string {
	set, _ := Split(spec)
	_, path, _ := byName(set)
	return path
}

// site is where a set lies, and what its reader may use.
type site struct {
	tree
	spec   string // without the part
	o      *Options
	budget *budget
	ground raster.Ground
}

// Open opens a set such as cifar10:DIR, images:photos.tar.gz#test or stl10:DIR#train+unlabeled (see [Formats]). Errors about
// what is found there are of type [*datasets.Error].
func Open(spec string, o Options) (*Set, error) {
	set, part := Split(spec)
	f, path, ok := byName(set)
	switch {
	case !ok:
		return nil, fmt.Errorf("%q is no image set; it is written as one of %s", spec, strings.Join(specs(), " "))
	case path == "":
		return nil, fmt.Errorf("%q names no folder; it is written %s", spec, f.Spec)
	}
	if part == "" {
		part = o.Part
	}
	if part == "" {
		part = "train"
	}
	if o.Cache == 0 {
		o.Cache = DefaultCache
	}
	if o.MaxPixels < 1 {
		o.MaxPixels = DefaultMaxPixels
	}
	s := &site{spec: set, o: &o, budget: newBudget(o.Cache)}
	var err error
	if s.ground, err = raster.ParseGround(o.Ground); err != nil {
		return nil, err
	}
	if s.tree, err = openTree(path, f.Name == "images", s.budget); err != nil {
		return nil, err
	}
	var pieces []*piece
	for _, name := range strings.Split(part, "+") {
		p, err := f.open(s, name)
		if err != nil {
			for _, p := range pieces {
				_ = p.pixels.Close() // the first error is the one to tell
			}
			_ = s.tree.Close()
			return nil, err
		}
		pieces = append(pieces, p)
	}
	out := newSet(set+"#"+part, join(pieces), s.tree)
	out.ground = s.ground
	return out, nil
}

// specs lists how sets are written.
func specs() []string {
	var out []string
	for _, f := range formats {
		out = append(out, f.Spec)
	}
	return out
}

// noPart is the error about a part that a set does not have.
func noPart(s *site, part string, have []string) error {
	return fileError(s.where(""), "there is no part %q; parts: %s", part, strings.Join(have, ", "))
}

// openTree opens a folder or an archive; with lists, also a text file that lists images.
func openTree(path string, lists bool, b *budget) (tree, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, readError(path, err)
	case info.IsDir():
		return &folder{root: path}, nil
	case !info.Mode().IsRegular():
		return nil, fileError(path, "it is neither a folder nor a file")
	}
	t, err := openArchive(path, b)
	if !errors.Is(err, errNoArchive) {
		return t, err
	}
	if !lists {
		return nil, fileError(path, "it is neither a folder nor an archive (.tar, .tar.gz, .tar.zst, .zip)")
	}
	return openList(path)
}
