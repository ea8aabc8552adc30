#!/usr/bin/env python3
"""The WGAN-GP critic's step of bench_libgan ("WGAN-GP critic") in PyTorch, in float32 on the CPU, in several modes.

Prints each mode's median and best time, and the fastest. Needs torch; --threads defaults to the CPUs it may use.
"""
import argparse
import os
import statistics
import time

import torch
from torch import nn

BATCH = 64


def critic(size, channels):
    layers, inner, side = [], 64, size
    while side > 7:
        layers += [nn.Conv2d(channels, inner, 4, 2, 1), nn.LeakyReLU(0.2)]
        channels, inner, side = inner, 2 * inner, side // 2
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(channels * side * side, 1))


def make_step(size, channels, channels_last, compiled, joined):
    torch.manual_seed(0)
    torch.set_flush_denormal(True)
    d = critic(size, channels)
    for p in d.parameters():
        if p.dim() > 1:
            nn.init.kaiming_normal_(p, 0.2)
    real, generated = (torch.rand(BATCH, channels, size, size) * 2 - 1 for _ in range(2))
    if channels_last:
        d = d.to(memory_format=torch.channels_last)
        real, generated = (x.contiguous(memory_format=torch.channels_last) for x in (real, generated))
    # torch.compile cannot differentiate twice, so that the penalty's pass stays eager.
    forward = torch.compile(d) if compiled else d
    adam = torch.optim.Adam(d.parameters(), 1e-4, (0.0, 0.9), fused=True)

    def step():
        adam.zero_grad(set_to_none=True)
        if joined:
            on_real, on_generated = forward(torch.cat((real, generated))).chunk(2)
        else:
            on_real, on_generated = forward(real), forward(generated)
        e = torch.rand(BATCH, 1, 1, 1)
        points = (generated + e * (real - generated)).requires_grad_(True)
        (gradient,) = torch.autograd.grad(d(points).sum(), points, create_graph=True)
        norm = (gradient.flatten(1).square().sum(1) + 1e-12).sqrt()
        (on_generated.mean() - on_real.mean() + 10 * (norm - 1).square().mean()).backward()
        adam.step()

    return step


def measure(step, repeats):
    for _ in range(3):
        step()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1e3, min(times) * 1e3


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--repeats", type=int, default=30)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    print(f"PyTorch {torch.__version__}, {arguments.threads} threads, batch {BATCH}")
    modes = [(layout, compiled, joined) for layout in (False, True) for compiled in (False, True) for joined in (False, True)]
    for size, channels in ((28, 1), (32, 3)):
        results = []
        for channels_last, compiled, joined in modes:
            name = ("compiled" if compiled else "eager") + (", channels_last" if channels_last else "")
            name += ", one batch" if joined else ""
            try:
                step = make_step(size, channels, channels_last, compiled, joined)
                median, best = measure(step, arguments.repeats)
            except Exception as error:  # torch.compile needs a C++ compiler and more
                print(f"{name:36} does not run here: {str(error).splitlines()[0][:80]}")
                continue
            print(f"{name:36} median {median:8.2f} ms   best {best:8.2f} ms", flush=True)
            results.append((median, best, name))
        median, best, name = min(results)
        print(f"{size}x{size}x{channels}: fastest is {name}, median {median:.2f} ms, best {best:.2f} ms")


if __name__ == "__main__":
    main()
