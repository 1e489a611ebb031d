"""Durable channels beside plain Pub/Sub, against a real server."""

from .command_cases import reported
from .model import LATENCY, Case, Contender, Measure
from .setting import CLIENT, Setting


def cases(setting: Setting) -> list[Case]:
    messages = 5_000 if setting.quick else 50_000

    def ours(mode: str, count: int = messages) -> Contender:
        names = {"publish": "PubSub", "push": "PubSub", "repair": "10,000 messages"}
        plain = mode.removeprefix("durable-")
        against = {} if mode == plain else {"× plain": names[plain]}
        name = names[plain] if mode == plain else "DurableChannel"
        return Contender(name, reported(lambda _: [CLIENT, "durable", mode, "PORT", 1, count]), against)

    return [
        Case("durable-publish", "publish of 16 bytes, awaited", LATENCY, [ours("publish"), ours("durable-publish")]),
        Case("durable-push", "from publish to the reader, 16 bytes", LATENCY, [ours("push"), ours("durable-push")]),
        Case("durable-repair", "reading what was missed", [Measure("ms", "ms", 1)], [ours("repair", 10_000)]),
    ]
