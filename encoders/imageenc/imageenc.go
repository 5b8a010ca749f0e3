// Package imageenc holds the networks that turn an image into a vector.
//
// They are [network.Encoder] like those for series: a struct whose zero value works, and New declares the weights. The
// network takes images [N, C, H, W] of any size, with the values that the model's input has:
//
//	w := nn.NewWeights(0)
//	net, err := imageenc.ResNet18{}.New(w, 3)  // three channels
//	g := nn.NewGraph(false)
//	h := net.Apply(g.Input("x", 16, 3, 32, 32)) // [16, 512]
//
// [ResNet18], [ResNet34] and [ResNet50] are residual networks; [ResNet] lists their settings. [ViTTiny],
// [ViTSmall] and [ViTBase] are vision transformers, with their settings at [ViT]; they can also tell where they look, see
// [network.Attender].
package imageenc
