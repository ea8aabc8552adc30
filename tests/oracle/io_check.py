#!/usr/bin/env python3
"""Read what libgan saves with the safetensors package, and write what libgan loads.

    io_check.py read FILE      print metadata and tensors; verify the checksum
    io_check.py write FILE     a network that another program has written, without a checksum

Used once, with safetensors 0.8.0 and NumPy 2.4; tests/io holds the bytes that were found right.
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


if len(sys.argv) != 3 or sys.argv[1] not in ("read", "write"):
    sys.exit(__doc__)
{"read": read, "write": write}[sys.argv[1]](sys.argv[2])
