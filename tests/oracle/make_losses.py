#!/usr/bin/env python3
"""Numbers for losses and penalties, made once by PyTorch in float64: losses.h and penalties.h beside this file.

    venv/bin/python tests/oracle/make_losses.py

Values, first and second derivatives of each loss; each penalty's value and its gradient by every weight of small critics;
the weights of a WGAN-GP critic after 3 steps. Random targets and points are drawn here as libgan draws them.
"""

import numpy as np
import torch
import torch.nn.functional as F

from make_layers import Layers
from make_numbers import MASK, Header, Network, away_from_kinks

SEED = 7

# Random numbers: libgan's Philox 4x32-10 and its streams (libgan/base/random.c) ---------------------------------------

PURPOSE_LABELS, PURPOSE_PENALTY = 8, 9
M32 = (1 << 32) - 1


def philox(counter, key):
    c, k = list(counter), list(key)
    for _ in range(10):
        a, b = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(b >> 32) ^ c[1] ^ k[0], b & M32, (a >> 32) ^ c[3] ^ k[1], a & M32]
        k = [(k[0] + 0x9E3779B9) & M32, (k[1] + 0xBB67AE85) & M32]
    return c


# The published known answers.
assert philox([0] * 4, [0] * 2) == [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]
assert philox([M32] * 4, [M32] * 2) == [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]


def mix(x):
    x = (x + 0x9E3779B97F4A7C15) & MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return x ^ (x >> 31)


def fnv(text):
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = ((value ^ byte) * 0x100000001B3) & MASK
    return value


def stream(purpose, a, b):
    return mix(mix(mix(purpose) ^ a) ^ b)


def derive(stream, a):
    return mix(mix(stream) ^ a)


