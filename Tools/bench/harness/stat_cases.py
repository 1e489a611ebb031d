"""What `rwatch stat` makes of a recording: lines a second, and memory. What counts is the whole process."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

from .model import Case, Contender, Failed, Measure, Sample
from .processes import BUILT, Process, rates
from .setting import RWATCH, Setting

MEASURES = [
    Measure("rate", "lines per CPU-second", compared=True),
    Measure("ns", "ns CPU each", 1),
    Measure("count_ns", "of that counting", 1),
    Measure("peak_mib", "peak MiB", 1),
]
KEYS = 1_000_000


def cases(setting: Setting) -> list[Case]:
    lines = 2_000_000 if setting.quick else 4_000_000
    contenders = [
        Contender("a million keys", _counted(lines, _many_keys)),
        Contender("Zipf", _counted(lines, _zipf)),
        Contender("Zipf, by top", _counted(lines, _zipf, _top)),
    ]
    notes = [
        "MONITOR lines of 200 clients: SET and GET. With a million keys each is as frequent as any other, which is the worst for "
        "whoever looks for frequent ones; with Zipf's law a few are. Counting is what it takes longer than a run that reads "
        "and selects nothing. top, as well as web, keeps the last events, too."
    ]
    return [Case("stat", "rwatch stat -r", MEASURES, contenders, notes)]


def _many_keys(number: int) -> int:
    # In an order that no cache likes.
    return number * 7_368_787 % KEYS


def _zipf(number: int) -> int:
    # The same share of the lines for each power of two of keys.
    share = (number * 0.6180339887498949) % 1.0
    return int(KEYS**share) % KEYS


def _recording(lines: int, key: Callable[[int], int]) -> Path:
    file = BUILT / f"stat-{key.__name__}-{lines}.txt"
    if file.exists():
        return file
    part = file.with_suffix(".part")
    with open(part, "w") as out:
        for begin in range(0, lines, 10_000):
            out.writelines(_line(number, key(number)) for number in range(begin, begin + 10_000))
    part.rename(file)
    return file


def _line(number: int, key: int) -> str:
    time, client = 1_763_700_000_000_000 + number * 10, number * 31 % 200
    begin = f"{time // 1_000_000}.{time % 1_000_000:06d} [0 10.0.{client}.1:{40000 + client}]"
    if number % 4:
        return f'{begin} "GET" "object:{key}:profile"\n'
    return f'{begin} "SET" "object:{key}:profile" "{key:016d}"\n'


def _top(file: Path) -> Sample:
    return _cost(["top", "-r", file, "--speed", "max", "-i", "1h", "--json"], "total")


def _stat(file: Path, *options: str) -> Sample:
    return _cost(["stat", "-r", file, "--json", *options], "events")


def _counted(lines: int, key: Callable[[int], int], count: Callable[[Path], Sample] = _stat) -> Callable[[int], Sample]:
    def run(_: int) -> Sample:
        file = _recording(lines, key)
        # It looks at all arguments of each line.
        reading = _stat(file, "--where", "args > 1000")
        sample = count(file)
        if sample["events"] != lines or reading["events"] != 0:
            raise Failed(f"{sample['events']:.0f} events of {lines}")
        sample["messages"] = lines
        sample["count_ns"] = (sample["cpu"] - reading["cpu"]) / lines * 1e9
        return rates(sample)

    return run


def _cost(words: list[str | Path], total: str) -> Sample:
    with Process([RWATCH, *words], stdout=subprocess.PIPE) as process:
        report = process.child.stdout.read()
        _, status, use = os.wait4(process.child.pid, 0)
        process.child.returncode = os.waitstatus_to_exitcode(status)
    if process.child.returncode:
        raise Failed(f"rwatch {words[0]} ended with status {process.child.returncode}")
    counted = json.loads(report.splitlines()[-1])
    return {"cpu": use.ru_utime + use.ru_stime, "peak_mib": use.ru_maxrss / 1024, "events": float(counted[total])}
