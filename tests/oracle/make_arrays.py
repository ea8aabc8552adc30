#!/usr/bin/env python3
"""Writes tests/oracle/files/arrays: NumPy's arrays, and CIFAR's layout in tar archives by Python's tarfile.

The values follow from their places by the formulas below, which tests/data/npy_suite.c and cifar_suite.c repeat.
"""
import gzip
import io
import os
import tarfile
import zipfile

import numpy as np

folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "files", "arrays")
os.makedirs(folder, exist_ok=True)


def path(name):
    return os.path.join(folder, name)


def places(*shape):
    return np.arange(int(np.prod(shape))).reshape(shape)


shape = (5, 3, 4, 2)
byte = ((places(*shape) * 7 + 3) % 256).astype(np.uint8)
number = (places(*shape) % 97 - 48) / 16  # of few bits: the same in each type
third = places(*shape) / 3 - 20  # float64 is rounded

np.save(path("u1.npy"), byte)
np.save(path("u1_nchw.npy"), np.ascontiguousarray(byte.transpose(0, 3, 1, 2)))
np.save(path("f2.npy"), number.astype("<f2"))
np.save(path("f4.npy"), number.astype("<f4"))
np.save(path("f4_nchw.npy"), np.ascontiguousarray(number.astype("<f4").transpose(0, 3, 1, 2)))
np.save(path("f8.npy"), third.astype("<f8"))
np.save(path("f2_big.npy"), number.astype(">f2"))
np.save(path("f4_big.npy"), number.astype(">f4"))
np.save(path("f8_big.npy"), third.astype(">f8"))
np.save(path("rank3.npy"), byte.reshape(5, 4, 6))
np.save(path("rank2.npy"), number.astype("<f4").reshape(5, 24))
np.save(path("fortran.npy"), np.asfortranarray(number.astype("<f4")))
for version in (2, 3):
    with open(path(f"version{version}.npy"), "wb") as out:
        np.lib.format.write_array(out, byte, version=(version, 0))
with gzip.GzipFile(path("u1.npy.gz"), "wb", mtime=0) as out:
    np.save(out, byte)

labels = np.array([3, 1, 4, 1, 5])
for kind in ("u1", "i1", "<u2", "<i2", "<u4", "<i4", "<u8", "<i8", ">i2", ">u4", ">i8"):
    np.save(path("labels_" + kind.replace("<", "").replace(">", "big_") + ".npy"), labels.astype(kind))
np.save(path("labels_column.npy"), labels.astype("<i8").reshape(5, 1))
np.save(path("labels_negative.npy"), np.array([3, 1, -7, 1, 5], dtype="<i2"))
np.save(path("labels_large.npy"), np.array([3, 1, 4, 2**31 - 1, 5], dtype="<u8"))
np.save(path("labels_float.npy"), labels.astype("<f4"))
np.savez(path("stored.npz"), x=byte, y=labels)
np.savez_compressed(path("packed.npz"), x=byte, y=labels)
np.savez_compressed(path("zeros.npz"), x=np.zeros((23, 28, 28, 1), np.uint8))  # the last byte unpacks to 226
np.savez(path("unnamed.npz"), number.astype("<f4"))
# As archives above 4 GiB are: sizes and places in the directory's extra fields.
limit, zipfile.ZIP64_LIMIT = zipfile.ZIP64_LIMIT, 10
np.savez(path("stored64.npz"), x=byte, y=labels)
np.savez_compressed(path("packed64.npz"), x=byte, y=labels)
zipfile.ZIP64_LIMIT = limit


def records(files, kind):
    """Two records of each file."""
    for number, name in enumerate(files):
        data = bytearray()
        for r in range(2):
            k = np.arange(3072)
            data += bytes([(number * 3 + r) % 10] if kind == 10 else [(number * 7 + r) % 20, 90 + number * 3 + r])
            data += ((k * 31 + k // 1024 * 7 + r * 17 + number * 5) % 256).astype(np.uint8).tobytes()
        yield name, bytes(data)


def archive(out, form, files, extra):
    with tarfile.open(fileobj=out, mode="w", format=form) as tar:
        info = tarfile.TarInfo(extra[0])
        info.type = tarfile.DIRTYPE
        tar.addfile(info)
        for name, data in extra[1:] + files:
            info = tarfile.TarInfo(extra[0] + "/" + name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))


ten = list(records(["data_batch_%d.bin" % i for i in range(1, 6)] + ["test_batch.bin"], 10))
hundred = list(records(["train.bin", "test.bin"], 100))
order = [0, 2, 3, 5, 4, 1]  # not theirs
# A name that GNU's tar writes as a file of its own, and PAX records.
with gzip.GzipFile(path("cifar10.tar.gz"), "wb", mtime=0) as out:
    archive(out, tarfile.GNU_FORMAT, [ten[i] for i in order],
            ["cifar-10-batches-bin", ("a" * 150 + ".txt", b"x" * 700), ("batches.meta.txt", b"airplane\n")])
with gzip.GzipFile(path("cifar100.tar.gz"), "wb", mtime=0) as out:
    archive(out, tarfile.PAX_FORMAT, hundred[::-1],
            ["cifar-100-binary", ("b\u00e4" * 70 + ".txt", b""), ("fine_label_names.txt", b"apple\n")])
