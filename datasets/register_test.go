package datasets

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/series"
)

// bytesFormat reads files that begin with a magic word as a series of their other bytes.
func bytesFormat(magic string) Format {
	return Format{
		Name: "bytes-" + magic, Endings: []string{".byt"}, Doc: "bytes",
		Sniff: func(head []byte) bool { return bytes.HasPrefix(head, []byte(magic)) },
		Open: func(src *Source, o Options) (Reader, error) {
			all, err := io.ReadAll(src)
			if err != nil {
				return nil, err
			}
			if bytes.HasSuffix(all, []byte("!")) {
				return nil, errors.New("it shouts")
			}
			s := &series.Series{ID: src.Stem(), Values: [][]float64{{}}}
			for _, b := range all[len(magic):] {
				s.Values[0] = append(s.Values[0], float64(b))
			}
			if bytes.HasSuffix(all, []byte("?")) {
				s.Times = []int64{1}
			}
			return sliceCloser{series.FromSlice([]*series.Series{s})}, nil
		},
	}
}

type sliceCloser struct{ series.Reader }

func (sliceCloser) Close() error { return nil }

func TestRegister(t *testing.T) {
	defer func() { registered.all = nil }()
	if err := Register(bytesFormat("BYT")); err != nil {
		t.Fatal(err)
	}
	want := []*series.Series{{ID: "a", Values: [][]float64{{1, 2}}}}
	checkSame(t, mustRead(t, put(t, "a.byt", "BYT\x01\x02"), Options{}), want)
	checkSame(t, mustRead(t, put(t, "a.byt.gz", string(gzipped(t, []byte("BYT\x01\x02")))), Options{}), want)
	// The content tells, also against another format's ending; and a name can be asked for.
	checkSame(t, mustRead(t, put(t, "a.csv", "BYT\x01\x02"), Options{}), want)
	checkSame(t, mustRead(t, put(t, "a.txt", "3\n4\n"), Options{Format: "tsv"}), []*series.Series{{ID: "a", Values: [][]float64{{3, 4}}}})
	if f, ok := FormatOf("dir/x.BYT.zst"); !ok || f.Name != "bytes-BYT" || Formats()[0].Name != f.Name {
		t.Errorf("FormatOf: %v, %v", f, ok)
	}
	for content, want := range map[string]string{
		"BYTa!": "a.byt: it shouts",
		"BYTa?": "a.byt: series \"a\": 1 time stamps for 2 values",
		"none":  "a.byt: byte 0: not a format that wavekin reads: by its name it would be bytes-BYT, but it does not begin like that",
	} {
		var e *Error
		if _, err := readAll(put(t, "a.byt", content), Options{}); !errors.As(err, &e) || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", content, err, want)
		}
	}
	if _, err := readAll(put(t, "a.byt", "BYTx"), Options{Format: "nope"}); err == nil || !strings.Contains(err.Error(), `there is no format "nope"`) {
		t.Errorf("unknown format: %v", err)
	}
}

func TestRegisterRefuses(t *testing.T) {
	defer func() { registered.all = nil }()
	change := func(f func(*Format)) Format {
		out := bytesFormat("BYT")
		f(&out)
		return out
	}
	for want, f := range map[string]Format{
		`there is a format "csv" already`:          change(func(f *Format) { f.Name = "csv" }),
		`want a name without blanks`:               change(func(f *Format) { f.Name = "" }),
		`has no function Open`:                     change(func(f *Format) { f.Open = nil }),
		`ending "byt"; want one such as .dat`:      change(func(f *Format) { f.Endings = []string{"byt"} }),
		`ending ".gz"; want one such as .dat`:      change(func(f *Format) { f.Endings = []string{".gz"} }),
		`ending ".tar.byt"; want one such as .dat`: change(func(f *Format) { f.Endings = []string{".tar.byt"} }),
	} {
		if err := Register(f); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if len(registered.all) != 0 {
		t.Errorf("%d formats were added", len(registered.all))
	}
}
