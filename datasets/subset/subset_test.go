package subset

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/series"
)

func TestFirst(t *testing.T) {
	all := []*series.Series{{ID: "a", Values: [][]float64{{1, 2, 3, 4, 5}}, PointLabels: []float64{0, 0, 1, 1, 1}}, {ID: "b", Values: [][]float64{{1}}}}
	part := First(all, 0.5)
	if len(part) != 2 || part[0].Len() != 2 || len(part[0].PointLabels) != 2 || part[1].Len() != 0 {
		t.Errorf("%+v", part)
	}
	if whole := First(all, 1); whole[0] != all[0] {
		t.Error("all of it is a copy")
	}
}

func TestEvenly(t *testing.T) {
	for _, c := range []struct {
		n, most int
		want    string
	}{{10, 3, "[0 3 6]"}, {10, 5, "[0 2 4 6 8]"}, {3, 0, "[0 1 2]"}, {3, 9, "[0 1 2]"}, {0, 3, "[]"}} {
		if got := fmt.Sprint(Evenly(c.n, c.most)); got != c.want {
			t.Errorf("%d of %d: %s, want %s", c.most, c.n, got, c.want)
		}
	}
}

func TestPerClass(t *testing.T) {
	labels := strings.Split("a,a,b,,a,a,c,b,a,a,a,a,a", ",") // 9 a, 2 b, 1 c, one without
	few, err := PerClass(labels, 0.3, 7)
	if err != nil || !slices.IsSorted(few) {
		t.Fatal(few, err)
	}
	count := map[string]int{}
	for _, i := range few {
		count[labels[i]]++
	}
	if fmt.Sprint(count) != "map[a:3 b:1 c:1]" {
		t.Errorf("%v of each class", count)
	}
	again, _ := PerClass(labels, 0.3, 7)
	if !slices.Equal(few, again) {
		t.Error("the same seed draws others")
	}
	differs := false
	for seed := range uint64(10) {
		other, _ := PerClass(labels, 0.3, seed)
		differs = differs || !slices.Equal(few, other)
	}
	if !differs {
		t.Error("every seed draws the same")
	}
	if all, err := PerClass(labels, 1, 0); err != nil || len(all) != 12 {
		t.Errorf("all of it: %v, %v", all, err)
	}
	for _, share := range []float64{0, -1, 1.1} {
		if _, err := PerClass(labels, share, 0); err == nil {
			t.Errorf("a share of %g is taken", share)
		}
	}
}

func ExamplePerClass() {
	few, err := PerClass([]string{"walk", "run", "walk", "walk", "", "walk"}, 0.5, 1)
	fmt.Println(few, err)
	// Output: [1 2 5] <nil>
}
