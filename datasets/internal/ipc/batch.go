package ipc

import (
	"fmt"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"github.com/wavekin/wavekin/datasets/internal/fault"
)

// batch is one record batch, of which rows are handed out.
type batch struct {
	rows    int64
	from    int64 // rows that were handed out
	body    *body
	columns []*column
	need    []*vector // whose buffers the columns use
	width   int64     // bytes that a row of fixed-length values takes, as it is stored and as a float64
}

// column is a column that is read: the way through the structs around it.
type column struct {
	name string
	way  []*vector
}

func (c *column) leaf() *vector { return c.way[len(c.way)-1] }

// vectors lays out a batch; what is left over contradicts the schema.
func vectors(nodes []*node, r *records, old bool) ([]*vector, error) {
	l := &layout{r: r, old: old}
	var out []*vector
	for _, f := range nodes {
		v, err := l.vector(f, false)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, l.done()
}

// newBatch makes the columns of a batch that are read ready.
func (r *Reader) newBatch(rec *records, old bool, b *body) (*batch, error) {
	all, err := vectors(r.schema.nodes, rec, old)
	if err != nil {
		return nil, err
	}
	out := &batch{rows: rec.rows, body: b}
	var need []*vector
	for _, i := range r.selected {
		c := &column{name: r.paths[i].name()}
		among := all
		for _, f := range r.paths[i] {
			for _, v := range among {
				if v.field == f {
					c.way, among = append(c.way, v), v.children
					break
				}
			}
		}
		need = append(need, c.way[:len(c.way)-1]...)
		need = c.leaf().needed(need)
		out.columns = append(out.columns, c)
		out.width += 8 + c.leaf().field.typ.width()
	}
	room, err := r.open(need, b, rec.codec)
	if err != nil {
		return nil, err
	}
	if rec.rows > 8*room && rec.rows > 1<<20 {
		return nil, fmt.Errorf("%w: %d rows are claimed, the batch has bytes for at most %d", fault.ErrCorrupt, rec.rows, 8*room)
	}
	for _, c := range out.columns {
		for _, v := range c.way {
			if v.length != rec.rows {
				return nil, fmt.Errorf("%w: %d values of %q in a batch of %d rows", fault.ErrCorrupt, v.length, c.name, rec.rows)
			}
		}
	}
	for _, v := range need {
		if err := v.check(); err != nil {
			return nil, err
		}
		if v.places {
			if err := r.give(v); err != nil {
				return nil, err
			}
		}
		for _, b := range v.buffers {
			b.spare = &r.spare
		}
	}
	out.need = need
	return out, nil
}

// open gives vectors their buffers and returns how many bytes these have.
func (r *Reader) open(need []*vector, b *body, codec int) (room int64, err error) {
	var spans []span
	for _, v := range need {
		spans = append(spans, v.spans...)
	}
	var buffers []*buffer
	if codec == codecNone {
		for _, s := range spans {
			buffers = append(buffers, b.plain(s))
		}
	} else if buffers, err = b.expand(&r.expander, spans, codec, r.memory); err != nil {
		return 0, err
	}
	for _, b := range buffers {
		room += b.size
	}
	for _, v := range need {
		v.buffers, buffers = buffers[:len(v.spans):len(v.spans)], buffers[len(v.spans):]
	}
	return room, nil
}

// give hands a vector its dictionary.
func (r *Reader) give(v *vector) error {
	d := r.dicts[v.field.dict.id]
	switch {
	case d != nil:
		v.dict = d.Data()
	case v.length > v.nulls:
		return fmt.Errorf("%w: records before the dictionaries that they need", fault.ErrCorrupt)
	default:
		v.dict = array.NewData(v.field.valueType(), 0, emptyBuffers(v.field.valueType()), nil, 0, 0)
	}
	return nil
}

// emptyBuffers are those of an array without values.
func emptyBuffers(t arrow.DataType) []*memory.Buffer {
	out := make([]*memory.Buffer, len(t.Layout().Buffers))
	for i := 1; i < len(out); i++ {
		out[i] = memory.NewBufferBytes(make([]byte, 8))
	}
	return out
}

// next returns the next rows, at most most.
func (b *batch) next(most int, memory int64) ([]arrow.Array, error) {
	n := max(1, min(int64(most), b.rows-b.from, memory/max(1, b.width)))
	for _, c := range b.columns {
		rows, bytes, err := c.leaf().fit(b.from, n, memory/int64(len(b.columns)))
		if err != nil {
			return nil, &fault.At{Column: c.name, Offset: -1, Err: err}
		}
		if bytes > 4*memory {
			return nil, fault.Row(int(b.from)+1, c.name, "%w: a value of %d bytes; at most %d with the memory that is set", fault.ErrLimit, bytes, 4*memory)
		}
		n = rows
	}
	out := make([]arrow.Array, len(b.columns))
	for i, c := range b.columns {
		var mask []byte
		for _, v := range c.way[:len(c.way)-1] {
			var err error
			if mask, err = v.validity(b.from, n, mask); err != nil {
				return nil, err
			}
		}
		d, err := c.leaf().data(b.from, n, mask)
		if err != nil {
			return nil, &fault.At{Column: c.name, Offset: -1, Err: err}
		}
		out[i] = array.MakeFromData(d)
	}
	b.from += n
	return out, nil
}

// dictionary reads the values of a dictionary, which stay in memory.
func (r *Reader) dictionary(m *message, b *body, old bool) error {
	f := r.schema.dicts[m.id]
	if f == nil || !r.wanted[m.id] {
		return nil
	}
	l := &layout{r: &m.records, old: old}
	v, err := l.vector(f, true)
	if err == nil {
		err = l.done()
	}
	if err != nil {
		return err
	}
	need := v.needed(nil)
	if _, err := r.open(need, b, m.records.codec); err != nil {
		return err
	}
	for _, v := range need {
		if err := v.check(); err != nil {
			return err
		}
		if v.places {
			if err := r.give(v); err != nil {
				return err
			}
		}
	}
	if v.length != m.records.rows {
		return fmt.Errorf("%w: a dictionary of %d values, %d are announced", fault.ErrCorrupt, v.length, m.records.rows)
	}
	rows, bytes, err := v.fit(0, v.length, r.memory)
	if err != nil {
		return err
	}
	size := bytes + v.length*max(8, f.typ.width())
	if !m.delta {
		r.sizes[m.id] = 0
	}
	r.sizes[m.id] += size
	total := int64(0)
	for _, n := range r.sizes {
		total += n
	}
	if rows < v.length || total > r.memory {
		return fmt.Errorf("%w: dictionaries of more than %d bytes", fault.ErrLimit, r.memory)
	}
	d, err := v.data(0, v.length, nil)
	if err != nil {
		return err
	}
	now := array.MakeFromData(d)
	if old := r.dicts[m.id]; m.delta && old != nil {
		if now, err = array.Concatenate([]arrow.Array{old, now}, memory.DefaultAllocator); err != nil {
			return err
		}
	}
	r.dicts[m.id] = now
	return nil
}
