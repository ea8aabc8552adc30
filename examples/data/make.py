#!/usr/bin/env python3
"""Make this folder's two files: the first 10,000 digits of MNIST's training set, gzip IDX.

    make.py FOLDER     the folder that holds train-images-idx3-ubyte.gz and train-labels-idx1-ubyte.gz,
                       as scripts/fetch-data.sh mnist FOLDER leaves them

The same input gives the same unpacked bytes, whose SHA-256 sums README.md has; the packed ones depend on the
version of zlib.
"""
import gzip
import pathlib
import struct
import sys

COUNT = 10000


def shorten(source, target):
    with gzip.open(source, "rb") as file:
        data = file.read()
    rank = data[3]
    sizes = struct.unpack(f">{rank}I", data[4:4 + 4 * rank])
    sample = 1
    for size in sizes[1:]:
        sample *= size
    header = data[:4] + struct.pack(f">{rank}I", COUNT, *sizes[1:])
    start = 4 + 4 * rank
    # No name and no time in the gzip header, as of `gzip -9n`.
    with open(target, "wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as file:
        file.write(header + data[start:start + COUNT * sample])


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    source = pathlib.Path(sys.argv[1])
    here = pathlib.Path(__file__).resolve().parent
    shorten(source / "train-images-idx3-ubyte.gz", here / "train-images-idx3-ubyte.gz")
    shorten(source / "train-labels-idx1-ubyte.gz", here / "train-labels-idx1-ubyte.gz")


main()
