#!/usr/bin/env python3
"""The Inception-v3 of the FID (TensorFlow's graph of 2015-12-05) from PyTorch's file of weights to a judge for libgan.

    python3 scripts/convert-inception.py WEIGHTS.pth inception-v3.safetensors [--resize tf1|torch]

Needs Python with torch and numpy, for this step only. Each batch norm is folded into its convolution, in double; the file
holds the network's text, so libgan needs nothing else. All widths come from the weights. The last layer has no bias: its
outputs are the logits that torch-fidelity calls unbiased.
"""

import argparse
import json
import os
import struct
import sys

import numpy as np

EPSILON = 1e-3
NAME = "inception-v3-2015-12-05"

# A branch is a list of convolutions (name, stride, padding) and pools; a list in it is a concat of branches.
AVERAGE = "avg_pool2d kernel=3 stride=1 padding=1 count_include_padding=false"
MAXIMUM = "max_pool2d kernel=3 stride=1 padding=1"
HALVES = "max_pool2d kernel=3 stride=2"


def same(name, height=1, width=1):
    """A convolution that keeps a picture's size."""
    return name, 1, (height // 2, width // 2)


def halves(name):
    return name, 2, (0, 0)


def plain(name):
    return name, 1, (0, 0)


def block_a():
    return [
        [same("branch1x1")],
        [same("branch5x5_1"), same("branch5x5_2", 5, 5)],
        [same("branch3x3dbl_1"), same("branch3x3dbl_2", 3, 3), same("branch3x3dbl_3", 3, 3)],
        [AVERAGE, same("branch_pool")],
    ]


def block_b():
    return [
        [halves("branch3x3")],
        [same("branch3x3dbl_1"), same("branch3x3dbl_2", 3, 3), halves("branch3x3dbl_3")],
        [HALVES],
    ]


def block_c():
    return [
        [same("branch1x1")],
        [same("branch7x7_1"), same("branch7x7_2", 1, 7), same("branch7x7_3", 7, 1)],
        [
            same("branch7x7dbl_1"),
            same("branch7x7dbl_2", 7, 1),
            same("branch7x7dbl_3", 1, 7),
            same("branch7x7dbl_4", 7, 1),
            same("branch7x7dbl_5", 1, 7),
        ],
        [AVERAGE, same("branch_pool")],
    ]


def block_d():
    return [
        [same("branch3x3_1"), halves("branch3x3_2")],
        [
            same("branch7x7x3_1"),
            same("branch7x7x3_2", 1, 7),
            same("branch7x7x3_3", 7, 1),
            halves("branch7x7x3_4"),
        ],
        [HALVES],
    ]


def block_e(pool):
    return [
        [same("branch1x1")],
        [same("branch3x3_1"), [[same("branch3x3_2a", 1, 3)], [same("branch3x3_2b", 3, 1)]]],
        [
            same("branch3x3dbl_1"),
            same("branch3x3dbl_2", 3, 3),
            [[same("branch3x3dbl_3a", 1, 3)], [same("branch3x3dbl_3b", 3, 1)]],
        ],
        [pool, same("branch_pool")],
    ]


GRAPH = [
    halves("Conv2d_1a_3x3"),
    plain("Conv2d_2a_3x3"),
    same("Conv2d_2b_3x3", 3, 3),
    HALVES,
    plain("Conv2d_3b_1x1"),
    plain("Conv2d_4a_3x3"),
    HALVES,
    ("Mixed_5b", block_a()),
    ("Mixed_5c", block_a()),
    ("Mixed_5d", block_a()),
    ("Mixed_6a", block_b()),
    ("Mixed_6b", block_c()),
    ("Mixed_6c", block_c()),
    ("Mixed_6d", block_c()),
    ("Mixed_6e", block_c()),
    ("Mixed_7a", block_d()),
    ("Mixed_7b", block_e(AVERAGE)),
    ("Mixed_7c", block_e(MAXIMUM)),
]


class Conversion:
    """Walks the graph: `lines` becomes the text, `tensors` the arrays by libgan's names."""

    def __init__(self, state):
        self.state = {k: v for k, v in state.items() if not k.endswith("num_batches_tracked")}
        self.lines = ["gan-network 1", "input shape=299x299x3 source=data"]
        self.tensors = {}
        self.used = set()
        for item in GRAPH:
            self.item(item, "", "", 0)
        self.last()
        unused = sorted(set(self.state) - self.used)
        if unused:
            raise ValueError("the file has %d tensors that the network has not: %s" % (len(unused), ", ".join(unused[:5])))

    def take(self, name, rank):
        if name not in self.state:
            raise ValueError('the file has no tensor "%s"' % name)
        array = np.asarray(self.state[name], dtype=np.float64)
        if array.ndim != rank or not np.isfinite(array).all():
            raise ValueError('tensor "%s" is %s, must have %d finite axes' % (name, list(array.shape), rank))
        self.used.add(name)
        return array

    def say(self, depth, text):
        self.lines.append("    " * depth + text)

    def item(self, item, source, path, depth):
        if isinstance(item, str):
            self.say(depth, item)
        elif isinstance(item, list):
            # Its place among the lines of its block is its name there.
            self.concat(item, source, path, depth, "concat")
        elif isinstance(item[1], list):
            self.concat(item[1], source + item[0] + ".", path + item[0].lower() + ".", depth, "concat name=%s" % item[0].lower())
        else:
            self.convolution(item, source, path, depth)

    def concat(self, blocks, source, path, depth, head):
        for number, block in enumerate(blocks):
            self.say(depth, (head if number == 0 else "}") + " {")
            index = 0
            for item in block:
                inner = "%s%d." % (path, number)
                if isinstance(item, list):
                    inner += "%d." % index
                self.item(item, source, inner, depth + 1)
                index += 1 if isinstance(item, (str, list)) else 2  # a convolution has its relu
        self.say(depth, "}")

    def convolution(self, item, source, path, depth):
        name, stride, padding = item
        key = source + name
        weight = self.take(key + ".conv.weight", 4)
        gamma, beta = self.take(key + ".bn.weight", 1), self.take(key + ".bn.bias", 1)
        mean, variance = self.take(key + ".bn.running_mean", 1), self.take(key + ".bn.running_var", 1)
        factor = gamma / np.sqrt(variance + EPSILON)
        path += name.lower()
        self.tensors[path + ".weight"] = (weight * factor[:, None, None, None]).transpose(2, 3, 1, 0)
        self.tensors[path + ".bias"] = beta - mean * factor
        self.say(
            depth,
            "conv2d name=%s filters=%d kernel=%dx%d stride=%d padding=%dx%d"
            % ((name.lower(), weight.shape[0]) + weight.shape[2:] + (stride,) + padding),
        )
        self.say(depth, "relu")

    def last(self):
        weight = self.take("fc.weight", 2)
        self.take("fc.bias", 1)
        self.tensors["fc.weight"] = weight.T
        self.say(0, "global_pool2d name=pool")
        self.say(0, "dense name=fc units=%d bias=false" % weight.shape[0])

    def text(self):
        return "\n".join(self.lines) + "\n"


def write(path, tensors, metadata):
    """A safetensors file, complete or not at all."""
    header = {"__metadata__": metadata}
    arrays = {name: np.ascontiguousarray(tensors[name], dtype="<f4") for name in sorted(tensors)}
    at = 0
    for name, array in arrays.items():
        header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": [at, at + array.nbytes]}
        at += array.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    part = path + ".part"
    try:
        with open(part, "wb") as file:
            file.write(struct.pack("<Q", len(text)) + text)
            for array in arrays.values():
                file.write(array.tobytes())
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    finally:
        if os.path.exists(part):
            os.remove(part)


def convert(state, path, resize):
    conversion = Conversion(state)
    judge = "name=%s features=pool resize=%s round=true" % (NAME, resize)
    write(path, conversion.tensors, {"network": conversion.text(), "judge": judge})


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("weights", help="the .pth file")
    parser.add_argument("out", help="the .safetensors file to write")
    parser.add_argument("--resize", choices=["tf1", "torch"], default="tf1", help="how pictures are brought to 299x299")
    options = parser.parse_args()
    try:
        import torch
    except ImportError:
        sys.exit("convert-inception.py: this step needs Python with torch (pip install torch numpy)")
    try:
        state = torch.load(options.weights, map_location="cpu", weights_only=True)
        convert({name: tensor.numpy() for name, tensor in state.items()}, options.out, options.resize)
    except (OSError, ValueError, RuntimeError, AttributeError) as error:
        sys.exit("convert-inception.py: %s: %s" % (options.weights, error))
    print("%s: %d bytes" % (options.out, os.path.getsize(options.out)))


if __name__ == "__main__":
    main()
