#!/usr/bin/env python3
"""Headers of .npy files as NumPy writes them, made once.

    venv/bin/python tests/oracle/make_images.py

writes images.h.
"""

import io
import pathlib

import numpy as np

shapes = [(1, 1, 1, 1), (64, 28, 28, 1), (2, 3, 4, 5), (50000, 32, 32, 3), (7,), (1000, 128), (123456789, 299, 299, 3)]
rows = []
for shape in shapes:
    for descr in ("|u1", "<f4"):
        out = io.BytesIO()
        np.lib.format.write_array_header_1_0(out, {"descr": descr, "fortran_order": False, "shape": shape})
        text = out.getvalue()
        assert len(text) % 64 == 0 and text[6:8] == b"\x01\x00"
        rows.append((descr, shape, text))

out = ["/* Made by make_images.py with NumPy %s: don't edit. */" % np.__version__]
out += ["#ifndef TESTS_ORACLE_IMAGES_H", "#define TESTS_ORACLE_IMAGES_H", "", "#include <stdint.h>", ""]
out += ["/* dictionary: from byte 10 on, without the spaces and the line's end after it */"]
out += ["static const struct {", "    const char *descr;", "    int32_t rank;", "    int64_t shape[4];"]
out += ["    uint32_t size;", "    const char *dictionary;", "} npy_headers[] = {"]
for descr, shape, text in rows:
    sizes = ", ".join("INT64_C(%d)" % n for n in shape)
    dictionary = text[10:].decode().rstrip()
    out += ['    {"%s", %d, {%s}, %d,' % (descr, len(shape), sizes, len(text)), '     "%s"},' % dictionary]
out += ["};", "", "#endif", ""]
(pathlib.Path(__file__).resolve().parent / "images.h").write_text("\n".join(out))
