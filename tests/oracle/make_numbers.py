#!/usr/bin/env python3
"""Numbers that libgan's tests compare with, made once by PyTorch in float64.

    python3 -m venv venv && venv/bin/pip install torch==2.15.0 numpy
    venv/bin/python tests/oracle/make_numbers.py

writes optimizers.h and networks.h beside this file, as the other make_*.py write their headers; the tests need no
Python. Weights, gradients and pictures that go in are not stored: they come from the generator `draw` below, of which
oracle.h has the same in C, and are float32.

Everything here has libgan's shapes (pictures [N, H, W, C], weights [kh, kw, in, out]); PyTorch's are had by permuting
inside the graph, so that gradients come out in libgan's shapes too, and flatten keeps libgan's order.
"""

import pathlib
import sys
import zlib

import numpy as np
import torch
import torch.nn.functional as F

HERE = pathlib.Path(__file__).resolve().parent
torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
MASK = (1 << 64) - 1


def draw(seed, count, scale, offset):
    """offset + scale * (uniform in [-1, 1)), each step rounded to float32."""
    state = seed
    values = np.empty(count, np.float32)
    for i in range(count):
        state = (state * 6364136223846793005 + 1442695040888963407) & MASK
        values[i] = np.float32((state >> 40) / 2.0**23 - 1)
    return np.float32(offset) + np.float32(scale) * values


class Header:
    """One generated header: named texts, fills (what is drawn) and numbers (what must come out)."""

    def __init__(self, name, digits):
        self.name, self.digits = name, digits
        self.texts, self.fills, self.numbers = [], [], []

    def text(self, name, value):
        self.texts.append((name, value))

    def fill(self, name, shape, scale, offset=0.0):
        seed = zlib.crc32(name.encode())
        scale, offset = float(np.float32(scale)), float(np.float32(offset))
        count = int(np.prod(shape))
        self.fills.append((name, count, seed, scale, offset))
        return torch.tensor(draw(seed, count, scale, offset).astype(np.float64).reshape(shape))

    def put(self, name, value):
        if not torch.is_tensor(value):
            value = torch.tensor(value)
        self.numbers.append((name, [float(v) for v in value.detach().reshape(-1)]))

    def write(self):
        def number(value, digits=9):
            text = "%.*g" % (digits, value)
            return text + ("f" if "." in text or "e" in text else ".0f")

        guard = "TESTS_ORACLE_%s_H" % self.name.upper()
        out = [
            "/* Made by %s with PyTorch %s, NumPy %s: don't edit. */"
            % (pathlib.Path(sys.argv[0]).name, torch.__version__.split("+")[0], np.__version__),
            "#ifndef %s" % guard,
            "#define %s" % guard,
            "",
            '#include "oracle/oracle.h"',
            "",
        ]
        if self.texts:
            out.append("static const struct oracle_text %s_texts[] = {" % self.name)
            for name, value in self.texts:
                out.append('    {"%s",' % name)
                out += ['     "%s\\n"' % line for line in value.strip().split("\n")]
                out[-1] += "},"
            out += ["    {NULL, NULL}};", ""]
        if self.fills:
            out.append("static const struct oracle_fill %s_fills[] = {" % self.name)
            for name, count, seed, scale, offset in self.fills:
                out.append(
                    '    {"%s", %d, %uu, %s, %s},' % (name, count, seed, number(scale), number(offset))
                )
            out += ["    {NULL, 0, 0, 0, 0}};", ""]
        out.append("static const struct oracle_numbers %s_numbers[] = {" % self.name)
        for name, values in self.numbers:
            out.append('    {"%s", %d, (const float[]){' % (name, len(values)))
            line = "        "
            for value in values:
                word = number(value, self.digits) + ","
                if len(line) + len(word) > 120:
                    out.append(line.rstrip())
                    line = "        "
                line += word + " "
            out += [line.rstrip(), "    }},"]
        out += ["    {NULL, 0, NULL}};", "", "#endif", ""]
        (HERE / (self.name + ".h")).write_text("\n".join(out))


# Losses ---------------------------------------------------------------------------------------------------------------


