#!/usr/bin/python3
"""How fast and how small: reads and analyses a generated tenant, beside jq and Python on the same
bytes, in one run on one machine.

usage: scripts/bench.py [--build DIR] [--runs N] [--json FILE] [--threads N] [OPTION OF gen-tenant]...

Default tenant: 100,000 role assignments, 200,000 resources, 2,000 AML identities.  Every figure is
the median of N runs (default 3) of a whole process on a warm file cache.  Peak memory is what the
kernel accounts to the process (ru_maxrss; never less than the 18 MB of this script, from which it
is started), for `analyze` without the drawing helpers, which are processes of their own.  The table goes to stdout, the same numbers to FILE (default
DIR/bench.json).
"""
import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOAD_WITH_PYTHON = """
import json, sys
for path in open(sys.argv[1], encoding="utf-8").read().split("\\n"):
    with open(path, encoding="utf-8") as file:
        json.load(file)
"""


@dataclass
class Figure:
    what: str
    seconds: float
    megabytes_per_second: float
    peak_megabytes: float
    times_faster_than_jq: float = 0.0
    times_faster_than_python: float = 0.0


def run_once(command, stdin_path):
    """Seconds and peak bytes of one process; its output is thrown away."""
    with open(stdin_path, "rb") as stdin:
        begin = time.monotonic()
        process = subprocess.Popen(command, stdin=stdin, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE)
        message = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with status {process.returncode}:\n"
                 f"{message.decode(errors='replace')}")
    return seconds, usage.ru_maxrss * 1024


def measure(what, command, size_bytes, runs, stdin_path=os.devnull):
    print(f"measuring: {what}", file=sys.stderr)
    results = [run_once(command, stdin_path) for _ in range(runs)]
    seconds = statistics.median(seconds for seconds, _ in results)
    peak = statistics.median(peak for _, peak in results)
    return Figure(what, seconds, size_bytes / 1e6 / seconds, peak / 1e6)


def compare(figures):
    jq = next(figure for figure in figures if figure.what.startswith("jq"))
    python = next(figure for figure in figures if figure.what.startswith("python"))
    for figure in figures:
        figure.times_faster_than_jq = jq.seconds / figure.seconds
        figure.times_faster_than_python = python.seconds / figure.seconds


def show(figures):
    print(f"{'':<34}{'seconds':>9}{'MB/s':>9}{'peak MB':>9}{'x jq':>8}{'x python':>10}")
    for figure in figures:
        print(f"{figure.what:<34}{figure.seconds:>9.2f}{figure.megabytes_per_second:>9.0f}"
              f"{figure.peak_megabytes:>9.0f}{figure.times_faster_than_jq:>8.1f}"
              f"{figure.times_faster_than_python:>10.1f}")


def generate(build, tenant, options):
    """The tenant's files in path order, after reading them once; and all of them in one file."""
    subprocess.run([build / "gen-tenant", "-o", tenant, *options], check=True)
    files = sorted(path for path in tenant.rglob("*.json"))
    everything = tenant.with_name("everything.json")
    with open(everything, "wb") as out:
        for path in files:
            out.write(path.read_bytes())
    return files, everything


def bench(build, place, arguments, gen_options):
    tenant = place / "tenant"
    files, everything = generate(build, tenant, gen_options)
    names = place / "names"
    names.write_text("\n".join(str(path) for path in files), encoding="utf-8")
    size_bytes = everything.stat().st_size
    runs = arguments.runs
    program = str(build / "amlblast")
    jobs = ["--jobs", str(arguments.threads)]
    figures = [
        measure("amlblast inspect, 1 thread", [program, "inspect", str(tenant), "--jobs", "1"],
                size_bytes, runs),
        measure(f"amlblast inspect, {arguments.threads} threads",
                [program, "inspect", str(tenant), *jobs], size_bytes, runs),
        measure(f"amlblast analyze, {arguments.threads} threads",
                [program, "analyze", str(tenant), "-o", str(place / "out"), "-q", *jobs],
                size_bytes, runs),
        measure("jq -c . >/dev/null", ["jq", "-c", "."], size_bytes, runs, everything),
        measure("python3 json.load", [sys.executable, "-c", LOAD_WITH_PYTHON, str(names)],
                size_bytes, runs),
    ]
    compare(figures)
    return {"files": len(files), "megabytes": size_bytes / 1e6, "threads": arguments.threads,
            "runs": runs, "figures": [asdict(figure) for figure in figures]}, figures


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build", type=Path)
    parser.add_argument("--runs", default=3, type=int)
    parser.add_argument("--threads", default=len(os.sched_getaffinity(0)), type=int)
    parser.add_argument("--json", type=Path)
    arguments, gen_options = parser.parse_known_args()
    build = (ROOT / arguments.build).resolve()
    place = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        report, figures = bench(build, place, arguments, gen_options)
    finally:
        shutil.rmtree(place)
    print(f"{report['files']} files, {report['megabytes']:.0f} MB; medians of {report['runs']} runs")
    show(figures)
    (arguments.json or build / "bench.json").write_text(json.dumps(report, indent=2) + "\n",
                                                        encoding="utf-8")


if __name__ == "__main__":
    main()
