package datasets

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/wavekin/wavekin/internal/plural"
	"github.com/wavekin/wavekin/series"
)

var npyMagic = []byte("\x93NUMPY")

// maxNPYSeries bounds a series, or a whole array in Fortran order, that has to be in memory: 2^28 values are 1 GiB.
const maxNPYSeries = 1 << 28

func isNPY(head []byte) bool { return bytes.HasPrefix(head, npyMagic) }

// npyArray is a .npy file: [time], [time, channel] or [series, channel, time].
type npyArray struct {
	src     *source
	size    int // bytes of a value
	value   func(b []byte) float64
	fortran bool
	long    bool // whole numbers of 64 bits
	shape   []int
	names   []string
	at      int   // rows or series that were read
	offset  int64 // bytes that were read
	chunk   int
	whole   []float64 // an array in Fortran order
	end     error
}

// openNPY reads NumPy's array format, versions 1 to 3.
func openNPY(src *source, o *Options) (Reader, error) {
	a := &npyArray{src: src, chunk: o.ChunkRows}
	if err := a.header(); err != nil {
		return nil, err
	}
	channels := 1
	switch len(a.shape) {
	case 2:
		channels = a.shape[1]
	case 3:
		channels = a.shape[1]
	}
	// A channel without values would cost memory and no bytes of the file.
	if channels > maxArrowFields {
		return nil, byteError(src.path, 0, "%w: %d channels; at most %d", ErrLimit, channels, maxArrowFields)
	}
	// A long axis of channels beside a short one of time is likely the other way around.
	if n := len(a.shape); n > 1 && channels >= 2*a.shape[len(a.shape)-1] && n == 3 || n == 2 && channels >= 16 && channels > 2*a.shape[0] {
		src.reading.warn("%s", a.turned())
	}
	a.names = channelNames(&series.Series{Values: make([][]float64, channels)})
	return a, nil
}

// turned says how an array is read whose axes may be in another order.
func (a *npyArray) turned() string {
	if len(a.shape) == 3 {
		return fmt.Sprintf("shape (%d, %d, %d) is read as %s of %s and %s; if the last axis are channels, exchange the last two", a.shape[0], a.shape[1], a.shape[2],
			plural.Of(a.shape[0], "series"), plural.Of(a.shape[1], "channel"), plural.Of(a.shape[2], "time stamp"))
	}
	return fmt.Sprintf("shape (%d, %d) is read as %s of %s; if rows are series, make it (%[1]d, 1, %[2]d), if they are channels, transpose it", a.shape[0], a.shape[1],
		plural.Of(a.shape[0], "time stamp"), plural.Of(a.shape[1], "channel"))
}

func (a *npyArray) sets() bool { return len(a.shape) == 3 }

func (a *npyArray) Close() error { return a.src.Close() }

var (
	npyDescr   = regexp.MustCompile(`'descr':\s*'([<>|=]?)([a-zA-Z?])(\d*)'`)
	npyFortran = regexp.MustCompile(`'fortran_order':\s*(True|False)`)
	npyShape   = regexp.MustCompile(`'shape':\s*\(([0-9, ]*)\)`)
)

func (a *npyArray) header() error {
	fixed := make([]byte, 8)
	if err := a.fill(fixed); err != nil {
		return err
	}
	width := 2
	if fixed[6] >= 2 {
		width = 4
	}
	size := make([]byte, 4)
	if err := a.fill(size[:width]); err != nil {
		return err
	}
	n := binary.LittleEndian.Uint32(size)
	if fixed[6] < 1 || fixed[6] > 3 || n > 1<<16 {
		return byteError(a.src.path, 6, "%w: version %d with a header of %d bytes", ErrFormat, fixed[6], n)
	}
	text := make([]byte, n)
	if err := a.fill(text); err != nil {
		return err
	}
	bad := func(format string, args ...any) error { return byteError(a.src.path, int64(8+width), format, args...) }
	descr, order, shape := npyDescr.FindSubmatch(text), npyFortran.FindSubmatch(text), npyShape.FindSubmatch(text)
	if descr == nil || order == nil || shape == nil {
		return bad("%w: the header gives no plain type, order and shape: %s", ErrFormat, quoted(strings.TrimSpace(string(text))))
	}
	a.fortran = string(order[1]) == "True"
	if !a.setType(string(descr[1]), string(descr[2])+string(descr[3])) {
		return bad("%w: values of type %s; want f2, f4, f8, i1, i2, i4, i8, u1, u2, u4, u8 or b1", ErrFormat, quoted(string(descr[2])+string(descr[3])))
	}
	total := int64(1)
	for part := range strings.SplitSeq(string(shape[1]), ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		v, err := strconv.ParseInt(part, 10, 64)
		if err != nil || v > 0 && total > math.MaxInt64/int64(a.size)/v {
			return bad("%w: shape (%s)", ErrLimit, shape[1])
		}
		total *= v
		a.shape = append(a.shape, int(v))
	}
	if len(a.shape) < 1 || len(a.shape) > 3 {
		return bad("%w: shape (%s); want [time], [time, channel] or [series, channel, time]", ErrFormat, shape[1])
	}
	if total == 0 {
		return bad("shape (%s) holds no values", shape[1])
	}
	need := total * int64(a.size)
	if a.src.size >= 0 && need > a.src.size-a.offset {
		return byteError(a.src.path, a.src.size, "%w: shape (%s) takes %d bytes, the file has %d", ErrTruncated, shape[1], need, a.src.size-a.offset)
	}
	perSeries := total
	if len(a.shape) == 3 && !a.fortran {
		perSeries = total / int64(a.shape[0])
	}
	if (len(a.shape) == 3 || a.fortran && len(a.shape) > 1) && perSeries > maxNPYSeries {
		return bad("%w: %d values at once; at most %d", ErrLimit, perSeries, maxNPYSeries)
	}
	return nil
}

