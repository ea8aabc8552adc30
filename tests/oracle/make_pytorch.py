#!/usr/bin/env python3
"""PyTorch models as safetensors files, and what they compute: what tests/io/pytorch_suite.c loads, computes and saves.

    venv/bin/pip install torch==2.15.0 numpy safetensors
    venv/bin/python tests/oracle/make_pytorch.py

writes pytorch.h beside this file and files/*.safetensors (see make_numbers.py for the rest of the setup). The files are
state_dict()s in float32 but types.safetensors, which has a tensor of each type.
"""

import warnings

import numpy as np
import torch
import torch.nn as nn
from safetensors.torch import save_file

from make_numbers import HERE, NHWC, Header

NZ, NGF, NDF, NC = 20, 3, 3, 3
EVERY = 61  # a prime: all channels, rows and columns come up
torch.set_default_dtype(torch.float32)


class Generator(nn.Module):
    """As in pytorch/examples, dcgan/main.py."""

    def __init__(self):
        super().__init__()
        self.main = nn.Sequential(
            nn.ConvTranspose2d(NZ, NGF * 8, 4, 1, 0, bias=False),
            nn.BatchNorm2d(NGF * 8),
            nn.ReLU(True),
            nn.ConvTranspose2d(NGF * 8, NGF * 4, 4, 2, 1, bias=False),
            nn.BatchNorm2d(NGF * 4),
            nn.ReLU(True),
            nn.ConvTranspose2d(NGF * 4, NGF * 2, 4, 2, 1, bias=False),
            nn.BatchNorm2d(NGF * 2),
            nn.ReLU(True),
            nn.ConvTranspose2d(NGF * 2, NGF, 4, 2, 1, bias=False),
            nn.BatchNorm2d(NGF),
            nn.ReLU(True),
            nn.ConvTranspose2d(NGF, NC, 4, 2, 1, bias=False),
            nn.Tanh(),
        )

    def forward(self, x):
        return self.main(x)


class Discriminator(nn.Module):
    def __init__(self):
        super().__init__()
        self.main = nn.Sequential(
            nn.Conv2d(NC, NDF, 4, 2, 1, bias=False),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(NDF, NDF * 2, 4, 2, 1, bias=False),
            nn.BatchNorm2d(NDF * 2),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(NDF * 2, NDF * 4, 4, 2, 1, bias=False),
            nn.BatchNorm2d(NDF * 4),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(NDF * 4, NDF * 8, 4, 2, 1, bias=False),
            nn.BatchNorm2d(NDF * 8),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(NDF * 8, 1, 4, 1, 0, bias=False),
            nn.Sigmoid(),
        )

    def forward(self, x):
        return self.main(x).view(-1, 1).squeeze(1)


class Mixed(nn.Module):
    """A Linear before a picture with a norm on its features, one after a picture with a norm before it."""

    TEXT = """
gan-network 1
input shape=5
dense name=fc units=24
batch_norm name=norm1
leaky_relu slope=0.1
reshape shape=2x4x3
conv_transpose2d name=up filters=4 kernel=3x2 stride=2x3 padding=1x0 bias=false
group_norm name=norm2 groups=2
relu
conv2d name=conv filters=2 kernel=2x3
instance_norm name=norm3 affine=true
flatten
layer_norm name=norm4
tanh
dense name=head units=6
batch_norm name=norm5
elu
dense name=last units=3 bias=false
"""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(5, 24)
        self.norm1 = nn.BatchNorm1d(24)
        self.up = nn.ConvTranspose2d(3, 4, (3, 2), (2, 3), (1, 0), bias=False)
        self.norm2 = nn.GroupNorm(2, 4)
        self.conv = nn.Conv2d(4, 2, (2, 3))
        self.norm3 = nn.InstanceNorm2d(2, affine=True)
        self.norm4 = nn.LayerNorm(2 * 2 * 9)
        self.head = nn.Linear(2 * 2 * 9, 6)
        self.norm5 = nn.BatchNorm1d(6)
        self.last = nn.Linear(6, 3, bias=False)

    def forward(self, x):
        x = nn.functional.leaky_relu(self.norm1(self.fc(x)), 0.1)
        x = self.norm2(self.up(x.view(-1, 3, 2, 4))).relu()
        x = self.norm3(self.conv(x)).flatten(1)
        x = self.norm5(self.head(self.norm4(x).tanh()))
        return self.last(nn.functional.elu(x))


