package pq

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/parquet-go/parquet-go/format"
	"github.com/wavekin/wavekin/datasets/internal/fault"
)

// maxHeader bounds the description of a page, which may hold its least and its greatest value.
const maxHeader = 16 << 20

// chunk is the part of a column that a row group has, read page by page.
type chunk struct {
	r          *Reader
	col        *column
	codec      format.CompressionCodec
	at         int64 // where the next page begins
	end        int64
	values     int64 // that are still to come
	dict       *values
	dictBytes  int64
	frozen     arrow.ArrayData // dict as an array, if it was asked for
	page       page
	held       int64 // bytes that the page and the dictionary take
	raw        []byte
	plain      []byte
	defs, reps []byte // buffers for those of the page
}

// page is a decoded data page, of which values are taken from the front.
type page struct {
	n    int    // levels that are left
	defs []byte // nil: all values are there
	reps []byte // nil: no lists
	values
	next int // of values
}

// values are values without nulls. One of its slices is set.
type values struct {
	n      int
	fixed  []byte // of a fixed number of bytes each
	width  int
	texts  [][]byte
	bools  []byte
	places []int32 // in the dictionary
}

// newChunk holds what a row group says of a column against the file.
func (r *Reader) newChunk(c *column, g *format.RowGroup) (*chunk, error) {
	if c.leaf >= len(g.Columns) {
		return nil, corrupt("a row group of %d columns, the schema has more", len(g.Columns))
	}
	cc := &g.Columns[c.leaf]
	m := &cc.MetaData
	switch {
	case cc.FilePath != "":
		return nil, fmt.Errorf("%w: the data are in another file, %q", fault.ErrFormat, cc.FilePath)
	case cc.CryptoMetadata.Value != nil:
		return nil, fmt.Errorf("%w: an encrypted column", fault.ErrFormat)
	case m.Type != c.elem.Type.V:
		return nil, corrupt("a column of %s in a row group, of %s in the schema", m.Type, c.elem.Type.V)
	}
	at := m.DataPageOffset
	if d := m.DictionaryPageOffset; d > 0 && d < at {
		at = d
	}
	if at < 4 || m.TotalCompressedSize < 0 || at > r.footer || m.TotalCompressedSize > r.footer-at || m.NumValues < 0 {
		return nil, corrupt("%d bytes at %d, the footer is at %d", m.TotalCompressedSize, at, r.footer)
	}
	if !c.list && m.NumValues != g.NumRows {
		return nil, corrupt("%d values in a row group of %d rows", m.NumValues, g.NumRows)
	}
	return &chunk{r: r, col: c, codec: m.Codec, at: at, end: at + m.TotalCompressedSize, values: m.NumValues}, nil
}

// hold bounds what the pages of all columns take together.
func (c *chunk) hold(n int64) error {
	c.r.held += n - c.held
	c.held = n
	if most := max(4*c.r.memory, int64(len(c.r.chunks))*(5<<18)); c.r.held > most {
		return fmt.Errorf("%w: pages of %d bytes together; at most %d with the memory that is set", fault.ErrLimit, c.r.held, most)
	}
	return nil
}

