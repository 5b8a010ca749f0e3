// Package digits holds 1,797 images of handwritten digits, 8 x 8 pixels each, by 13 people.
//
// They are the test part of the Optical Recognition of Handwritten Digits set (see NOTICE for source and licence). A network
// that learns from the first part is measured on the second:
//
//	train, test, err := digits.Load()
//	fmt.Println(train.Len(), test.Len()) // 1297 500
package digits

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"fmt"
	"io"
	"strconv"

	"github.com/wavekin/wavekin/raster"
)

// packed holds, for each image, a byte with its digit and 64 with its pixels, 0 to 16, row by row.
//
//go:embed digits.bin.gz
var packed []byte

const (
	side   = 8
	record = 1 + side*side
	count  = 1797
	// learnt is the size of the first part.
	learnt = 1297
)

// Set is a part of the images.
type Set struct {
	first   int
	records []byte
}

// Load returns the part to learn from, the first 1,297 images, and the part to measure on, the other 500.
func Load() (train, test *Set, err error) {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, nil, fmt.Errorf("embedded images: %w", err)
	}
	raw, err := io.ReadAll(io.LimitReader(z, count*record+1))
	if err != nil {
		return nil, nil, fmt.Errorf("embedded images: %w", err)
	}
	if len(raw) != count*record {
		return nil, nil, fmt.Errorf("embedded images have %d bytes, want %d", len(raw), count*record)
	}
	return &Set{0, raw[:learnt*record]}, &Set{learnt, raw[learnt*record:]}, nil
}

// Len is the number of images.
func (s *Set) Len() int { return len(s.records) / record }

// Read fills m with image i, one channel of 8 x 8 pixels, 0 to 255.
func (s *Set) Read(i int, m *raster.Image) error {
	if i < 0 || i >= s.Len() {
		return fmt.Errorf("no image %d among %d", i, s.Len())
	}
	m.Reset(1, side, side)
	for k, v := range s.records[i*record+1 : (i+1)*record] {
		m.Pix[k] = uint8(int(v) * 255 / 16)
	}
	m.Name = "digits:" + strconv.Itoa(s.first+i)
	return nil
}

// Label is the digit, "0" to "9".
func (s *Set) Label(i int) string { return strconv.Itoa(int(s.records[i*record])) }
