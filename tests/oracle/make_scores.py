#!/usr/bin/env python3
"""Frechet distances and Inception Scores, made once by the measures' references: scores.h beside this file.

    venv/bin/python tests/oracle/make_scores.py

Needs torch-fidelity, pytorch-fid and SciPy. The samples are a function of their number that the tests compute as well, in
float32 with one rounding an operation; no values are stored but the scores and NumPy's order of rows.
"""

import pathlib

import numpy as np
import scipy
import scipy.linalg
import torch
import torch_fidelity
from pytorch_fid import fid_score
from torch_fidelity import metric_fid, metric_isc

MASK = (1 << 64) - 1


def draw(seed, count):
    """`count` float32 in [0, 1) with 24 bits: SplitMix64 of (seed, place)."""
    with np.errstate(over="ignore"):
        x = np.arange(count, dtype=np.uint64) + np.uint64((seed << 32) & MASK)
        x += np.uint64(0x9E3779B97F4A7C15)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        x ^= x >> np.uint64(31)
    return (x >> np.uint64(40)).astype(np.float32) * np.float32(2**-24)


def samples(seed, count, dimension, gain, shift):
    """Rows that hang together: a column is itself, its neighbour's noise, and one of three causes; cut at 0 as ReLU's."""
    noise = draw(seed, count * (dimension + 1)).reshape(count, dimension + 1)
    causes = draw(seed + 1000, count * 3).reshape(count, 3)
    own = noise[:, :dimension] * np.float32(gain) + noise[:, 1:] * np.float32(0.5)
    own = own + causes[:, np.arange(dimension) % 3] + np.float32(shift)
    scale = np.float32(1) / (1 + np.arange(dimension, dtype=np.float32))
    return np.maximum(own * scale - np.float32(0.01), np.float32(0))


def torch_fidelity_fid(a, b):
    """Of float64: its means of float32 are float32's, and cost five digits of a distance as small as these."""
    statistics = [metric_fid.fid_features_to_statistics(torch.from_numpy(x.astype(np.float64))) for x in (a, b)]
    return metric_fid.fid_statistics_to_metric(*statistics, False)["frechet_inception_distance"]


def pytorch_fid_fid(a, b):
    a, b = a.astype(np.float64), b.astype(np.float64)
    return float(
        fid_score.calculate_frechet_distance(a.mean(0), np.cov(a, rowvar=False), b.mean(0), np.cov(b, rowvar=False))
    )


def singular_fid(a, b):
    """Without squaring anything: the last trace is the sum of the singular values of the centred sets' product."""
    a, b = a.astype(np.float64), b.astype(np.float64)
    x = (a - a.mean(0)) / np.sqrt(len(a) - 1)
    y = (b - b.mean(0)) / np.sqrt(len(b) - 1)
    last = scipy.linalg.svdvals(x @ y.T).sum()
    return float(((a.mean(0) - b.mean(0)) ** 2).sum() + (x * x).sum() + (y * y).sum() - 2 * last)


# count of generated and of real samples, dimension
FID = [(500, 400, 48), (60, 500, 64), (500, 60, 64), (40, 30, 64), (30, 31, 200), (2, 2, 5), (300, 300, 1), (1200, 1000, 96)]
ISC = [(500, 10, 10, 20.0), (503, 7, 37, 40.0), (64, 1, 5, 3.0), (20, 20, 4, 6.0)]  # samples, splits, classes, gain


def main():
    lines = [
        f"/* Made by make_scores.py with torch-fidelity {torch_fidelity.__version__}, pytorch-fid 0.3.0, SciPy {scipy.__version__}, "
        f"NumPy {np.__version__}: don't edit. */",
        "#ifndef TESTS_ORACLE_SCORES_H",
        "#define TESTS_ORACLE_SCORES_H",
        "",
        "#include <stdint.h>",
        "",
        "/* singular: by singular values, in place of eigenvalues of a product that has lost digits. */",
        "static const struct oracle_fid {",
        "    int64_t generated, real, dimension;",
        "    double torch_fidelity, pytorch_fid, singular;",
        "} oracle_fids[] = {",
    ]
    for generated, real, dimension in FID:
        a = samples(1, generated, dimension, 1.0, 0.0)
        b = samples(2, real, dimension, 0.75, 0.25)
        if dimension == 1:  # np.cov of one column is no matrix
            a64, b64 = a.astype(np.float64), b.astype(np.float64)
            value = (a64.mean() - b64.mean()) ** 2 + (a64.std(ddof=1) - b64.std(ddof=1)) ** 2
            values = [float(value)] * 3
        else:
            values = [torch_fidelity_fid(a, b), pytorch_fid_fid(a, b), singular_fid(a, b)]
        print(generated, real, dimension, values)
        lines.append(f"    {{{generated}, {real}, {dimension}, {', '.join(repr(x) for x in values)}}},")
    lines += [
        "};",
        "",
        "static const struct oracle_inception_score {",
        "    int64_t samples, splits, classes;",
        "    double gain, plain[2], shuffled[2]; /* score, deviation */",
        "} oracle_inception_scores[] = {",
    ]
    for count, splits, classes, gain in ISC:
        z = draw(3, count * classes).reshape(count, classes) * np.float32(gain)
        values = []
        for shuffle in (False, True):
            found = metric_isc.isc_features_to_metric(torch.from_numpy(z), splits, shuffle, 2020)
            values.append(f"{{{found['inception_score_mean']!r}, {found['inception_score_std']!r}}}")
        print(count, splits, classes, values)
        lines.append(f"    {{{count}, {splits}, {classes}, {gain}, {', '.join(values)}}},")
    lines += ["};", "", "/* numpy.random.RandomState(2020).permutation(samples), one after the other. */"]
    lines.append("static const int16_t oracle_orders[] = {")
    order = [int(x) for count, *_ in ISC for x in np.random.RandomState(2020).permutation(count)]
    for at in range(0, len(order), 24):
        lines.append("    " + ", ".join(str(x) for x in order[at : at + 24]) + ",")
    lines += ["};", "", "#endif", ""]
    pathlib.Path(__file__).with_name("scores.h").write_text("\n".join(lines))


if __name__ == "__main__":
    main()