class Spectral(nn.Module):
    TEXT = """
gan-network 1
input shape=4x5x2
conv2d name=conv filters=3 kernel=3x2 spectral_norm=true
relu
conv_transpose2d name=up filters=2 kernel=2x3 spectral_norm=true bias=false
tanh
flatten
dense name=fc units=4 spectral_norm=true
"""

    def __init__(self, norm):
        super().__init__()
        self.conv = norm(nn.Conv2d(2, 3, (3, 2)))
        self.up = norm(nn.ConvTranspose2d(3, 2, (2, 3), bias=False))
        self.fc = norm(nn.Linear(2 * 3 * 6, 4))

    def forward(self, x):
        return self.fc(self.up(self.conv(x).relu()).tanh().flatten(1))


def disturb(module, seed, gain=3.0):
    """Weights of a size that keeps signals alive, and running statistics that are none of a fresh network's."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, value in module.state_dict().items():
            noise = torch.randn(value.shape, generator=generator) if value.dtype == torch.float32 else None
            if name.endswith(("_u", "_v")):
                continue
            if name.endswith("running_var"):
                value.copy_(0.5 + noise.abs())
            elif name.endswith("num_batches_tracked"):
                value.fill_(1234)
            elif noise is not None and value.ndim == 1:
                value.copy_((1.0 if name.endswith("weight") else 0.3) + 0.3 * noise)
            elif noise is not None:
                value.copy_(noise * gain / value[0].numel() ** 0.5)
    return module.eval()


def save(name, module):
    save_file({k: v.contiguous().clone() for k, v in module.state_dict().items()}, HERE / "files" / (name + ".safetensors"))


def pictures(header, name, shape):
    """[N, H, W, C] as it is drawn in C; given on as NCHW."""
    return header.fill(name, shape, 1.0).float().permute(0, 3, 1, 2)


def make_models(header):
    generator = disturb(Generator(), 1)
    z = header.fill("latents", (3, NZ), 1.5).float()
    samples = generator(z[:, :, None, None]).permute(NHWC).reshape(-1)
    header.put("samples", samples[::EVERY])
    save("dcgan_generator", generator)
    discriminator = disturb(Discriminator(), 2, 1.2)
    header.put("probabilities", discriminator(pictures(header, "pictures", (3, 64, 64, NC))))
    save("dcgan_discriminator", discriminator)
    mixed = disturb(Mixed(), 3)
    header.text("mixed", Mixed.TEXT)
    header.put("mixed", mixed(header.fill("mixed", (4, 5), 1.0).float()))
    save("mixed", mixed)
    header.text("spectral", Spectral.TEXT)
    x = pictures(header, "spectral", (3, 4, 5, 2))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, norm in (("hooks", nn.utils.spectral_norm), ("parametrized", nn.utils.parametrizations.spectral_norm)):
            module = disturb(Spectral(norm), 4).train()
            for _ in range(3):  # vectors that are not yet the singular ones
                module(x)
            header.put("spectral_" + name, module.eval()(x))
            save("spectral_" + name, module)


def make_types():
    """Each type beside what it is in float32, as NumPy (or PyTorch, for bfloat16) converts it."""
    rng = np.random.default_rng(5)
    doubles = [rng.standard_normal(200) * 10.0 ** rng.integers(-44, 37, 200)]
    # Ties between two float32 numbers, both ways; among the smallest ones; around the largest.
    ties = (1 + np.arange(8) * 2.0**-23) + 2.0**-24
    small = (np.arange(8) + 0.5) * 2.0**-149
    edges = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 2.0**-150, 2.0**-150 * (1 + 2.0**-52), 2.0**-126 - 2.0**-151,
                      2.0**-126 * (1 - 2.0**-25), float(np.finfo(np.float32).max), 2.0**128 - 2.0**103,
                      np.nextafter(2.0**128 - 2.0**103, 0), 1e300, 1e-320, 5e-324])
    for part in (ties, small, edges):
        doubles += [part, np.nextafter(part, np.inf), np.nextafter(part, -np.inf), -part]
    f64 = np.concatenate(doubles)
    bits = rng.integers(0, 1 << 16, 600).astype(np.uint16)
    f16 = bits.view(np.float16)
    bf16 = torch.from_numpy(bits.view(np.int16).copy()).view(torch.bfloat16)
    with np.errstate(over="ignore"):
        wanted = f64.astype(np.float32)
    save_file({
        "f64": torch.from_numpy(f64), "f64.wanted": torch.from_numpy(wanted),
        "f16": torch.from_numpy(f16), "f16.wanted": torch.from_numpy(f16.astype(np.float32)),
        "bf16": bf16, "bf16.wanted": bf16.float(),
        "i64": torch.arange(6).reshape(2, 3), "bool": torch.tensor([True, False, True]),
        "u8": torch.arange(5, dtype=torch.uint8), "i32": torch.tensor(7, dtype=torch.int32),
    }, HERE / "files" / "types.safetensors", metadata={"format": "pt", "by": "somebody"})


if __name__ == "__main__":
    header = Header("pytorch", 9)
    make_models(header)
    header.write()
    make_types()
