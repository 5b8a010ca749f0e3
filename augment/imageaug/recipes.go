package imageaug

import "math"

// withRecipes adds the recipes of the papers to a catalogue. In a text each stands for its steps, so that a model's settings
// say what was done even if a name comes to mean something else. Those for CIFAR leave out the blur, as their authors do
// on small images.
func withRecipes(entries map[string]Entry) map[string]Entry {
	strength := func(most, normal float64) Param {
		return Param{Name: "strength", Default: normal, Max: most, Open: true}
	}
	least := Param{Name: "min", Default: 0.08, Max: 1, Open: true}
	for name, e := range map[string]Entry{
		"w":        {Doc: "recipe of NPID, InvaSpread and MoCo v1: weak", Recipe: func([]float64) []Augmentation { return weak() }},
		"m2":       {Doc: "recipe of MoCo v2 and SimSiam", Recipe: func([]float64) []Augmentation { return append(moco(), Blur{P: 0.5}) }},
		"m2-cifar": {Doc: "recipe of MoCo v2 and SimSiam for small images", Recipe: func([]float64) []Augmentation { return moco() }},
		"s": {Doc: "recipe of SimCLR, with the strength of the colours", Params: []Param{strength(2.5, 1)},
			Recipe: func(a []float64) []Augmentation { return append(simclr(a[0]), Blur{P: 0.5}) }},
		"s-cifar": {Doc: "recipe of SimCLR for small images", Params: []Param{strength(2.5, 0.5)},
			Recipe: func(a []float64) []Augmentation { return simclr(a[0]) }},
		"b1": {Doc: "recipe of BYOL, Barlow Twins, VICReg, MoCo v3 for the first view, with the smallest area", Params: []Param{least},
			Recipe: func(a []float64) []Augmentation { return append(byol(a[0]), Blur{P: 1}) }},
		"b2": {Doc: "recipe of the same methods for the second view", Params: []Param{least},
			Recipe: func(a []float64) []Augmentation { return append(byol(a[0]), Blur{P: 0.1}, Solarize{P: 0.2}) }},
		"b3": {Doc: "recipe of DINO for short crops", Params: []Param{least},
			Recipe: func(a []float64) []Augmentation { return append(byol(a[0]), Blur{P: 0.5}) }},
		"b1-cifar": {Doc: "b1 for small images", Params: []Param{least}, Recipe: func(a []float64) []Augmentation { return byol(a[0]) }},
		"b2-cifar": {Doc: "b2 for small images", Params: []Param{least},
			Recipe: func(a []float64) []Augmentation { return append(byol(a[0]), Solarize{P: 0.2}) }},
	} {
		entries[name] = e
	}
	return entries
}

func weak() []Augmentation {
	return []Augmentation{Crop{Min: 0.2}, Flip{}, ColorJitter{0.4, 0.4, 0.4, 0.4, 1}, Gray{P: 0.2}}
}

func moco() []Augmentation {
	return []Augmentation{Crop{Min: 0.2}, Flip{}, ColorJitter{0.4, 0.4, 0.4, 0.1, 0.8}, Gray{P: 0.2}}
}

func simclr(strength float64) []Augmentation {
	s, hue := round(0.8*strength), round(0.2*strength)
	return []Augmentation{Crop{Min: 0.08}, Flip{}, ColorJitter{s, s, s, hue, 0.8}, Gray{P: 0.2}}
}

func byol(least float64) []Augmentation {
	return []Augmentation{Crop{Min: least}, Flip{}, ColorJitter{0.4, 0.4, 0.2, 0.1, 0.8}, Gray{P: 0.2}}
}

// round removes the digits that binary rounding adds to a decimal product.
func round(v float64) float64 { return math.Round(v*1e9) / 1e9 }
