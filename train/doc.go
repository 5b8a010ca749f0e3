// Package train learns an encoder from unlabelled series or images.
//
//	m, summary, err := train.Pretrain(ctx, train.Series(readings), train.Config{
//		Method: methods.SimCLR{Temperature: 0.2},
//		Window: 256,
//		Steps:  600,
//	})
//	...
//	err = m.Save("line3.safetensors")
//	h, err := m.Encode(ctx, windows) // [N, Dim]
//
// [Images] takes a set of images in place of the series, with an encoder of package imageenc:
//
//	set, err := imageset.Open("cifar10:DIR", imageset.Options{})
//	m, summary, err := train.Pretrain(ctx, train.Images(set), train.Config{Encoder: imageenc.ResNet18{}, Steps: 600})
//	h, err := m.EncodeImages(ctx, images)
//
// Training is reproducible to the bit: everything random is derived from the seed and the step, so that neither the number of
// threads nor an interruption and a resume changes the model file. On another kind of processor its last bits may differ. The
// model itself is in package model.
package train