def exact_softplus(x):
    """F.softplus answers x itself above 20; this one is exact in float64."""
    return torch.clamp(x, min=0) + torch.log1p(torch.exp(-x.abs()))


SP = exact_softplus
DISCRIMINATOR = lambda r, f: SP(-r).mean() + SP(f).mean()
LOSSES = {
    "standard": (DISCRIMINATOR, lambda f: -SP(f).mean()),
    "non_saturating": (DISCRIMINATOR, lambda f: SP(-f).mean()),
}


# Optimizers -----------------------------------------------------------------------------------------------------------

VARIANTS = [
    ("sgd", "lr=0.1", dict(lr=0.1)),
    ("sgd", "lr=0.1 momentum=0.9", dict(lr=0.1, momentum=0.9)),
    ("sgd", "lr=0.1 momentum=0.9 dampening=0.25", dict(lr=0.1, momentum=0.9, dampening=0.25)),
    ("sgd", "lr=0.1 momentum=0.9 nesterov=true", dict(lr=0.1, momentum=0.9, nesterov=True)),
    ("sgd", "lr=0.1 weight_decay=0.5", dict(lr=0.1, weight_decay=0.5)),
    (
        "sgd",
        "lr=0.1 momentum=0.5 weight_decay=0.125 nesterov=true",
        dict(lr=0.1, momentum=0.5, weight_decay=0.125, nesterov=True),
    ),
    ("adam", "", dict(lr=1e-3)),
    ("adam", "lr=0.01 beta1=0.5", dict(lr=0.01, betas=(0.5, 0.999))),
    ("adam", "lr=0.01 beta1=0 beta2=0.9", dict(lr=0.01, betas=(0.0, 0.9))),
    ("adam", "lr=0.01 weight_decay=0.5", dict(lr=0.01, weight_decay=0.5)),
    ("adam", "lr=0.1 epsilon=0.125", dict(lr=0.1, eps=0.125)),
]
STEPS = 5


def make_optimizers():
    header = Header("optimizers", 9)
    shape = (7, 3)
    start = header.fill("weight", shape, 1.0)
    gradients = [header.fill("gradient%d" % i, shape, 1.0 / (1 + i)) for i in range(STEPS)]
    for index, (kind, text, options) in enumerate(VARIANTS):
        weight = torch.nn.Parameter(start.clone())
        optimizer = (torch.optim.SGD if kind == "sgd" else torch.optim.Adam)([weight], **options)
        header.text("%d" % index, ("%s %s" % (kind, text)).strip())
        for gradient in gradients:
            weight.grad = gradient.clone()
            optimizer.step()
        # What moved, not where it is: a wrong step must not hide behind a large weight.
        header.put("%d.moved" % index, weight - start)
        for name, value in optimizer.state[weight].items():
            if name != "step" and value is not None:
                header.put("%d.%s" % (index, name), value)
    header.write()


# Networks -------------------------------------------------------------------------------------------------------------


def parse_block(lines):
    """Lines up to a closing brace: a list of (kind, options, blocks)."""
    layers = []
    while lines:
        words = lines[0].split()
        if words[0] == "}":
            return layers
        lines.pop(0)
        blocks = []
        if words[-1] == "{":
            words.pop()
            while True:
                blocks.append(parse_block(lines))
                closing = lines.pop(0).split()
                if closing != ["}", "{"]:
                    assert closing == ["}"], closing
                    break
        layers.append((words[0], dict(w.split("=") for w in words[1:]), blocks))
    return layers


def pair(text):
    sizes = [int(v) for v in text.split("x")]
    return sizes * 2 if len(sizes) == 1 else sizes


NCHW, NHWC = (0, 3, 1, 2), (0, 2, 3, 1)


