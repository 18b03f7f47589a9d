"""Measure everything and print one table: `python -m benchmarks`.

A promise is a ratio of two times taken within one run, on one machine, in turns. What is printed is
the median of several such ratios.
"""

from benchmarks import training
from benchmarks.ratios import table

if __name__ == "__main__":
    print(table(training.measure()))
