"""The tables, in Markdown, and the same as JSON."""

import json
import re
from dataclasses import asdict
from statistics import median

from .bar import verdicts
from .machine import Machine
from .setting import REFERENCE
from .statistics import Result, Row


def markdown(results: list[Result], machine: Machine, rounds: int) -> str:
    parts = [
        _machine(machine, results, rounds),
        *(_case(result) for result in results),
        _bar(results),
        _problems(results),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def fill(document: str, results: list[Result], machine: Machine, rounds: int, is_whole: bool) -> str:
    """The document with each table behind its marker, `<!-- numbers: NAME -->`, in the place of the one before. What is
    about all of the rows is left as it was unless all have run."""
    blocks = {result.case.name: _case(result) for result in results}
    if is_whole:
        blocks |= {"machine": _machine(machine, results, rounds), "bar": _bar(results)}
    for name, text in blocks.items():
        begin, end = f"<!-- numbers: {name} -->", f"<!-- end: {name} -->"
        filled = f"{begin}\n\n{text}\n\n{end}"
        document = re.sub(f"{begin}(.*?{end})?", lambda _: filled, document, count=1, flags=re.DOTALL)
    return document


def to_json(results: list[Result], machine: Machine, rounds: int) -> str:
    cases = {
        r.case.name: {"title": r.case.title, "notes": r.case.notes, "rows": [asdict(row) for row in r.rows]}
        for r in results
    }
    bar = [asdict(v.demand) | {"value": v.value, "reached": v.reached} for v in verdicts(results)]
    return json.dumps({"machine": asdict(machine), "rounds": rounds, "cases": cases, "bar": bar}, indent=1) + "\n"


def failures(results: list[Result]) -> list[str]:
    return [f"{r.case.name}/{row.name}: {row.problem}" for r in results for row in r.rows if row.failed]


def _table(head: list[str], lines: list[list[str]]) -> str:
    ruler = ["---"] + ["---:"] * (len(head) - 1)
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [head, ruler, *lines])


def _case(result: Result) -> str:
    measures = result.case.measures
    compared = [m for m in measures if m.compared]
    titles = list(dict.fromkeys(title for row in result.rows for title in row.ratios))
    head = [result.case.name, *(m.title for m in measures), "spread"]
    columns = [(title, m) for title in titles for m in compared]
    head += [title if len(compared) == 1 else f"{title}: {m.title}" for title, m in columns]
    lines = []
    for row in result.rows:
        if row.problem:
            lines.append(
                [row.name, ("FAILED: " if row.failed else "not available: ") + row.problem] + [""] * (len(head) - 2)
            )
            continue
        cells = [row.name, *(f"{row.figures[m.key].median:,.{m.digits}f}" for m in measures)]
        cells.append(f"{_main(result, row).spread:.0%}")
        for title, m in columns:
            ratio = row.ratios.get(title, {}).get(m.key)
            cells.append(f"{ratio.median:.2f}" if ratio else "")
        lines.append(cells)
    notes = "".join(f"\n\n{note}" for note in result.case.notes)
    return f"### {result.case.title}\n\n{_table(head, lines)}{notes}"


def _main(result: Result, row: Row):
    """The figure whose spread is told: the first that is compared."""
    measure = next((m for m in result.case.measures if m.compared), result.case.measures[-1])
    return row.figures[measure.key]


def _number(value: float | None) -> str:
    if value is None:
        return "not measured"
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"


def _bar(results: list[Result]) -> str:
    lines = [
        [
            v.demand.row,
            v.demand.what if v.demand.measure == "rate" else f"{v.demand.what}: {v.demand.measure}",
            f"{'≤' if v.demand.at_most else '≥'} {_number(v.demand.limit)}",
            _number(v.value),
            "yes" if v.reached else "**no**",
        ]
        for v in verdicts(results)
    ]
    return "### The bar\n\n" + _table(["row", "what", "must be", "is", "reached"], lines) if lines else ""


def _problems(results: list[Result]) -> str:
    missing = [
        f"- {r.case.name}/{row.name}: not available: {row.problem}"
        for r in results
        for row in r.rows
        if row.problem and not row.failed
    ]
    failed = [f"- {problem}" for problem in failures(results)]
    text = ["### Not measured", "", *missing] if missing else []
    text += [""] * bool(text and failed) + (["### FAILED", "", *failed] if failed else [])
    return "\n".join(text)


def _machine(machine: Machine, results: list[Result], rounds: int) -> str:
    lines = [f"- {name}: {value}" for name, value in machine.facts.items()]
    lines.append(f"- load average: {machine.load_before} before, {machine.load_after} after")
    lines.append(
        f"- rounds: {rounds}; each number is the median of them, each ratio the median of the ratios within a round"
    )
    same = [
        row.ratios["× hiredis"]["rate"]
        for r in results
        for row in r.rows
        if row.name == f"{REFERENCE} again" and row.ratios
    ]
    if same:
        off = median(abs(figure.median - 1) for figure in same)
        worst = max(max(abs(f.lowest - 1), abs(f.highest - 1)) for f in same)
        lines.append(f"- noise: hiredis against itself is off by {off:.1%} (median), {worst:.0%} in the worst round")
    return "\n".join(lines)
