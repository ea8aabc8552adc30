#!/usr/bin/env python3
"""gan_bench's works beside the same ones in PyTorch, in float32, with as many threads, in turns.

    python3 bench/compare_pytorch.py build/bench/gan_bench [--only dcgan,critic] [--threads 2] [--isa avx2]

Run it with the Python that has PyTorch, which is yours to install:

    python3 -m venv venv && venv/bin/pip install torch --index-url https://download.pytorch.org/whl/cpu
    venv/bin/python bench/compare_pytorch.py build/bench/gan_bench

For each work PyTorch's modes (eager, channels_last, both compiled, and for a critic real and generated pictures as one batch) are tried,
and the one with the best time counts. Then libgan and PyTorch take turns, --rounds times: gan_bench as a new process, PyTorch as one that waits meanwhile.
Printed are medians of the rounds' medians, the best times, the median of the rounds' ratios, and both processes' peak memory.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

DEFAULT_WORKS = "dcgan,critic,sample-28,start"
WIDTH, NOISE = 64, 100


# ---- PyTorch's side: one process for a work in a mode ----


def networks(size, channels, norm):
    """PyTorch's DCGAN example at 64x64; without its largest pictures at 32x32; dense outer layers at 28x28."""
    from torch import nn

    side = 7 if size == 28 else 4
    deepest = WIDTH * size // side // 2
    offset = size == 28
    if size == 28:
        g = [nn.Linear(NOISE, side * side * deepest, bias=False), nn.Unflatten(1, (deepest, side, side))]
    else:
        g = [nn.Unflatten(1, (NOISE, 1, 1)), nn.ConvTranspose2d(NOISE, deepest, 4, 1, 0, bias=False)]
    g += [nn.BatchNorm2d(deepest), nn.ReLU()]
    inner = deepest
    while inner > WIDTH:
        g += [nn.ConvTranspose2d(inner, inner // 2, 4, 2, 1, bias=False), nn.BatchNorm2d(inner // 2), nn.ReLU()]
        inner //= 2
    g += [nn.ConvTranspose2d(WIDTH, channels, 4, 2, 1, bias=offset), nn.Tanh()]

    outer = offset or not norm
    d, inner = [nn.Conv2d(channels, WIDTH, 4, 2, 1, bias=outer), nn.LeakyReLU(0.2)], WIDTH
    while inner < deepest:
        d += [nn.Conv2d(inner, 2 * inner, 4, 2, 1, bias=not norm)]
        d += [nn.BatchNorm2d(2 * inner)] if norm else []
        d += [nn.LeakyReLU(0.2)]
        inner *= 2
    d += [nn.Flatten(), nn.Linear(side * side * deepest, 1)] if size == 28 else [nn.Conv2d(deepest, 1, 4, 1, 0, bias=outer), nn.Flatten()]
    return nn.Sequential(*g), nn.Sequential(*d)


def laid_out(mode, *things):
    """In channels_last where the mode says so."""
    import torch

    if "channels_last" not in mode:
        return things
    return [x.to(memory_format=torch.channels_last) if isinstance(x, torch.nn.Module) else x.contiguous(memory_format=torch.channels_last) for x in things]


def compiled(mode, *modules):
    import torch

    return [torch.compile(m) if "compiled" in mode else m for m in modules]


def make_dcgan(size, mode, batch=128):
    import torch
    from torch.nn.functional import softplus

    channels = 1 if size == 28 else 3
    g, d, real = laid_out(mode, *networks(size, channels, True), torch.rand(batch, channels, size, size) * 2 - 1)
    g_forward, d_forward = compiled(mode, g, d)
    g_adam, d_adam = (torch.optim.Adam(n.parameters(), 2e-4, (0.5, 0.999), fused=True) for n in (g, d))

    def step():
        generated = g_forward(torch.randn(batch, NOISE))
        d_adam.zero_grad(set_to_none=True)
        (softplus(-d_forward(real)).mean() + softplus(d_forward(generated.detach())).mean()).backward()
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


def make_critic(size, mode, batch=64):
    import torch

    channels = 1 if size == 28 else 3
    g, d, real = networks(size, channels, True)[0], networks(size, channels, False)[1], torch.rand(batch, channels, size, size) * 2 - 1
    for p in d.parameters():
        if p.dim() > 1:
            torch.nn.init.kaiming_normal_(p, 0.2)
    g, d, real = laid_out(mode, g, d, real)
    # torch.compile cannot differentiate twice, so that the penalty's pass stays eager.
    g_forward, d_forward = compiled(mode, g, d)
    adam = torch.optim.Adam(d.parameters(), 1e-4, (0.0, 0.9), fused=True)

    def step():
        with torch.no_grad():
            generated = g_forward(torch.randn(batch, NOISE))
        adam.zero_grad(set_to_none=True)
        if "one batch" in mode:
            on_real, on_generated = d_forward(torch.cat((real, generated))).chunk(2)
        else:
            on_real, on_generated = d_forward(real), d_forward(generated)
        points = (generated + torch.rand(batch, 1, 1, 1) * (real - generated)).requires_grad_(True)
        (gradient,) = torch.autograd.grad(d(points).sum(), points, create_graph=True)
        norm = (gradient.flatten(1).square().sum(1) + 1e-12).sqrt()
        (on_generated.mean() - on_real.mean() + 10 * (norm - 1).square().mean()).backward()
        adam.step()

    return step


def make_sample(size, count, mode):
    import torch

    (g,) = laid_out(mode, networks(size, 1 if size == 28 else 3, True)[0].eval())
    (forward,) = compiled(mode, g)

    def call():
        with torch.no_grad():
            forward(torch.randn(count, NOISE))

    return call


def make_convolution(kernel, picture, filters, product, mode, batch=128):
    import torch

    size, channels = map(int, picture.split("x"))
    stride, padding = (2, 1) if kernel == 4 else (1, (kernel - 1) // 2)
    x, weight = torch.rand(batch, channels, size, size) - 0.5, torch.rand(filters, channels, kernel, kernel) - 0.5
    y = torch.rand(batch, filters, size // stride, size // stride) - 0.5
    x, weight, y = laid_out(mode, x, weight, y)
    pair = lambda n: (n, n)  # noqa: E731

    def run():
        with torch.no_grad():
            if product == "forward":
                torch.nn.functional.conv2d(x, weight, None, stride, padding)
            else:
                mask = [product == "input", product == "weight", False]
                torch.ops.aten.convolution_backward(y, x, weight, None, pair(stride), pair(padding), pair(1), False, pair(0), 1, mask)

    return run


def modes_of(work):
    part = work.split("-")[0]
    plain = ["eager", "channels_last"]
    if part in ("conv", "start"):
        return plain
    if part == "critic":
        return [mode + batch for mode in plain + ["compiled", "compiled, channels_last"] for batch in ("", ", one batch")]
    return plain + ["compiled", "compiled, channels_last"]


def make_work(work, mode):
    words = work.split("-")
    if words[0] in ("dcgan", "start"):
        return make_dcgan(int(words[1]), mode)
    if words[0] == "critic":
        return make_critic(int(words[1]), mode)
    if words[0] == "sample":
        return make_sample(int(words[1]), int(words[2]), mode)
    if words[0] == "conv":
        return make_convolution(int(words[1][1:]), words[2], int(words[3]), words[4], mode)
    raise ValueError(f"{work} has no counterpart here")


def process_peak():
    with open("/proc/self/status", encoding="ascii") as status:
        return next(1024 * int(line.split()[1]) for line in status if line.startswith("VmHWM:"))


def worker(work, mode, threads):
    """Says ready after steps that warm up; then answers each line, a number of seconds, with that many seconds' times."""
    import torch

    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(0)
    run = make_work(work, mode)
    run()
    print(json.dumps("ready"), flush=True)
    run()
    run()
    for line in sys.stdin:
        seconds, times = float(line), []
        while sum(times) < seconds or len(times) < 3:
            start = time.perf_counter()
            run()
            times.append(time.perf_counter() - start)
        print(json.dumps({"times": times, "peak": process_peak()}), flush=True)


# ---- the comparison ----


def environment(arguments):
    e = dict(os.environ, OMP_NUM_THREADS=str(arguments.threads), MKL_NUM_THREADS=str(arguments.threads))
    if arguments.isa == "avx2":
        e.update(ATEN_CPU_CAPABILITY="avx2", ONEDNN_MAX_CPU_ISA="AVX2", MKL_ENABLE_INSTRUCTIONS="AVX2")
    return e


class PyTorch:
    """A worker process, which waits between its turns."""

    def __init__(self, work, mode, arguments):
        self.work, self.mode = work, mode
        command = [sys.executable, os.path.abspath(__file__), "--worker", work, "--mode", mode, "--threads", str(arguments.threads)]
        self.complaints = tempfile.TemporaryFile("w+")
        start = time.perf_counter()
        self.process = subprocess.Popen(
            command, env=environment(arguments), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.complaints, text=True
        )
        self.answer()
        self.start_seconds = time.perf_counter() - start

    def answer(self):
        said = self.process.stdout.readline()
        if not said:
            self.process.wait()
            self.complaints.seek(0)
            raise RuntimeError((self.complaints.read().strip().splitlines() or ["it ended"])[-1])
        return json.loads(said)

    def run(self, seconds):
        print(seconds, file=self.process.stdin, flush=True)
        return self.answer()

    def end(self):
        self.process.communicate()  # no more turns


def libgan_run(work, arguments, memory):
    command = [arguments.program, "--only", work, "--threads", str(arguments.threads), "--isa", arguments.isa]
    command += ["--repeats", "3", "--min-time", str(arguments.seconds), "--json", "-"] + (["--memory"] if memory else [])
    out = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True).stdout
    return next(result for result in json.loads(out)["results"] if result["name"] == work)


def fastest_mode(work, arguments):
    """The worker of the mode with the least time, and what each mode took at best: others disturb that the least."""
    best, tried = None, {}
    for mode in modes_of(work):
        if arguments.eager and "compiled" in mode:
            continue
        try:
            other = PyTorch(work, mode, arguments)
            tried[mode] = min(other.run(arguments.seconds)["times"])
        except RuntimeError as error:  # torch.compile needs a C++ compiler and more
            print(f"    {mode}: does not run here: {str(error)[:90]}")
            continue
        if best is None or tried[mode] < tried[best.mode]:
            best, other = other, best
        if other is not None:
            other.end()
    return best, tried


def start_rounds(work, arguments):
    """Both as new processes each time."""
    rounds, mode = [], "eager"
    for _ in range(arguments.rounds):
        ours = libgan_run(work, arguments, False)["seconds"]
        other = PyTorch(work, mode, arguments)
        rounds.append((ours, [other.start_seconds]))
        other.end()
    return rounds, mode, None, None


def turn_rounds(work, arguments):
    other, tried = fastest_mode(work, arguments)
    print("    " + "; ".join(f"{mode} {1e3 * seconds:.1f} ms" for mode, seconds in tried.items()), flush=True)
    rounds, ours, theirs = [], None, None
    for i in range(arguments.rounds):
        time.sleep(0.3)  # until PyTorch's threads sleep
        result = libgan_run(work, arguments, i == 0)
        ours = result if ours is None else ours
        theirs = other.run(arguments.seconds)
        rounds.append((result["seconds"], theirs["times"]))
    other.end()
    return rounds, other.mode, ours, theirs["peak"]


def compare(work, arguments):
    rounds, mode, ours, their_peak = (start_rounds if work.startswith("start") else turn_rounds)(work, arguments)
    result = {
        "name": work,
        "mode": mode,
        "libgan_median": statistics.median(ours["median"] for ours, _ in rounds),
        "libgan_best": min(ours["best"] for ours, _ in rounds),
        "pytorch_median": statistics.median(statistics.median(times) for _, times in rounds),
        "pytorch_best": min(min(times) for _, times in rounds),
        "ratios": [statistics.median(times) / ours["median"] for ours, times in rounds],
    }
    result["ratio"] = statistics.median(result["ratios"])
    result["best_ratio"] = result["pytorch_best"] / result["libgan_best"]
    if ours is not None:
        result.update(libgan_peak_bytes=ours["process_peak_bytes"], pytorch_peak_bytes=their_peak)
        result["memory_ratio"] = their_peak / ours["process_peak_bytes"]
    return result


def print_result(r):
    line = f"{r['name']:28} {1e3 * r['libgan_median']:9.2f} {1e3 * r['libgan_best']:9.2f}"
    line += f" {1e3 * r['pytorch_median']:9.2f} {1e3 * r['pytorch_best']:9.2f}   {r['ratio']:5.2f} {r['best_ratio']:5.2f}"
    line += f"   ({min(r['ratios']):.2f}-{max(r['ratios']):.2f})"
    if "memory_ratio" in r:
        line += f"  {r['libgan_peak_bytes'] / 2**20:7.0f} {r['pytorch_peak_bytes'] / 2**20:7.0f} {r['memory_ratio']:5.1f}"
    print(f"{line}  {r['mode']}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", nargs="?", help="gan_bench")
    parser.add_argument("--only", default=DEFAULT_WORKS, help=f"as gan_bench's (default {DEFAULT_WORKS}; also conv)")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--isa", default="auto", choices=["auto", "avx512", "avx2"], help="avx2: PyTorch is kept to it, too")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each turn")
    parser.add_argument("--eager", action="store_true", help="without torch.compile, which takes a minute a mode to start")
    parser.add_argument("--json", help="write the numbers to this file, too")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    parser.add_argument("--mode", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        worker(arguments.worker, arguments.mode, arguments.threads)
        return
    if not arguments.program:
        parser.error("the program gan_bench is missing")
    try:
        import torch
    except ImportError:
        parser.exit(1, f"{sys.executable} has no PyTorch; --help says how to install it\n")
    listed = subprocess.run([arguments.program, "--list", "--only", arguments.only], check=True, stdout=subprocess.PIPE, text=True).stdout
    parts = ("dcgan-", "critic-", "sample-", "start-", "conv-")
    works = [line.split()[0] for line in listed.splitlines() if line.startswith(parts)]
    print(f"PyTorch {torch.__version__}, {arguments.threads} threads, isa {arguments.isa}, {arguments.rounds} rounds of {arguments.seconds} s")
    results = [compare(work, arguments) for work in works]
    print(f"\n{'':28} {'libgan, ms':>19} {'PyTorch, ms':>19}   PyTorch's over libgan's  peak MiB, ratio")
    print(f"{'':28} {'median':>9} {'best':>9} {'median':>9} {'best':>9}   medians best (rounds)")
    for result in results:
        print_result(result)
    if arguments.json:
        with open(arguments.json, "w", encoding="ascii") as file:
            json.dump({"pytorch": torch.__version__, "threads": arguments.threads, "isa": arguments.isa, "results": results}, file, indent=1)


if __name__ == "__main__":
    main()
