"""Commands against a real server: tasks that await each, batches, and one after the other."""

import subprocess
import time
from collections.abc import Callable, Sequence

from .model import LATENCY, THROUGHPUT, Case, Contender, Failed, Measure, Sample
from .peers import Peer
from .processes import Process, addressed, expect, rates
from .servers import RedisServer
from .setting import CLIENT, FIRST, Setting

COMMANDS = [Measure("rate", "commands per CPU-second", compared=True), *THROUGHPUT[1:]]


def cases(setting: Setting) -> list[Case]:
    return [_tasks(64), _tasks(512), *(_batches(setting, size) for size in (1, 100, 1000)), _lone(setting)]


def reported(command: Callable[[int], Sequence[object]], count: int = 0, **options) -> Callable[[int], Sample]:
    """A program that measures itself; `count` is how many it does if it is not told."""

    def run(messages: int) -> Sample:
        with RedisServer() as server, Process(addressed(command(messages), server.port), **options) as process:
            sample = process.report()
        sample.pop("bytes", None)
        if sample["messages"] < (count or messages):
            raise Failed(f"{process.name} did {sample['messages']:.0f} instead of {count or messages}")
        return rates(sample) if "cpu" in sample else sample

    return run


def _benchmark(tasks: int) -> Callable[[int], Sample]:
    """redis-benchmark, whose whole process counts."""

    def run(messages: int) -> Sample:
        options = ["-P", tasks, "-c", 1, "-q", "-n", messages, "GET", "key"]
        with RedisServer() as server:
            server.ask("SET", "key", "x" * 16)
            begin = time.monotonic()
            with Process(["redis-benchmark", "-p", server.port, *options], stdout=subprocess.DEVNULL) as process:
                cpu = process.cost(timeout=120)
                wall = time.monotonic() - begin
        sample = {"messages": float(messages), "cpu": cpu, "wall_rate": messages / wall}
        expect(sample, messages=messages)
        return rates(sample)

    return run


def _tasks(tasks: int) -> Case:
    def ours(mode: str, way: str = "commands") -> Callable[[int], Sample]:
        return reported(lambda messages: [CLIENT, way, mode, "PORT", 1, messages, "--tasks", tasks])

    against = {"× redis-benchmark": "redis-benchmark"}
    contenders = [
        Contender("redis-benchmark", _benchmark(tasks), messages=FIRST),
        Contender("RedisClient", ours("tasks"), against, FIRST),
        Contender("RedisClient, tasks on its loop", ours("tasks-on-loop"), against, FIRST),
        Contender("tasks alone", ours("tasks", "resume"), against, FIRST),
    ]
    notes = [
        f"redis-benchmark writes {tasks} at once and counts replies; each of our tasks awaits its own. Tasks are on the "
        "client's loop by `Task(executorPreference: loop)`: no other thread has to wake up. `tasks alone` has neither client nor server: "
        "another thread resumes all tasks as soon as they wait, and what that costs is the language's runtime."
    ]
    return Case(f"commands-{tasks}", f"GET of 16 bytes, {tasks} tasks that await each", COMMANDS, contenders, notes)


def _batches(setting: Setting, size: int) -> Case:
    against = {"× hiredis": "hiredis"}

    def theirs(peer: Peer) -> Contender:
        command = reported(lambda messages: peer.command("commands", "PORT", size, messages), env=peer.environment)
        name = peer.name.removesuffix("-commands")
        return Contender(name, command, {} if name == "hiredis" else against, FIRST)

    ours = reported(lambda messages: [CLIENT, "commands", "batch", "PORT", 1, messages, "--batch", size])
    contenders = [theirs(peer) for peer in setting.peers if peer.can("commands")]
    contenders.append(Contender("RedisBatch", ours, against, FIRST))
    return Case(f"batch-{size}", f"GET of 16 bytes in batches of {size:,}", COMMANDS, contenders)


def _lone(setting: Setting) -> Case:
    messages = 20_000 if setting.quick else 100_000
    against = {"× hiredis": "hiredis"}
    contenders = [
        Contender(
            peer.name.removesuffix("-commands"),
            reported(lambda _, peer=peer: peer.command("lone", "PORT", 1, messages), env=peer.environment),
        )
        for peer in setting.peers
        if peer.can("lone")
    ]
    for name, mode in (("await", "lone"), ("await on the loop", "lone-on-loop"), ("blocking", "lone-blocking")):
        contenders.append(
            Contender(name, reported(lambda _, mode=mode: [CLIENT, "commands", mode, "PORT", 1, messages]), against)
        )
    notes = ["From the call to its reply, with nothing else on the way. A ratio below 1 is faster."]
    return Case("lone", "one GET of 16 bytes after the other", LATENCY, contenders, notes)
