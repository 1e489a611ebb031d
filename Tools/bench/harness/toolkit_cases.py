"""The toolkit against a real server: the hand-over of a lock, messages through a queue, hits of a near cache."""

from .command_cases import reported
from .model import LATENCY, THROUGHPUT, Case, Contender, Measure
from .setting import CLIENT, FIRST, Setting

QUEUED = [Measure("rate", "messages per CPU-second", compared=True), *THROUGHPUT[1:]]
HITS = [Measure("rate", "hits per CPU-second"), Measure("ns", "ns each", 1)]


def cases(setting: Setting) -> list[Case]:
    return [_lock(setting), _queue(), _near()]


def _lock(setting: Setting) -> Case:
    messages = 200 if setting.quick else 2000
    against = {"× redis-py": "redis-py"}
    theirs = [
        # It looks ten times a second, so that fewer will do.
        Contender("redis-py", reported(lambda _, peer=peer: peer.command("lock", "PORT", 1, messages // 10), env=peer.environment, count=messages // 10))
        for peer in setting.peers
        if peer.can("lock")
    ]
    ours = Contender("RedisLock", reported(lambda _: [CLIENT, "lock", "turns", "PORT", 1, messages], count=messages), against)
    notes = ["From before the release by the one to the lock of the other, which waits. A ratio below 1 is faster."]
    return Case("lock", "a lock that two hand over to each other", LATENCY, [*theirs, ours], notes)


def _queue() -> Case:
    def ours(mode: str) -> Contender:
        return Contender(mode, reported(lambda messages: [CLIENT, "queue", mode, "PORT", 1, messages]), messages=FIRST)

    notes = [
        "Each message is put and got. `batch` puts and gets a hundred at a time; `consumer` also acknowledges each, at least "
        "once; each of 64 `tasks` puts one and gets one."
    ]
    return Case("queue", "messages of 16 bytes through a queue", QUEUED, [ours(mode) for mode in ("batch", "consumer", "tasks")], notes)


def _near() -> Case:
    hits = Contender("value(for:)", reported(lambda messages: [CLIENT, "cache", "hit", "PORT", 1, messages]), messages=FIRST)
    return Case("near-cache", "hits of a value that the process keeps", HITS, [hits])
