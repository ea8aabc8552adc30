#!/usr/bin/env python3
"""The FID's Inception-v3, 16 times narrower, by torch-fidelity's and pytorch-fid's own modules in float64: inception.h.

    venv/bin/pip install torch==2.15.0 torchvision numpy torch-fidelity==0.4.0 pytorch-fid==0.3.0
    venv/bin/python tests/oracle/make_inception.py

Weights and batch norms are drawn (oracle.h has the same generator); the network's text is that of
scripts/convert-inception.py, whose folded tensors are compared here with those that the test folds itself. torch-fidelity
gives features and logits of pictures resized as TensorFlow does, pytorch-fid features of pictures resized as PyTorch does.
"""

import importlib.util
import pathlib

import numpy as np
import torch

from make_numbers import Header

import pytorch_fid.inception
import torch_fidelity.feature_extractor_inceptionv3 as fidelity

ROOT = pathlib.Path(__file__).resolve().parents[2]
PICTURES = [(2, 67, 53), (1, 311, 32)]  # how many of what size


def converter():
    spec = importlib.util.spec_from_file_location("convert_inception", ROOT / "scripts" / "convert-inception.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def narrow(channels):
    return 3 if channels == 3 else max(1, channels // 16)


def shrink(network):
    """Replace every convolution, batch norm and dense layer by a narrower one, in float64."""
    for module in list(network.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, torch.nn.Conv2d):
                small = torch.nn.Conv2d(
                    narrow(child.in_channels),
                    narrow(child.out_channels),
                    child.kernel_size,
                    child.stride,
                    child.padding,
                    bias=False,
                )
            elif isinstance(child, torch.nn.BatchNorm2d):
                small = torch.nn.BatchNorm2d(narrow(child.num_features), eps=child.eps)
            elif isinstance(child, torch.nn.Linear):
                small = torch.nn.Linear(narrow(child.in_features), narrow(child.out_features))
            else:
                continue
            setattr(module, name, small)
    return network.double().eval()


def draw(header, state):
    """A value for each tensor of the state, so that activations keep their size through the layers."""
    drawn = {}
    for name, tensor in state.items():
        shape = tuple(tensor.shape)
        if name.endswith("num_batches_tracked"):
            drawn[name] = tensor
        elif name.endswith("conv.weight"):
            drawn[name] = header.fill(name, shape, (6.0 / np.prod(shape[1:])) ** 0.5)
        elif name.endswith("bn.weight"):
            drawn[name] = header.fill(name, shape, 0.5, 1.25)
        elif name.endswith("running_var"):
            drawn[name] = header.fill(name, shape, 0.25, 0.75)
        elif name.endswith("running_mean"):
            drawn[name] = header.fill(name, shape, 0.1, 0.0)
        elif name.endswith("bn.bias"):
            drawn[name] = header.fill(name, shape, 0.25, 0.25)
        else:
            drawn[name] = header.fill(name, shape, 0.25)
    return drawn


def without_weights(build):
    """Run build() with the weights' download and their loading left out."""
    load = torch.nn.Module.load_state_dict
    torch.nn.Module.load_state_dict = lambda self, state, **options: None
    fidelity.load_state_dict_from_url = lambda *a, **k: {}
    pytorch_fid.inception.load_state_dict_from_url = lambda *a, **k: {}
    try:
        return build()
    finally:
        torch.nn.Module.load_state_dict = load


def main():
    header = Header("inception", 9)
    tensorflow = shrink(
        without_weights(lambda: fidelity.FeatureExtractorInceptionV3("x", ["2048", "logits_unbiased"], None, "float64"))
    )
    torch_way = shrink(without_weights(lambda: pytorch_fid.inception.InceptionV3([3])))
    # Pictures are resized in float32, as always there.
    for first in tensorflow.Conv2d_1a_3x3, torch_way.blocks[0][0]:
        first.register_forward_pre_hook(lambda module, inputs: (inputs[0].double(),))

    state = draw(header, tensorflow.state_dict())
    tensorflow.load_state_dict(state)
    for index, names in enumerate(
        [
            ["Conv2d_1a_3x3", "Conv2d_2a_3x3", "Conv2d_2b_3x3"],
            ["Conv2d_3b_1x1", "Conv2d_4a_3x3"],
            ["Mixed_5b", "Mixed_5c", "Mixed_5d", "Mixed_6a", "Mixed_6b", "Mixed_6c", "Mixed_6d", "Mixed_6e"],
            ["Mixed_7a", "Mixed_7b", "Mixed_7c"],
        ]
    ):
        for place, name in enumerate(names):
            part = {key[len(name) + 1 :]: value for key, value in state.items() if key.startswith(name + ".")}
            torch_way.blocks[index][place].load_state_dict(part)

    conversion = converter().Conversion({name: tensor.numpy() for name, tensor in state.items()})
    # In pieces: C's literals are at most 4,095 characters.
    lines = conversion.text().splitlines()
    for first in range(0, len(lines), 60):
        header.text("lines from %d" % first, "\n".join(line.strip() for line in lines[first : first + 60]))
    # Of each tensor in the network's order: the sum of its squares.
    header.put("folded", [float((tensor**2).sum()) for tensor in conversion.tensors.values()])

    for count, height, width in PICTURES:
        name = "%dx%d" % (height, width)
        drawn = header.fill(name, (count, height, width, 3), 128.0, 128.0)
        pixels = drawn.floor().clamp(0, 255).permute(0, 3, 1, 2)
        with torch.no_grad():
            features, logits = tensorflow(pixels.to(torch.uint8))
            (pooled,) = torch_way(pixels.float() / 255)
        header.put(name + ".tf1", features)
        header.put(name + ".logits", logits)
        header.put(name + ".torch", pooled)
    header.write()


main()
