package train

import (
	"encoding/json"
	"fmt"
	"strings"
)

// claims lists, by encoder, products of its settings that its number of weights is never below. A residual network of images
// has more than 2,700 times its width squared, and no width is that large.
var claims = map[string][]string{
	"conv":        {"width width kernel depth", "width out kernel", "out out kernel", "width channels"},
	"resnet1d":    {"width width blocks", "width channels"},
	"resnet18":    {"width width width", "width channels"},
	"resnet34":    {"width width width", "width channels"},
	"resnet50":    {"width width width", "width channels"},
	"transformer": {"width width depth", "width hidden depth", "width patch channels"},
	"vit-base":    {"width width depth", "width patch patch channels"},
	"vit-small":   {"width width depth", "width patch patch channels"},
	"vit-tiny":    {"width width depth", "width patch patch channels"},
}

// checkSize refuses settings that ask for much more memory than the file has values, before a network is made of them.
func (m *Model) checkSize(ts []tensorData) error {
	have := 0.0
	for _, t := range ts {
		have += float64(len(t.Data))
	}
	if w := m.Settings.Window; m.Settings.Image == nil && (w < 1 || w > 1<<26) {
		return fmt.Errorf("window of %d time stamps", w)
	}
	if m.Settings.Image == nil && m.Settings.Stride < 1 {
		return fmt.Errorf("stride of %d time stamps", m.Settings.Stride)
	}
	if k := len(m.Settings.Classes); float64(k) > have {
		return fmt.Errorf("%d classes in a model of %.0f values", k, have)
	}
	sizes := map[string]any{}
	if err := json.Unmarshal(m.Settings.EncoderSettings, &sizes); err != nil {
		return fmt.Errorf("settings of the encoder: %w", err)
	}
	sizes["channels"] = float64(m.Settings.Channels)
	for _, claim := range append(claims[m.Settings.Encoder], "channels") {
		need := 1.0
		for _, name := range strings.Fields(claim) {
			if n, ok := sizes[name].(float64); ok {
				need *= max(1, n)
			}
		}
		if need > have {
			return fmt.Errorf("its settings (%s) ask for at least %.0f weights, and there are %.0f", claim, need, have)
		}
	}
	return nil
}