class Network:
    """A gan-network text over PyTorch's functions, with parameters of libgan's names and shapes."""

    def __init__(self, header, name, text, gain=1.0):
        header.text(name, text)
        self.header, self.name, self.gain = header, name, gain
        lines = [line.strip() for line in text.strip().split("\n")]
        assert lines.pop(0) == "gan-network 1"
        self.layers = parse_block(lines)
        self.parameters, self.buffers = {}, {}
        self.nearest_kink = float("inf")
        shape = [int(v) for v in self.layers[0][1]["shape"].split("x")]
        self.training, self.building = False, True
        self.run(self.layers, "", torch.zeros(2, *shape))
        self.building = False

    def make(self, path, shape, scale, offset=0.0, buffer=False):
        if self.building:
            value = self.header.fill(self.name + "/" + path, shape, scale, offset)
            (self.buffers if buffer else self.parameters)[path] = value.requires_grad_(not buffer)
        return (self.buffers if buffer else self.parameters)[path]

    def __call__(self, x, training=True):
        self.training = training
        return self.run(self.layers, "", x)

    def run(self, layers, prefix, x):
        for number, (kind, options, blocks) in enumerate(layers):
            path = "%s%s." % (prefix, options.get("name", str(number)))
            if kind == "residual":
                x = self.run(blocks[0], path + "0.", x) + self.run(blocks[1], path + "1.", x)
            elif kind == "concat":
                parts = [self.run(b, path + "%d." % i, x) for i, b in enumerate(blocks)]
                x = torch.cat(parts, -1)
            else:
                x = getattr(self, kind)(path, options, x)
        return x

    def weight(self, path, shape, fan_in):
        return self.make(path + "weight", shape, self.gain * (3.0 / fan_in) ** 0.5)

    def bias(self, path, options, count):
        return None if options.get("bias") == "false" else self.make(path + "bias", (count,), 0.2)

    def input(self, path, options, x):
        return x

    def dense(self, path, options, x):
        units = int(options["units"])
        y = x @ self.weight(path, (x.shape[1], units), x.shape[1])
        bias = self.bias(path, options, units)
        return y if bias is None else y + bias

    def conv2d(self, path, options, x):
        filters, (kh, kw) = int(options["filters"]), pair(options["kernel"])
        weight = self.weight(path, (kh, kw, x.shape[3], filters), kh * kw * x.shape[3])
        bias = self.bias(path, options, filters)
        stride, padding = pair(options.get("stride", "1")), pair(options.get("padding", "0"))
        return F.conv2d(x.permute(NCHW), weight.permute(3, 2, 0, 1), bias, stride, padding).permute(NHWC)

    def conv_transpose2d(self, path, options, x):
        filters, (kh, kw) = int(options["filters"]), pair(options["kernel"])
        stride, padding = pair(options.get("stride", "1")), pair(options.get("padding", "0"))
        output_padding = pair(options.get("output_padding", "0"))
        fan_in = kh * kw * x.shape[3] / (stride[0] * stride[1])
        weight = self.weight(path, (kh, kw, filters, x.shape[3]), fan_in)
        bias = self.bias(path, options, filters)
        y = F.conv_transpose2d(
            x.permute(NCHW), weight.permute(3, 2, 0, 1), bias, stride, padding, output_padding
        )
        return y.permute(NHWC)

    def batch_norm(self, path, options, x):
        c = x.shape[-1]
        weight = self.make(path + "weight", (c,), 0.4, 1.0)
        bias = self.make(path + "bias", (c,), 0.4)
        mean = self.make(path + "running_mean", (c,), 0.3, 0.0, True)
        variance = self.make(path + "running_var", (c,), 0.4, 1.0, True)
        if self.building:
            return x
        axes = (0, x.ndim - 1) + tuple(range(1, x.ndim - 1))
        back = (0,) + tuple(range(2, x.ndim)) + (1,)
        y = F.batch_norm(x.permute(axes), mean, variance, weight, bias, self.training, 0.1, 1e-5)
        return y.permute(back)

    def kink(self, x):
        if not self.building:
            self.nearest_kink = min(self.nearest_kink, float(x.detach().abs().min()))

    def dropout(self, path, options, x):
        assert not self.training
        return x

    def relu(self, path, options, x):
        self.kink(x)
        return F.relu(x)

    def leaky_relu(self, path, options, x):
        self.kink(x)
        return F.leaky_relu(x, float(options.get("slope", "0.2")))

    def sigmoid(self, path, options, x):
        return torch.sigmoid(x)

    def tanh(self, path, options, x):
        return torch.tanh(x)

    def softplus(self, path, options, x):
        return exact_softplus(x)

    def reshape(self, path, options, x):
        return x.reshape(x.shape[0], *[int(v) for v in options["shape"].split("x")])

    def flatten(self, path, options, x):
        return x.reshape(x.shape[0], -1)

    def upsample2d(self, path, options, x):
        fh, fw = pair(options["scale"])
        return x.repeat_interleave(fh, 1).repeat_interleave(fw, 2)

    def avg_pool2d(self, path, options, x):
        return F.avg_pool2d(x.permute(NCHW), pair(options["kernel"])).permute(NHWC)

    def put_all(self, prefix, tensors):
        for path, value in tensors.items():
            self.header.put("%s.%s/%s" % (prefix, self.name, path), value)

    def gradients(self, prefix, output, extra=(), create_graph=False):
        """Store the gradients of output with respect to all parameters and to `extra` (name, tensor)."""
        names = list(self.parameters)
        inputs = [self.parameters[n] for n in names] + [t for _, t in extra]
        found = torch.autograd.grad(output, inputs, retain_graph=True, allow_unused=True)
        found = [torch.zeros_like(t) if g is None else g for g, t in zip(found, inputs)]
        self.put_all(prefix, dict(zip(names, found)))
        for (name, _), value in zip(extra, found[len(names) :]):
            self.header.put("%s.%s" % (prefix, name), value)


