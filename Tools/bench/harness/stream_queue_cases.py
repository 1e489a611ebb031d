"""A queue on streams against a real server: how long a message is on its way, and how many pass in a second."""

from .command_cases import reported
from .model import LATENCY, PUBLISHING, Case, Contender
from .setting import CLIENT, FIRST, Setting


def cases(setting: Setting) -> list[Case]:
    messages = 5_000 if setting.quick else 50_000
    latency = Contender("RedisQueue", reported(lambda _: [CLIENT, "stream-queue", "latency", "PORT", 1, messages], count=messages))
    single = Contender("one by one", reported(lambda count: [CLIENT, "stream-queue", "one-by-one", "PORT", 1, count]), messages=FIRST)
    batch = Contender("in batches", reported(lambda count: [CLIENT, "stream-queue", "batch", "PORT", 1, count]), messages=FIRST)
    notes = [
        "A hundred are put at a time, and each is handled, acknowledged and deleted: by a task of its own, or with up to a "
        "hundred others by one task.",
    ]
    return [
        Case("stream-queue-latency", "from before the put to the handler, 16 bytes", LATENCY, [latency]),
        Case("stream-queue-batch", "messages of 16 bytes through a queue on streams", PUBLISHING, [single, batch], notes),
    ]
