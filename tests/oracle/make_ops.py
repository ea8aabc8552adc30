#!/usr/bin/env python3
"""Numbers for single ops, made once by PyTorch in float64: ops.h beside this file.

    venv/bin/python tests/oracle/make_ops.py

For each case: y = op(x); g, the gradient by x of the sum of u * y^2; and the gradient by x of the sum of v * g. x, u and v
are drawn. (The square gives linear ops a second derivative.)
"""

import torch
import torch.nn.functional as F

from make_numbers import Header

LABELS = [3, 0, 9, 9, 1]


def channels_first(op):
    """An op on NCHW pictures as one on NHWC."""
    return lambda x: op(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)


def bilinear(height, width):
    return channels_first(
        lambda x: F.interpolate(x, scale_factor=(float(height), float(width)), mode="bilinear", align_corners=False)
    )


# tests/autograd/torch_suite.c has the same cases by name.
CASES = {
    "abs": ((2, 17), 2.0, torch.abs),
    "clamp": ((2, 17), 2.0, lambda x: x.clamp(-0.5, 0.75)),
    "elu": ((2, 17), 4.0, F.elu),
    "elu_half": ((2, 17), 4.0, lambda x: F.elu(x, alpha=0.5)),
    "silu": ((2, 17), 6.0, F.silu),
    "softmax": ((3, 10), 4.0, lambda x: x.softmax(-1)),
    "softmax_cross_entropy": ((5, 10), 4.0, lambda x: F.cross_entropy(x, torch.tensor(LABELS))),
    "bilinear_2x2": ((1, 4, 3, 2), 2.0, bilinear(2, 2)),
    "bilinear_3x4": ((2, 2, 3, 1), 2.0, bilinear(3, 4)),
    "avg_pool_2": ((1, 6, 5, 3), 2.0, channels_first(lambda x: F.avg_pool2d(x, 2))),
    "avg_pool_3_1_1": ((1, 5, 4, 2), 2.0, channels_first(lambda x: F.avg_pool2d(x, 3, 1, 1))),
    "avg_pool_pixels": (
        (1, 5, 4, 2),
        2.0,
        channels_first(lambda x: F.avg_pool2d(x, 3, 1, 1, count_include_pad=False)),
    ),
    "avg_pool_uneven": (
        (1, 7, 6, 2),
        2.0,
        channels_first(lambda x: F.avg_pool2d(x, (3, 2), (2, 3), (1, 0), count_include_pad=False)),
    ),
    "max_pool_2": ((1, 6, 4, 3), 2.0, channels_first(lambda x: F.max_pool2d(x, 2))),
    "max_pool_3_2_1": ((1, 7, 6, 2), 2.0, channels_first(lambda x: F.max_pool2d(x, 3, 2, 1))),
    "max_pool_uneven": ((1, 7, 6, 2), 2.0, channels_first(lambda x: F.max_pool2d(x, (3, 2), (1, 3), (1, 0)))),
}


def main():
    header = Header("ops", 9)
    for name, (shape, scale, op) in CASES.items():
        x = header.fill(name + ".x", shape, scale).requires_grad_(True)
        y = op(x)
        u = header.fill(name + ".u", y.shape, 1.0)
        (g,) = torch.autograd.grad((u * y**2).sum(), x, create_graph=True)
        v = header.fill(name + ".v", shape, 1.0)
        (h,) = torch.autograd.grad((v * g).sum(), x)
        header.put(name + ".value", y)
        header.put(name + ".first", g)
        header.put(name + ".second", h)
    header.write()


main()