// header reads the description of the next page.
func (c *chunk) header() (*format.PageHeader, error) {
	for size := int64(256); ; size *= 8 {
		size = min(size, c.end-c.at, maxHeader)
		b := make([]byte, size)
		if _, err := c.r.at.ReadAt(b, c.at); err != nil {
			return nil, unexpected(err)
		}
		n, err := measure(b, 64)
		if errors.Is(err, fault.ErrCorrupt) && size < min(c.end-c.at, maxHeader) {
			continue
		}
		if err != nil {
			return nil, err
		}
		h := &format.PageHeader{}
		if err := decode(b[:n], h); err != nil {
			return nil, err
		}
		c.at += int64(n)
		most := 4 * c.r.memory
		if p, u := int64(h.CompressedPageSize), int64(h.UncompressedPageSize); p < 0 || u < 0 || p > c.end-c.at {
			return nil, corrupt("a page of %d bytes, %d expanded, where %d are left", p, u, c.end-c.at)
		} else if u > most || p > most {
			return nil, fmt.Errorf("%w: a page of %d bytes; at most %d with the memory that is set", fault.ErrLimit, max(p, u), most)
		}
		return h, nil
	}
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// load makes sure that there is a page with something left, or returns io.EOF.
func (c *chunk) load() error {
	for c.page.n == 0 {
		if c.values == 0 {
			return io.EOF
		}
		start := c.at
		if c.at >= c.end {
			return fault.Byte(c.at, "%w: %d values of the column are missing", fault.ErrCorrupt, c.values)
		}
		if err := c.one(); err != nil {
			return fault.Byte(start, "%w", err)
		}
	}
	return nil
}

// one reads one page.
func (c *chunk) one() error {
	h, err := c.header()
	if err != nil {
		return err
	}
	if n := int(h.CompressedPageSize); cap(c.raw) < n {
		c.raw = make([]byte, n)
	}
	c.raw = c.raw[:h.CompressedPageSize]
	if _, err := c.r.at.ReadAt(c.raw, c.at); err != nil {
		return unexpected(err)
	}
	c.at += int64(len(c.raw))
	if h.CRC != 0 && crc32.ChecksumIEEE(c.raw) != uint32(h.CRC) {
		return corrupt("the checksum of a page is another one")
	}
	switch h.Type {
	case format.DictionaryPage:
		if !h.DictionaryPageHeader.Valid || c.dict != nil {
			return corrupt("a second dictionary, or one without a description")
		}
		return c.dictionary(h)
	case format.DataPage:
		if !h.DataPageHeader.Valid {
			return corrupt("a page without a description")
		}
		return c.dataV1(h)
	case format.DataPageV2:
		if !h.DataPageHeaderV2.Valid {
			return corrupt("a page without a description")
		}
		return c.dataV2(h)
	case format.IndexPage:
		return nil
	}
	return corrupt("a page of kind %d", h.Type)
}

func (c *chunk) dictionary(h *format.PageHeader) error {
	b, err := c.r.expander.expand(nil, c.raw, int(h.UncompressedPageSize), c.codec)
	if err != nil {
		return err
	}
	n, err := c.count(h.DictionaryPageHeader.V.NumValues)
	if err != nil {
		return err
	}
	if e := h.DictionaryPageHeader.V.Encoding; e != format.Plain && e != plainDictionary {
		return corrupt("a dictionary of encoding %s", e)
	}
	if c.codec == format.Uncompressed {
		b = append([]byte(nil), b...) // the buffer is used again
	}
	v, err := c.decode(b, n, format.Plain)
	if err != nil {
		return err
	}
	c.dict = &v
	c.dictBytes = int64(len(b) + len(v.fixed) + 24*len(v.texts))
	return c.hold(c.dictBytes)
}

// count checks a number of values, which take memory even if they take no bytes.
func (c *chunk) count(n int32) (int, error) {
	if n < 0 {
		return 0, corrupt("a page of %d values", n)
	}
	if most := c.r.memory / 2; int64(n) > most {
		return 0, fmt.Errorf("%w: a page of %d values; at most %d with the memory that is set", fault.ErrLimit, n, most)
	}
	return int(n), nil
}

func (c *chunk) begin(n int32) (int, error) {
	count, err := c.count(n)
	if err == nil && int64(n) > c.values {
		err = corrupt("a page of %d values, %d of the column are left", n, c.values)
	}
	return count, err
}

func (c *chunk) dataV1(h *format.PageHeader) error {
	d := &h.DataPageHeader.V
	n, err := c.begin(d.NumValues)
	if err != nil {
		return err
	}
	b, err := c.r.expander.expand(c.plain, c.raw, int(h.UncompressedPageSize), c.codec)
	if err != nil {
		return err
	}
	if c.codec != format.Uncompressed {
		c.plain = b
	}
	p := page{n: n}
	take := func(most int, dst []byte, enc format.Encoding) ([]byte, error) {
		if most == 0 {
			return nil, nil
		}
		if enc != format.RLE {
			return nil, fmt.Errorf("%w: levels of encoding %s", fault.ErrFormat, enc)
		}
		if len(b) < 4 || int64(le.Uint32(b)) > int64(len(b)-4) {
			return nil, corrupt("levels that end too early")
		}
		size := int(le.Uint32(b))
		src := b[4 : 4+size]
		b = b[4+size:]
		return levels(dst, src, widthOf(most), n)
	}
	if p.reps, err = take(c.col.maxRep, c.reps, d.RepetitionLevelEncoding); err != nil {
		return err
	}
	if p.defs, err = take(c.col.maxDef, c.defs, d.DefinitionLevelEncoding); err != nil {
		return err
	}
	return c.set(p, b, d.Encoding)
}

func (c *chunk) dataV2(h *format.PageHeader) error {
	d := &h.DataPageHeaderV2.V
	n, err := c.begin(d.NumValues)
	if err != nil {
		return err
	}
	reps, defs := int(d.RepetitionLevelsByteLength), int(d.DefinitionLevelsByteLength)
	if reps < 0 || defs < 0 || reps > len(c.raw) || defs > len(c.raw)-reps || int(h.UncompressedPageSize) < reps+defs {
		return corrupt("levels of %d and %d bytes in a page of %d", reps, defs, len(c.raw))
	}
	p := page{n: n}
	if c.col.maxRep > 0 {
		if p.reps, err = levels(c.reps, c.raw[:reps], widthOf(c.col.maxRep), n); err != nil {
			return err
		}
	}
	if c.col.maxDef > 0 {
		if p.defs, err = levels(c.defs, c.raw[reps:reps+defs], widthOf(c.col.maxDef), n); err != nil {
			return err
		}
	}
	b := c.raw[reps+defs:]
	codec := c.codec
	if d.IsCompressed.Valid && !d.IsCompressed.V {
		codec = format.Uncompressed
	}
	if size := int(h.UncompressedPageSize) - reps - defs; codec != format.Uncompressed && len(b) == 0 && size == 0 {
		codec = format.Uncompressed // nothing but nulls
	}
	if b, err = c.r.expander.expand(c.plain, b, int(h.UncompressedPageSize)-reps-defs, codec); err != nil {
		return err
	}
	if codec != format.Uncompressed {
		c.plain = b
	}
	return c.set(p, b, d.Encoding)
}

// set decodes the values of a page.
func (c *chunk) set(p page, b []byte, enc format.Encoding) error {
	there := p.n
	if p.defs != nil {
		there = 0
		for _, d := range p.defs {
			if int(d) > c.col.maxDef {
				return corrupt("a definition level of %d; at most %d", d, c.col.maxDef)
			}
			if int(d) == c.col.maxDef {
				there++
			}
		}
	}
	for _, r := range p.reps {
		if int(r) > c.col.maxRep {
			return corrupt("a repetition level of %d; at most %d", r, c.col.maxRep)
		}
	}
	v, err := c.decode(b, there, enc)
	if err != nil {
		return err
	}
	p.values = v
	c.values -= int64(p.n)
	c.page, c.defs, c.reps = p, p.defs, p.reps
	return c.hold(c.dictBytes + int64(len(c.raw)+len(b)+len(p.defs)+len(p.reps)+24*len(v.texts)+4*len(v.places)))
}

// decode decodes n values and stores them as arrays do.
func (c *chunk) decode(b []byte, n int, enc format.Encoding) (values, error) {
	v, err := c.physical(b, n, enc)
	if err != nil || v.places != nil {
		return v, err
	}
	return c.col.convert(v)
}

func (c *chunk) physical(b []byte, n int, enc format.Encoding) (v values, err error) {
	defer fault.Catch(&err)
	v.n = n
	width := physical(c.col.elem)
	wrong := fmt.Errorf("%w: values of %s in the encoding %s", fault.ErrFormat, c.col.elem.Type.V, enc)
	switch enc {
	case format.RLEDictionary, plainDictionary:
		if c.dict == nil {
			if n == 0 {
				return v, nil
			}
			return v, corrupt("values of a dictionary that is not there")
		}
		v.places, err = places(c.page.places, b, n, c.dict.n)
		return v, err
	case format.Plain:
		switch {
		case width > 0:
			if n > len(b)/width {
				return v, corrupt("%d values of %d bytes in %d bytes", n, width, len(b))
			}
			v.fixed, v.width = b[:n*width], width
		case c.col.elem.Type.V == format.ByteArray:
			v.texts, err = plainTexts(b, n)
		case c.col.elem.Type.V == format.Boolean:
			if (n+7)/8 > len(b) {
				return v, corrupt("%d bits in %d bytes", n, len(b))
			}
			v.bools = make([]byte, n)
			for i := range v.bools {
				v.bools[i] = b[i/8] >> (i % 8) & 1
			}
		default:
			return v, wrong
		}
		return v, err
	case format.RLE:
		if c.col.elem.Type.V != format.Boolean || len(b) < 4 || int64(le.Uint32(b)) > int64(len(b)-4) {
			return v, wrong
		}
		v.bools, err = levels(nil, b[4:4+le.Uint32(b)], 1, n)
		return v, err
	case format.DeltaBinaryPacked:
		if width != 4 && width != 8 || c.col.elem.Type.V == format.FixedLenByteArray {
			return v, wrong
		}
		all, _, err := deltas(b, n)
		if err != nil {
			return v, err
		}
		v.fixed, v.width = make([]byte, n*width), width
		for i, x := range all {
			if width == 4 {
				le.PutUint32(v.fixed[4*i:], uint32(x))
			} else {
				le.PutUint64(v.fixed[8*i:], uint64(x))
			}
		}
		return v, nil
	case format.ByteStreamSplit:
		if width == 0 || n > len(b)/width {
			return v, wrong
		}
		v.fixed, v.width = split(b[:n*width], width), width
		return v, nil
	case format.DeltaLengthByteArray, format.DeltaByteArray:
		texts, err := deltaTexts(b, n, enc == format.DeltaByteArray, 4*c.r.memory)
		if err != nil {
			return v, err
		}
		if c.col.elem.Type.V == format.ByteArray {
			v.texts = texts
			return v, nil
		}
		v.width = width
		for _, t := range texts {
			if len(t) != width {
				return v, corrupt("a value of %d bytes, want %d", len(t), width)
			}
			v.fixed = append(v.fixed, t...)
		}
		return v, nil
	}
	return v, wrong
}

// plainDictionary is the encoding that older writers give to dictionary pages, and to data pages in place of RLEDictionary.
const plainDictionary format.Encoding = 2
