package onnx

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// The types of elements, as onnx.proto numbers them (TensorProto.DataType).
const (
	typeFloat  = 1
	typeInt64  = 7
	typeBool   = 9
	typeDouble = 11
)

// message is a protocol buffer under construction.
type message []byte

func (m *message) varint(field int, v int64) {
	*m = protowire.AppendVarint(protowire.AppendTag(*m, protowire.Number(field), protowire.VarintType), uint64(v))
}

func (m *message) text(field int, s string) {
	*m = protowire.AppendString(protowire.AppendTag(*m, protowire.Number(field), protowire.BytesType), s)
}

func (m *message) bytes(field int, b []byte) {
	*m = protowire.AppendBytes(protowire.AppendTag(*m, protowire.Number(field), protowire.BytesType), b)
}

// attribute is an AttributeProto; value is a float32, an int, a string or an []int64.
type attribute struct {
	name  string
	value any
}

func (a attribute) encode() message {
	var m message
	m.text(1, a.name)
	switch v := a.value.(type) {
	case float32:
		m = protowire.AppendFixed32(protowire.AppendTag(m, 2, protowire.Fixed32Type), math.Float32bits(v))
		m.varint(20, 1)
	case int:
		m.varint(3, int64(v))
		m.varint(20, 2)
	case string:
		m.text(4, v)
		m.varint(20, 3)
	case []int64:
		for _, i := range v {
			m.varint(8, i)
		}
		m.varint(20, 7)
	}
	return m
}

// node is a NodeProto.
func node(kind, name string, in []string, out string, attrs []attribute) message {
	var m message
	for _, s := range in {
		m.text(1, s)
	}
	m.text(2, out)
	m.text(3, name)
	m.text(4, kind)
	for _, a := range attrs {
		m.bytes(5, a.encode())
	}
	return m
}

// tensor is a TensorProto, an initialiser: values of float32, float64 or int64.
type tensor struct {
	name   string
	shape  []int
	floats []float32
	raw    []byte // of the other types
	kind   int64
}

// head is the message up to the bytes of the values, whose number it holds.
func (t *tensor) head() message {
	var m message
	for _, d := range t.shape {
		m.varint(1, int64(d))
	}
	m.varint(2, t.kind)
	m.text(8, t.name)
	m = protowire.AppendVarint(protowire.AppendTag(m, 9, protowire.BytesType), uint64(t.size()))
	return m
}

// size is how many bytes the values take.
func (t *tensor) size() int { return len(t.raw) + 4*len(t.floats) }

func (t *tensor) write(w *bufio.Writer) error {
	if _, err := w.Write(t.raw); err != nil {
		return err
	}
	var b [4]byte
	for _, v := range t.floats {
		binary.LittleEndian.PutUint32(b[:], math.Float32bits(v))
		if _, err := w.Write(b[:]); err != nil {
			return err
		}
	}
	return nil
}

// port is a ValueInfoProto, an input or an output; a dimension is an int or the name of one that is free.
func port(name string, kind int64, dims ...any) message {
	var shape message
	for _, d := range dims {
		var dim message
		switch v := d.(type) {
		case int:
			dim.varint(1, int64(v))
		case string:
			dim.text(2, v)
		}
		shape.bytes(1, dim)
	}
	var tensorType, kindOf, m message
	tensorType.varint(1, kind)
	tensorType.bytes(2, shape)
	kindOf.bytes(1, tensorType)
	m.text(1, name)
	m.bytes(2, kindOf)
	return m
}

// file is a ModelProto.
type file struct {
	producer, version string
	doc               string
	metadata          [][2]string
	input, output     message
	nodes             []message
	tensors           []tensor
}

// The versions that the file asks for: those of ONNX 1.12, which runtimes since 2022 have.
const (
	irVersion    = 8
	opsetVersion = 17
)

// largest is how long a protocol buffer may be.
const largest = math.MaxInt32

// write returns the number of bytes.
func (f *file) write(to io.Writer) (int64, error) {
	var head, tail, graph message
	head.varint(1, irVersion)
	head.text(2, f.producer)
	head.text(3, f.version)
	head.text(6, f.doc)
	var opset message
	opset.text(1, "")
	opset.varint(2, opsetVersion)
	tail.bytes(8, opset)
	for _, kv := range f.metadata {
		var m message
		m.text(1, kv[0])
		m.text(2, kv[1])
		tail.bytes(14, m)
	}
	for _, n := range f.nodes {
		graph.bytes(1, n)
	}
	graph.text(2, "wavekin")
	graph.bytes(11, f.input)
	graph.bytes(12, f.output)
	heads := make([]message, len(f.tensors))
	size := int64(len(graph))
	for i := range f.tensors {
		t := &f.tensors[i]
		own := t.head()
		heads[i] = protowire.AppendVarint(protowire.AppendTag(nil, 5, protowire.BytesType), uint64(len(own)+t.size()))
		heads[i] = append(heads[i], own...)
		size += int64(len(heads[i]) + t.size())
	}
	head = protowire.AppendVarint(protowire.AppendTag(head, 7, protowire.BytesType), uint64(size))
	total := int64(len(head)+len(tail)) + size
	if total > largest {
		return 0, fmt.Errorf("the model would take %d bytes as ONNX, a protocol buffer has at most %d", total, largest)
	}
	w := bufio.NewWriterSize(to, 1<<16)
	w.Write(head) // a writer with a buffer keeps the first error for Flush
	w.Write(graph)
	for i := range f.tensors {
		w.Write(heads[i])
		if err := f.tensors[i].write(w); err != nil {
			return 0, err
		}
	}
	w.Write(tail)
	return total, w.Flush()
}
