"""Whom clients talk to: the feeder, and a real server."""

import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence

from .model import Failed, Sample, Unavailable
from .processes import PROGRAMS, Process, addressed

# How far a feeder may be ahead of a reader who cannot make it wait: less than what fits into any buffer.
WINDOW = 100_000


def on_cores() -> tuple[dict, dict]:
    """What keeps a feeder on one core, and all of its client on another."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        raise Unavailable("it takes two cores")

    def on(core: int) -> dict:
        return {"preexec_fn": lambda: os.sched_setaffinity(0, {core})}

    return on(cores[0]), on(cores[1])


def paced(feeder: Sequence[object], client: Sequence[object]) -> Sample:
    """The same as `fed`, for our client, and the feeder waits for what the client acknowledges."""
    heard, tell = os.pipe()
    with os.fdopen(heard), os.fdopen(tell, "w"):
        words = [*client, "--held", "--acknowledge", tell, "--every", WINDOW // 2]
        with Process([PROGRAMS / "feeder", *feeder, "--hold", "--window", WINDOW], stdin=heard) as server:
            with Process(addressed(words, server.line()), pass_fds=(tell,)) as process:
                return process.report()


def held(feeder: Sequence[object], client: Sequence[object], **options) -> Sample:
    """The same as `fed`, for our client, and the feeder waits until the client's clock runs."""
    return fed([*feeder, "--hold"], [*client, "--held"], **options)


def fed(feeder: Sequence[object], client: Sequence[object], is_pinned: bool = False, **options) -> Sample:
    """Runs a client against a feeder and returns what it reports. PORT in the client's command is the feeder's port."""
    on_one, on_other = on_cores() if is_pinned else ({}, {})
    options |= on_other
    with Process([PROGRAMS / "feeder", *feeder], stdin=subprocess.PIPE, **on_one) as server:
        port = server.line()
        with Process(addressed(client, port), **options) as process:

            def release() -> None:
                server.child.stdin.write(b"+")
                server.child.stdin.flush()

            return process.report(release)


class RedisServer:
    """A server of one run, on a free port, without persistence and without a limit for slow subscribers."""

    def __enter__(self) -> "RedisServer":
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.folder = tempfile.TemporaryDirectory()
        settings = ["--save", "", "--client-output-buffer-limit", "pubsub 0 0 0", "--dir", self.folder.name]
        self.process = Process(
            ["redis-server", "--port", self.port, "--bind", "127.0.0.1", *settings], stdout=subprocess.DEVNULL
        )
        end = time.monotonic() + 10
        # Its own id: another server may have taken the port meanwhile.
        while f"process_id:{self.process.child.pid}\n" not in self.ask("INFO", "server").replace("\r", "") + "\n":
            if time.monotonic() > end or self.process.child.poll() is not None:
                self.__exit__()
                raise Failed("redis-server does not start")
            time.sleep(0.01)
        return self

    def __exit__(self, *_) -> None:
        self.process.child.terminate()
        self.process.child.wait()
        self.process.__exit__()
        self.folder.cleanup()

    def ask(self, *words: str) -> str:
        command = ["redis-cli", "-p", str(self.port), *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=10).stdout.strip()

    def publisher(self, *words: object) -> Process:
        return Process([PROGRAMS / "publisher", self.port, *words])


def served(client: Sequence[object], *publisher: object, **options) -> Sample:
    """Runs a client against a real server to which somebody publishes."""
    with RedisServer() as server:
        with Process(addressed(client, server.port), **options) as process, server.publisher(*publisher) as source:
            sample = process.report()
            if status := source.ended():
                raise Failed(f"publisher ended with status {status}: {source.complaint()}")
            return sample
