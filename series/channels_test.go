package series

import (
	"errors"
	"reflect"
	"testing"
)

func TestPick(t *testing.T) {
	three := &Series{ID: "s", Channels: []string{"a", "b", "c"}, Values: [][]float64{{1}, {2}, {3}}}
	unnamed := &Series{ID: "u", Values: [][]float64{{1}, {2}}}
	one := &Series{ID: "o", Channels: []string{"v"}, Values: [][]float64{{1}}}
	twice := &Series{ID: "t", Channels: []string{"a", "a", "b"}, Values: [][]float64{{1}, {2}, {3}}}
	for _, c := range []struct {
		s     *Series
		names []string
		want  [][]float64 // nil: an error
		text  string
	}{
		{three, nil, three.Values, ""},
		{three, []string{"a", "b", "c"}, three.Values, ""},
		{three, []string{"c", "a"}, [][]float64{{3}, {1}}, ""},
		{three, []string{"c", "x", "y"}, nil, `series "s" has no channel x, y among a, b, c`},
		{three, []string{"x"}, nil, `series "s" has no channel x among a, b, c`},
		{unnamed, []string{"a", "b"}, unnamed.Values, ""},
		{unnamed, []string{"a"}, nil, `series "u" has 2 channels, want 1 channel (a)`},
		{one, []string{"other"}, one.Values, ""},
		{one, []string{"v", "w"}, nil, `series "o" has no channel w among v`},
		{twice, []string{"b", "a"}, nil, `series "t" has no channel a among a, a, b`},
		{twice, []string{"b"}, [][]float64{{3}}, ""},
	} {
		got, err := c.s.Pick(c.names)
		w := c.s.window(0, 1)
		gotWindow, windowErr := w.Pick(c.names)
		if c.want == nil {
			var ce *ChannelError
			if !errors.As(err, &ce) || err.Error() != c.text || windowErr == nil || windowErr.Error() != c.text {
				t.Errorf("%s, %v: %v and %v, want %s", c.s.ID, c.names, err, windowErr, c.text)
			}
			continue
		}
		if err != nil || windowErr != nil || !reflect.DeepEqual(got.Values, c.want) || !reflect.DeepEqual(gotWindow.Values, c.want) {
			t.Errorf("%s, %v: %v (%v) and %v (%v), want %v", c.s.ID, c.names, got, err, gotWindow, windowErr, c.want)
		}
		if !reflect.DeepEqual(c.want, c.s.Values) && !reflect.DeepEqual(got.Channels, c.names) {
			t.Errorf("%s, %v: channels are named %v", c.s.ID, c.names, got.Channels)
		}
	}
}