GENERATOR = """
gan-network 1
input shape=5 noise=normal
dense units=32 bias=false
reshape shape=2x2x8
batch_norm
relu
conv_transpose2d filters=5 kernel=4 stride=2 padding=1 bias=false
batch_norm
relu
conv_transpose2d name=to_picture filters=%d kernel=4 stride=2 padding=1
tanh
"""

DISCRIMINATOR_TEXT = """
gan-network 1
input shape=8x8x%d
conv2d filters=5 kernel=4 stride=2 padding=1
leaky_relu slope=0.2
conv2d filters=7 kernel=4 stride=2 padding=1 bias=false
batch_norm
leaky_relu slope=0.2
flatten
dense units=1
"""

PLAIN_CRITIC = """
gan-network 1
input shape=8x8x3
conv2d filters=4 kernel=3 stride=2 padding=1
leaky_relu slope=0.2
conv2d filters=5 kernel=4 stride=2 padding=1
leaky_relu slope=0.2
flatten
dense units=1
"""

NORMED_CRITIC = """
gan-network 1
input shape=8x8x3
conv2d filters=4 kernel=3 stride=2 padding=1
leaky_relu slope=0.2
conv2d filters=5 kernel=4 stride=2 padding=1 bias=false
batch_norm
leaky_relu slope=0.2
flatten
dense units=1
"""

SMOOTH_CRITIC = """
gan-network 1
input shape=5x4x2
conv2d filters=3 kernel=3x2 padding=1x0
softplus
conv_transpose2d filters=3 kernel=3 stride=2 padding=1 output_padding=1
tanh
avg_pool2d kernel=2
conv2d filters=2 kernel=2 bias=false
batch_norm
sigmoid
upsample2d scale=2
flatten
dense units=3
softplus
dense units=1
"""

MIXED = """
gan-network 1
input shape=6x6x3
conv2d filters=4 kernel=3 padding=1
residual {
batch_norm
relu
conv2d filters=4 kernel=3 padding=1
dropout
} {
}
avg_pool2d kernel=2
concat {
conv2d filters=2 kernel=1
sigmoid
} {
residual {
conv2d filters=3 kernel=3 padding=1
tanh
} {
conv2d filters=3 kernel=1 bias=false
}
softplus
} {
}
upsample2d scale=2x3
batch_norm
conv2d name=last filters=2 kernel=3x4 stride=2x1
"""


def away_from_kinks(*networks):
    for network in networks:
        assert network.nearest_kink > 1e-5, (network.name, network.nearest_kink)


