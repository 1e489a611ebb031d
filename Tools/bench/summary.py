#!/usr/bin/env python3
"""Tools/bench/summary.py [--check]: writes the figures of README.md, which are those of docs/performance.md; with --check it says
where they differ. `Tools/bench/run --document docs/performance.md` does the former by itself."""

import re
import sys
from pathlib import Path

TREE = Path(__file__).resolve().parents[2]
FIGURES = TREE / "docs/performance.md"
README = TREE / "README.md"
BEGIN, END = "<!-- numbers: summary -->", "<!-- end: summary -->"

# What README says of a row, the row's table, the row, the column, and beside whom that is.
ROWS = [
    ("inline handler", "channel-16-resp3", "inline", "× hiredis", "hiredis + libevent"),
    ("handlers, `run()`", "channel-16-resp3", "handler", "× hiredis", "hiredis + libevent"),
    ("`batches`", "channel-16-resp3", "batch", "× hiredis", "hiredis + libevent"),
    ("`for try await` over `events`", "channel-16-resp3", "stream", "× hiredis", "hiredis + libevent"),
    ("commands of MONITOR, typed, in place", "monitor", "inline", "× hiredis", "hiredis handing over raw lines"),
    ("commands of MONITOR, typed, `for try await`", "monitor", "typed", "× hiredis", "hiredis handing over raw lines"),
    ("`rwatch sub` into a pipe", "cli-sub-line", "rwatch", "× redis-cli", "redis-cli"),
    ("`rwatch monitor --json` into a pipe", "cli-monitor-json", "rwatch", "× redis-cli", "redis-cli"),
    ("batches of 1,000 commands", "batch-1000", "RedisBatch", "× hiredis", "hiredis pipelining"),
    ("64 tasks that each await their command", "commands-64", "RedisClient", "× redis-benchmark", "redis-benchmark"),
]  # fmt: skip


def cell(document: str, table: str, row: str, column: str) -> str:
    block = re.search(f"<!-- numbers: {table} -->(.*?)<!-- end: {table} -->", document, re.DOTALL)
    lines = [line.strip("| ").split(" | ") for line in block[1].splitlines() if line.startswith("|")] if block else []
    for line in lines[1:]:
        if line[0] == row:
            return line[lines[0].index(column)].strip()
    sys.exit(f"{FIGURES.name} has no {table}/{row}")


def summary(document: str) -> str:
    lines = [f"| {text} | {cell(document, *place)} × {beside} |" for text, *place, beside in ROWS]
    facts = dict(re.findall(r"^- (date|redis-events|CPU): (.+)$", document, re.MULTILINE))
    machine = f"Measured on {facts['date']}, at commit {facts['redis-events']}, with this machine: {facts['CPU']}."
    return "\n".join(["| way to read | is |", "| --- | ---: |", *lines, "", machine])


def filled(readme: str, document: str) -> str:
    block = f"{BEGIN}\n\n{summary(document)}\n\n{END}"
    return re.sub(f"{BEGIN}.*?{END}", lambda _: block, readme, count=1, flags=re.DOTALL)


def main(is_check: bool) -> None:
    readme = README.read_text()
    wanted = filled(readme, FIGURES.read_text())
    if BEGIN not in readme:
        sys.exit("README.md has no place for figures")
    if not is_check:
        README.write_text(wanted)
    elif readme != wanted:
        print("README.md has other figures than docs/performance.md: Tools/bench/summary.py writes them")


if __name__ == "__main__":
    main("--check" in sys.argv[1:])
