#!/usr/bin/env python3
"""Checksums of what Pillow's resize() makes of drawn pixels, whole or cropped. Made once.

    python3 tests/oracle/make_resize.py

needs a Pillow from 3.4 on, but not 13, which is off by one here and there; writes resize.h.
"""

import math
import pathlib
import zlib

import PIL
from PIL import Image

assert int(PIL.__version__.split(".")[0]) < 13
FILTERS = {"BOX": Image.BOX, "BILINEAR": Image.BILINEAR, "BICUBIC": Image.BICUBIC, "LANCZOS": Image.LANCZOS}


def drawn(height, width, channels):
    """From a generator that the test has too."""
    count = height * width * channels
    out, x = bytearray(), 12345 + count
    for _ in range(count):
        x = (x * 1664525 + 1013904223) % 2**32
        # a fourth of them black or white, so that sums are clipped
        out.append((255 if x >> 29 & 1 else 0) if x >> 30 == 0 else x >> 16 & 255)
    return Image.frombytes("L" if channels == 1 else "RGB", (width, height), bytes(out))


def crop_resize(picture, height, width, how):
    """center_crop() of StyleGAN2-ADA's dataset_tool.py; of other shapes the largest rectangle."""
    w, h = picture.size
    if height == width:
        ch = cw = min(w, h)
    elif w * height <= h * width:
        ch, cw = min(h, max(1, math.floor(w * height / width + 0.5))), w
    else:
        ch, cw = h, min(w, max(1, math.floor(h * width / height + 0.5)))
    top, left = (h - ch) // 2, (w - cw) // 2
    return picture.crop((left, top, left + cw, top + ch)).resize((width, height), how)


def resize_crop(picture, height, width, how):
    """Resize(size), CenterCrop(size) as torchvision has them; of other shapes: just covering."""
    w, h = picture.size
    if height == width:
        short, long = (w, h) if w <= h else (h, w)
        new_short, new_long = width, int(width * long / short)
        new_w, new_h = (new_short, new_long) if w <= h else (new_long, new_short)
    elif w * height <= h * width:
        new_w, new_h = width, int(width * h / w)
    else:
        new_w, new_h = int(height * w / h), height
    picture = picture.resize((new_w, new_h), how)
    top, left = int(round((new_h - height) / 2.0)), int(round((new_w - width) / 2.0))
    return picture.crop((left, top, left + width, top + height))


def stretch(picture, height, width, how):
    return picture.resize((width, height), how)


SIZES = [(20, 30, 8, 8), (31, 17, 8, 12), (7, 5, 16, 16), (64, 64, 64, 64), (33, 64, 33, 20), (48, 33, 20, 33), (1, 1, 5, 3)]
SIZES += [(218, 178, 64, 64), (100, 3, 7, 2), (2, 90, 3, 1), (50, 41, 32, 32), (45, 40, 32, 32), (13, 200, 9, 30), (3, 3, 2, 2)]
rows = []
for h, w, th, tw in SIZES:
    for filter_name, how in FILTERS.items():
        for fit in (stretch, crop_resize, resize_crop):
            for channels in (1, 3):
                crc = zlib.crc32(fit(drawn(h, w, channels), th, tw, how).tobytes())
                row = (h, w, channels, th, tw, fit.__name__.upper(), filter_name, crc)
                rows.append("    {%d, %d, %d, %d, %d, GAN__FIT_%s, GAN__FILTER_%s, 0x%08x}," % row)

out = ["/* Made by make_resize.py with Pillow %s: don't edit. */" % PIL.__version__]
out += ["#ifndef TESTS_ORACLE_RESIZE_H", "#define TESTS_ORACLE_RESIZE_H", "", "#include <stdint.h>", "", '#include "data/resize.h"', ""]
out += ["static const struct {", "    int32_t height, width, channels, to_height, to_width;", "    enum gan__fit fit;"]
out += ["    enum gan__filter filter;", "    uint32_t crc;", "} resize_cases[] = {"] + rows + ["};", "", "#endif", ""]
pathlib.Path(__file__).with_name("resize.h").write_text("\n".join(out))
