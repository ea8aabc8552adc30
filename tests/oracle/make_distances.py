#!/usr/bin/env python3
"""Writes distances.h: what torch-fidelity 0.4.0 (KID, precision, recall), prdc 0.2, SciPy and NumPy
say of two sets of features that distances_suite.c makes by the same integers.

    OMP_NUM_THREADS=1 python3 make_distances.py > distances.h
"""
import contextlib
import io

import numpy as np
import torch
from prdc import compute_prdc
from scipy.spatial.distance import cdist, pdist
from torch_fidelity.metric_kid import kid_features_to_metric
from torch_fidelity.metric_prc import prc_features_to_metric

GENERATED, REAL, DIMENSION, CLUSTERS = 400, 350, 48, 5
SUBSETS, SIZE = 8, 120


def uniform(seed, first, count):
    x = (np.arange(first, first + count, dtype=np.uint64) + np.uint64(seed << 24)).astype(np.uint32)
    with np.errstate(over="ignore"):
        x *= np.uint32(2654435761)
        x ^= x >> np.uint32(16)
        x *= np.uint32(0x85EBCA6B)
        x ^= x >> np.uint32(13)
        x *= np.uint32(0xC2B2AE35)
        x ^= x >> np.uint32(16)
    return (x >> np.uint32(8)).astype(np.float32) * np.float32(2.0**-24)


def features(seed, count, clusters, shift):
    """Row i is near the centre of cluster i mod clusters, moved by shift."""
    n = count * DIMENSION
    u, v = uniform(seed, 0, n), uniform(seed + 1, 0, n)
    centers = uniform(9, 0, CLUSTERS * DIMENSION).reshape(CLUSTERS, DIMENSION)
    x = ((u + v) - np.float32(1)).reshape(count, DIMENSION)
    return (x + centers[np.arange(count) % clusters] + np.float32(shift)).astype(np.float32)


def kid_double(generated, real, rows):
    def kernel(x, y):
        return (x @ y.T / DIMENSION + 1) ** 3

    values = []
    for a, b in rows:
        x, y = generated[a].astype(np.float64), real[b].astype(np.float64)
        kx, ky, kxy = kernel(x, x), kernel(y, y), kernel(x, y)
        m = len(x)
        values.append((kx.sum() - np.trace(kx) + ky.sum() - np.trace(ky)) / (m * (m - 1))
                      - 2 * kxy.sum() / m**2)
    return np.mean(values), np.std(values)


def main():
    generated, real = features(1, GENERATED, 4, 0.125), features(3, REAL, CLUSTERS, 0)
    a, b = torch.from_numpy(generated), torch.from_numpy(real)
    x, y = generated.astype(np.float64), real.astype(np.float64)

    random = np.random.RandomState(2020)  # as torch-fidelity draws
    rows = [(random.choice(GENERATED, SIZE, replace=False), random.choice(REAL, SIZE, replace=False))
            for _ in range(SUBSETS)]
    kid = kid_features_to_metric(a, b, kid_subsets=SUBSETS, kid_subset_size=SIZE, kid_kernel="poly", verbose=False)
    exact = kid_double(generated, real, rows)
    with contextlib.redirect_stdout(io.StringIO()):
        prdc = {k: compute_prdc(real, generated, k) for k in (1, 5, 20)}
    prc = prc_features_to_metric(a, b, prc_neighborhood=3, prc_batch_size=10000, verbose=False)

    across, within = cdist(x, y), cdist(y, y)
    np.fill_diagonal(within, np.inf)
    generated_pairs, real_pairs = pdist(x), pdist(y)

    print("/* Made by make_distances.py. */")
    print("#ifndef TESTS_ORACLE_DISTANCES_H\n#define TESTS_ORACLE_DISTANCES_H\n")
    print("enum { %s };" % ", ".join("ORACLE_%s = %d" % (name, value) for name, value in (
        ("GENERATED", GENERATED), ("REAL", REAL), ("DIMENSION", DIMENSION), ("SUBSETS", SUBSETS), ("SIZE", SIZE))))
    print("/* torch-fidelity's KID, in float, and the same in double: mean and deviation */")
    print("static const double oracle_kid_float[] = {%.17g, %.17g};"
          % (kid["kernel_inception_distance_mean"], kid["kernel_inception_distance_std"]))
    print("static const double oracle_kid[] = {%.17g, %.17g};" % exact)
    print("/* prdc: precision, recall, density, coverage */")
    print("static const struct {\n    int k;\n    double values[4];\n} oracle_prdc[] = {")
    for k, found in prdc.items():
        print("    {%d, {%.17g, %.17g, %.17g, %.17g}}," % (
            k, found["precision"], found["recall"], found["density"], found["coverage"]))
    print("};")
    print("/* torch-fidelity: precision and recall, k = 3, closed */")
    print("static const double oracle_prc[] = {%.9g, %.9g};" % (prc["precision"], prc["recall"]))
    print("/* SciPy: mean distances from the nearest real row, and of pairs */")
    print("static const double oracle_nearest[] = {%.17g, %.17g};"
          % (across.min(axis=1).mean(), within.min(axis=1).mean()))
    print("static const double oracle_diversity = %.17g;" % (generated_pairs.mean() / real_pairs.mean()))
    print("static const double oracle_distances[] = {%.17g, %.17g, %.17g};"
          % (across[0, 0], across[399, 349], across[17, 300]))
    for name, side in (("generated", 0), ("real", 1)):
        print("static const short oracle_%s_rows[] = {" % name)
        numbers = np.concatenate([pair[side] for pair in rows])
        for i in range(0, len(numbers), 20):
            print("    %s," % ", ".join(str(n) for n in numbers[i:i + 20]))
        print("};")
    print("\n#endif")


main()
