#!/usr/bin/env python3
"""Pictures as the Inception networks of the field are shown them, and files of features as NumPy writes them.

Writes judge_pictures.h and files/features/ beside this script. Needs numpy, torch, torch-fidelity and pytorch-fid:
    OMP_NUM_THREADS=1 python3 make_features.py
"""
import os

import numpy
import torch
import torch.nn.functional
from torch_fidelity.interpolate_compat_tensorflow import interpolate_bilinear_2d_like_tensorflow1x

HERE = os.path.dirname(os.path.abspath(__file__))
FILES = os.path.join(HERE, "files", "features")


def pixels(height, width, channels):
    """Bytes that C computes too: the k-th is k * 37 + (k / 7)^2, modulo 251."""
    k = numpy.arange(height * width * channels, dtype=numpy.int64)
    return ((k * 37 + (k // 7) ** 2) % 251).astype(numpy.uint8).reshape(height, width, channels)


def tf1(picture, size):
    """As torch-fidelity's feature extractor, which repeats TensorFlow 1's."""
    x = torch.from_numpy(picture.astype(numpy.float32)).permute(2, 0, 1)[None]
    x = interpolate_bilinear_2d_like_tensorflow1x(x, size=size, align_corners=False)
    return ((x - 128) / 128)[0].permute(1, 2, 0).numpy()


def torch_way(picture, size):
    """As pytorch-fid's InceptionV3.forward."""
    x = torch.from_numpy(picture.astype(numpy.float32) / 255).permute(2, 0, 1)[None]
    x = torch.nn.functional.interpolate(x, size=size, mode="bilinear", align_corners=False)
    return (2 * x - 1)[0].permute(1, 2, 0).numpy()


def picture_tables(out):
    cases = [((5, 7, 3), (11, 9)), ((13, 10, 3), (6, 8)), ((1, 1, 3), (3, 2)), ((6, 8, 1), (6, 8)), ((4, 9, 1), (7, 5))]
    rows = []
    for number, (shape, size) in enumerate(cases):
        picture = pixels(*shape)
        if shape[2] == 1:
            picture = numpy.repeat(picture, 3, axis=2)
        for name, way in (("tf1", tf1), ("torch", torch_way)):
            values = way(picture, size).astype(numpy.float32).ravel()
            out.append(f"static const float {name}_{number}[] = {{")
            for at in range(0, len(values), 8):
                out.append("    " + " ".join(f"{v!r}F,".replace("np.float32(", "").replace(")", "")
                                             for v in map(float, values[at:at + 8])))
            out.append("};")
            rows.append(f'    {{"{name}", {{{shape[0]}, {shape[1]}, {shape[2]}}}, {{{size[0]}, {size[1]}}}, {name}_{number}}},')
    out += ["static const struct judge_picture {", "    const char *resize;",
            "    int64_t from[3], to[2];", "    const float *values; /* [to, 3] */",
            "} judge_pictures[] = {", *rows, "};"]


def rows(count, width, offset):
    """Numbers that C computes too, exact in float16."""
    i = numpy.arange(count)[:, None]
    j = numpy.arange(width)[None, :]
    return ((i * 7 + j * 13 + i * j + offset) % 17 - 8) / 4


def files():
    os.makedirs(FILES, exist_ok=True)
    f = rows(40, 5, 0)
    mu, sigma = numpy.mean(f, axis=0), numpy.cov(f, rowvar=False)
    path = lambda name: os.path.join(FILES, name)
    numpy.savez_compressed(path("pytorch_fid.npz"), mu=mu, sigma=sigma)  # as its --save-stats
    numpy.savez(path("float32.npz"), mu=mu.astype("f4"), sigma=sigma.astype("f4"))
    numpy.savez(path("big_endian.npz"), sigma=sigma.astype(">f8"), mu=mu.astype(">f8"), count=numpy.uint16(40))
    numpy.savez(path("rows.npz"), features=f.astype("f4"), logits=rows(40, 3, 5).astype("f2"))
    numpy.savez_compressed(path("rows_double.npz"), features=f)
    bad = sigma.copy()
    bad[1, 3] += 0.01
    numpy.savez(path("bad_symmetry.npz"), mu=mu, sigma=bad)
    bad = sigma.copy()
    bad[2, 2] = -1
    numpy.savez(path("bad_negative.npz"), mu=mu, sigma=bad)
    bad = sigma.copy()
    bad[4, 1] = numpy.nan
    numpy.savez(path("bad_nan.npz"), mu=mu, sigma=bad)
    numpy.savez(path("bad_mean.npz"), mu=numpy.where(numpy.arange(5) == 3, numpy.inf, mu), sigma=sigma)
    numpy.savez(path("bad_shape.npz"), mu=mu, sigma=sigma[:4, :4])
    numpy.savez(path("bad_rank.npz"), mu=mu[None], sigma=sigma)
    numpy.savez(path("bad_integers.npz"), mu=numpy.arange(5), sigma=sigma)
    numpy.savez(path("bad_count.npz"), mu=mu, sigma=sigma, count=numpy.int64(-3))
    numpy.savez(path("bad_no_sigma.npz"), mu=mu)
    numpy.savez(path("bad_names.npz"), mean=mu, cov=sigma)
    numpy.savez(path("bad_logits.npz"), features=f, logits=rows(39, 3, 5))
    g = f.copy()
    g[17, 2] = numpy.nan
    numpy.savez(path("bad_row.npz"), features=g)
    numpy.savez(path("bad_empty.npz"), features=numpy.zeros((40, 0)))
    numpy.save(path("bad_no_zip.npy"), f)


def main():
    out = ["/* Pictures resized and scaled by torch-fidelity and PyTorch: made by make_features.py. */",
           "#ifndef TESTS_JUDGE_PICTURES_H", "#define TESTS_JUDGE_PICTURES_H", "", "#include <stdint.h>", ""]
    picture_tables(out)
    out += ["", "#endif", ""]
    with open(os.path.join(HERE, "judge_pictures.h"), "w", encoding="ascii") as file:
        file.write("\n".join(out))
    files()


if __name__ == "__main__":
    main()
