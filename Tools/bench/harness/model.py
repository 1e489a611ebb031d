"""What is measured: cases, their contenders, and the figures that a run of one comes to."""

from collections.abc import Callable
from dataclasses import dataclass, field

Sample = dict[str, float]


class Unavailable(Exception):
    """A contender that cannot run here. It is named in the output, with the reason."""


class Failed(Exception):
    """A run that hung, ended badly or did not see exactly what was sent. It fails the whole."""


@dataclass(frozen=True)
class Measure:
    key: str
    title: str
    digits: int = 0
    compared: bool = False  # its ratios are printed


@dataclass
class Contender:
    name: str
    run: Callable[[int], Sample]  # with so many messages
    against: dict[str, str] = field(default_factory=dict)  # title of the ratio: the contender of the same case
    messages: int = 0  # how many the first run is given; with 0 each run knows itself how many


@dataclass
class Case:
    name: str
    title: str
    measures: list[Measure]
    contenders: list[Contender]
    notes: list[str] = field(default_factory=list)
    quick: str = ""  # which of the contenders a quick run takes, as a regular expression for the whole name; none

    def rows(self) -> list[str]:
        return [f"{self.name}/{contender.name}" for contender in self.contenders]

    def references(self, names: set[str]) -> set[str]:
        """The contenders that the ratios of those need."""
        return {other for c in self.contenders if c.name in names for other in c.against.values()}


THROUGHPUT = [Measure("rate", "messages per CPU-second", compared=True), Measure("ns", "ns CPU each", 1)]
SLOW = THROUGHPUT + [Measure("dropped", "dropped"), Measure("peak_mib", "peak MiB", 1)]
LATENCY = [Measure(key, f"{key} µs", 1, compared=True) for key in ("p50", "p99", "p99.9")]
PUBLISHING = THROUGHPUT + [Measure("wall_rate", "messages per second", compared=True)]
RETURN = [
    Measure("first_ms", "first message ms", 1),
    Measure("all_ms", "all subscribed ms", 1),
    Measure("us", "µs a name", 2, compared=True),
]
EACH = [Measure("bytes", "resident bytes each", compared=True)]
BURST = [
    Measure("before_mib", "before MiB", 1),
    Measure("full_mib", "all queued MiB", 1),
    Measure("after_mib", "all read MiB", 1),
    Measure("kept", "kept of it", 3, compared=False),
]
