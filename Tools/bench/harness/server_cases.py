"""The set with a real server, and what only a real server can show: latency, publishing, coming back."""

import re
import subprocess
import time
from collections.abc import Callable, Sequence

from .model import LATENCY, PUBLISHING, RETURN, THROUGHPUT, Case, Contender, Failed, Sample
from .peers import Peer
from .processes import Process, addressed, expect, rates
from .servers import RedisServer, served
from .setting import AGAINST, CLIENT, FIRST, REFERENCE, Setting


def cases(setting: Setting) -> list[Case]:
    return [_server(setting), _latency(setting), _publish(), _return()]


def _server(setting: Setting) -> Case:
    def run(client: Callable[[int], Sequence[object]], **options) -> Callable[[int], Sample]:
        def run(messages: int) -> Sample:
            sample = served(client(messages), messages, 16, **options)
            expect(sample, messages=messages, bytes=messages * 16)
            return rates(sample)

        return run

    def theirs(peer: Peer) -> Contender:
        against = {} if peer.name == REFERENCE else AGAINST
        client = run(lambda messages: peer.command("channel", "PORT", 1, messages), env=peer.environment)
        return Contender(peer.name, client, against, FIRST)

    def ours(way: str) -> Contender:
        return Contender(way, run(lambda messages: [CLIENT, way, "channel", "PORT", 1, messages]), AGAINST, FIRST)

    contenders = [theirs(p) for p in setting.peers if p.can("channel")]
    contenders += [ours(way) for way in ("inline", "handler", "stream")]
    notes = ["The server and the publisher share the machine's cores with the client."]
    return Case("server", "redis-server, one channel, 16 bytes, pipelined PUBLISH", THROUGHPUT, contenders, notes)


def _latency(setting: Setting) -> Case:
    rate = 5000
    messages = rate * (2 if setting.quick else 6)

    def run(client: Callable[[], Sequence[object]], **options) -> Callable[[int], Sample]:
        def run(_: int) -> Sample:
            sample = served(client(), messages, "--rate", rate, **options)
            expect(sample, messages=messages, bytes=messages * 20)
            return sample

        return run

    against = {"× hiredis-blocking": "hiredis-blocking"}

    def theirs(peer: Peer, name: str, against: dict[str, str]) -> Contender:
        return Contender(name, run(lambda: peer.command("latency", "PORT", 1, messages), env=peer.environment), against)

    peers = []
    for peer in setting.peers:
        if peer.can("latency"):
            peers.append(theirs(peer, peer.name, {} if peer.name in against.values() else against))
        if peer.name in against.values():
            peers.append(theirs(peer, f"{peer.name} again", against))
    ours = [
        Contender(
            way, run(lambda way=way: [CLIENT, "latency", "channel", "PORT", 1, messages, "--handler", way]), against
        )
        for way in ("inline", "thread")
    ]
    notes = [
        "From the moment at which a message was meant to be published, whatever held it up. A ratio below 1 is faster."
    ]
    return Case(
        "latency", f"publish to handler, {rate:,} a second", LATENCY, peers + ours, notes, quick=".*blocking|inline"
    )


def _publish() -> Case:
    def run(command: Callable[[int], Sequence[object]]) -> Callable[[int], Sample]:
        def run(messages: int) -> Sample:
            with RedisServer() as server:
                begin = time.monotonic()
                with Process(addressed(command(messages), server.port), stdout=subprocess.DEVNULL) as process:
                    cpu = process.cost(timeout=120)
                    wall = time.monotonic() - begin
                    if process.child.returncode:
                        raise Failed(f"{process.name} ended badly: {process.complaint()}")
                calls = re.search(r"cmdstat_publish:calls=(\d+)", server.ask("INFO", "commandstats"))
            sample = {"messages": float(calls[1]) if calls else 0.0, "cpu": cpu, "wall_rate": messages / wall}
            expect(sample, messages=messages)
            return rates(sample)

        return run

    options = "-p PORT -P 64 -c 1 -q -n".split()
    publish = ["publish", "channel:0000000", "x" * 16]
    benchmark = run(lambda messages: ["redis-benchmark", *options, messages, *publish])
    ours = run(lambda messages: [CLIENT, "publish", "channel", "PORT", 1, messages, "--window", 64])
    contenders = [
        Contender("redis-benchmark", benchmark, messages=FIRST),
        Contender("RedisClient", ours, {"× redis-benchmark": "redis-benchmark"}, FIRST),
    ]
    notes = ["The whole process counts, start and end included. The server's own count has to be exact."]
    return Case("publish", "PUBLISH of 16 bytes, 64 on their way", PUBLISHING, contenders, notes)


def _return() -> Case:
    def run(names: int) -> Callable[[int], Sample]:
        def run(_: int) -> Sample:
            with RedisServer() as server:
                client = [CLIENT, "return", "channel", server.port, names, 1]
                with Process(client) as process, server.publisher(10_000_000, "--rate", 2000):
                    sample = process.report()
            expect(sample, names=names)
            sample["us"] = sample["all_ms"] * 1000 / names
            return sample

        return run

    counts = (1000, 10_000, 100_000)
    contenders = [
        Contender(f"{n:,} names", run(n), {"× 10,000 names": "10,000 names"} if n > 10_000 else {}) for n in counts
    ]
    notes = [
        "`RedisReconnectPolicy.minimumDelay` is 1 ms: its pause of half a millisecond to one is not what is measured.",
        "Resubscribing is linear when the cost of a name does not grow.",
    ]
    return Case("return", "CLIENT KILL to the first message and to all subscribed", RETURN, contenders, notes)
