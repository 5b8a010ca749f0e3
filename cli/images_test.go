package cli

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// figure draws a square (class 0) or a cross (class 1) at a place of its own.
func figure(i, size int) *image.Gray {
	m := image.NewGray(image.Rect(0, 0, size, size))
	x, y := 3+i*7%(size-6), 3+i*5%(size-6)
	for dy := -2; dy <= 2; dy++ {
		for dx := -2; dx <= 2; dx++ {
			if i%2 == 0 || dx == 0 || dy == 0 {
				m.SetGray(x+dx, y+dy, color.Gray{Y: uint8(200 + i%50)})
			}
		}
	}
	return m
}

// figures writes a set in MNIST's format: figures of 14 x 14 pixels, and returns its name.
func figures(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for part, n := range map[string]int{"train": 48, "t10k": 24} {
		pixels := binary.BigEndian.AppendUint32(nil, 0x803)
		for _, v := range []int{n, 14, 14} {
			pixels = binary.BigEndian.AppendUint32(pixels, uint32(v))
		}
		labels := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, 0x801), uint32(n))
		for i := range n {
			pixels = append(pixels, figure(i, 14).Pix...)
			labels = append(labels, byte(i%2))
		}
		write(t, dir, part+"-images-idx3-ubyte", string(pixels))
		write(t, dir, part+"-labels-idx1-ubyte", string(labels))
	}
	return "mnist:" + dir
}

// Every command works on images as on series.
func TestImageCommands(t *testing.T) {
	set, dir := figures(t), t.TempDir()
	model, tuned := filepath.Join(dir, "m.safetensors"), filepath.Join(dir, "t.safetensors")
	must(t, "pretrain", "--data", set, "--set", "encoder.width=8", "--batch", "16", "--steps", "12", "--out", model, "-q")
	if out := must(t, "info", model); !strings.Contains(out, "images of 14 x 14 pixels, grey") || !strings.Contains(out, "resnet18") {
		t.Errorf("info of the model: %s", out)
	}
	var info setInfo
	if err := json.Unmarshal([]byte(must(t, "info", set, "--json")), &info); err != nil || info.Images != 48 || len(info.Classes) != 10 || info.Classes[1].Images != 24 {
		t.Errorf("info of the set: %+v, %v", info, err)
	}
	codes := filepath.Join(dir, "codes.csv")
	must(t, "embed", "--model", model, "--out", codes, set, "-q")
	text, err := os.ReadFile(codes)
	if lines := strings.Count(string(text), "\n"); err != nil || lines != 25 || !strings.HasPrefix(string(text), "image,label,embedding") {
		t.Errorf("%d lines of encodings, want 25 (the test part and a header): %.80s %v", lines, text, err)
	}
	for _, probe := range []string{"knn", "linear"} {
		var r classifyResult
		if err := json.Unmarshal([]byte(must(t, "evaluate", "--task", "classify", "--model", model, "--train", set, "--test", set, "--probe", probe, "--json")), &r); err != nil {
			t.Fatal(err)
		}
		// All 24 are right. Squares and crosses differ in every pixel but five, which any encoder keeps: the mark is against images
		// and labels that got out of step, which are right half of the time. What training adds is TestLearningHelps's matter.
		if r.Train != 48 || r.Test != 24 || r.Classes != 2 || r.Accuracy < 0.9 {
			t.Errorf("%s: %+v", probe, r)
		}
	}
	out := must(t, "finetune", "--model", model, "--train", set, "--test", set, "--steps", "30", "--batch", "16", "--out", tuned)
	if !strings.Contains(out, "accuracy 1.0000 on 24") && !strings.Contains(out, "accuracy 0.9") {
		t.Errorf("finetune: %s", out)
	}
	must(t, "distill", "--teacher", tuned, "--data", set, "--encoder", "resnet18", "--encoder-settings", `{"width":4}`, "--steps", "2", "--out", filepath.Join(dir, "s"))
	scores := filepath.Join(dir, "scores.csv")
	must(t, "score", "--model", model, "--normal", set, "--out", scores, set+"#test", "-q")
	if text, err := os.ReadFile(scores); err != nil || !strings.HasPrefix(string(text), "image,label,score,p_value,neighbour") || strings.Count(string(text), "\n") != 25 {
		t.Errorf("scores: %.80s %v", text, err)
	}
	var b benchResult
	if err := json.Unmarshal([]byte(must(t, "bench", "images", "--data", set, "--methods", "simclr,byol", "--encoders", "resnet18(width=4)", "--steps", "3", "--batch", "16", "--json")), &b); err != nil {
		t.Fatal(err)
	}
	if len(b.Rows) != 4 || b.Rows[0].Method != "raw" || b.Rows[1].Linear == nil {
		t.Errorf("bench: %+v", b.Rows)
	}
	configs := t.TempDir()
	write(t, configs, "a.toml", "method = \"byol\"\nsteps = 2\nbatch = 16\n[set.encoder]\nwidth = 4\n")
	write(t, configs, "b.toml", "method = \"ts2vec\"\nencoder = \"conv\"\nepochs = 1\nbatch = 16\n[set.encoder]\nwidth = 8\ndepth = 2\n")
	b = benchResult{}
	if err := json.Unmarshal([]byte(must(t, "bench", "images", "--data", set, "--configs", configs, "--limit", "20", "--size", "8", "--set", "encoder.width=8", "--json")), &b); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, r := range b.Rows {
		names = append(names, r.Method+" "+r.Encoder)
	}
	if got := strings.Join(names, ", "); got != "raw , untrained resnet18, byol resnet18, untrained conv, ts2vec conv" || b.Rows[2].Steps != 2 || b.Rows[4].Steps != 2 || b.Rows[0].Train != 20 ||
		b.Rows[2].Settings.Size != 8 || !strings.Contains(string(b.Rows[2].EncoderSettings), `"width": 8`) {
		t.Errorf("bench of settings files: %s, %+v", got, b.Rows)
	}
}