def uniform(stream, count):
    words = []
    for block in range((count + 3) // 4):
        words += philox([block & M32, block >> 32, stream & M32, stream >> 32], [SEED, 0])
    return np.array([(word >> 8) * 2.0**-24 for word in words[:count]])


# Losses ---------------------------------------------------------------------------------------------------------------


def softplus(x):
    """F.softplus answers x itself above 20; this one is exact, with the right derivatives at 0 too."""
    return torch.logaddexp(x, torch.zeros_like(x))


def f32(x):
    return float(np.float32(x))


def schedule(options, name):
    return float(options.get(name, 0))


def targets(options, count, generated):
    """As libgan/losses/targets.c; the draw is that of step 5."""
    smoothing, flipping = schedule(options, "smoothing"), schedule(options, "flipping")
    own = [1 - smoothing, smoothing if options.get("smoothing_sides") == "two" else 0.0]
    own = own[::-1] if generated else own
    u = uniform(stream(PURPOSE_LABELS, STEP, int(generated)), count)
    return torch.tensor([f32(own[1] if v < flipping else own[0]) for v in u]).reshape(-1, 1)


STEP = 5


def logistic(options, r, f):
    value = 0
    for x, t in ((r, targets(options, len(r), False)), (f, targets(options, len(f), True))):
        value = value + (t * softplus(-x) + (1 - t) * softplus(x)).mean()
    return value


def least_squares(options, r, f):
    value = 0
    for x, t in ((r, targets(options, len(r), False)), (f, targets(options, len(f), True))):
        value = value + 0.5 * ((x - t) ** 2).mean()
    return value


def average(r, f):
    return softplus(-(r - f.mean())).mean() + softplus(f - r.mean()).mean()


# kind: (what D minimises, what G minimises)
LOSSES = {
    "standard": (logistic, lambda o, r, f: -softplus(f).mean()),
    "non_saturating": (logistic, lambda o, r, f: softplus(-f).mean()),
    "hinge": (lambda o, r, f: F.relu(1 - r).mean() + F.relu(1 + f).mean(), lambda o, r, f: -f.mean()),
    "least_squares": (least_squares, lambda o, r, f: 0.5 * ((f - 1) ** 2).mean()),
    "wasserstein": (lambda o, r, f: f.mean() - r.mean(), lambda o, r, f: -f.mean()),
    "wgan_gp": (lambda o, r, f: f.mean() - r.mean(), lambda o, r, f: -f.mean()),
    "relativistic_average": (lambda o, r, f: average(r, f), lambda o, r, f: average(f, r)),
    "relativistic_pairing": (
        lambda o, r, f: softplus(-(r - f)).mean(),
        lambda o, r, f: softplus(-(f - r)).mean(),
    ),
}

LOSS_CASES = [(kind, kind) for kind in LOSSES] + [
    ("standard_smooth", "standard smoothing=0.1"),
    ("non_saturating_both", "non_saturating smoothing=0.25 smoothing_sides=two"),
    ("non_saturating_flip", "non_saturating flipping=0.5"),
    ("least_squares_smooth", "least_squares smoothing=0.1"),
    ("least_squares_all", "least_squares smoothing=linear(0.3,0.1,10) smoothing_sides=two flipping=0.25"),
]


def parse(text):
    kind, *options = text.split()
    options = dict(word.split("=") for word in options)
    for name, value in options.items():
        if value.startswith("linear("):
            first, last, steps = (float(v) for v in value[7:-1].split(","))
            options[name] = first + (last - first) * STEP / steps
    return kind, options


def gradients(value, inputs):
    """Zeros where value does not depend on an input."""
    if not value.requires_grad:
        return [torch.zeros_like(x) for x in inputs]
    found = torch.autograd.grad(value, inputs, create_graph=True, allow_unused=True)
    return [torch.zeros_like(x) if g is None else g for g, x in zip(found, inputs)]


def singles(header, name, sides, options, values):
    """Six numbers a logit: D's loss and derivative where it is the real one, the generated one, and G's."""
    rows = []
    for value in values:
        logit = torch.tensor([[value]], requires_grad=True)
        other = torch.zeros(1, 1)
        for loss in (sides[0](options, logit, other), sides[0](options, other, logit), sides[1](options, other, logit)):
            rows += [float(loss.detach()), float(gradients(loss, [logit])[0].detach())]
    header.put(name + ".singles", rows)


def batch(header, name, sides, options, real, generated, weights):
    for side, loss in zip("dg", sides):
        r, f = real.clone().requires_grad_(), generated.clone().requires_grad_()
        value = loss(options, r, f)
        first = gradients(value, [r, f])
        second = gradients(sum((g * w).sum() for g, w in zip(first, weights)), [r, f])
        header.put("%s.%s" % (name, side), value)
        for tag, found in (("first", first), ("second", second)):
            header.put("%s.%s.%s.real" % (name, side, tag), found[0])
            header.put("%s.%s.%s.generated" % (name, side, tag), found[1])


def make_losses():
    header = Header("losses", 9)
    values = [0.0, 1.0, -1.0, 1e-3, 20.5, -20.5, 60.0, -60.0, 100.0, -100.0, 1e4, -1e4]
    header.put("logits", values)
    real = header.fill("real", (11, 1), 4.0)
    generated = header.fill("generated", (11, 1), 4.0)
    weights = [header.fill("weights_" + side, (11, 1), 1.0) for side in ("real", "generated")]
    for name, text in LOSS_CASES:
        kind, options = parse(text)
        header.text(name, text)
        if not options:
            singles(header, name, LOSSES[kind], options, values)
        batch(header, name, LOSSES[kind], options, real, generated, weights)
    header.write()


# Penalties ------------------------------------------------------------------------------------------------------------


class Critic(Layers):
    conv2d = Network.conv2d  # with padding


DENSE = """
gan-network 1
input shape=2
dense units=5
leaky_relu slope=0.2
dense units=4
tanh
dense units=1
"""

CONV = """
gan-network 1
input shape=6x6x2
conv2d filters=3 kernel=4 stride=2 padding=1
leaky_relu slope=0.2
conv2d filters=4 kernel=3
leaky_relu slope=0.2
flatten
dense units=1
"""

NORM = """
gan-network 1
input shape=4x4x2
conv2d filters=3 kernel=3 padding=1
layer_norm
leaky_relu slope=0.2
flatten
dense units=1
"""

SMOOTH = """
gan-network 1
input shape=3x4x2
conv2d filters=3 kernel=2
softplus
flatten
dense units=3
sigmoid
dense units=1
"""

STDDEV = """
gan-network 1
input shape=4x4x2
conv2d filters=3 kernel=3 padding=1
leaky_relu slope=0.2
minibatch_stddev group=2
conv2d filters=2 kernel=4
leaky_relu slope=0.2
flatten
dense units=1
"""

CRITICS = {"dense": DENSE, "conv": CONV, "norm": NORM, "smooth": SMOOTH, "stddev": STDDEV}

PENALTY_CASES = [
    ("gradient_penalty", "gradient_penalty"),
    ("one_sided", "gradient_penalty lambda=3 target=0.6 one_sided=true"),
    ("r1", "r1"),
    ("r2", "r2 gamma=4"),
    ("zero_centered", "zero_centered"),
    ("dragan", "dragan lambda=2"),
    ("lazy", "r1 gamma=2 interval=5"),
]

SAMPLES = 4


def interpolates(kind, draw, real, generated):
    source = stream(PURPOSE_PENALTY, draw, fnv(kind))
    e = torch.tensor(uniform(source, len(real))).reshape(-1, *[1] * (real.ndim - 1))
    return e * real + (1 - e) * generated


def perturbed(draw, real):
    """As in the authors' code, https://github.com/kodalinaveen3/DRAGAN: NumPy's std, of all elements."""
    source = stream(PURPOSE_PENALTY, draw, fnv("dragan"))
    a = torch.tensor(uniform(source, len(real))).reshape(-1, *[1] * (real.ndim - 1))
    u = torch.tensor(uniform(derive(source, 1), real.numel())).reshape(real.shape)
    return real + a * 0.5 * real.numpy().std() * u


def penalty(text, draw, critic, real, generated):
    kind, options = parse(text)
    if kind == "r1":
        points = real
    elif kind == "r2":
        points = generated
    elif kind == "dragan":
        points = perturbed(draw, real)
    else:
        points = interpolates(kind, draw, real, generated)
    points = points.detach().clone().requires_grad_()
    (g,) = torch.autograd.grad(critic(points).sum(), points, create_graph=True)
    squares = (g**2).flatten(1).sum(1)
    if kind in ("r1", "r2"):
        value = float(options.get("gamma", 10)) / 2 * squares.mean()
    elif kind == "zero_centered":
        value = float(options.get("lambda", 10)) * squares.mean()
    else:
        over = (squares + 1e-12).sqrt() - float(options.get("target", 1))
        if options.get("one_sided") == "true":
            # The test must see both sides.
            assert 0 < int((over > 0).sum()) < len(over) or critic.name != "conv", over
            over = F.relu(over)
        value = float(options.get("lambda", 10)) * (over**2).mean()
    return int(options.get("interval", 1)) * value


def make_penalties():
    header = Header("penalties", 7)
    for name, text in PENALTY_CASES:
        header.text("penalty." + name, text)
    for name, text in CRITICS.items():
        critic = Critic(header, name, text)
        shape = (SAMPLES, *[int(v) for v in critic.layers[0][1]["shape"].split("x")])
        real, generated = header.fill(name + ".real", shape, 1.0), header.fill(name + ".generated", shape, 1.0, 0.25)
        for case, penalty_text in PENALTY_CASES:
            value = penalty(penalty_text, STEP, critic, real, generated)
            header.put("%s.%s" % (name, case), value)
            critic.gradients(case, value)
        away_from_kinks(critic)
    critic_steps(header)
    header.write()


# The DCGAN discriminator for 28 pixels without norm, narrow.
STEPPED = """
gan-network 1
input shape=28x28x1
conv2d filters=4 kernel=4 stride=2 padding=1
leaky_relu slope=0.2
conv2d filters=6 kernel=4 stride=2 padding=1
leaky_relu slope=0.2
flatten
dense units=1
"""


def critic_steps(header):
    """E f - E r + gradient_penalty, and plain SGD: how far each weight is after 3 steps."""
    critic = Critic(header, "stepped", STEPPED)
    start = {name: weight.detach().clone() for name, weight in critic.parameters.items()}
    losses = []
    for step in range(3):
        real = header.fill("stepped.real%d" % step, (SAMPLES, 28, 28, 1), 1.0, 0.5)
        generated = header.fill("stepped.generated%d" % step, (SAMPLES, 28, 28, 1), 1.0, -0.5)
        value = critic(generated).mean() - critic(real).mean()
        value = value + penalty("gradient_penalty", step, critic, real, generated)
        weights = list(critic.parameters.values())
        found = torch.autograd.grad(value, weights, allow_unused=True)
        losses.append(float(value.detach()))
        with torch.no_grad():
            for weight, gradient in zip(weights, found):
                weight -= 0.01 * gradient
    header.put("stepped.losses", losses)
    critic.put_all("moved", {name: weight - start[name] for name, weight in critic.parameters.items()})
    away_from_kinks(critic)


if __name__ == "__main__":
    make_losses()
    make_penalties()
