"""Writes reference.json: what public libraries make of one small picture.

    pip install torch torchvision pillow scikit-image
    python reference.py > reference.json

The picture is made of the formula in pixels(), which reference_test.go repeats. Values 0..1 are stored as 16-bit numbers
(v * 65535, rounded), Lab and YCbCr values likewise after the scaling that vision.Convert states.
"""
import base64, json, sys

import numpy as np
import PIL
from PIL import Image
import skimage
from skimage.color import rgb2lab
import torch
import torchvision
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as F
from torchvision.transforms import InterpolationMode as I


def pixels(channels, height, width):
    c, y, x = np.meshgrid(np.arange(channels), np.arange(height), np.arange(width), indexing="ij")
    smooth = (x * (5 + 2 * c) + y * (9 - 3 * c) + c * 37) % 256
    rough = (x * x * 3 + y * y * 5 + x * y * 7 + c * 11) % 97
    return torch.from_numpy(((smooth * 2 + rough) // 3 % 256).astype(np.uint8))


cases = []


def add(library, op, numbers, source, out):
    out = np.asarray(out, dtype=np.float64)
    assert out.min() >= 0 and out.max() <= 1, (op, out.min(), out.max())
    cases.append(dict(library=library, op=op, numbers=numbers, source=list(source.shape), shape=list(out.shape),
                      values=base64.b64encode(np.round(out * 65535).astype("<u2").tobytes()).decode()))


vision, pillow = "torchvision", "Pillow"
color, grey, large, small = pixels(3, 24, 30), pixels(1, 24, 30), pixels(3, 57, 83), pixels(3, 12, 15)
f = lambda v: v.to(torch.float32) / 255

for source, boxes in [(color, [(3, 5, 9, 11, 12), (0, 0, 24, 30, 8), (2, 1, 20, 27, 12), (7, 9, 1, 2, 6)]), (large, [(4, 10, 51, 70, 10)])]:
    for top, left, height, width, size in boxes:
        for k, (mode, pil) in enumerate([(I.BILINEAR, Image.BILINEAR), (I.BICUBIC, Image.BICUBIC)]):
            out = F.resized_crop(f(source), top, left, height, width, [size, size], mode, antialias=True).clamp(0, 1)
            add(vision, "crop", [top, left, height, width, k], source, out)
            img = Image.fromarray(source.permute(1, 2, 0).numpy()).crop((left, top, left + width, top + height)).resize((size, size), pil)
            add(pillow, "crop", [top, left, height, width, k], source, np.asarray(img).transpose(2, 0, 1) / 255)
for source, size in [(color, 16), (large, 15), (grey, 40)]:
    add(vision, "center", [1], source, v2.Compose([v2.Resize(size, antialias=True), v2.CenterCrop(size)])(f(source)))
add(vision, "center", [0.875], large, v2.Compose([v2.Resize(32, antialias=True), v2.CenterCrop(28)])(f(large)))

add(vision, "flip", [], small, F.horizontal_flip(f(small)))
for source in small, pixels(1, 12, 15):
    for factor in 0.6, 1.4:
        add(vision, "brightness", [factor], source, F.adjust_brightness(f(source), factor))
    for factor in 0.5, 1.5:
        add(vision, "contrast", [factor], source, F.adjust_contrast(f(source), factor))
for factor in 0.3, 1.7:
    add(vision, "saturation", [factor], small, F.adjust_saturation(f(small), factor))
for turns in -0.2, 0.1, 0.5:
    add(vision, "hue", [turns], small, F.adjust_hue(f(small), turns))
add(vision, "gray", [], small, F.rgb_to_grayscale(f(small), num_output_channels=3))
add(vision, "solarize", [], small, F.solarize(f(small), 128 / 255))
for side, sigma in (3, 0.5), (5, 1.3), (9, 2.0), (23, 0.7):
    add(vision, "blur", [side, sigma], color, F.gaussian_blur(f(color), [side, side], [sigma, sigma]))

lab = rgb2lab(small.permute(1, 2, 0).numpy() / 255).transpose(2, 0, 1)
lab[0] /= 100
lab[1:] = (lab[1:] + 128) / 255
add("scikit-image", "lab", [], small, lab)
ycc = np.asarray(Image.fromarray(small.permute(1, 2, 0).numpy()).convert("YCbCr")).transpose(2, 0, 1) / 255
add(pillow, "ycbcr", [], small, ycc)

json.dump(dict(versions={"torch": torch.__version__, "torchvision": torchvision.__version__, "Pillow": PIL.__version__,
                         "scikit-image": skimage.__version__}, cases=cases), sys.stdout, indent=0)
