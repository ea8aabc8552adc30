#!/usr/bin/env python3
"""Pictures of every kind, what NumPy and Pillow make of them, and broken ones. Made once.

    venv/bin/python tests/oracle/make_pictures.py

needs NumPy and Pillow (with libjpeg-turbo); writes files/pictures/, files/pictures.bin and files/broken_pictures/.
"""

import pathlib
import struct
import zlib

import numpy as np
from PIL import Image, ImageOps

here = pathlib.Path(__file__).parent
folder = here / "files" / "pictures"
folder.mkdir(parents=True, exist_ok=True)
rng = np.random.RandomState(5)
HEIGHT, WIDTH = 9, 13
BACKGROUND = (200, 100, 50)
ADAM7 = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
expected = {}


def drawn(channels, depth=8, height=HEIGHT, width=WIDTH):
    """Smooth in places, noisy in others."""
    y, x = np.mgrid[0:height, 0:width]
    most = 2**depth - 1
    planes = [(np.sin(x / (3 + c)) * np.cos(y / (4 - c % 3)) + 1) / 2 for c in range(channels)]
    noise = rng.uniform(-0.5, 0.5, (height, width, channels)) * (rng.uniform(size=(height, width, 1)) < 0.4)
    return np.clip(np.rint((np.stack(planes, -1) + noise) * most), 0, most).astype(np.uint16)


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def pack_row(row, depth):
    """One row [width, channels] as PNG's bytes."""
    if depth == 16:
        return row.astype(">u2").tobytes()
    if depth == 8:
        return row.astype(np.uint8).tobytes()
    bits = "".join(format(int(v), "0%db" % depth) for v in row.ravel())
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))


