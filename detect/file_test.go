package detect

import (
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/wavekin/wavekin/internal/tensorfile"
	"github.com/wavekin/wavekin/knn"
	"github.com/wavekin/wavekin/series"
)

func TestFile(t *testing.T) {
	r := rand.New(rand.NewPCG(10, 10))
	normal, today := noise(r, "normal", 700), noise(r, "today", 300)
	d := fit(t, Config{Window: 32, Metric: knn.Euclidean}, normal)
	path := filepath.Join(t.TempDir(), "normal.safetensors")
	if err := d.Save(path); err != nil {
		t.Fatal(err)
	}
	loaded, err := Load(path, plain)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []*series.Series{normal, today} {
		want, got := pointsOf(t, d, series.FromSlice([]*series.Series{s})), pointsOf(t, loaded, series.FromSlice([]*series.Series{s}))
		if !slices.Equal(got.Score, want.Score) || !slices.Equal(got.P, want.P) {
			t.Errorf("%s has other scores by the file", s.ID)
		}
	}
	if loaded.Config() != d.Config() || loaded.independent != d.independent || !reflect.DeepEqual(loaded.Series(), d.Series()) {
		t.Error("the file has other settings")
	}
	other := Raw{Normalizer: &series.Normalizer{Mode: series.ModeWindow}}
	if _, err := Load(path, other); !errors.Is(err, ErrOtherModel) {
		t.Errorf("another encoder: %v, want ErrOtherModel", err)
	}
}

// TestDamagedFile: whatever is changed, the file is refused or gives a detector that works, and nothing panics.
func TestDamagedFile(t *testing.T) {
	d := fit(t, Config{Window: 4, Metric: knn.Euclidean}, levels("n", 1, 2, 1, 3, 1, 2, 1, 4, 1, 2, 1, 3))
	path := filepath.Join(t.TempDir(), "normal.safetensors")
	if err := d.Save(path); err != nil {
		t.Fatal(err)
	}
	meta, tensors, err := tensorfile.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(11, 11))
	refused := 0
	for range 400 {
		var changed []tensorfile.Tensor
		for _, one := range tensors {
			one.Data = slices.Clone(one.Data)
			changed = append(changed, one)
		}
		one := &changed[r.IntN(len(changed))]
		if len(one.Data) == 0 {
			continue
		}
		switch at := r.IntN(len(one.Data)); r.IntN(3) {
		case 0:
			one.Data[at] = float32(r.IntN(1<<20) - 1<<19)
		case 1:
			one.Data[at] = float32(math.Inf(1 - 2*r.IntN(2)))
		default:
			one.Data, one.Shape = one.Data[:at], []int{at}
		}
		if err := tensorfile.Write(path, meta, changed); err != nil {
			t.Fatal(err)
		}
		loaded, err := Load(path, plain)
		if err != nil {
			refused++
			continue
		}
		for _, err := range loaded.Points(t.Context(), series.FromSlice([]*series.Series{levels("a", 1, 2, 3, 4, 5)})) {
			if err != nil {
				break
			}
		}
	}
	if refused < 200 {
		t.Errorf("only %d of 400 damaged files are refused", refused)
	}
	for _, text := range []string{`{}`, `{"config":{"window":0}}`, `[`} {
		meta["settings"] = text
		if err := tensorfile.Write(path, meta, tensors); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(path, plain); err == nil {
			t.Errorf("settings %s are taken", text)
		}
	}
	if err := os.WriteFile(path, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	var fe *FileError
	if _, err := Load(path, plain); !errors.As(err, &fe) {
		t.Errorf("another file: %v", err)
	}
}

func TestPack(t *testing.T) {
	want := []int{0, 1, 65535, 65536, 1<<40 + 12345, 1<<62 + 7}
	if got := unpack(pack(want)); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for _, bad := range [][]float32{{0.5, 0, 0, 0}, {-1, 0, 0, 0}, {65536, 0, 0, 0}, {0, 0, 0, 40000}} {
		if got := unpack(bad); got[0] != -1 {
			t.Errorf("%v is read as %v", bad, got)
		}
	}
}
