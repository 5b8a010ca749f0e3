package model

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/wavekin/wavekin/internal/settings"
	"github.com/wavekin/wavekin/internal/tensorfile"
)

// firstFormat is the version of files whose settings held the recipe too, secondFormat that of those without a checksum, and
// thirdFormat that of those which had a projector by simclr-v2 alone.
const firstFormat, secondFormat, thirdFormat = "1", "2", "3"

// CheckFormat tells whether a file with these metadata is of a version that is read, and has the checksum that belongs to it.
func CheckFormat(meta map[string]string) error {
	switch meta["format"] {
	case firstFormat, secondFormat:
		return nil
	case thirdFormat, FormatVersion:
		if meta[tensorfile.ChecksumKey] == "" {
			return fmt.Errorf("%w (the checksum is missing)", tensorfile.ErrDamaged)
		}
		return nil
	}
	return fmt.Errorf("model format %q, this program reads 1 to %s", meta["format"], FormatVersion)
}

// OldRecipe is the recipe that the settings of a file of format 1 hold, whether of a model or of a checkpoint. They have
// resolved values, of which 0 means none; what the format did not record is left out.
func OldRecipe(text []byte) (string, error) {
	tree, err := settings.Tree(json.RawMessage(text))
	if err != nil {
		return "", err
	}
	was, _ := tree.(map[string]any)
	// A model that was trained further bears the name of its first method; a checkpoint of such a run does not.
	if stage, ok := was["stage"].(string); ok {
		was["method"], was["method_settings"] = stage, map[string]any{"from_layer": was["kept_layers"]}
		if stage == "distill" {
			was["method_settings"] = nil
		}
	}
	augment := "augment"
	if was["image"] != nil {
		augment = "image_augment"
	}
	var b strings.Builder
	for _, s := range []struct {
		name, was string
		none      bool // 0 meant none
	}{{"method", "method", false}, {"encoder", "encoder", false}, {augment, "views", false}, {"batch", "batch", false}, {"steps", "steps", false},
		{"lr", "lr", false}, {"lr_schedule", "lr_schedule", false}, {"warmup", "warmup", true}, {"optimizer", "optimizer", false}, {"decay", "decay", true},
		{"decay_schedule", "decay_schedule", false}, {"clip", "clip", true}, {"clip_each", "clip_each", false}, {"groups", "groups", false}, {"seed", "seed", false}} {
		v := was[s.was]
		if v == int64(0) {
			if v = nil; s.none {
				v = int64(-1)
			}
		}
		if v != nil && v != "" {
			fmt.Fprintf(&b, "%s = %s\n", s.name, settings.Literal(v))
		}
	}
	for _, table := range []string{"method", "encoder"} {
		of, _ := was[table+"_settings"].(map[string]any)
		delete(of, "base") // what a checkpoint of fine-tuning held of the model it began with
		delete(of, "teacher")
		if len(of) > 0 {
			fmt.Fprintf(&b, "\n[set.%s]\n%s", table, settings.Lines(of))
		}
	}
	return b.String(), nil
}
