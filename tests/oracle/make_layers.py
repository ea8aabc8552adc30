#!/usr/bin/env python3
"""Numbers for the layers that make_numbers.py's networks don't have: norms, pools, activations and what sees the batch.

    venv/bin/python tests/oracle/make_layers.py

writes layers.h beside this file (see make_numbers.py for the setup). Each case is a small network that has the layer in
its middle: values; first derivatives of a weighted sum by the input and by all parameters; and, to second order, the
derivatives of the squared norm of the input's gradient.
"""

import torch
import torch.nn.functional as F

from make_numbers import NCHW, NHWC, Header, Network, pair


def number(options, name, default):
    return type(default)(options.get(name, default))


class Layers(Network):
    """What PyTorch has is taken from there; the rest is written as in the papers' own code."""

    def away(self, distances):
        """Distances to a kink or a tie: float32 must be on the same side."""
        if not self.building:
            self.nearest_kink = min(self.nearest_kink, float(distances.detach().abs().min()))

    def conv2d(self, path, options, x):
        """As make_numbers.py's, with copies in place of views, which some of PyTorch's derivatives refuse."""
        filters, (kh, kw) = int(options["filters"]), pair(options["kernel"])
        weight = self.weight(path, (kh, kw, x.shape[3], filters), kh * kw * x.shape[3])
        bias = self.bias(path, options, filters)
        stride = pair(options.get("stride", "1"))
        x, weight = x.permute(NCHW).contiguous(), weight.permute(3, 2, 0, 1).contiguous()
        return F.conv2d(x, weight, bias, stride).permute(NHWC)

    def affine(self, path, options, channels, default):
        if options.get("affine", default) == "false":
            return None, None
        weight = self.make(path + "weight", (channels,), 0.4, 1.0)
        return weight, self.make(path + "bias", (channels,), 0.4)

    def layer_norm(self, path, options, x):
        weight, bias = self.affine(path, options, x.shape[-1], "true")
        epsilon = number(options, "epsilon", 1e-5)
        if x.ndim == 2:
            return F.layer_norm(x, x.shape[1:], weight, bias, epsilon)
        return F.group_norm(x.movedim(-1, 1), 1, weight, bias, epsilon).movedim(1, -1)

    def instance_norm(self, path, options, x):
        weight, bias = self.affine(path, options, x.shape[-1], "false")
        epsilon = number(options, "epsilon", 1e-5)
        y = F.instance_norm(x.permute(NCHW), weight=weight, bias=bias, eps=epsilon)
        return y.permute(NHWC)

    def group_norm(self, path, options, x):
        weight, bias = self.affine(path, options, x.shape[-1], "true")
        epsilon, groups = number(options, "epsilon", 1e-5), number(options, "groups", 32)
        return F.group_norm(x.movedim(-1, 1), groups, weight, bias, epsilon).movedim(1, -1)

    def pixel_norm(self, path, options, x):
        return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + number(options, "epsilon", 1e-8))

    def elu(self, path, options, x):
        self.away(x)
        return F.elu(x, number(options, "alpha", 1.0))

    def silu(self, path, options, x):
        return F.silu(x)

    def avg_pool2d(self, path, options, x):
        kernel = pair(options.get("kernel", "2"))
        stride = pair(options["stride"]) if "stride" in options else kernel
        padding = pair(options.get("padding", "0"))
        counts = options.get("count_include_padding", "true") == "true"
        return F.avg_pool2d(x.permute(NCHW), kernel, stride, padding, count_include_pad=counts).permute(NHWC)

    def max_pool2d(self, path, options, x):
        kernel = pair(options.get("kernel", "2"))
        stride = pair(options["stride"]) if "stride" in options else kernel
        padding = pair(options.get("padding", "0"))
        x = x.permute(NCHW)
        (ph, pw), area = padding, kernel[0] * kernel[1]
        padded = F.pad(x, (pw, pw, ph, ph), value=-1e9)
        windows = F.unfold(padded, kernel, stride=stride).reshape(x.shape[0], x.shape[1], area, -1)
        first, second = windows.topk(2, 2).values.unbind(2)
        self.away(first - second)
        return F.max_pool2d(x, kernel, stride, padding).permute(NHWC)

    def global_pool2d(self, path, options, x):
        mode = options.get("mode", "avg")
        if mode == "max":
            first, second = x.flatten(1, 2).topk(2, 1).values.unbind(1)
            self.away(first - second)
            return x.amax((1, 2))
        return x.mean((1, 2)) if mode == "avg" else x.sum((1, 2))

    def upsample2d(self, path, options, x):
        scale, mode = pair(options.get("scale", "2")), options.get("mode", "nearest")
        arguments = dict(align_corners=False) if mode == "bilinear" else {}
        y = F.interpolate(x.permute(NCHW), scale_factor=tuple(map(float, scale)), mode=mode, **arguments)
        return y.permute(NHWC)

    def minibatch_discrimination(self, path, options, x):
        kernels, dimensions = number(options, "kernels", 100), number(options, "dimensions", 5)
        weight = self.make(path + "weight", (x.shape[1], kernels * dimensions), 0.5)
        rows = (x @ weight).reshape(-1, kernels, dimensions)
        sums = []
        for i in range(x.shape[0]):  # the paper's formula, sample by sample
            total = torch.ones(kernels)  # j = i
            for j in range(x.shape[0]):
                if j != i:
                    self.away(rows[i] - rows[j])
                    total = total + torch.exp(-(rows[i] - rows[j]).abs().sum(1))
            sums.append(total)
        return torch.cat([x, torch.stack(sums)], 1)

    def minibatch_stddev(self, path, options, x):
        """StyleGAN2's code, with its order of axes [G, M, n, c, H, W]."""
        pictures = x.permute(NCHW) if x.ndim == 4 else x[:, :, None, None]
        n, c, h, w = pictures.shape
        group, new = min(number(options, "group", 4), n), number(options, "channels", 1)
        y = pictures.reshape(group, -1, new, c // new, h, w)
        y = y - y.mean(0, keepdim=True)
        y = y.square().mean(0)
        y = (y + 1e-8).sqrt()
        y = y.mean((2, 3, 4), keepdim=True).mean(2)
        y = torch.cat([pictures, y.repeat(group, 1, h, w)], 1)
        return y.permute(NHWC) if x.ndim == 4 else y[:, :, 0, 0]


# (name, batch, the input's shape, the lines between)
CASES = [
    ("layer_norm_features", 3, (5,), "dense units=6\nlayer_norm\ntanh"),
    ("layer_norm", 2, (3, 4, 2), "conv2d filters=5 kernel=2\nlayer_norm\ntanh"),
    ("layer_norm_plain", 2, (5, 2), "layer_norm affine=false epsilon=0.01\nflatten\ndense units=3\ntanh"),
    ("instance_norm", 2, (3, 4, 2), "conv2d filters=4 kernel=2 bias=false\ninstance_norm\ntanh"),
    ("instance_norm_affine", 2, (3, 4, 2), "instance_norm affine=true epsilon=0.01\ntanh"),
    ("group_norm", 2, (3, 4, 2), "conv2d filters=6 kernel=2\ngroup_norm groups=3\ntanh"),
    ("group_norm_features", 2, (3,), "dense units=8\ngroup_norm groups=2\ntanh"),
    ("group_norm_default", 2, (1, 2, 64), "group_norm\ntanh"),
    ("pixel_norm", 2, (2, 3, 2), "conv2d filters=4 kernel=1\npixel_norm\ntanh"),
    ("pixel_norm_features", 3, (4,), "pixel_norm\ndense units=3\ntanh"),
    ("elu", 3, (4,), "dense units=5\nelu\ndense units=3\nelu alpha=0.5"),
    ("silu", 3, (4,), "dense units=5\nsilu\ndense units=3\nsilu"),
    ("avg_pool2d", 2, (5, 6, 2), "conv2d filters=3 kernel=2\navg_pool2d\ntanh"),
    ("avg_pool2d_padded", 2, (5, 4, 2), "tanh\navg_pool2d kernel=3x2 stride=2x1 padding=1x1\nconv2d filters=2 kernel=2\ntanh"),
    (
        "avg_pool2d_pixels",
        2,
        (4, 5, 2),
        "tanh\navg_pool2d kernel=3 stride=1 padding=1 count_include_padding=false\nconv2d filters=2 kernel=2\ntanh",
    ),
    ("max_pool2d", 2, (5, 6, 2), "conv2d filters=3 kernel=2\nmax_pool2d\ntanh"),
    ("max_pool2d_padded", 2, (5, 4, 2), "tanh\nmax_pool2d kernel=3x2 stride=2x1 padding=1x1\nconv2d filters=2 kernel=2\ntanh"),
    ("global_pool2d_avg", 2, (3, 4, 2), "conv2d filters=3 kernel=1\ntanh\nglobal_pool2d\ntanh"),
    ("global_pool2d_max", 2, (3, 4, 2), "conv2d filters=3 kernel=1\ntanh\nglobal_pool2d mode=max\ntanh"),
    ("global_pool2d_sum", 2, (3, 4, 2), "conv2d filters=3 kernel=1\ntanh\nglobal_pool2d mode=sum\ntanh"),
    ("upsample2d_nearest", 2, (2, 3, 2), "tanh\nupsample2d scale=2x3\nconv2d filters=2 kernel=3\ntanh"),
    ("upsample2d_bilinear", 2, (3, 4, 2), "tanh\nupsample2d scale=2x3 mode=bilinear\nconv2d filters=1 kernel=4x5 stride=2\ntanh"),
    ("upsample2d_bilinear_default", 2, (1, 3, 2), "conv2d filters=2 kernel=1\nupsample2d mode=bilinear\ntanh"),
    ("minibatch_discrimination", 5, (4,), "dense units=6\ntanh\nminibatch_discrimination kernels=4 dimensions=3\ntanh\ndense units=2\ntanh"),
    ("minibatch_discrimination_alone", 1, (3,), "minibatch_discrimination kernels=2 dimensions=2\ntanh"),
    ("minibatch_stddev", 8, (2, 3, 2), "conv2d filters=4 kernel=1\nminibatch_stddev channels=2\ntanh"),
    ("minibatch_stddev_features", 6, (3,), "dense units=4\nminibatch_stddev group=3\ntanh"),
    ("minibatch_stddev_small", 3, (2, 2, 1), "minibatch_stddev\ntanh\nconv2d filters=2 kernel=2\ntanh"),
]


def make_case(header, name, batch, shape, lines):
    size = "x".join(map(str, shape))
    network = Layers(header, name, "gan-network 1\ninput shape=%s\n%s" % (size, lines))
    x = header.fill(name + ".x", (batch,) + shape, 1.0).requires_grad_()
    y = network(x)
    header.put(name + ".y", y)
    weights = header.fill(name + ".weights", tuple(y.shape), 1.0)
    weighted = (y * weights).sum()
    network.gradients(name + ".first", weighted, [("x", x)])
    (gradient,) = torch.autograd.grad(weighted, x, create_graph=True)
    network.gradients(name + ".second", gradient.square().sum(), [("x", x)])
    assert network.nearest_kink > 1e-4, (name, network.nearest_kink)


if __name__ == "__main__":
    layers = Header("layers", 6)
    for case in CASES:
        make_case(layers, *case)
    layers.write()
