package settings

import (
	"slices"
	"strings"
	"testing"
)

type inner struct {
	Queue int `json:"queue,omitempty"`
}

type sample struct {
	inner
	Rate float64        `json:"rate"`
	Fast bool           `json:"fast"`
	Name string         `json:"name"`
	Of   map[string]int `json:"of"`
	Skip string         `json:"-"`
}

// SettingDocs describes two of the settings, one of them of an embedded struct.
func (sample) SettingDocs() map[string]string {
	return map[string]string{"queue": "keys kept", "rate": "a rate"}
}

func TestFields(t *testing.T) {
	want := []Field{{"queue", "whole number", "keys kept"}, {"rate", "number", "a rate"}, {"fast", "true or false", ""},
		{"name", "text", ""}, {"of", "table", ""}}
	for _, v := range []any{sample{}, &sample{}} {
		if got := Of(v); !slices.Equal(got, want) {
			t.Errorf("%T: got %q\nwant %q", v, got, want)
		}
	}
	if got := Of(3); got != nil {
		t.Errorf("a number has the settings %q", got)
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
		`{"rates": 2}`: `unknown field "rates"; did you mean rate?`, `{"speed": 2}`: `unknown field "speed"; there are queue, rate, `, `{"rate": "x"}`: "rate is a string, want a number", `{"queue": 1.5}`: "queue is a number 1.5, want a whole number",
	} {
		if err := Decode([]byte(text), &s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

// TestNear: a slip has a likely name, and a name of one letter none.
func TestNear(t *testing.T) {
	known := []string{"temperature", "lr", "queue"}
	for name, want := range map[string]string{"temprature": "temperature", "temp": "temperature", "queeu": "queue", "x": "", "width": ""} {
		if got := Near(name, known); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
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
