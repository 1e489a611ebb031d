"""Rounds: A B C … A B C …, so that whatever the machine does besides touches all alike."""

import re
import sys

from .model import Case, Failed, Sample, Unavailable
from .statistics import Result, result


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


def measure(case: Case, names: set[str], rounds: int) -> Result:
    contenders = [c for c in case.contenders if c.name in names]
    samples: dict[str, list[Sample]] = {c.name: [] for c in contenders}
    problems: dict[str, tuple[str, bool]] = {}
    for number in range(1, rounds + 1):
        for contender in contenders:
            if contender.name in problems:
                continue
            print(f"{number}/{rounds} {case.name}/{contender.name}", end="", file=sys.stderr, flush=True)
            word = ""
            try:
                samples[contender.name].append(contender.run())
            except Unavailable as reason:
                problems[contender.name] = (str(reason), False)
                word = f": not available: {reason}"
            # The rest goes on: one row's failure does not cost the others, and fails the whole at the end.
            except (Failed, OSError, ValueError, LookupError) as reason:
                problems[contender.name] = (f"{reason}" if isinstance(reason, Failed) else repr(reason), True)
                word = f": FAILED: {problems[contender.name][0]}"
            print(word, file=sys.stderr)
    return result(case, samples, problems)