// An encoder of series reads images as series of their rows.
func TestImagesAsSeries(t *testing.T) {
	set, dir := figures(t), t.TempDir()
	model := filepath.Join(dir, "m.safetensors")
	must(t, "pretrain", "--data", set, "--encoder", "conv", "--set", "encoder.width=8", "--set", "encoder.depth=2", "--method", "ts2vec", "--steps", "3", "--out", model, "-q")
	if out := must(t, "info", model); !strings.Contains(out, "windows of 14 time stamps, stride") || !strings.Contains(out, "14 channels") {
		t.Errorf("info: %s", out)
	}
	var r classifyResult
	if err := json.Unmarshal([]byte(must(t, "evaluate", "--task", "classify", "--model", model, "--train", set, "--test", set, "--json")), &r); err != nil || r.Test != 24 {
		t.Errorf("%+v %v", r, err)
	}
}

// What is wrong with images is said in one line, with the exit code of cli.md.
func TestBadImages(t *testing.T) {
	dir, model := t.TempDir(), filepath.Join(t.TempDir(), "m")
	for i := range 12 {
		class := filepath.Join(dir, []string{"squares", "crosses"}[i%2])
		if err := os.MkdirAll(class, 0o755); err != nil {
			t.Fatal(err)
		}
		f, err := os.Create(filepath.Join(class, fmt.Sprintf("%02d.jpg", i)))
		if err != nil {
			t.Fatal(err)
		}
		if err := jpeg.Encode(f, figure(i, 12), nil); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	short := filepath.Join(dir, "squares", "04.jpg")
	text, err := os.ReadFile(short)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(short, text[:len(text)*2/3], 0o644); err != nil {
		t.Fatal(err)
	}
	learn := []string{"pretrain", "--data", "images:" + dir, "--set", "encoder.width=4", "--steps", "2", "--batch", "6", "--out", model}
	if _, errs, code := wk(t, learn...); code != exitInput || !strings.Contains(errs, "04.jpg") {
		t.Errorf("a truncated image: exit code %d, %q; want 3 and the file's name", code, errs)
	}
	out, errs, code := wk(t, append(learn, "--skip-corrupt", "--steps", "6")...)
	if code != 0 || !strings.Contains(out, ", 11 images, ") || !strings.Contains(errs, "passed over") || !strings.Contains(errs, "04.jpg") {
		t.Errorf("a truncated image passed over: exit code %d, %q", code, errs)
	}
	// Images that are read as series of their rows, too.
	rows := []string{"pretrain", "--data", "images:" + dir, "--encoder", "conv", "--set", "encoder.width=2", "--window", "8", "--steps", "2", "--batch", "4", "--out", model + "-rows"}
	if _, errs, code := wk(t, rows...); code != exitInput || !strings.Contains(errs, "04.jpg") {
		t.Errorf("rows of a truncated image: exit code %d, %q; want 3 and the file's name", code, errs)
	}
	if _, errs, code := wk(t, append(rows, "--skip-corrupt")...); code != 0 || strings.Count(errs, "passed over") != 1 || !strings.Contains(errs, "04.jpg") {
		t.Errorf("rows of a truncated image passed over: exit code %d, %q", code, errs)
	}
	// A folder without parts is all of it, but not what a probe is fitted on and what it is measured on at once.
	codes := filepath.Join(t.TempDir(), "codes.csv")
	must(t, "embed", "-q", "--skip-corrupt", "--model", model, "--out", codes, "images:"+dir)
	if text, err := os.ReadFile(codes); err != nil || strings.Count(string(text), "\n") != 12 {
		t.Errorf("encodings of a folder without parts: %v, %s", err, text)
	}
	for want, args := range map[string][]string{
		"name it images:":                       {"info", dir},
		"images need a model":                   {"embed", "--out", codes, "images:" + dir},
		"pretrain --data images:":               {"score", "--normal", "images:" + dir, "images:" + dir},
		"give it by --model":                    {"score", "--model", "builtin", "--normal", "images:" + dir, "images:" + dir},
		"learnt from images":                    {"reference", "--normal", "images:" + dir, "--out", codes},
		"wavekin pretrain --data":               {"evaluate", "--task", "classify", "--model", "builtin", "--train", "images:" + dir, "--test", "images:" + dir},
		"the model is one of images":            {"score", "--model", model, "--normal", codes, "--out", codes + ".csv", "images:" + dir},
		"go into a table":                       {"score", "--model", model, "--normal", codes, "images:" + dir},
		"it has no folders train":               {"evaluate", "--task", "classify", "--model", model, "--train", "images:" + dir + "#train", "--test", "images:" + dir},
		"encoder of images learns from one set": {"pretrain", "--data", "x.csv", "--encoder", "resnet18", "--out", model},
		"there is no part \"test\"":             {"bench", "images", "--data", "images:" + dir, "--steps", "1"},
		"no set of images":                      {"bench", "images", "--data", dir},
		"are for series":                        {"pretrain", "--data", "images:" + dir, "--window", "8", "--out", model},
		"are for encoders of images":            {"pretrain", "--data", "images:" + dir, "--encoder", "conv", "--size", "8", "--out", model},
		"colour space":                          {"pretrain", "--data", "images:" + dir, "--space", "cmyk", "--out", model},
		"want the name of an augmentation":      {"pretrain", "--data", "images:" + dir, "--augment", "|", "--out", model},
	} {
		if _, errs, code := wk(t, args...); code == 0 || !strings.Contains(errs, want) || strings.Count(errs, "\n") != 1 {
			t.Errorf("wavekin %s: exit code %d, %q; want %q in one line", strings.Join(args, " "), code, errs, want)
		}
	}
}