def filtered(rows, step):
    """Each row with the next of PNG's five filters."""
    out, above = b"", None
    for number, row in enumerate(rows):
        above = above or bytes(len(row))
        kind = number % 5
        line = bytearray()
        for i, value in enumerate(row):
            a, b = (row[i - step] if i >= step else 0), above[i]
            c = above[i - step] if i >= step else 0
            paeth = min((abs(b - c), 0, a), (abs(a - c), 1, b), (abs(a + b - 2 * c), 2, c))[2]
            line.append((value - (0, a, b, (a + b) // 2, paeth)[kind]) & 255)
        out += bytes([kind]) + bytes(line)
        above = row
    return out


def png(pixels, colour, depth, before=b"", after=b"", interlaced=False, damage=lambda data: data):
    height, width, channels = pixels.shape
    step = max(1, channels * depth // 8)
    raw = b""
    for top, left, down, right in ADAM7 if interlaced else [(0, 0, 1, 1)]:
        part = pixels[top::down, left::right]
        if part.size:
            raw += filtered([pack_row(row, depth) for row in part], step)
    data = zlib.compress(raw, 9)
    half = len(data) // 2
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, int(interlaced))
    chunks = chunk(b"IHDR", header) + before + damage(chunk(b"IDAT", data[:half]) + chunk(b"IDAT", data[half:]))
    return b"\x89PNG\r\n\x1a\n" + chunks + after + chunk(b"IEND", b"")


def exif(orientation, order="<"):
    """A TIFF directory of three entries."""
    entries = [(0x10F, 2, 4, b"cam\0"), (0x112, 3, 1, struct.pack(order + "HH", orientation, 0)), (0x11A, 5, 1, bytes(4))]
    out = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "IH", 8, len(entries))
    return out + b"".join(struct.pack(order + "HHI", *e[:3]) + e[3] for e in entries) + bytes(4)


def upright(rgb, orientation):
    return {
        1: rgb,
        2: rgb[:, ::-1],
        3: rgb[::-1, ::-1],
        4: rgb[::-1],
        5: rgb.transpose(1, 0, 2),
        6: np.rot90(rgb, 3),
        7: rgb[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(rgb, 1),
    }[orientation]


def to_8(values, depth):
    """Few bits are spread over the whole range; 16 are rounded."""
    return np.rint(values.astype(np.float64) * 255 / (2**depth - 1)).astype(np.int64)


def over(rgb, alpha):
    """Over the background, rounded."""
    back = np.array(BACKGROUND)
    alpha = alpha[..., None]
    return np.floor((rgb * alpha + back * (255 - alpha)) / 255 + 0.5).astype(np.int64)


def pillow(name):
    """As Pillow opens it: upright, over the background."""
    picture = ImageOps.exif_transpose(Image.open(folder / name))
    if "transparency" in picture.info or picture.mode in ("LA", "RGBA", "PA"):
        picture = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, BACKGROUND + (255,)), picture)
    return np.array(picture.convert("RGB"))


def keep(name, rgb):
    expected[name] = np.asarray(rgb).astype(np.uint8)


def save_png(name, pixels, colour, depth, before=b"", after=b"", interlaced=False, orientation=1, key=None):
    (folder / name).write_bytes(png(pixels, colour, depth, before, after, interlaced))
    if colour == 3:
        rgba = palette[pixels[..., 0]]
        rgb = over(rgba[..., :3], rgba[..., 3] if b"tRNS" in before else np.full(rgba.shape[:2], 255))
    else:
        grey = colour in (0, 4)
        rgb = to_8(pixels[..., :1].repeat(3, -1) if grey else pixels[..., :3], depth)
        if colour in (4, 6):
            rgb = over(rgb, to_8(pixels[..., -1], depth))
        elif key is not None:
            rgb = over(rgb, np.where((pixels == key).all(-1), 0, 255))
    rgb = upright(rgb, orientation)
    if depth != 16 and name != "grey2_key.png":  # Pillow cuts 16 bits, and compares the key with 8
        assert (pillow(name) == rgb).all(), name
    keep(name, rgb)


palette = rng.randint(0, 256, (256, 4))
palette[::5, 3] = 255
palette[1::5, 3] = 0


def pal(size, transparent=0):
    out = chunk(b"PLTE", palette[:size, :3].astype(np.uint8).tobytes())
    return out + (chunk(b"tRNS", palette[:transparent, 3].astype(np.uint8).tobytes()) if transparent else b"")


for depth in (1, 2, 4, 8, 16):
    save_png("grey%d.png" % depth, drawn(1, depth), 0, depth)
for depth in (8, 16):
    save_png("rgb%d.png" % depth, drawn(3, depth), 2, depth)
    save_png("grey_alpha%d.png" % depth, drawn(2, depth), 4, depth)
    save_png("rgba%d.png" % depth, drawn(4, depth), 6, depth)
for depth in (1, 2, 4, 8):
    save_png("palette%d.png" % depth, drawn(1, depth), 3, depth, pal(2**depth))
    palette[: 2**depth, 3] = np.where(np.arange(2**depth) < 2 ** (depth - 1), palette[: 2**depth, 3], 255)
    save_png("palette%d_alpha.png" % depth, drawn(1, depth), 3, depth, pal(2**depth, 2 ** (depth - 1)))
for name, colour, depth, channels in (("grey2", 0, 2, 1), ("grey16", 0, 16, 1), ("rgb8", 2, 8, 3), ("rgb16", 2, 16, 3)):
    pixels = drawn(channels, depth)
    pixels[2:5, 3:9] = pixels[0, 0]
    data = chunk(b"tRNS", struct.pack(">%dH" % channels, *pixels[0, 0]))
    save_png(name + "_key.png", pixels, colour, depth, data, key=pixels[0, 0])
save_png("interlaced_rgb8.png", drawn(3), 2, 8, interlaced=True)
save_png("interlaced_rgba16.png", drawn(4, 16), 6, 16, interlaced=True)
save_png("interlaced_grey1.png", drawn(1, 1), 0, 1, interlaced=True)
save_png("interlaced_palette4.png", drawn(1, 4), 3, 4, pal(16), interlaced=True)
save_png("one.png", drawn(3, height=1, width=1), 2, 8)
save_png("interlaced_one.png", drawn(3, height=1, width=1), 2, 8, interlaced=True)
save_png("exif_before.png", drawn(3), 2, 8, chunk(b"eXIf", exif(6)), orientation=6)
save_png("exif_after.PNG", drawn(3), 2, 8, after=chunk(b"eXIf", exif(8, ">")), orientation=8)
extra = chunk(b"gAMA", struct.pack(">I", 20000)) + chunk(b"pHYs", bytes(9)) + chunk(b"zTXt", b"a\0\0" + zlib.compress(b"b" * 3000))
save_png("extra_chunks.png", drawn(3), 2, 8, extra, chunk(b"tEXt", b"Comment\0after"))

LARGE = dict(height=22, width=27)
Image.fromarray(drawn(1, **LARGE)[..., 0].astype(np.uint8)).save(folder / "grey.jpg", quality=90)
rgb = Image.fromarray(drawn(3, **LARGE).astype(np.uint8))
rgb.save(folder / "444.jpg", quality=92, subsampling=0)
rgb.save(folder / "422.jpeg", quality=85, subsampling=1)
rgb.save(folder / "420.jpg", quality=75, subsampling=2, optimize=True)
rgb.save(folder / "progressive.JPG", quality=80, progressive=True)
cmyk = Image.merge("CMYK", [Image.fromarray(drawn(1, **LARGE)[..., 0].astype(np.uint8)) for _ in range(4)])
cmyk.save(folder / "cmyk.jpg", quality=90)
data = (folder / "cmyk.jpg").read_bytes()
at = data.index(b"Adobe") + 11
(folder / "ycck.jpg").write_bytes(data[:at] + b"\x02" + data[at + 1 :])
for orientation in range(1, 9):
    name = "orientation%d.jpg" % orientation
    order = "<" if orientation % 2 else ">"
    pixels = drawn(3, height=10, width=17).astype(np.uint8)
    Image.fromarray(pixels).save(folder / name, quality=85, exif=b"Exif\0\0" + exif(orientation, order))
for path in sorted(folder.iterdir()):
    if path.suffix.lower() in (".jpg", ".jpeg"):
        keep(path.name, pillow(path.name))

out = b""
for name, rgb in sorted(expected.items()):
    grey = np.array(Image.fromarray(rgb).convert("L"))
    out += name.encode().ljust(32, b"\0") + struct.pack("<HH", *rgb.shape[:2]) + rgb.tobytes() + grey.tobytes()
(here / "files" / "pictures.bin").write_bytes(out)

# Broken ones, in a folder of their own.
broken = here / "files" / "broken_pictures"
broken.mkdir(exist_ok=True)
for old in broken.iterdir():
    old.unlink()
good = {name: (folder / name).read_bytes() for name in ("rgb8.png", "420.jpg", "progressive.JPG", "interlaced_rgb8.png")}
(broken / "empty.png").write_bytes(b"")
(broken / "text.jpg").write_bytes(b"no picture at all\n")
(broken / "cut.png").write_bytes(good["rgb8.png"][:200])
(broken / "cut.jpg").write_bytes(good["420.jpg"][:-60])
(broken / "cut_ended.jpg").write_bytes(good["420.jpg"][:-60] + b"\xff\xd9")
(broken / "cut_progressive.jpg").write_bytes(good["progressive.JPG"][:-80])
(broken / "checksum.png").write_bytes(png(drawn(3), 2, 8, damage=lambda d: d[:30] + bytes([d[30] ^ 1]) + d[31:]))
(broken / "no_pixels.png").write_bytes(png(drawn(3), 2, 8, damage=lambda d: b""))
header = struct.pack(">IIBBBBB", 900000, 900000, 8, 6, 0, 0, 0)
(broken / "huge.png").write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + good["rgb8.png"][33:])
at = good["420.jpg"].index(b"\xff\xc0") + 5
(broken / "huge.jpg").write_bytes(good["420.jpg"][:at] + b"\xff\xdc\xff\xdc" + good["420.jpg"][at + 4 :])
whole = good["420.jpg"]
(broken / "noise.jpg").write_bytes(whole[:-150] + rng.bytes(100).replace(b"\xff", b"\0") + whole[-50:])
(broken / "two_components.jpg").write_bytes(whole[: at + 4] + b"\x02" + whole[at + 5 :])
