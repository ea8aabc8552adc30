#!/usr/bin/env python3
"""DiffAugment's numbers (augment.h), made as make_numbers.py says.

The steps are those of the paper's code (Zhao et al. 2020); only the random numbers come from outside: from Philox 4x32-10
in Python, in the places where libgan draws them.
"""

import numpy as np
import torch
import torch.nn.functional as F

from make_numbers import HERE, MASK, Header

SEED, STREAM, PURPOSE_AUGMENT, DRAWS = 11, 6, 10, 8


def mix(x):
    x = (x + 0x9E3779B97F4A7C15) & MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return x ^ (x >> 31)


def philox(block, stream, seed):
    low = 0xFFFFFFFF
    c = [block & low, block >> 32, stream & low, stream >> 32]
    k = [seed & low, seed >> 32]
    for _ in range(10):
        a, b = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(b >> 32) ^ c[1] ^ k[0], b & low, (a >> 32) ^ c[3] ^ k[1], a & low]
        k = [(k[0] + 0x9E3779B9) & low, (k[1] + 0xBB67AE85) & low]
    return c


def uniforms(count):
    """[count, DRAWS] numbers in [0, 1) of 24 bits."""
    stream = mix(mix(mix(PURPOSE_AUGMENT) ^ STREAM) ^ 0)
    words = [w for block in range(count * DRAWS // 4) for w in philox(block, stream, SEED)]
    return torch.tensor([(w >> 8) / 2.0**24 for w in words]).reshape(count, DRAWS)


def integer(u, choices):
    return int(torch.floor(u * choices))


def side(size, share):
    return int(size * share + 0.5)


def color(x, u):
    brightness, saturation, contrast = (u[:, i].view(-1, 1, 1, 1) for i in range(3))
    x = x + (brightness - 0.5)
    gray = x.mean(dim=-1, keepdim=True)
    x = gray + 2 * saturation * (x - gray)
    level = x.mean(dim=(1, 2, 3), keepdim=True)
    return level + (contrast + 0.5) * (x - level)


def translation(x, u):
    """Each picture seen through a window that moves over it by up to an eighth of its sides."""
    n, height, width, _ = x.shape
    up, left = side(height, 0.125), side(width, 0.125)
    wide = F.pad(x, (0, 0, left, left, up, up))
    moved = []
    for i in range(n):
        y, x0 = integer(u[i, 3], 2 * up + 1), integer(u[i, 4], 2 * left + 1)
        moved.append(wide[i, y : y + height, x0 : x0 + width])
    return torch.stack(moved)


def cutout(x, u):
    n, height, width, _ = x.shape
    tall, broad = side(height, 0.5), side(width, 0.5)
    keep = torch.ones(n, height, width, 1)
    for i in range(n):
        top = integer(u[i, 5], height + (1 - tall % 2)) - tall // 2
        left = integer(u[i, 6], width + (1 - broad % 2)) - broad // 2
        keep[i, max(top, 0) : max(top + tall, 0), max(left, 0) : max(left + broad, 0)] = 0
    return x * keep


def main():
    header = Header("augment", 7)
    steps = {"color": color, "translation": translation, "cutout": cutout}
    for name, shape in (("rgb", (5, 8, 7, 3)), ("grey", (5, 6, 9, 1))):
        pictures = header.fill(name, shape, 1.0)
        direction = header.fill(name + "_direction", shape, 1.0)
        u = uniforms(shape[0])
        for policy in ("color", "translation", "cutout", "color,translation,cutout"):
            x = y = pictures.clone().requires_grad_()
            for step in policy.split(","):
                y = steps[step](y, u)
            header.put("%s %s" % (name, policy), y)
        # Of the last: the gradient of the sum of y^2 * direction.
        (gradient,) = torch.autograd.grad((y * y * direction).sum(), x)
        header.put(name + " gradient", gradient)
    header.write()
    made = HERE / "augment.h"
    made.write_text(made.read_text().replace("make_numbers.py", "make_augment.py", 1))


if __name__ == "__main__":
    main()
