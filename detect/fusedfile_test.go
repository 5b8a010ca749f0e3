package detect

import (
	"encoding/json"
	"errors"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/internal/tensorfile"
	"github.com/wavekin/wavekin/series"
)

// whole is an encoder with a hash.
func whole() Part {
	return EncodingPart("own", Raw{Normalizer: &series.Normalizer{Mode: series.ModeNone}}, 24)
}

// TestFusedFile: by the file, scores are the same to the bit, of new and of normal series.
func TestFusedFile(t *testing.T) {
	r := rand.New(rand.NewPCG(27, 1))
	still := noise(r, "still", 400)
	for i := range still.Values[1] {
		still.Values[1][i] = 3 // a channel that never changes has no amplitude
	}
	normal, today := []*series.Series{still, noise(r, "short", 30)}, noise(r, "today", 300)
	f := fitFused(t, FusedConfig{Parts: append(DefaultParts(48), whole())}, normal...)
	path := filepath.Join(t.TempDir(), "normal.safetensors")
	if err := f.Save(path); err != nil {
		t.Fatal(err)
	}
	loaded, err := LoadFused(path, whole().Encoder)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []*series.Series{still, today} {
		want, got := fusedPoints(t, f, series.FromSlice([]*series.Series{s})), fusedPoints(t, loaded, series.FromSlice([]*series.Series{s}))
		if !slices.EqualFunc(got.Score, want.Score, same) || !slices.EqualFunc(got.P, want.P, same) || !slices.Equal(got.Part, want.Part) || !slices.Equal(got.Channel, want.Channel) {
			t.Errorf("%s has other scores by the file", s.ID)
		}
	}
	if loaded.Window() != f.Window() || loaded.Independent() != f.Independent() || !slices.Equal(loaded.Series(), []string{"still", "short"}) || !slices.Equal(loaded.Channels(), f.Channels()) {
		t.Error("the file has other settings")
	}
	other := Raw{Normalizer: &series.Normalizer{Mode: series.ModeWindow}}
	if _, err := LoadFused(path, other); !errors.Is(err, ErrOtherModel) {
		t.Errorf("another encoder: %v, want ErrOtherModel", err)
	}
	if _, err := Load(path, other); !errors.Is(err, ErrFused) {
		t.Errorf("read as the reference of a model: %v, want ErrFused", err)
	}
	bare, err := LoadFused(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range bare.Points(t.Context(), series.FromSlice([]*series.Series{today})) {
		if err == nil {
			t.Error("without its encoder it scores")
		}
	}
}

// TestFusedDamagedFile: whatever is changed, the file is refused or gives a detector that works, and nothing panics. The weights of
// the learnt network are kept as those of the kernels are, and are many, so that less is tried with them.
func TestFusedDamagedFile(t *testing.T) {
	parts := DefaultParts(16)
	learnt := slices.IndexFunc(parts, func(p Part) bool { return p.Look == Learnt })
	others := slices.Delete(slices.Clone(parts), learnt, learnt+1)
	t.Run("all others", func(t *testing.T) { damageFused(t, append(others, whole()), 400, 1) })
	t.Run("learnt", func(t *testing.T) { damageFused(t, parts[learnt:learnt+1], 100, 7) })
}

// damageFused changes the numbers of a file so many times, and every so many of its settings.
func damageFused(t *testing.T, parts []Part, times, every int) {
	r := rand.New(rand.NewPCG(28, 1))
	today := noise(r, "today", 60)
	f := fitFused(t, FusedConfig{Parts: parts, Most: 6}, noise(r, "normal", 60))
	path := filepath.Join(t.TempDir(), "normal.safetensors")
	if err := f.Save(path); err != nil {
		t.Fatal(err)
	}
	meta, tensors, err := tensorfile.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := decodeFused(map[string]string{"reference": FusedFormat, "settings": meta["settings"]}, tensors, nil); !errors.Is(err, tensorfile.ErrDamaged) {
		t.Errorf("without a checksum: %v", err)
	}
	refused, tried := 0, 0
	check := func(meta map[string]string, tensors []tensorfile.Tensor) {
		tried++
		loaded, err := decodeFused(meta, tensors, []Encoder{whole().Encoder})
		if err != nil {
			refused++
			return
		}
		for _, err := range loaded.Points(t.Context(), series.FromSlice([]*series.Series{today})) {
			if err != nil {
				break
			}
		}
	}
	for range times {
		changed := slices.Clone(tensors)
		one := &changed[r.IntN(len(changed))]
		if len(one.Data) == 0 {
			continue
		}
		one.Data = slices.Clone(one.Data)
		switch at := r.IntN(len(one.Data)); r.IntN(3) {
		case 0:
			one.Data[at] = float32(r.IntN(1<<20) - 1<<19)
		case 1:
			one.Data[at] = float32(math.Inf(1 - 2*r.IntN(2)))
		default:
			one.Data = one.Data[:at]
		}
		check(meta, changed)
	}
	// Digits of the settings, one at a time; a text that is no longer JSON is refused.
	text := meta["settings"]
	for at := 0; at < len(text); at += every {
		for _, c := range []byte("-90]") {
			if text[at] >= '0' && text[at] <= '9' || text[at] == ',' {
				changed := maps.Clone(meta)
				changed["settings"] = text[:at] + string(c) + text[at+1:]
				check(changed, tensors)
			}
		}
	}
	if refused < tried/4 {
		t.Errorf("%d of %d damaged files are refused", refused, tried)
	}
}

// TestFusedFileIsAsItsPageSays holds the keys of the settings to docs/file-formats.md.
func TestFusedFileIsAsItsPageSays(t *testing.T) {
	page, err := os.ReadFile("../docs/file-formats.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "### Of combined comparisons")
	section, _, _ = strings.Cut(section, "\n## ")
	for _, v := range []any{fusedFile{}, branchFile{Among: []int{1}, Normalizer: &series.Normalizer{}, Kernels: []byte("{}")}, Part{Each: true, Varied: true}} {
		one, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		var keys map[string]any
		if err := json.Unmarshal(one, &keys); err != nil {
			t.Fatal(err)
		}
		for k := range keys {
			if !strings.Contains(section, "`"+k+"`") {
				t.Errorf("%T: the page does not name the key `%s`", v, k)
			}
		}
	}
	if !strings.Contains(section, `"`+FusedFormat+`"`) {
		t.Error("the page names another format")
	}
}
