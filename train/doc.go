// Package train learns an encoder from unlabelled series, or images, and keeps it in a file.
//
//	model, summary, err := train.Pretrain(ctx, train.Series(readings), train.Config{
//		Method: methods.SimCLR{Temperature: 0.2},
//		Window: 256,
//		Steps:  600,
//	})
//	...
//	err = model.Save("line3.safetensors")
//	h, err := model.Encode(ctx, windows) // [N, Dim]
//
// [Images] takes a set of images in place of the series, with an encoder of package encoders/imageenc:
//
//	set, err := imageset.Open("cifar10:DIR", vision.Options{})
//	model, summary, err := train.Pretrain(ctx, train.Images(set), train.Config{Encoder: imageenc.ResNet18{}, Steps: 600})
//	h, err := model.EncodeImages(ctx, images)
//
// Training is reproducible to the bit: everything random is derived from the
// seed and the step, so that neither the number of threads nor an interruption
// and a resume changes the model file.
package train
