"""Measure everything and print one table: `python -m benchmarks`, or `… site` alone.

A promise is a ratio of two times taken within one run, on one machine, in turns. What is printed is
the median of several such ratios. Where it says "seconds", it is the median of several times. The
notebooks, which take minutes, are executed once, against the median of our times.
"""

import argparse

from benchmarks import live, machines, site, training
from benchmarks.ratios import print_table

PARTS = {
    "training": training.measure,
    "machines": machines.measure,
    "live": live.measure,
    "site": site.measure,
}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure the speeds.")
    parser.add_argument("part", nargs="?", choices=PARTS, help="all if none is named")
    part = parser.parse_args().part
    print_table(row for name in ([part] if part else PARTS) for row in PARTS[name]())
