"""What section 6 of the design asks for, row by row."""

from dataclasses import dataclass

from .statistics import Result


@dataclass(frozen=True)
class Demand:
    row: str
    what: str  # the title of a ratio, or the key of a measure
    limit: float
    at_most: bool = False
    measure: str = "rate"  # of a ratio


DEMANDS = [
    Demand("channel-16-resp3/inline", "× hiredis", 4.0),
    Demand("channel-16-resp3/inline", "of the floor", 0.6),
    Demand("channel-16-resp3/handler", "× hiredis", 3.0),
    Demand("channel-16-resp3/batch", "× hiredis", 3.0),
    Demand("channel-16-resp3/stream", "× hiredis", 2.0),
    Demand("channel-16-resp3/handler on one core", "× hiredis", 2.5),
    Demand("channel-16-resp3/batch on one core", "× hiredis", 2.5),
    Demand("channel-16-resp3/stream on one core", "× hiredis", 1.8),
    Demand("monitor/inline", "× hiredis", 1.5),
    Demand("monitor/typed", "× hiredis", 1.0),
    Demand("cli-sub-line/rwatch", "× redis-cli", 5.0),
    Demand("cli-sub-raw/rwatch", "× redis-cli", 5.0),
    Demand("cli-sub-json/rwatch", "× redis-cli", 5.0),
    Demand("cli-monitor-line/rwatch", "× redis-cli", 5.0),
    Demand("cli-monitor-json/rwatch", "× redis-cli", 5.0),
    Demand("cli-filter/filter", "× no filter", 0.7),
    Demand("cli-pretty/rwatch", "× redis-cli", 3.0),
    *(
        demand
        for row in ("stat/a million keys", "stat/Zipf")
        for demand in (
            Demand(row, "rate", 2_000_000),
            Demand(row, "count_ns", 150, at_most=True),
            Demand(row, "peak_mib", 128, at_most=True),
        )
    ),
    Demand("stat/Zipf, by top", "count_ns", 150, at_most=True),
    Demand("latency/inline", "× hiredis-blocking", 1.1, at_most=True, measure="p50"),
    Demand("latency/inline", "× hiredis-blocking", 1.1, at_most=True, measure="p99"),
    Demand("memory-subscriptions/handler", "bytes", 200, at_most=True),
    Demand("memory-links/inline", "bytes", 24 * 1024, at_most=True),
    Demand("memory-burst/stream", "kept", 0.1, at_most=True),
    *(
        Demand(f"channels/{way} {n}", "× 1 channel", 0.7)
        for way in ("handler", "stream")
        for n in ("1,000", "100,000")
    ),
    # The 35 ns were asked for where one channel takes 12.6 ns; the ratio says the same of any machine.
    *(Demand(f"channels/inline {n}", "ns", 35, at_most=True) for n in ("1,000", "100,000")),
    *(Demand(f"channels/inline {n}", "× 1 channel", 12.6 / 35) for n in ("1,000", "100,000")),
    # Flat within 1.3 ×, linear within 1.3 ×.
    *(Demand(f"links/inline {n}", "× 1 link", 1 / 1.3) for n in ("10", "1,000")),
    Demand("return/100,000 names", "× 10,000 names", 1.3, at_most=True, measure="us"),
    Demand("commands-64/RedisClient", "× redis-benchmark", 0.35),
    Demand("commands-512/RedisClient", "× redis-benchmark", 0.5),
    Demand("batch-1000/RedisBatch", "× hiredis", 0.9),
    Demand("durable-publish/DurableChannel", "× plain", 1.5, at_most=True, measure="p50"),
    Demand("durable-push/DurableChannel", "× same publish", 1.1, at_most=True, measure="p50"),
    Demand("durable-repair/10,000 messages", "ms", 100, at_most=True),
    Demand("stream-queue-latency/RedisQueue", "p50", 300, at_most=True),
    Demand("stream-queue-batch/in batches", "wall_rate", 100_000),
    Demand("lock/RedisLock", "p50", 500, at_most=True),
    Demand("lock/RedisLock", "p99", 3000, at_most=True),
    Demand("near-cache/value(for:)", "ns", 150, at_most=True),
    Demand("lone/await", "× hiredis", 1.15, at_most=True, measure="p50"),
]


@dataclass
class Verdict:
    demand: Demand
    value: float | None  # none when the row could not be measured

    @property
    def reached(self) -> bool:
        if self.value is None:
            return False
        return self.value <= self.demand.limit if self.demand.at_most else self.value >= self.demand.limit


def verdicts(results: list[Result]) -> list[Verdict]:
    """On those rows that were asked for."""
    found = []
    for demand in DEMANDS:
        case, name = demand.row.split("/", 1)
        row = next((row for r in results if r.case.name == case and (row := r.row(name))), None)
        if row is None:
            continue
        figure = row.figures.get(demand.what) or row.ratios.get(demand.what, {}).get(demand.measure)
        found.append(Verdict(demand, figure.median if figure else None))
    return found
