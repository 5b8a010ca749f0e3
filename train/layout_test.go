package train

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/model"
)

// specified reads a model file or a checkpoint as docs/file-formats.md describes it, with nothing of this project.
type specified struct {
	meta    map[string]string
	names   []string // in the order of their bytes
	tensors map[string][]float32
}

func bySpecification(t *testing.T, path string) specified {
	t.Helper()
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	n := binary.LittleEndian.Uint64(file)
	var header map[string]json.RawMessage
	s := specified{tensors: map[string][]float32{}}
	if err := json.Unmarshal(file[8:8+n], &header); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(header["__metadata__"], &s.meta); err != nil {
		t.Fatal(err)
	}
	delete(header, "__metadata__")
	if sum, ok := strings.CutPrefix(s.meta["checksum"], "sha256:"); ok {
		zeroed := bytes.Replace(file, []byte(sum), bytes.Repeat([]byte("0"), 64), 1)
		if got := fmt.Sprintf("%x", sha256.Sum256(zeroed)); got != sum {
			t.Errorf("%s: the checksum is %s, of the file %s", path, sum, got)
		}
	} else if s.meta["format"] > "2" {
		t.Errorf("%s has no checksum", path)
	}
	first := map[string]int{}
	for name, text := range header {
		var e struct {
			Offsets [2]int `json:"data_offsets"`
		}
		if err := json.Unmarshal(text, &e); err != nil {
			t.Fatal(err)
		}
		first[name] = e.Offsets[0]
		s.names = append(s.names, name)
		for b := file[8+int(n):][e.Offsets[0]:e.Offsets[1]]; len(b) > 0; b = b[4:] {
			s.tensors[name] = append(s.tensors[name], math.Float32frombits(binary.LittleEndian.Uint32(b)))
		}
	}
	slices.SortFunc(s.names, func(a, b string) int { return first[a] - first[b] })
	return s
}

// keysOnPage holds every key of JSON text, two levels deep, to the page.
func keysOnPage(t *testing.T, page, where, text string) {
	t.Helper()
	var object map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &object); err != nil {
		t.Fatal(err)
	}
	for k, v := range object {
		if !strings.Contains(page, "`"+k+"`") {
			t.Errorf("docs/file-formats.md does not name the key `%s` of %s", k, where)
		}
		if k == "settings" || k == "image" || k == "normalizer" || k == "measured" {
			keysOnPage(t, page, where+"."+k, string(v))
		}
	}
}

// TestFilesAreAsTheirPageSays reads files of all formats by the page alone, and compares them with what the program reads.
func TestFilesAreAsTheirPageSays(t *testing.T) {
	text, err := os.ReadFile("../docs/file-formats.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(text)
	paths, err := filepath.Glob("../model/testdata/*.safetensors")
	if err != nil || len(paths) < 4 {
		t.Fatal(paths, err)
	}
	cfg := smallConfig()
	cfg.Steps, cfg.Checkpoint = 3, t.TempDir()
	// The checkpoint is removed at the end of the run: it is read after its second step.
	var point specified
	cfg.Every = 1
	cfg.Hooks = []Hook{HookFunc(func(s Step) error {
		if s.Index == 3 {
			point = bySpecification(t, filepath.Join(cfg.Checkpoint, checkpointName))
		}
		return nil
	})}
	m, _, err := Pretrain(context.Background(), waves(3, 120), cfg)
	if err != nil {
		t.Fatal(err)
	}
	saved := filepath.Join(t.TempDir(), "m.safetensors")
	if err := m.Save(saved); err != nil {
		t.Fatal(err)
	}
	for _, path := range append(paths, saved) {
		s := bySpecification(t, path)
		m, err := model.Load(path)
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range m.Weights().All() {
			if s.names[i] != p.Name || !slices.Equal(s.tensors[p.Name], p.Data) {
				t.Errorf("%s: tensor %d is %s, want %s with other values", path, i, s.names[i], p.Name)
			}
		}
		if len(s.names) != len(m.Weights().All()) {
			t.Errorf("%s: %d tensors, want %d", path, len(s.names), len(m.Weights().All()))
		}
		for k, v := range s.meta {
			if !strings.Contains(page, "`"+k+"`") {
				t.Errorf("the page does not name the metadata `%s`", k)
			}
			if k == "settings" || k == "summary" {
				keysOnPage(t, page, k, v)
			}
		}
	}

	keysOnPage(t, page, "state", point.meta["state"])
	if point.meta["format"] != model.FormatVersion || point.meta["settings"] != "" {
		t.Errorf("metadata of a checkpoint: %q", point.meta)
	}
	checkBuffers(t, point)
	for _, old := range []string{"1", "2"} {
		checkBuffers(t, bySpecification(t, "testdata/checkpoint-"+old+".safetensors"))
	}
}

// checkBuffers: the optimiser's buffers lie behind the weights, two for each trained one, in the weights' order.
func checkBuffers(t *testing.T, s specified) {
	t.Helper()
	var trained, buffers []string
	for i, name := range s.names {
		switch {
		case strings.HasPrefix(name, "optimizer."):
			if buffers = append(buffers, name); name != bufferName(len(buffers)-1) {
				t.Errorf("tensor %d is %s", i, name)
			}
		case len(buffers) > 0:
			t.Errorf("%s lies behind the buffers", name)
		case !strings.Contains(name, ".running_"):
			trained = append(trained, name)
		}
	}
	if len(trained) == 0 || len(buffers) != 2*len(trained) {
		t.Fatalf("%d buffers for %d weights", len(buffers), len(trained))
	}
	for i, name := range trained {
		if len(s.tensors[buffers[i]]) != len(s.tensors[name]) || len(s.tensors[buffers[len(trained)+i]]) != len(s.tensors[name]) {
			t.Errorf("the buffers of %s have another size", name)
		}
		for _, v := range s.tensors[buffers[len(trained)+i]] {
			if v < 0 {
				t.Errorf("a second moment of %s is %g", name, v)
			}
		}
	}
}
