"""Writes the WebP files of this folder and what Pillow reads from them: python webp.py (with pillow 13)."""
from PIL import Image

w, h = 40, 24
m = Image.new("RGB", (w, h))
m.putdata([(x * 255 // w, y * 255 // h, (x * x + 3 * y) % 256 // 2) for y in range(h) for x in range(w)])
m.save("lossy.webp", quality=90)
open("lossy.rgb", "wb").write(Image.open("lossy.webp").convert("RGB").tobytes())
exif = Image.Exif()
exif[0x0112] = 6  # the right side of what is stored is at the bottom
m.save("turned.webp", lossless=True, exif=exif)
a = m.convert("RGBA")
a.putalpha(Image.linear_gradient("L").resize((w, h)))
a.save("alpha.webp", quality=90)
