package settings

import (
	"encoding/json"
	"math"
	"reflect"
	"testing"

	"github.com/BurntSushi/toml"
)

// TestLiteralsAreRead writes trees and reads them with a TOML library.
func TestLiteralsAreRead(t *testing.T) {
	for _, v := range []any{
		"", "a", `with "quotes" and \ and <html> & ü`, "two\nlines\x7f\t", true, 3, -7, 0.1, 1e-7, 3e20, 1e300, 2.0,
		[]float64{1, 0.5}, []string{}, map[string]any{"b": 1, "a": map[string]any{"x y": []any{"z"}}}, []map[string]any{{"prefix": "p", "rate": -1.5}},
	} {
		tree, err := Tree(v)
		if err != nil {
			t.Fatal(err)
		}
		text := "v = " + Literal(tree)
		var back map[string]any
		if _, err := toml.Decode(text, &back); err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		want, _ := json.Marshal(tree)
		got, _ := json.Marshal(back["v"])
		if string(want) != string(got) {
			t.Errorf("%s: read as %s, want %s", text, got, want)
		}
	}
	if tree, err := Tree(uint64(math.MaxUint64)); err != nil || Literal(tree) != `"18446744073709551615"` {
		t.Errorf("the largest whole number is %v, %v", tree, err)
	}
	if _, err := Tree(math.NaN()); err == nil {
		t.Error("NaN has a form")
	}
	if _, err := Tree(func() {}); err == nil {
		t.Error("a function has a form")
	}
	a, _ := Tree(map[string]any{"x": 1, "y": 2, "z": 3})
	b, _ := Tree(struct {
		Z int `json:"z"`
		Y int `json:"y"`
		X int `json:"x"`
	}{3, 2, 1})
	if !reflect.DeepEqual(a, b) || Literal(a) != "{x = 1, y = 2, z = 3}" || Literal(b) != Literal(a) {
		t.Errorf("%s and %s", Literal(a), Literal(b))
	}
}