def case_dcgan(header, channels):
    """Both networks forward, both losses, all gradients, and the running statistics after D's two forwards."""
    tag = "dcgan%d" % channels
    g = Network(header, tag + "_g", GENERATOR % channels)
    d = Network(header, tag + "_d", DISCRIMINATOR_TEXT % channels)
    n = 3
    z = header.fill(tag + ".z", (n, 5), 1.5).requires_grad_()
    x = header.fill(tag + ".x", (n, 8, 8, channels), 1.0).requires_grad_()
    samples = g(z)
    header.put(tag + ".samples", samples)
    real, generated = d(x), d(samples)
    header.put(tag + ".real", real)
    header.put(tag + ".generated", generated)
    d.put_all(tag + ".running", d.buffers)
    g.put_all(tag + ".running", g.buffers)
    d_loss = LOSSES["non_saturating"][0](real, generated)
    header.put(tag + ".d_loss", d_loss)
    d.gradients(tag + ".d", d_loss, [("x", x)])
    for kind in LOSSES:
        g_loss = LOSSES[kind][1](generated)
        header.put("%s.g_loss.%s" % (tag, kind), g_loss)
    g.gradients(tag + ".g", LOSSES["non_saturating"][1](generated), [("z", z)])
    away_from_kinks(g, d)


def case_penalty(header, name, text, shape):
    """E |dD/dx|^2 and its gradient by D's weights: second order through every layer."""
    d = Network(header, name, text)
    x = header.fill(name + ".x", (4,) + shape, 1.0).requires_grad_()
    logits = d(x)
    header.put(name + ".logits", logits)
    (gradient,) = torch.autograd.grad(logits.sum(), x, create_graph=True)
    header.put(name + ".gradient", gradient)
    penalty = gradient.square().sum() / x.shape[0]
    header.put(name + ".penalty", penalty)
    d.gradients(name + ".second", penalty, [("x", x)])
    away_from_kinks(d)


def case_mixed(header):
    """Blocks, resampling and the smooth activations, in eval mode: running statistics, no dropout."""
    network = Network(header, "mixed", MIXED)
    x = header.fill("mixed.x", (2, 6, 6, 3), 1.0).requires_grad_()
    y = network(x, training=False)
    header.put("mixed.y", y)
    weights = header.fill("mixed.weights", tuple(y.shape), 1.0)
    network.gradients("mixed.first", (y * weights).sum(), [("x", x)])
    away_from_kinks(network)


def case_training(header):
    """Three steps of D, then G, by SGD with momentum: what the weights moved, and the running statistics."""
    g = Network(header, "train_g", GENERATOR % 1)
    d = Network(header, "train_d", DISCRIMINATOR_TEXT % 1)
    start = {net: {k: v.detach().clone() for k, v in net.parameters.items()} for net in (g, d)}
    optimizers = {
        net: torch.optim.SGD(net.parameters.values(), lr=0.05, momentum=0.5) for net in (g, d)
    }
    losses = []
    for step in range(3):
        x = header.fill("train.x%d" % step, (4, 8, 8, 1), 1.0)
        z = header.fill("train.z%d" % step, (4, 5), 1.5)
        samples = g(z)
        optimizers[d].zero_grad()
        d_loss = LOSSES["non_saturating"][0](d(x), d(samples.detach()))
        d_loss.backward()
        optimizers[d].step()
        optimizers[g].zero_grad()
        g_loss = LOSSES["non_saturating"][1](d(samples))
        g_loss.backward()
        optimizers[g].step()
        losses += [float(d_loss.detach()), float(g_loss.detach())]
    header.put("train.losses", losses)
    for net in (g, d):
        net.put_all("train.moved", {k: v - start[net][k] for k, v in net.parameters.items()})
        net.put_all("train.running", net.buffers)
    away_from_kinks(g, d)


def make_networks():
    header = Header("networks", 6)
    case_dcgan(header, 1)
    case_dcgan(header, 3)
    case_penalty(header, "plain_critic", PLAIN_CRITIC, (8, 8, 3))
    case_penalty(header, "normed_critic", NORMED_CRITIC, (8, 8, 3))
    case_penalty(header, "smooth_critic", SMOOTH_CRITIC, (5, 4, 2))
    case_mixed(header)
    case_training(header)
    header.write()


if __name__ == "__main__":
    make_optimizers()
    make_networks()
