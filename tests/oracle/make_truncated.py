#!/usr/bin/env python3
"""Truncated normal distributions by SciPy, made once.

    venv/bin/python tests/oracle/make_truncated.py

writes truncated.h: quantiles and moments of the normal distribution within [-t, t], and the critical values of the
Kolmogorov-Smirnov and the chi-squared test, each passed by all but one of ten thousand samples.
"""

import pathlib

import numpy as np
import scipy
from scipy import integrate, stats

SAMPLES, BINS, LEVEL = 200000, 256, 1 - 1e-4
thresholds = [1e-3, 0.1, 0.5, 1.0, 1.7, 2.5, 3.5]

out = ["/* Made by make_truncated.py with SciPy %s: don't edit. */" % scipy.__version__]
out += ["#ifndef TESTS_ORACLE_TRUNCATED_H", "#define TESTS_ORACLE_TRUNCATED_H", ""]
out += ["enum { TRUNCATED_SAMPLES = %d, TRUNCATED_BINS = %d };" % (SAMPLES, BINS), ""]
out += ["static const double truncated_ks = %.9g, truncated_chi2 = %.9g;" % (
    stats.kstwo.ppf(LEVEL, SAMPLES), stats.chi2.ppf(LEVEL, BINS - 1)), ""]
out += ["/* quantiles: what 1, 2, ... of 256 parts of the numbers are below */", "static const struct {"]
out += ["    double threshold, variance, fourth; /* moments */", "    double quantiles[TRUNCATED_BINS - 1];"]
out += ["} truncated[] = {"]
for t in thresholds:
    law = stats.truncnorm(-t, t)
    # law.moment() loses digits for a small threshold
    variance, fourth = (2 * integrate.quad(lambda x: x**n * law.pdf(x), 0, t)[0] for n in (2, 4))
    quantiles = law.ppf(np.arange(1, BINS) / BINS)
    words = ["%.9g," % (q + 0.0) for q in quantiles]
    out += ["    {%.9g, %.9g, %.9g," % (t, variance, fourth), "     {"]
    out += ["         " + " ".join(words[i : i + 6]) for i in range(0, len(words), 6)]
    out += ["     }},"]
out += ["};", "", "#endif", ""]
(pathlib.Path(__file__).resolve().parent / "truncated.h").write_text("\n".join(out))
