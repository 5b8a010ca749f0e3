package tensorfile

import (
	"math"
	"path/filepath"
	"testing"
)

// TestEveryHalf: each of the 65,536 numbers comes back, and numbers between two neighbours go to the nearer one, in the middle
// to the one whose last bit is 0.
func TestEveryHalf(t *testing.T) {
	for h := range 1 << 16 {
		v := fromHalf(uint16(h))
		if v != v {
			if back := fromHalf(toHalf(v)); back == back {
				t.Errorf("%04x: not a number became %g", h, back)
			}
			continue
		}
		if back := toHalf(v); back != uint16(h) {
			t.Fatalf("%04x is %g, which became %04x", h, v, back)
		}
		if h&0x7fff >= 0x7bff {
			continue // the largest finite one, and infinity
		}
		next := fromHalf(uint16(h + 1))
		middle := (float64(v) + float64(next)) / 2
		even := uint16(h + h&1)
		if got := toHalf(float32(middle)); got != even {
			t.Fatalf("the middle behind %04x became %04x, want %04x", h, got, even)
		}
		if got := toHalf(float32(middle + (float64(v)-middle)/8)); got != uint16(h) {
			t.Fatalf("a little nearer to %04x became %04x", h, got)
		}
	}
	for v, want := range map[float32]uint16{1: 0x3c00, -2: 0xc000, 65504: 0x7bff, 65520: 0x7c00, 0x1p-24: 1, 0x1p-26: 0, float32(math.Inf(-1)): 0xfc00} {
		if got := toHalf(v); got != want { // Wikipedia, Half-precision floating-point format
			t.Errorf("%g is %04x, want %04x", v, got, want)
		}
	}
}

func TestHalvesInAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m")
	want := []Tensor{{Name: "a", Shape: []int{3}, Data: []float32{1, -0.333251953125, 65504}, Half: true}, {Name: "b", Shape: []int{1}, Data: []float32{0.1}}}
	if err := Write(path, nil, want); err != nil {
		t.Fatal(err)
	}
	_, got, err := Read(path)
	if err != nil || len(got) != 2 || !got[0].Half || got[1].Half {
		t.Fatalf("%v, %v", got, err)
	}
	for i := range want {
		for k, v := range want[i].Data {
			if got[i].Data[k] != v {
				t.Errorf("%s[%d] is %v, want %v", want[i].Name, k, got[i].Data[k], v)
			}
		}
	}
}
