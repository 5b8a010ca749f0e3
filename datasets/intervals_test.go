package datasets

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestReadIntervals(t *testing.T) {
	file := func(name, text string) string {
		p := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return p
	}
	in, ok, err := ReadIntervals(file("i.csv", "Host;Begin;Stop\nweb 1;0;3\nweb 2;7;7\n"), Options{})
	if err != nil || !ok || in.Dates || len(in.Rows) != 2 || in.Rows[0] != (Interval{"web 1", 0, 3, 2}) || in.Rows[1] != (Interval{"web 2", 7, 7, 3}) {
		t.Errorf("%+v, %v, %v", in, ok, err)
	}
	// UTF-16, a zone, nanoseconds.
	in, ok, err = ReadIntervals(file("i.csv", "\xff\xfe"+strings.Join(strings.Split("start,end\n2024-07-01 10:00,2024-07-01 10:00:00.000000001\n", ""), "\x00")+"\x00"), Options{TimeZone: "Europe/Berlin"})
	if err != nil || !ok || !in.Dates || in.Rows[0] != (Interval{"", 1719820800e9, 1719820800e9 + 1, 2}) {
		t.Errorf("%+v, %v, %v", in, ok, err)
	}
	for text, want := range map[string]string{
		"start,end,kind\n1,2,x\n":               `there is also "kind"; leave only`,
		"start,end\n3,2\n":                      `row 2, column "end": the interval ends before its start`,
		"start,end\n3,\n":                       `row 2, column "end": no time stamp and no position`,
		"start,end\n1,2\nabc,3\n":               `row 3, column "start": "abc"`,
		"start,end\n1,2\n3\n":                   "row 3: 1 cell, the header has 2",
		"start,end\n":                           "no interval below the header",
		"start,end\n03/04/2024,05/04/2024\n":    `row 2, column "start"`,
		"start,end\n\"1,2\n":                    "row 2",
		"from,to\n2024-01-01,2024-13-01\n":      `row 2, column "to"`,
		"series,start,end\na,2024-01-02,2024\n": `row 2, column "end"`,
	} {
		_, ok, err := ReadIntervals(file("i.csv", text), Options{})
		var where *Error
		if !ok || !errors.As(err, &where) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, %v, want %s", text, ok, err, want)
		}
	}
	for _, c := range []struct {
		path string
		o    Options
	}{{file("l.csv", "start,end,label\n1,2,0\n"), Options{}}, {file("t.csv", "time,v\n1,2\n"), Options{}}, {file("e.csv", ""), Options{}},
		{file("i.csv", "start,end\n1,2\n"), Options{Label: "end"}}, {file("a.tsv", "start\tend\n1\t2\n"), Options{}}, {Stdin, Options{}}} {
		if in, ok, err := ReadIntervals(c.path, c.o); ok || err != nil || in != nil {
			t.Errorf("%s: %v, %v, %v", c.path, in, ok, err)
		}
	}
	if _, _, err := ReadIntervals(filepath.Join(t.TempDir(), "none.csv"), Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

// TestLabelsOnly: a table of time stamps and labels is read for these, and refused where it is to be learnt from.
func TestLabelsOnly(t *testing.T) {
	p := filepath.Join(t.TempDir(), "l.csv")
	if err := os.WriteFile(p, []byte("time,is_anomaly\n0,0\n1,1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(p, Options{}); err == nil || !strings.Contains(err.Error(), "no column of numbers to be a channel") {
		t.Errorf("without the option: %v", err)
	}
	r, err := Open(p, Options{LabelsOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if s, err := r.Next(); err != nil || len(s.PointLabels) != 2 || s.PointLabels[1] != 1 || s.Len() != 2 {
		t.Errorf("%+v, %v", s, err)
	}
}
