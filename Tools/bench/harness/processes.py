"""Processes that are bounded in time, and ended by their own id."""

import json
import os
import select
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from .model import Failed, Sample, Unavailable

BENCH = Path(__file__).resolve().parent.parent
TREE = BENCH.parent.parent
BUILT = BENCH / ".build"
PROGRAMS = BUILT / "bin"
TIMEOUT = 60.0


class Process:
    """A child that does not outlive the `with` that it is in."""

    def __init__(self, command: Sequence[object], **options) -> None:
        self.name = Path(str(command[0])).name
        options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
        self.child = subprocess.Popen([str(word) for word in command], **options)
        self._pending = b""

    def __enter__(self) -> "Process":
        return self

    def __exit__(self, *_) -> None:
        if self.child.poll() is None:
            self.child.kill()
        self.child.wait()
        for stream in (self.child.stdin, self.child.stdout, self.child.stderr):
            if stream:
                stream.close()

    def line(self, timeout: float = TIMEOUT) -> str:
        """The next line of its output; empty when there is none any more."""
        end = time.monotonic() + timeout
        out = self.child.stdout.fileno()
        while b"\n" not in self._pending:
            if not select.select([out], [], [], max(0.0, end - time.monotonic()))[0]:
                raise Failed(f"{self.name} hangs: nothing for {timeout:.0f} s")
            if not (read := os.read(out, 1 << 16)):
                return ""
            self._pending += read
        line, self._pending = self._pending.split(b"\n", 1)
        return line.decode()

    def ended(self, timeout: float = TIMEOUT) -> int:
        try:
            return self.child.wait(timeout)
        except subprocess.TimeoutExpired:
            raise Failed(f"{self.name} does not end") from None

    def complaint(self) -> str:
        lines = self.child.stderr.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else "without a word"

    def report(self, ready: Callable[[], None] = lambda: None) -> Sample:
        """Its last line, a JSON object. `ready` is called when it says so."""
        while line := self.line():
            if line.startswith("{"):
                return json.loads(line)
            if line == "ready":
                ready()
        status = self.ended()
        if status == 69:
            raise Unavailable(self.complaint())
        raise Failed(f"{self.name} ended with status {status}: {self.complaint()}")

    def terminate(self) -> float:
        """Ends it and returns the CPU-seconds that it has cost in all."""
        # Not by way of Popen, which would collect what has ended already, and lose its cost.
        os.kill(self.child.pid, signal.SIGTERM)
        return self.cost()

    def cost(self, timeout: float = 10.0) -> float:
        """Waits for its end and returns the CPU-seconds that it has cost in all."""
        hanging = threading.Timer(timeout, os.kill, (self.child.pid, signal.SIGKILL))
        hanging.start()
        _, status, use = os.wait4(self.child.pid, 0)
        hanging.cancel()
        self.child.returncode = os.waitstatus_to_exitcode(status)
        if self.child.returncode == -signal.SIGKILL:
            raise Failed(f"{self.name} does not end")
        return use.ru_utime + use.ru_stime


def addressed(command: Sequence[object], port: object) -> list[object]:
    """The command with the port for the word PORT."""
    return [port if word == "PORT" else word for word in command]


def expect(sample: Sample, **wanted: float) -> None:
    for key, value in wanted.items():
        if sample.get(key) != value:
            raise Failed(f"{key}: {sample.get(key)} instead of {value}")


def rates(sample: Sample) -> Sample:
    cpu = max(sample["cpu"], 1e-9)
    sample["rate"] = sample["messages"] / cpu
    sample["ns"] = cpu / sample["messages"] * 1e9
    if "wall" in sample:
        sample.setdefault("wall_rate", sample["messages"] / max(sample["wall"], 1e-9))
    return sample
