#!/usr/bin/env python3
"""float32 numbers and what NumPy rounds them to as float16, both by their bits, made once.

    venv/bin/python tests/oracle/make_half.py

writes half.h.
"""

import pathlib

import numpy as np

rng = np.random.RandomState(7)
values = [0.0, 1.0, 1 / 3, 65504.0, 65503.9, 65488.0, 65487.9, 2.0**-14, 2.0**-15, 2.0**-24, 2.0**-25, 2.0**-26]
values += [1.5 * 2.0**-25, 1.5 * 2.0**-24, 2.5 * 2.0**-24, 3.5 * 2.0**-24, 1023.5 * 2.0**-24, 1022.5 * 2.0**-24]
values += [1 + 2.0**-11, 1 + 3 * 2.0**-11, 2048.5, 2049.0, 2051.0, 4095.9, 4098.0, 1e-30, 1e-45, 0.1, 3.14159265]
values = np.array(values, np.float32)
near = [np.nextafter(values, np.float32(9e9)), np.nextafter(values, np.float32(-9e9))]
drawn = (rng.standard_normal(60) * 2.0 ** rng.randint(-28, 14, 60)).astype(np.float32)
halves = np.arange(0x3F0, 0x410, 3, dtype=np.uint16)  # about the largest subnormal, and half way to the next
middles = (halves.view(np.float16).astype(np.float64) + (halves + 1).astype(np.uint16).view(np.float16)) / 2
values = np.concatenate([values, *near, drawn, middles.astype(np.float32)])
values = np.concatenate([values, -values])
values = values[np.abs(values) <= 65504]

out = ["/* Made by make_half.py with NumPy %s: don't edit. */" % np.__version__]
out += ["#ifndef TESTS_ORACLE_HALF_H", "#define TESTS_ORACLE_HALF_H", "", "#include <stdint.h>", ""]
out += ["static const struct {", "    uint32_t number;", "    uint16_t half;", "} half_numbers[] = {"]
words = ["{0x%08x, 0x%04x}," % (n, h) for n, h in zip(values.view(np.uint32), values.astype(np.float16).view(np.uint16))]
out += ["    " + " ".join(words[i : i + 5]) for i in range(0, len(words), 5)]
out += ["};", "", "#endif", ""]
(pathlib.Path(__file__).resolve().parent / "half.h").write_text("\n".join(out))