// setType chooses how bytes become a number.
func (a *npyArray) setType(order, name string) bool {
	var e binary.ByteOrder = binary.LittleEndian
	if order == ">" {
		e = binary.BigEndian
	}
	a.long = name == "i8" || name == "u8"
	switch name {
	case "f2":
		a.size, a.value = 2, func(b []byte) float64 { return half(e.Uint16(b)) }
	case "f4":
		a.size, a.value = 4, func(b []byte) float64 { return float64(math.Float32frombits(e.Uint32(b))) }
	case "f8":
		a.size, a.value = 8, func(b []byte) float64 { return math.Float64frombits(e.Uint64(b)) }
	case "i1":
		a.size, a.value = 1, func(b []byte) float64 { return float64(int8(b[0])) }
	case "i2":
		a.size, a.value = 2, func(b []byte) float64 { return float64(int16(e.Uint16(b))) }
	case "i4":
		a.size, a.value = 4, func(b []byte) float64 { return float64(int32(e.Uint32(b))) }
	case "i8":
		a.size, a.value = 8, func(b []byte) float64 { return float64(int64(e.Uint64(b))) }
	case "u1", "b1", "?":
		a.size, a.value = 1, func(b []byte) float64 { return float64(b[0]) }
	case "u2":
		a.size, a.value = 2, func(b []byte) float64 { return float64(e.Uint16(b)) }
	case "u4":
		a.size, a.value = 4, func(b []byte) float64 { return float64(e.Uint32(b)) }
	case "u8":
		a.size, a.value = 8, func(b []byte) float64 { return float64(e.Uint64(b)) }
	default:
		return false
	}
	return true
}

// half widens an IEEE 754 binary16.
func half(v uint16) float64 {
	exponent, fraction := int(v>>10&31), float64(v&1023)
	out := 0.0
	switch exponent {
	case 31:
		if out = math.Inf(1); fraction != 0 {
			return math.NaN()
		}
	case 0:
		out = math.Ldexp(fraction, -24)
	default:
		out = math.Ldexp(1024+fraction, exponent-25)
	}
	if v>>15 != 0 {
		return -out
	}
	return out
}

func (a *npyArray) fill(b []byte) error {
	n, err := io.ReadFull(a.src.r, b)
	a.offset += int64(n)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return byteError(a.src.path, a.offset, "%w: %d more bytes are announced", ErrTruncated, len(b)-n)
	}
	if err != nil {
		return byteError(a.src.path, a.offset, "%w", err)
	}
	return nil
}

// read appends n values; memory grows with what arrives, not with n.
func (a *npyArray) read(n int) ([]float64, error) {
	const piece = 1 << 16
	out := make([]float64, 0, min(n, piece))
	buf := make([]byte, min(n, piece)*a.size)
	for len(out) < n {
		part := buf[:min(n-len(out), piece)*a.size]
		start := a.offset
		if err := a.fill(part); err != nil {
			return nil, err
		}
		for i := 0; i < len(part); i += a.size {
			v, err := inRange(a.value(part[i:]))
			if err != nil {
				return nil, byteError(a.src.path, start+int64(i), "%w", err)
			}
			out = append(out, v)
		}
	}
	return out, nil
}

func (a *npyArray) Next() (*series.Series, error) {
	if a.end == nil && a.at == a.shape[0] {
		a.end = a.nothingBehind()
	}
	if a.end != nil {
		return nil, a.end
	}
	s, err := a.next()
	a.end = err
	return s, err
}

// nothingBehind is io.EOF where the content ends with the array.
func (a *npyArray) nothingBehind() error {
	_, err := a.src.r.ReadByte()
	switch {
	case errors.Is(err, io.EOF):
		return io.EOF
	case err != nil:
		return byteError(a.src.path, a.offset, "%w", err)
	}
	return byteError(a.src.path, a.offset, "%w: more follows the array of its header; save each array to a file of its own", ErrCorrupt)
}

func (a *npyArray) next() (*series.Series, error) {
	s := &series.Series{ID: a.src.stem(), Channels: a.names, Values: make([][]float64, len(a.names)), Start: a.at}
	channels, rows := len(a.names), min(max(1, a.chunk/len(a.names)), a.shape[0]-a.at)
	if len(a.shape) == 3 {
		s.ID, s.Start, rows = fmt.Sprintf("%s/%d", s.ID, a.at), 0, a.shape[2]
	}
	// stride of channel and time within values
	perChannel, perTime, base := 1, channels, 0
	if len(a.shape) == 3 {
		perChannel, perTime = rows, 1
	}
	var values []float64
	var err error
	if a.fortran && len(a.shape) > 1 {
		if a.whole == nil {
			total := 1
			for _, n := range a.shape {
				total *= n
			}
			if a.whole, err = a.read(total); err != nil {
				return nil, err
			}
		}
		values, base = a.whole, a.at
		perChannel, perTime = a.shape[0], 1
		if len(a.shape) == 3 {
			perTime = a.shape[0] * a.shape[1]
		}
	} else if values, err = a.read(rows * channels); err != nil {
		return nil, err
	}
	for c := range s.Values {
		v := make([]float64, rows)
		for t := range v {
			v[t] = values[base+c*perChannel+t*perTime]
		}
		if a.long {
			a.src.reading.tellRounded(a.names[c], v)
		}
		s.Values[c] = v
	}
	if len(a.shape) == 3 {
		a.at++
	} else {
		a.at += rows
	}
	return s, nil
}
