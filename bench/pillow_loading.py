#!/usr/bin/env python3
"""The folders of gan_bench's datasets read by Pillow on one thread: open, convert, crop, resize, as bytes.

    python3 bench/pillow_loading.py build/bench/gan_bench [--rounds N]

Makes the files in a temporary folder (PNG by libgan, the same pictures as JPEG by Pillow), runs Pillow and libgan in
turn, and prints both. Needs Pillow.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import tempfile
import time

from PIL import Image
from PIL import __version__ as pillow_version

SIZE = 64


def load(path):
    with Image.open(path) as picture:
        picture = picture.convert("RGB")
    side = min(picture.size)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    picture = picture.crop((left, top, left + side, top + side))
    return picture.resize((SIZE, SIZE), Image.LANCZOS).tobytes()


def pillow_rates(paths):
    start, cpu = time.perf_counter(), time.process_time()
    for path in paths:
        load(path)
    return len(paths) / (time.perf_counter() - start), len(paths) / (time.process_time() - cpu)


def libgan_rates(program, folder, repeats):
    command = [program, "--threads", "1", "--only", "dataset", "--repeats", str(repeats), "--folder", folder, "--json", "-"]
    out = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, universal_newlines=True).stdout
    rates = {}
    for result in json.loads(out)["results"]:
        wall = result["images_per_second"]
        pictures = wall * result["seconds"]["median"]
        rates[result["name"]] = (wall, pictures / result["cpu_seconds"]["median"])
    return rates


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", help="gan_bench")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--repeats", type=int, default=3, help="of libgan in a round")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-loading-") as folder:
        libgan_rates(arguments.program, folder, 1)
        png = sorted(pathlib.Path(folder, "png").glob("*.png"))
        pathlib.Path(folder, "jpeg").mkdir()
        for path in png:
            with Image.open(path) as picture:
                picture.save(pathlib.Path(folder, "jpeg", path.stem + ".jpg"), quality=90)
        files = {"png": png, "jpeg": sorted(pathlib.Path(folder, "jpeg").glob("*.jpg"))}
        for kind, paths in files.items():
            print("%s: %d files of %d bytes in the mean" % (
                kind, len(paths), statistics.mean(path.stat().st_size for path in paths)))
        rates = {}
        for _ in range(arguments.rounds):
            for kind, paths in files.items():
                rates.setdefault("Pillow %s %s" % (pillow_version, kind), []).append(pillow_rates(paths))
            for name, pair in libgan_rates(arguments.program, folder, arguments.repeats).items():
                rates.setdefault(name, []).append(pair)
    print("%-36s %s" % ("", "pictures a second: median (range), over Pillow's; of CPU time, over Pillow's"))
    medians = {name: [statistics.median(column) for column in zip(*pairs)] for name, pairs in rates.items()}
    for name, (wall, cpu) in medians.items():
        values = [pair[0] for pair in rates[name]]
        kind = next((kind for kind in files if name.startswith("dataset-") and name.endswith("-" + kind)), None)
        line = "%-36s %9.0f (%.0f to %.0f)" % (name, wall, min(values), max(values))
        if kind is None:
            print("%s; %.0f" % (line, cpu))
            continue
        beside = medians["Pillow %s %s" % (pillow_version, kind)]
        print("%s, %.2f; %.0f, %.2f" % (line, wall / beside[0], cpu, cpu / beside[1]))


if __name__ == "__main__":
    main()
