#!/usr/bin/python3
"""Compares the program with the slow second opinion on random tenants, and holds it to its laws.

usage: tests/oracle/run.py [--bin FILE] [--data DIR] [--seed N] [--count N] [--laws N] [--broken]
                           [--about TECHNIQUE,...] [--jobs N] [--keep DIR]

A difference prints the seed, the smallest tenant that still shows it, and both answers; --keep
leaves the files of that tenant.  --laws checks each law on as many tenants.  --broken gives the
program rules that were broken on purpose: every one of them must be noticed.
"""
import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import exports  # noqa: E402
import tenants  # noqa: E402
from breaking import BREAKS, broken_data  # noqa: E402
from catalogue import Catalogue  # noqa: E402
from comparing import PARTS, Program, differences, small_data  # noqa: E402
from laws import LAWS  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
VOCABULARY = ROOT / "analyzer/rules/vocabulary.def"
SHOWN = 20
SECONDS_TO_SHRINK = 10
TENANTS_PER_BREAK = 500
CATALOGUES = {}


def catalogue_of(data):
    if data not in CATALOGUES:
        CATALOGUES[data] = Catalogue(data, VOCABULARY)
    return CATALOGUES[data]


def compare(seed, parts, binary, keep, about):
    """(what differs or None, ids of the techniques that fired)"""
    data = parts[0 if about else seed % len(parts)]
    catalogue = catalogue_of(data)
    program = Program(binary, data)
    tenant = tenants.random_tenant(seed, catalogue, about=about)
    fired = set()
    try:
        if not differences(tenant, catalogue, program, fired):
            return None, fired
        end = time.monotonic() + SECONDS_TO_SHRINK
        small = tenants.shrunk(tenant, lambda t: time.monotonic() < end and
                               bool(differences(t, catalogue, program)))
    except RuntimeError as error:
        return f"seed {seed}: {error!r}", fired
    if keep:
        shutil.rmtree(Path(keep) / str(seed), ignore_errors=True)
        exports.write(small, catalogue, Path(keep) / str(seed))
    shown = json.dumps({k: v for k, v in small.items() if v}, indent=1)
    return "\n".join([f"seed {seed}", shown] + differences(small, catalogue, program)), fired


def obey(law_and_seed, parts, binary):
    law, seed = law_and_seed
    data = parts[seed % len(parts)]
    lines = LAWS[law](seed, catalogue_of(data), Program(binary, data))
    return f"{law}, seed {seed}\n" + "\n".join(lines) if lines else None


def notice(name, parts, binary, place):
    """None when a rule broken on purpose makes a difference."""
    data = parts[0]
    catalogue = catalogue_of(data)
    program = Program(binary, broken_data(name, data, Path(place) / name))
    for seed in range(TENANTS_PER_BREAK):
        tenant = tenants.random_tenant(seed, catalogue, about={BREAKS[name].technique})
        if differences(tenant, catalogue, program):
            return None
    return f"nobody notices: {name}"


def by_part(first, count):
    """The seeds, those of one part of the catalogue together: it is read once."""
    return sorted(range(first, first + count), key=lambda seed: seed % PARTS)


class Score:
    def __init__(self):
        self.passed = self.failed = 0

    def count(self, said):
        if not said:
            self.passed += 1
            return
        self.failed += 1
        if self.failed <= SHOWN:
            print(said, flush=True)


def main():
    parser = argparse.ArgumentParser()
    build = os.environ.get("BUILD", "build")
    parser.add_argument("--bin", default=str(ROOT / build / "amlblast"))
    parser.add_argument("--data", default=str(ROOT / "data"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--laws", type=int, default=0)
    parser.add_argument("--broken", action="store_true")
    parser.add_argument("--about")
    parser.add_argument("--jobs", type=int, default=int(os.environ.get("JOBS", "2")))
    parser.add_argument("--keep")
    options = parser.parse_args()
    about = set(options.about.split(",")) if options.about else None
    score = Score()
    fired = set()
    with tempfile.TemporaryDirectory() as place, ProcessPoolExecutor(options.jobs) as pool:
        parts = small_data(options.data, Path(place) / "data")
        use = {"parts": parts, "binary": options.bin}
        for said, used in pool.map(partial(compare, keep=options.keep, about=about, **use),
                                   by_part(options.seed, options.count), chunksize=10):
            score.count(said)
            fired |= used
        if options.count:
            print(f"{options.count} tenants compared; {len(fired)} of "
                  f"{len(catalogue_of(parts[0]).techniques)} techniques fired")
        tasks = [(law, seed) for law in LAWS
                 for seed in by_part(options.seed, options.laws)]
        for said in pool.map(partial(obey, **use), tasks, chunksize=10):
            score.count(said)
        for said in pool.map(partial(notice, place=place, **use),
                             BREAKS if options.broken else []):
            score.count(said)
    print(f"{score.passed} passed, {score.failed} failed")
    return 1 if score.failed or not score.passed else 0


if __name__ == "__main__":
    sys.exit(main())
