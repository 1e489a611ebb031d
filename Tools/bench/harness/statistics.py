"""Medians, ratios within a round, and how far they scatter."""

from dataclasses import dataclass
from statistics import median

from .model import Case, Sample


@dataclass
class Figure:
    median: float
    lowest: float
    highest: float

    @property
    def spread(self) -> float:
        """From the lowest to the highest, as a share of the median."""
        return (self.highest - self.lowest) / self.median if self.median else 0.0

    @staticmethod
    def of(values: list[float]) -> "Figure":
        return Figure(median(values), min(values), max(values))


@dataclass
class Row:
    name: str
    rounds: list[Sample]
    figures: dict[str, Figure]
    ratios: dict[str, dict[str, Figure]]  # title of the ratio, key of the measure
    problem: str = ""  # why there are no figures
    failed: bool = False


@dataclass
class Result:
    case: Case
    rows: list[Row]

    def row(self, name: str) -> Row | None:
        return next((row for row in self.rows if row.name == name), None)


def result(case: Case, samples: dict[str, list[Sample]], problems: dict[str, tuple[str, bool]]) -> Result:
    rows = []
    for contender in case.contenders:
        if contender.name in problems:
            reason, failed = problems[contender.name]
            rows.append(Row(contender.name, [], {}, {}, reason, failed))
        elif rounds := samples.get(contender.name):
            figures = {m.key: Figure.of([sample[m.key] for sample in rounds]) for m in case.measures}
            ratios = {
                title: {m.key: _ratio(rounds, samples[other], m.key) for m in case.measures if m.compared}
                for title, other in contender.against.items()
                if samples.get(other) and other not in problems
            }
            rows.append(Row(contender.name, rounds, figures, ratios))
    return Result(case, rows)


def _ratio(rounds: list[Sample], reference: list[Sample], key: str) -> Figure:
    """Each round against the reference in the same round: what slows the machine for a while slows both."""
    return Figure.of([mine[key] / other[key] for mine, other in zip(rounds, reference)])
