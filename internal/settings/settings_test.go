package settings

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
)

type inner struct {
	Queue int `json:"queue,omitempty"`
}

type sample struct {
	inner
	Rate float64 `json:"rate"`
	Fast bool    `json:"fast"`
	Last bool    `json:"last"`
	Name string  `json:"name"`
	Skip string  `json:"-"`
}

// twin is defined as another struct, and has its comments.
type twin inner

var source = fstest.MapFS{"a.go": {Data: []byte(`package p
type inner struct {
	// Queue is the number of keys;
	// 0 means all.
	Queue int
}
type twin inner
type sample struct {
	inner
	// Rate is a rate.
	Rate float64
	// Fast and Last are switches.
	Fast bool
	Last bool
}
`)}}

func TestFieldsHaveTheirComments(t *testing.T) {
	got, err := Of(sample{}, source)
	if err != nil {
		t.Fatal(err)
	}
	want := []Field{
		{"queue", "whole number", "Queue is the number of keys; 0 means all."}, {"rate", "number", "Rate is a rate."},
		{"fast", "true or false", "Fast and Last are switches."}, {"last", "true or false", "Fast and Last are switches."}, {"name", "text", ""},
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
	if got, err := Of(twin{}, source); err != nil || len(got) != 1 || got[0] != want[0] {
		t.Errorf("a type defined as another has %q, %v", got, err)
	}
	if _, err := Of(sample{}, fstest.MapFS{"a.go": {Data: []byte("no Go")}}); err == nil {
		t.Error("a source that is no Go was read")
	}
}

func TestDecodeIsStrict(t *testing.T) {
	var s sample
	if err := Decode([]byte(`{"rate": 2, "queue": 3}`), &s); err != nil || s.Rate != 2 || s.Queue != 3 {
		t.Errorf("got %+v, %v", s, err)
	}
	if err := Decode(nil, &s); err != nil {
		t.Error(err)
	}
	for text, want := range map[string]string{
		`{"rates": 2}`: `unknown field "rates"`, `{"rate": "x"}`: "rate is a string, want a number", `{"queue": 1.5}`: "queue is a number 1.5, want a whole number",
	} {
		if err := Decode([]byte(text), &s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

func TestWithin(t *testing.T) {
	if err := Within("depth", 3, 1, 3); err != nil {
		t.Error(err)
	}
	if err := Within("depth", 4, 1, 3); err == nil || err.Error() != "depth is 4, want 1 to 3" {
		t.Error(err)
	}
}
