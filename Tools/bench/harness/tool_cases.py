"""The command-line set: rwatch and redis-cli into a pipe that a small program empties. What counts is the CPU time of the
tool's process from its start to its end."""

import fcntl
import os
import struct
import termios
import tty
from collections.abc import Callable

from .model import THROUGHPUT, Case, Contender, Failed, Sample
from .processes import PROGRAMS, Process, addressed, expect, rates
from .servers import WINDOW
from .setting import FIRST, RWATCH, Setting

CHANNEL = "channel:0000000"
PAYLOAD = "x" * 16
STAMP = "1763700000.000000"
MONITORED = f'{STAMP} [0 127.0.0.1:50412] "SET" "{CHANNEL}" "{PAYLOAD}"\n'
# redis-cli's greeting; in raw form there is none.
# A terminal takes so few bytes a second that a run cannot go by its CPU time.
SHOWN = 400_000
READING = "Reading messages... (press Ctrl-C to quit)\n"


def cases(setting: Setting) -> list[Case]:
    found = []
    for name, mode, ours, ours_line, theirs, greeting, their_line in (
        (
            "sub-line", "channel",
            ["sub", CHANNEL, "-q"], f'{STAMP} message "{CHANNEL}" "{PAYLOAD}"\n',
            ["--no-raw", "subscribe", CHANNEL],
            f'{READING}1) "subscribe"\n2) "{CHANNEL}"\n3) (integer) 1\n',
            f'1) "message"\n2) "{CHANNEL}"\n3) "{PAYLOAD}"\n',
        ),
        (
            "sub-raw", "channel",
            ["sub", CHANNEL, "--raw", "-q"], f"{PAYLOAD}\n",
            ["subscribe", CHANNEL], f"subscribe\n{CHANNEL}\n1\n", f"message\n{CHANNEL}\n{PAYLOAD}\n",
        ),
        (
            "sub-json", "channel",
            ["sub", CHANNEL, "--json", "-q"],
            f'{{"v":1,"kind":"message","ts":{STAMP},"channel":"{CHANNEL}","payload":"{PAYLOAD}"}}\n',
            ["--json", "subscribe", CHANNEL],
            f'{READING}["subscribe","{CHANNEL}",1]\n', f'["message","{CHANNEL}","{PAYLOAD}"]\n',
        ),
        ("monitor-line", "monitor", ["monitor", "--guard", "0", "-q"], MONITORED, ["monitor"], "OK\n", MONITORED),
        (
            "monitor-json", "monitor",
            ["monitor", "--guard", "0", "--json", "-q"],
            f'{{"v":1,"kind":"command","ts":{STAMP},"db":0,"client":"127.0.0.1:50412","cmd":"SET","args":["{CHANNEL}","{PAYLOAD}"]}}\n',
            ["--json", "monitor"], '"OK"\n', '"' + MONITORED.strip().replace('"', '\\"') + '"\n',
        ),
    ):  # fmt: skip
        contenders = [
            Contender(
                "redis-cli",
                _piped(mode, ["redis-cli", "-p", "PORT", *theirs], greeting, their_line),
                messages=FIRST,
            ),
            Contender(
                "rwatch",
                _piped(mode, [RWATCH, "-p", "PORT", *ours], "", ours_line),
                {"× redis-cli": "redis-cli"},
                FIRST,
            ),
        ]
        quick = ".*" if name.endswith("line") else ""
        found.append(Case(f"cli-{name}", f"rwatch {' '.join(ours)}", THROUGHPUT, contenders, [], quick))
    return [*found, _filter(), _pretty()]


def _filter() -> Case:
    """What selecting costs, where everything is selected and so printed as well."""
    plain = [RWATCH, "-p", "PORT", "monitor", "--guard", "0", "-q"]
    chosen = [*plain, "--key", "channel:*", "--cmd", "set"]
    contenders = [
        Contender("no filter", _piped("monitor", plain, "", MONITORED), messages=FIRST),
        Contender("filter", _piped("monitor", chosen, "", MONITORED), {"× no filter": "no filter"}, FIRST),
    ]
    return Case("cli-filter", "rwatch monitor --key 'channel:*' --cmd set", THROUGHPUT, contenders)


def _pretty() -> Case:
    """The form for people, into a terminal of 80 columns. How long a line is depends on the time zone's clock alone, so
    that only lines are counted."""
    ours = [RWATCH, "-p", "PORT", "monitor", "--guard", "0", "-q", "-o", "pretty"]
    theirs = ["redis-cli", "-p", "PORT", "monitor"]
    contenders = [
        Contender("redis-cli", _shown(theirs, "OK\n", MONITORED)),
        Contender("rwatch", _shown(ours, "", MONITORED), {"× redis-cli": "redis-cli"}),
    ]
    notes = [f"{SHOWN:,} lines into a pseudo-terminal, whose kernel takes longer for them than either program."]
    return Case("cli-pretty", "rwatch monitor -o pretty into a terminal", THROUGHPUT, contenders, notes)


def _terminal() -> tuple[int, int]:
    """Both ends of a pseudo-terminal that leaves all bytes as they are: what a program reads, and what another one writes."""
    out, into = os.openpty()
    tty.setraw(into)
    fcntl.ioctl(into, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    return out, into


def _shown(tool: list[object], greeting: str, line: str) -> Callable[[int], Sample]:
    run = _piped("monitor", tool, greeting, line, _terminal, counts_bytes=False)
    return lambda _: run(SHOWN)


def _piped(
    mode: str,
    tool: list[object],
    greeting: str,
    line: str,
    channel: Callable[[], tuple[int, int]] = os.pipe,
    counts_bytes: bool = True,
) -> Callable[[int], Sample]:
    """Runs a tool until the pipe's reader has seen the last line. The feeder is held to the reader's pace: a tool that may
    drop what nobody reads has nothing to drop."""
    per_message = line.count("\n")

    def run(messages: int) -> Sample:
        lines = greeting.count("\n") + messages * per_message
        heard, tell = os.pipe()
        out, into = channel()
        with Process([PROGRAMS / "feeder", mode, 1, len(PAYLOAD), messages, "--window", WINDOW], stdin=heard) as feeder:
            os.close(heard)
            port = feeder.line()
            reader = [PROGRAMS / "drain", lines, WINDOW // 2 * per_message, tell]
            with Process(reader, stdin=out, pass_fds=(tell,)) as drain:
                os.close(out)
                os.close(tell)
                with Process(addressed(tool, port), stdout=into) as process:
                    os.close(into)
                    try:
                        sample = drain.report()
                    except Failed as reason:
                        process.child.kill()
                        raise Failed(f"{reason}; {process.name}: {process.complaint()}") from None
                    sample["cpu"] = process.terminate()
                    if drain.ended():
                        raise Failed(f"{process.name} wrote more than {lines} lines")
                    said = process.child.stderr.read().decode(errors="replace").strip()
        if said:
            raise Failed(said.splitlines()[-1])
        expect(sample, lines=lines)
        if counts_bytes:
            expect(sample, bytes=len(greeting) + messages * len(line))
        sample["messages"] = messages
        return rates(sample)

    return run
