#!/usr/bin/env python3
"""The training step of bench_libgan ("DCGAN 28x28 step") in PyTorch, in float32 on the CPU, in several modes.

Prints each mode's median and best time, and the fastest. Needs torch; --threads defaults to the CPUs it may use.
"""
import argparse
import os
import statistics
import time

import torch
from torch import nn

BATCH = 128


def generator():
    return nn.Sequential(
        nn.Linear(100, 6272, bias=False),
        nn.Unflatten(1, (128, 7, 7)),
        nn.BatchNorm2d(128),
        nn.ReLU(),
        nn.ConvTranspose2d(128, 64, 4, 2, 1, bias=False),
        nn.BatchNorm2d(64),
        nn.ReLU(),
        nn.ConvTranspose2d(64, 1, 4, 2, 1),
        nn.Tanh(),
    )


def discriminator():
    return nn.Sequential(
        nn.Conv2d(1, 64, 4, 2, 1),
        nn.LeakyReLU(0.2),
        nn.Conv2d(64, 128, 4, 2, 1, bias=False),
        nn.BatchNorm2d(128),
        nn.LeakyReLU(0.2),
        nn.Flatten(),
        nn.Linear(6272, 1),
    )


def make_step(channels_last, compiled, flush):
    torch.manual_seed(0)
    torch.set_flush_denormal(flush)
    g, d = generator(), discriminator()
    real = torch.rand(BATCH, 1, 28, 28) * 2 - 1
    if channels_last:
        g = g.to(memory_format=torch.channels_last)
        d = d.to(memory_format=torch.channels_last)
        real = real.contiguous(memory_format=torch.channels_last)
    g_forward, d_forward = (torch.compile(g), torch.compile(d)) if compiled else (g, d)
    g_adam = torch.optim.Adam(g.parameters(), 2e-4, (0.5, 0.999), fused=True)
    d_adam = torch.optim.Adam(d.parameters(), 2e-4, (0.5, 0.999), fused=True)
    softplus = nn.functional.softplus

    def step():
        generated = g_forward(torch.randn(BATCH, 100))
        d_adam.zero_grad(set_to_none=True)
        loss = softplus(-d_forward(real)).mean() + softplus(d_forward(generated.detach())).mean()
        loss.backward()
        d_adam.step()
        # D takes part in G's step, but its parameters need no gradients there.
        for p in d.parameters():
            p.requires_grad_(False)
        g_adam.zero_grad(set_to_none=True)
        softplus(-d_forward(generated)).mean().backward()
        g_adam.step()
        for p in d.parameters():
            p.requires_grad_(True)

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
    results = []
    modes = [
        ("eager", False, False),
        ("channels_last", True, False),
        ("compiled", False, True),
        ("compiled, channels_last", True, True),
    ]
    for name, channels_last, compiled in modes:
        try:
            median, best = measure(make_step(channels_last, compiled, True), arguments.repeats)
        except Exception as error:  # torch.compile needs a C++ compiler and more
            print(f"{name:28} does not run here: {str(error).splitlines()[0][:80]}")
            continue
        print(f"{name:28} median {median:8.2f} ms   best {best:8.2f} ms", flush=True)
        results.append((median, best, name))
    median, best, name = min(results)
    print(f"fastest: {name}, median {median:.2f} ms, best {best:.2f} ms")


if __name__ == "__main__":
    main()
