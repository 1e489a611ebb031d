"""Durable channels beside plain Pub/Sub, against a real server."""

from .command_cases import reported
from .model import LATENCY, Case, Contender, Measure
from .setting import CLIENT, Setting


def cases(setting: Setting) -> list[Case]:
    messages = 5_000 if setting.quick else 50_000

    def ours(name: str, mode: str, against: dict[str, str] | None = None, count: int = messages) -> Contender:
        return Contender(name, reported(lambda _: [CLIENT, "durable", mode, "PORT", 1, count]), against or {})

    publishes = [ours("PubSub", "publish"), ours("DurableChannel", "durable-publish", {"× plain": "PubSub"})]
    pushes = [
        ours("PubSub", "push"),
        ours("PubSub, durable publish", "push-of-durable"),
        ours(
            "DurableChannel",
            "durable-push",
            {"× plain": "PubSub", "× same publish": "PubSub, durable publish"},
        ),
    ]
    notes = [
        "*× same publish* has the same work at the server on both sides: a plain subscriber of the channel, and one of the "
        "durable channel, get what a durable channel publishes. *× plain* has the publish in it as well.",
    ]
    return [
        Case("durable-publish", "publish of 16 bytes, awaited", LATENCY, publishes),
        Case("durable-push", "from publish to the reader, 16 bytes", LATENCY, pushes, notes),
        Case("durable-repair", "reading what was missed", [Measure("ms", "ms", 1)], [ours("10,000 messages", "repair", count=10_000)]),
    ]
