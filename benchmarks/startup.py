"""How long a new process takes: `import carrel`, `carrel --help`, `carrel ask` on a home that holds an index.

    python benchmarks/startup.py HOME [--runs 5]

Medians, after one run that brings the files into the page cache.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time


def median_seconds(command: list[str], runs: int) -> float:
    """Return the median wall time of a command over the runs."""
    taken = []
    for _ in range(runs + 1):
        began = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken[1:])


def main() -> None:
    """Run the benchmark and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("home")
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    carrel = [sys.executable, "-m", "carrel"]
    question = ["ask", "Who was the most valuable player of Super Bowl 50?", "--home", arguments.home]
    for name, command in {
        "python -c pass": [sys.executable, "-c", "pass"],
        "import carrel": [sys.executable, "-c", "import carrel"],
        "carrel --help": [*carrel, "--help"],
        "carrel ask": [*carrel, *question],
    }.items():
        print(f"{name:<16} {median_seconds(command, arguments.runs):.2f} s")


if __name__ == "__main__":
    main()
