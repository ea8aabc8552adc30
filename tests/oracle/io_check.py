#!/usr/bin/env python3
"""Read what libgan saves with the safetensors package, and write what libgan loads.

    io_check.py read FILE      print metadata and tensors; verify the checksum
    io_check.py write FILE     a network that another program has written, without a checksum
    io_check.py torch GENERATOR SAMPLES DISCRIMINATOR LOGITS
        load files that libgan saved of its presets for 64 pixels (width=3 noise=20, layout=pytorch_dcgan
        sequential=main) into the official DCGAN example's modules, strictly, and compare what they compute with what
        libgan computed, raw float32, on the numbers `latents` and `pictures` of pytorch.h

Used once, with safetensors 0.8.0, NumPy 2.4 and PyTorch 2.15; tests/io holds the bytes that were found right.
"""
import json
import struct
import sys
import zlib

import numpy
from safetensors import safe_open
from safetensors.numpy import save_file


def read(path):
    with open(path, "rb") as file:
        data = file.read()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8:8 + length])
    if length % 8 != 0:
        sys.exit("the data does not begin at a multiple of 8")
    digits = header["__metadata__"]["libgan_crc32"]
    zeroed = data.replace(f'"libgan_crc32":"{digits}"'.encode(), b'"libgan_crc32":"00000000"', 1)
    if int(digits, 16) != zlib.crc32(zeroed):
        sys.exit("the checksum is wrong")
    with safe_open(path, framework="numpy") as file:
        print(file.metadata()["network"])
        for name in file.keys():
            tensor = file.get_tensor(name)
            print(name, tensor.dtype, tensor.shape, tensor.reshape(-1)[:4])


def write(path):
    network = "gan-network 1\ninput shape=3\ndense units=2\ntanh\n"
    tensors = {"1.weight": numpy.arange(6, dtype=numpy.float32).reshape(3, 2),
               "1.bias": numpy.array([0.5, -0.5], dtype=numpy.float32)}
    save_file(tensors, path, metadata={"network": network, "format": "np"})


def run_torch(generator_path, samples_path, discriminator_path, logits_path):
    import torch
    from safetensors.torch import load_file

    import make_pytorch

    header = make_pytorch.Header("unused", 9)
    generator, discriminator = make_pytorch.Generator().eval(), make_pytorch.Discriminator().eval()
    for module, path in ((generator, generator_path), (discriminator, discriminator_path)):
        print(path, module.load_state_dict(load_file(path), strict=True))
    with torch.no_grad():
        z = header.fill("latents", (3, make_pytorch.NZ), 1.5).float()
        samples = generator(z[:, :, None, None]).permute(0, 2, 3, 1).reshape(-1)
        pictures = make_pytorch.pictures(header, "pictures", (3, 64, 64, 3))
        logits = discriminator.main[:-1](pictures).reshape(-1)
    for name, value, path in (("samples", samples, samples_path), ("logits", logits, logits_path)):
        found = numpy.fromfile(path, numpy.float32)
        difference = float(numpy.abs(found - value.numpy()).max())
        print("%s: %d numbers up to %.3g, the largest difference is %.2g"
              % (name, found.size, float(value.abs().max()), difference))
        if difference > 1e-4:
            sys.exit("too large")


commands = {"read": (read, 1), "write": (write, 1), "torch": (run_torch, 4)}
if len(sys.argv) < 2 or sys.argv[1] not in commands or len(sys.argv) != 2 + commands[sys.argv[1]][1]:
    sys.exit(__doc__)
commands[sys.argv[1]][0](*sys.argv[2:])
