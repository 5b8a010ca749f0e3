package digits_test

import (
	"crypto/sha256"
	"fmt"
	"testing"

	"github.com/wavekin/wavekin/datasets/digits"
	"github.com/wavekin/wavekin/raster"
)

func ExampleLoad() {
	train, test, err := digits.Load()
	if err != nil {
		fmt.Println(err)
		return
	}
	var m raster.Image
	if err := test.Read(0, &m); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(train.Len(), test.Len(), m.Height, m.Width, test.Label(0))
	// Output: 1297 500 8 8 0
}

// The counts are those that the set's own description gives for its 1,797 images (scikit-learn 1.9.1, load_digits).
func TestCounts(t *testing.T) {
	train, test, err := digits.Load()
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	sum := sha256.New()
	var m raster.Image
	for _, s := range []*digits.Set{train, test} {
		for i := range s.Len() {
			count[s.Label(i)]++
			if err := s.Read(i, &m); err != nil {
				t.Fatal(err)
			}
			sum.Write([]byte(s.Label(i)))
			for _, v := range m.Pix {
				sum.Write([]byte{byte((int(v)*16 + 254) / 255)})
			}
		}
	}
	for i, want := range []int{178, 182, 177, 183, 181, 182, 181, 179, 174, 180} {
		if got := count[fmt.Sprint(i)]; got != want {
			t.Errorf("%d images of a %d, want %d", got, i, want)
		}
	}
	// Of load_digits' labels as text and pixels, image after image.
	const want = "2c0cbf07b2d8d47ad4ca686cfceb518c90d238d5a736300df3fe9e62a5a29e3c"
	if got := fmt.Sprintf("%x", sum.Sum(nil)); got != want {
		t.Errorf("checksum %s, want %s", got, want)
	}
	if err := train.Read(train.Len(), &m); err == nil {
		t.Error("an image beyond the last was read")
	}
}
