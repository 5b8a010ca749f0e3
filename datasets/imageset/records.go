package imageset

import (
	"errors"
	"io"
	"strconv"
	"sync"

	"github.com/wavekin/wavekin/raster"
)

// records are images of one size, each at a fixed distance from the one before.
type records struct {
	files                   []recordFile
	channels, height, width int
	columns                 bool // stored column by column, as in STL-10
	scratch                 sync.Pool
}

// recordFile is one file of records.
type recordFile struct {
	content
	name         string // in the set
	path         string // for messages
	skip, stride int64  // of the first image's pixels, and from one to the next
	images       int
}

// pixelBytes is how many bytes an image has.
func (r *records) pixelBytes() int { return r.channels * r.height * r.width }

// names names every image by its file and its number in it, from 0.
func (r *records) names() []string {
	var out []string
	for _, f := range r.files {
		for i := range f.images {
			out = append(out, f.name+":"+strconv.Itoa(i))
		}
	}
	return out
}

func (r *records) read(i int, m *raster.Image) error {
	for k := range r.files {
		f := &r.files[k]
		if i >= f.images {
			i -= f.images
			continue
		}
		m.Reset(r.channels, r.height, r.width)
		at := f.skip + int64(i)*f.stride
		if !r.columns {
			return f.readAt(m.Pix, at)
		}
		buf, _ := r.scratch.Get().(*[]byte)
		if buf == nil {
			b := make([]byte, r.pixelBytes())
			buf = &b
		}
		defer r.scratch.Put(buf)
		if err := f.readAt(*buf, at); err != nil {
			return err
		}
		transpose(m, *buf)
		return nil
	}
	return errors.New("no such image") // read is asked for images of the set only
}

// transpose turns [channel, column, row] into [channel, row, column].
func transpose(m *raster.Image, from []byte) {
	for c := range m.Channels {
		plane := m.Plane(c)
		for x := range m.Width {
			for y := range m.Height {
				plane[y*m.Width+x] = from[y]
			}
			from = from[m.Height:]
		}
	}
}

func (r *records) Close() error {
	var err error
	for _, f := range r.files {
		err = errors.Join(err, f.content.Close())
	}
	return err
}

// readAt fills p; the file was long enough when it was opened.
func (f *recordFile) readAt(p []byte, at int64) error {
	n, err := f.content.ReadAt(p, at)
	if n == len(p) || err == nil {
		return nil
	}
	return readError(f.path, err)
}

// bytesAt reads one byte of each of n records: the labels. It reads through the file once, a few records at a time.
func bytesAt(c content, first, stride int64, n int) ([]byte, error) {
	group := max(1, int((256<<10)/stride))
	buf := make([]byte, int64(group)*stride)
	out := make([]byte, 0, n)
	for len(out) < n {
		k := min(group, n-len(out))
		need := buf[:int64(k-1)*stride+1]
		if got, err := c.ReadAt(need, first+int64(len(out))*stride); got < len(need) {
			return nil, io.ErrUnexpectedEOF
		} else if err != nil && err != io.EOF {
			return nil, err
		}
		for i := range k {
			out = append(out, need[int64(i)*stride])
		}
	}
	return out, nil
}
