#!/usr/bin/env python3
"""The measures of gan_bench ("measure-") by their references, on features of the same sizes and with as many threads.

10,000 generated and 10,000 real rows of 2,048 features: FID by torch-fidelity and by pytorch-fid, KID (100 subsets of 1,000) by
torch-fidelity, precision, recall, density and coverage (k = 5) by prdc, Inception Score of 1,008 logits by torch-fidelity. With
--inception pictures a second through pytorch-fid's InceptionV3 (random weights: as fast as any). Prints median and best time.

Needs numpy, scipy, torch, torch-fidelity; pytorch-fid, prdc and torchvision for theirs.
"""
import argparse
import os
import statistics
import sys
import time

ROWS, DIMENSION, CLASSES, CAUSES, PICTURES = 10000, 2048, 1008, 64, 64


def threads_first():
    """The BLAS libraries read their number of threads when they are loaded."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", choices=["fid", "kid", "prdc", "inception_score", "inception"])
    parser.add_argument("--inception", action="store_true", help="measure pictures a second, too")
    arguments = parser.parse_args()
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "LOKY_MAX_CPU_COUNT"):
        os.environ[name] = str(arguments.threads)
    return arguments


def make_rows(seed, shift):
    """Rows that hang together by a few causes, cut at 0."""
    draw = np.random.default_rng(seed)
    causes = draw.random((ROWS, CAUSES), np.float32) - np.float32(0.5)
    rows = np.float32(0.6) * (draw.random((ROWS, DIMENSION), np.float32) - np.float32(0.5))
    columns = np.arange(DIMENSION)
    rows += np.float32(0.5) * causes[:, columns % CAUSES] + np.float32(0.4) * causes[:, columns * 7 % 61] + np.float32(shift)
    return np.maximum(rows, 0)


def torch_fidelity_fid(a, b):
    from torch_fidelity import metric_fid

    both = [metric_fid.fid_features_to_statistics(torch.from_numpy(x)) for x in (a, b)]
    metric_fid.fid_statistics_to_metric(*both, False)


def pytorch_fid_fid(a, b):
    from pytorch_fid import fid_score

    # As calculate_activation_statistics() does: features are kept in double.
    both = [(x.mean(axis=0), np.cov(x, rowvar=False)) for x in (a.astype(np.float64), b.astype(np.float64))]
    fid_score.calculate_frechet_distance(*both[0], *both[1])


def torch_fidelity_kid(a, b):
    from torch_fidelity import metric_kid

    metric_kid.kid_features_to_metric(
        torch.from_numpy(a), torch.from_numpy(b), kid_subsets=100, kid_subset_size=1000, verbose=False
    )


def prdc_prdc(a, b):
    from prdc import compute_prdc

    compute_prdc(real_features=b, fake_features=a, nearest_k=5)


def torch_fidelity_isc(logits):
    from torch_fidelity import metric_isc

    metric_isc.isc_features_to_metric(torch.from_numpy(logits))


def inception():
    """InceptionV3 of pytorch-fid in eager mode, channels_last and not, batches of 64."""
    import torchvision
    from pytorch_fid import inception as module

    # No download: the layers keep the weights that they are made with.
    module.load_state_dict_from_url = lambda *arguments, **options: {}
    torchvision.models.inception.Inception3.load_state_dict = lambda self, state: None
    net = module.InceptionV3(resize_input=False).eval()
    pictures = torch.rand(PICTURES, 3, 299, 299)
    for layout in (torch.contiguous_format, torch.channels_last):
        ready, batch = net.to(memory_format=layout), pictures.contiguous(memory_format=layout)
        with torch.no_grad():
            median, best = measure(lambda: ready(batch), 3)
        name = "channels_last" if layout == torch.channels_last else "contiguous"
        print(f"{'pictures of 299x299x3, ' + name:44} {PICTURES / median:7.1f} a second {PICTURES / best:7.1f} a second", flush=True)


def measure(run, repeats):
    times = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return statistics.median(times[1:]), min(times[1:])


def main(arguments):
    torch.set_num_threads(arguments.threads)
    print(f"PyTorch {torch.__version__}, NumPy {np.__version__}, {arguments.threads} threads")
    print(f"{'':44} {'median':>11} {'best':>11}")
    if arguments.inception or arguments.only == "inception":
        inception()
    a, b = make_rows(1, 0.0), make_rows(2, 0.1)
    logits = np.random.default_rng(3).random((ROWS, CLASSES), np.float32) * np.float32(2)
    measures = [
        ("fid", "fid, torch-fidelity", lambda: torch_fidelity_fid(a, b)),
        ("fid", "fid, pytorch-fid", lambda: pytorch_fid_fid(a, b)),
        ("kid", "kid, torch-fidelity", lambda: torch_fidelity_kid(a, b)),
        ("prdc", "prdc, prdc", lambda: prdc_prdc(a, b)),
        ("inception_score", "inception_score, torch-fidelity", lambda: torch_fidelity_isc(logits)),
    ]
    for kind, name, run in measures:
        if arguments.only not in (None, kind):
            continue
        try:
            median, best = measure(run, arguments.repeats)
        except Exception as error:  # a package is missing, or does not fit the others
            print(f"{name:44} does not run here: {str(error).splitlines()[0][:80]}")
            continue
        print(f"{name:44} {median:9.3f} s {best:9.3f} s", flush=True)


if __name__ == "__main__":
    options = threads_first()
    import numpy as np
    import torch

    sys.stdout.reconfigure(line_buffering=True)
    main(options)
