package tensorfile

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestEveryBitCounts flips each bit of a file, and cuts it at each byte. What is still read has lost its checksum, which the
// format of the file tells: that entry must then be as it was.
func TestEveryBitCounts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m")
	if err := Write(path, map[string]string{"format": "3"}, []Tensor{{Name: "a", Shape: []int{2}, Data: []float32{1, -2}}, {Name: "b", Shape: []int{1}, Data: []float32{3}}}); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lost := 0
	for bit := range 8 * len(good) {
		b := bytes.Clone(good)
		b[bit/8] ^= 1 << (bit % 8)
		meta, _, err := Decode(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			var fe *Error
			if !errors.As(err, &fe) || strings.Contains(err.Error(), "\n") {
				t.Errorf("bit %d: %v", bit, err)
			}
			continue
		}
		if lost++; meta[ChecksumKey] != "" || meta["format"] != "3" {
			t.Errorf("bit %d of byte %d (%q) is not noticed: %v", bit%8, bit/8, good[bit/8], meta)
		}
	}
	if lost > 8*len(ChecksumKey) {
		t.Errorf("%d flips lose the checksum", lost)
	}
	for n := range good {
		if _, _, err := Decode(bytes.NewReader(good[:n]), int64(n)); err == nil {
			t.Errorf("cut after %d bytes, and not noticed", n)
		}
	}
	flipped := bytes.Clone(good)
	flipped[len(flipped)-2] ^= 64
	if err := os.WriteFile(path, flipped, 0o644); err != nil {
		t.Fatal(err)
	}
	want := path + ": damaged: its content does not fit its checksum; take another copy of the file, or make it anew"
	if _, _, err := Read(path); err == nil || err.Error() != want || !errors.Is(err, ErrDamaged) {
		t.Errorf("%v, want %s", err, want)
	}
}

// TestChecksumIsOfTheFile computes the checksum as its comment says.
func TestChecksumIsOfTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m")
	if err := Write(path, nil, []Tensor{{Name: "a", Shape: []int{1}, Data: []float32{1}}}); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := regexp.MustCompile(`"checksum":"sha256:([0-9a-f]{64})"`).FindSubmatchIndex(b)
	if at == nil {
		t.Fatalf("no checksum in %q", b)
	}
	stated := string(b[at[2]:at[3]])
	copy(b[at[2]:], strings.Repeat("0", 64))
	if sum := sha256.Sum256(b); hex.EncodeToString(sum[:]) != stated {
		t.Errorf("%s, want %x", stated, sum)
	}
}
