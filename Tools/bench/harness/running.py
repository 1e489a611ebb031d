"""Rounds: A B C … A B C …, so that whatever the machine does besides touches all alike."""

import math
import re
import sys

from .model import Case, Contender, Failed, Sample, Unavailable
from .statistics import Result, result

# How many commands who publishes sends at a time.
WINDOW = 64


def selected(cases: list[Case], only: str | None, quick: bool) -> list[tuple[Case, set[str]]]:
    """The cases, each with the contenders that run: those that are asked for and those that they are compared with."""
    chosen = []
    for case in cases:
        names = {c.name for c in case.contenders}
        if quick and only is None:
            names = {name for name in names if re.fullmatch(case.quick, name)} if case.quick else set()
        if only is not None:
            names = {name for name in names if re.search(only, f"{case.name}/{name}")}
        if names:
            chosen.append((case, names | case.references(names)))
    return chosen


def _sample(contender: Contender, counts: dict[str, int], cpu_seconds: float) -> Sample:
    """A run that took long enough. One that was too short, the first above all, tells how many messages it takes."""
    while True:
        count = counts[contender.name]
        sample = contender.run(count)
        if count == 0 or sample["cpu"] >= cpu_seconds:
            return sample
        more = min(1.25 * cpu_seconds / max(sample["cpu"], 1e-3), 20)
        # Whole windows, for those who send only these.
        counts[contender.name] = math.ceil(count * more / WINDOW) * WINDOW


def measure(case: Case, names: set[str], rounds: int, cpu_seconds: float) -> Result:
    """Each run that counts takes at least so many seconds of CPU time."""
    contenders = [c for c in case.contenders if c.name in names]
    counts = {c.name: c.messages for c in contenders}
    samples: dict[str, list[Sample]] = {c.name: [] for c in contenders}
    problems: dict[str, tuple[str, bool]] = {}
    for number in range(1, rounds + 1):
        for contender in contenders:
            if contender.name in problems:
                continue
            print(f"{number}/{rounds} {case.name}/{contender.name}", end="", file=sys.stderr, flush=True)
            word = ""
            try:
                samples[contender.name].append(_sample(contender, counts, cpu_seconds))
            except Unavailable as reason:
                problems[contender.name] = (str(reason), False)
                word = f": not available: {reason}"
            # The rest goes on: one row's failure does not cost the others, and fails the whole at the end.
            except (Failed, OSError, ValueError, LookupError) as reason:
                problems[contender.name] = (f"{reason}" if isinstance(reason, Failed) else repr(reason), True)
                word = f": FAILED: {problems[contender.name][0]}"
            print(word, file=sys.stderr)
    return result(case, samples, problems)
