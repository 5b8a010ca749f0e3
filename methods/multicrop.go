package methods

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/wavekin/wavekin/augment"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/nn"
)

// MultiCrop is how many stretches of a window, or parts of an image, a method sees, long ones and short ones (Caron et al.,
// 2020, section 3.2). The long ones are what is predicted; all of them predict.
type MultiCrop struct {
	// Long and Short are how many of each; 0 means 2 and what is published: 6 in swav, 4 in deepcluster-v2, 8 in dino. Negative means none.
	Long  int `json:"long,omitempty" toml:"long"`
	Short int `json:"short,omitempty" toml:"short"`
	// LongCrop and ShortCrop bound the share of the window, or of the image's area, that a crop keeps; zero means 0.6 to 1
	// and 0.3 to 0.6, which suit windows. The paper has 0.14 to 1 and 0.05 to 0.14 for images.
	LongCrop  [2]float64 `json:"long_crop,omitzero" toml:"long_crop"`
	ShortCrop [2]float64 `json:"short_crop,omitzero" toml:"short_crop"`
	// LongLength and ShortLength are the lengths that crops are brought to, as shares of the window, or their sides as shares
	// of the image's; 0 means 1 and 0.5.
	LongLength  float64 `json:"long_length,omitempty" toml:"long_length"`
	ShortLength float64 `json:"short_length,omitempty" toml:"short_length"`
}

// The published numbers of short crops.
const (
	swavShort          = 6
	deepClusterV2Short = 4
	dinoShort          = 8
)

// defaults fills in what was left zero, with so many short crops.
func (c MultiCrop) defaults(short int) MultiCrop {
	c.Long, c.Short = max(0, cmp.Or(c.Long, 2)), max(0, cmp.Or(c.Short, short))
	c.LongLength, c.ShortLength = cmp.Or(c.LongLength, 1), cmp.Or(c.ShortLength, 0.5)
	if c.LongCrop == [2]float64{} {
		c.LongCrop = [2]float64{0.6, 1}
	}
	if c.ShortCrop == [2]float64{} {
		c.ShortCrop = [2]float64{0.3, 0.6}
	}
	return c
}

// views lists the long crops and then the short ones; every second of either kind takes the second augmentations, unless there are some
// for the short ones.
func (c MultiCrop) views(short int) []View {
	c = c.defaults(short)
	var out []View
	for i := range min(c.Long, maxCrops) {
		out = append(out, View{Second: i%2 == 1, Crop: c.LongCrop, Length: c.LongLength})
	}
	for i := range min(c.Short, maxCrops) {
		out = append(out, View{Second: i%2 == 1, Short: true, Crop: c.ShortCrop, Length: c.ShortLength})
	}
	return out
}

// maxCrops bounds the crops of one kind.
const maxCrops = 64

// check refuses what leaves nothing to predict.
func (c MultiCrop) check(short int) (MultiCrop, error) {
	c = c.defaults(short)
	switch {
	case c.Long > maxCrops || c.Short > maxCrops:
		return c, fmt.Errorf("%d long and %d short crops, want at most %d of each", c.Long, c.Short, maxCrops)
	case c.Long < 1:
		return c, fmt.Errorf("no long crop, want at least 1: the long ones are what is predicted")
	case c.Long+c.Short < 2:
		return c, fmt.Errorf("a single crop, want at least 2: one is predicted from the others")
	}
	return c, nil
}

// embedCrops encodes views of several lengths or sides, those of one size next to each other as one batch, and returns the
// encodings [len(views)·N, D] in the order of the views.
func embedCrops(net encoders.Network, views []*nn.Node) *nn.Node {
	var parts []*nn.Node
	for from := 0; from < len(views); {
		to := from + 1
		for to < len(views) && slices.Equal(views[to].Shape(), views[from].Shape()) {
			to++
		}
		parts = append(parts, encodeTogether(net, views[from:to]...))
		from = to
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return nn.Concat(0, parts...)
}

// cropPreset suits methods that cut crops themselves.
func cropPreset() Preset {
	return Preset{Batch: 32, LR: 1e-3, Views: augment.MustParse("scale(0.2)|shift(0.2)|jitter(0.05)")}
}
