#!/usr/bin/env python3
"""Numbers for spectral_norm, made once by PyTorch's parametrizations.spectral_norm in float64 and NumPy's SVD.

    venv/bin/python tests/oracle/make_spectral.py

writes spectral.h. Weights are libgan's (dense [in, out], conv2d [kh, kw, in, out], conv_transpose2d [kh, kw, out, in]);
u runs over the output channels, v over the other axes in libgan's order.
"""

import numpy as np
import torch
import torch.nn.functional as F
from torch.nn.utils.parametrizations import spectral_norm

from make_numbers import NCHW, NHWC, Header

# kind, libgan's weight shape, axis of the output channels
SINGLES = {
    "dense_wide": ("dense", (7, 40), 1),
    "dense_tall": ("dense", (50, 12), 1),
    "dense_one": ("dense", (9, 1), 1),
    "conv2d": ("conv2d", (3, 2, 5, 8), 3),
    "conv_transpose2d": ("conv_transpose2d", (4, 3, 6, 10), 2),
    "conv_transpose2d_one": ("conv_transpose2d", (4, 4, 3, 1), 2),
}


def matrix(weight, axis):
    """[out, the rest in its order]"""
    weight = weight.movedim(axis, 0)
    return weight.reshape(weight.shape[0], -1)


def float32(tensor):
    return torch.tensor(tensor.detach().numpy().astype(np.float32).astype(np.float64))


def make_module(kind, weight, bias=None, **options):
    """The PyTorch module of a libgan weight."""
    weight, has = weight.detach().clone(), bias is not None
    if kind == "dense":
        module = torch.nn.Linear(weight.shape[0], weight.shape[1], bias=has)
        inner = weight.T
    elif kind == "conv2d":
        module = torch.nn.Conv2d(weight.shape[2], weight.shape[3], weight.shape[:2], bias=has, **options)
        inner = weight.permute(3, 2, 0, 1)
    else:
        module = torch.nn.ConvTranspose2d(weight.shape[3], weight.shape[2], weight.shape[:2], bias=has, **options)
        inner = weight.permute(3, 2, 0, 1)
    module = module.double()
    with torch.no_grad():
        module.weight.copy_(inner)
        if has:
            module.bias.copy_(bias)
    return module


def v_to_torch(kind, shape, v):
    if kind == "dense":
        return v
    kh, kw = shape[:2]
    return v.reshape(kh, kw, -1).permute(2, 0, 1).reshape(-1)


def v_to_libgan(kind, shape, v):
    if kind == "dense":
        return v
    kh, kw = shape[:2]
    return v.reshape(-1, kh, kw).permute(1, 2, 0).reshape(-1)


def grad_to_libgan(kind, gradient):
    return gradient.T if kind == "dense" else gradient.permute(2, 3, 1, 0)


def normed(kind, weight, u, v, bias=None, **options):
    """With u and v as they are given; eval mode, so that a forward iterates nothing."""
    module = spectral_norm(make_module(kind, weight, bias, **options), n_power_iterations=1)
    parametrization = module.parametrizations.weight[0]
    parametrization._u = u.clone()
    parametrization._v = v_to_torch(kind, weight.shape, v).clone()
    return module.eval()


def unit(x):
    return x / x.norm()


def near(weight, axis, start):
    """Vectors after two iterations: near the singular ones, but not there, so that each term of a gradient shows."""
    w = matrix(weight, axis)
    v = unit(start)
    for _ in range(2):
        u = unit(w @ v)
        v = unit(w.T @ u)
    return float32(u), float32(v)


def make_singles(header):
    for name, (kind, shape, axis) in SINGLES.items():
        weight = header.fill("w." + name, shape, 0.5)
        start = header.fill("v." + name, (weight.numel() // shape[axis],), 1.0)
        w = matrix(weight, axis)
        exact = np.linalg.svd(w.numpy(), compute_uv=False)
        header.put("exact." + name, exact[:1])
        # One iteration as PyTorch does it in a training forward.
        module = normed(kind, weight, unit(torch.ones(shape[axis])), start).train()
        module.weight
        parametrization = module.parametrizations.weight[0]
        header.put("u." + name, parametrization._u)
        header.put("v." + name, v_to_libgan(kind, shape, parametrization._v))
        # Fifteen, and what they find.
        v = start
        for _ in range(15):
            u = unit(w @ v)
            v = unit(w.T @ u)
        header.put("fifteen." + name, [u @ (w @ v)])


NETWORK = """
gan-network 1
input shape=6x5x2
conv2d filters=4 kernel=3x2 stride=2x1 padding=1x0 spectral_norm=true
softplus
conv_transpose2d filters=3 kernel=4x3 stride=2 padding=1 spectral_norm=true bias=false
tanh
flatten
dense units=2 spectral_norm=true
"""


def make_network(header):
    header.text("network", NETWORK)
    parts = [
        ("1", "conv2d", (3, 2, 2, 4), 3, dict(stride=(2, 1), padding=(1, 0))),
        ("3", "conv_transpose2d", (4, 3, 3, 4), 2, dict(stride=2, padding=1)),
        ("6", "dense", (6 * 7 * 3, 2), 1, {}),
    ]
    modules, weights = {}, {}
    for path, kind, shape, axis, options in parts:
        weight = header.fill(path + ".weight", shape, 0.4)
        bias = None if path == "3" else header.fill(path + ".bias", (shape[axis],), 0.2)
        start = header.fill(path + ".start", (weight.numel() // shape[axis],), 1.0)
        u, v = near(weight, axis, start)
        header.put(path + ".weight_u", u)
        header.put(path + ".weight_v", v)
        modules[path] = normed(kind, weight, u, v, bias, **options)
    x = header.fill("x", (3, 6, 5, 2), 1.0).requires_grad_(True)
    h = F.softplus(modules["1"](x.permute(NCHW)))
    h = torch.tanh(modules["3"](h)).permute(NHWC)
    assert h.shape[1:] == (6, 7, 3), h.shape
    y = modules["6"](h.reshape(3, -1))
    factors = header.fill("factors", (3, 2), 1.0)
    header.put("y", y)

    def put_gradients(prefix, value):
        inputs, names = [], []
        for path, kind, *_ in parts:
            inputs.append(modules[path].parametrizations.weight.original)
            names.append((path + ".weight", kind))
            if modules[path].bias is not None:
                inputs.append(modules[path].bias)
                names.append((path + ".bias", None))
        found = torch.autograd.grad(value, inputs + [x], retain_graph=True, allow_unused=True)
        for (name, kind), g, t in zip(names, found, inputs):
            g = torch.zeros_like(t) if g is None else g
            header.put(prefix + name, grad_to_libgan(kind, g) if kind else g)
        header.put(prefix + "x", found[-1])

    total = (y * factors).sum()
    put_gradients("first.", total)
    (gx,) = torch.autograd.grad(total, x, create_graph=True)
    penalty = gx.square().sum()
    header.put("penalty", [penalty])
    put_gradients("second.", penalty)


if __name__ == "__main__":
    header = Header("spectral", 9)
    make_singles(header)
    make_network(header)
    header.write()
