// Package imageaug makes views of an image: changed copies of it that an encoder learns to recognise as the same.
//
//	spec, err := imageaug.Parse("crop(0.2,1)|flip|color-jitter(0.4,0.4,0.4,0.1,0.8)|gray(0.2)")
//	err = spec.View(0).Apply(dst, 3, 32, &image, &imageaug.Context{RNG: rng})
//
// The language is that of package augment: names with numbers, applied from left to right, the second view's after a semicolon.
// [Catalog] lists the names, and [Register] adds to them. Recipes of the papers have names too, which stand for their steps:
//
//	w                    NPID, InvaSpread, MoCo v1
//	m2, m2-cifar         MoCo v2, SimSiam
//	s(1), s-cifar(0.5)   SimCLR, with the strength of its colours
//	b1;b2                BYOL, Barlow Twins, VICReg, MoCo v3: two views that differ; b1-cifar;b2-cifar for small images
//	b1;b2;b3             DINO: b3 for the short crops
//
// A view is written as float32 [channels, size, size], planar, 0 to 1; it is not normalised. [Center] makes the view without
// augmentation, for evaluation, and [Convert] takes views to the colour spaces of CMC.
//
// # Fidelity
//
// Each operation is that of torchvision's transforms.v2 on floating-point images, whose crops are those of Pillow: bilinear with
// antialiasing where the picture shrinks, or bicubic (SimCLR's, BYOL's and DINO's own choice: "crop(0.08,1,0.75,1)"). Nothing is
// rounded to bytes on the way, and a chain of crops, flips and patches is resampled once, from the bytes of the image. Two things
// differ: the blur's kernel ends where its weights are below 4e-6 of the middle's, and the order of random draws is our own.
//
// # Multi-crop
//
// The small views of SwAV come from the same pipeline with another size and other bounds of the crop's area: [Context].Crop. DINO has one
// of its own for them, after a second semicolon.
//
// # Patches
//
// CPC treats an image as a grid of overlapping patches. "center|patches(7,0.5)|flip|color-drop(0.2)" makes a mosaic of them, each
// changed independently; see [Patches].
//
// # Speed
//
// A view of 32 x 32 pixels takes about 10 to 30 µs on one core, and allocates nothing after the first views of a context. One context serves
// one goroutine. Steps that change colours before the first crop work on the whole image: put the crop first.
package imageaug
