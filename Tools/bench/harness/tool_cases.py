"""The command-line set: rwatch and redis-cli into a pipe that a small program empties. What counts is the CPU time of the tool's
process from its start to its end."""

import os
import subprocess
from collections.abc import Callable

from .model import THROUGHPUT, Case, Contender, Failed, Sample
from .processes import PROGRAMS, Process, expect, rates
from .setting import RWATCH, Setting

CHANNEL = "channel:0000000"
PAYLOAD = "x" * 16
STAMP = "1763700000.000000"
MONITORED = f'{STAMP} [0 127.0.0.1:50412] "SET" "{CHANNEL}" "{PAYLOAD}"\n'
# redis-cli's greeting; in raw form there is none.
READING = "Reading messages... (press Ctrl-C to quit)\n"


def cases(setting: Setting) -> list[Case]:
    found = []
    for name, mode, ours, ours_line, theirs, greeting, their_line in (
        (
            "sub-line", "channel",
            ["sub", CHANNEL], f'{STAMP} message "{CHANNEL}" "{PAYLOAD}"\n',
            ["--no-raw", "subscribe", CHANNEL],
            f'{READING}1) "subscribe"\n2) "{CHANNEL}"\n3) (integer) 1\n',
            f'1) "message"\n2) "{CHANNEL}"\n3) "{PAYLOAD}"\n',
        ),
        (
            "sub-raw", "channel",
            ["sub", CHANNEL, "--raw"], f"{PAYLOAD}\n",
            ["subscribe", CHANNEL], f"subscribe\n{CHANNEL}\n1\n", f"message\n{CHANNEL}\n{PAYLOAD}\n",
        ),
        (
            "sub-json", "channel",
            ["sub", CHANNEL, "--json"],
            f'{{"kind":"message","ts":{STAMP},"channel":"{CHANNEL}","payload":"{PAYLOAD}"}}\n',
            ["--json", "subscribe", CHANNEL],
            f'{READING}["subscribe","{CHANNEL}",1]\n', f'["message","{CHANNEL}","{PAYLOAD}"]\n',
        ),
        ("monitor-line", "monitor", ["monitor", "--guard", "0"], MONITORED, ["monitor"], "OK\n", MONITORED),
        (
            "monitor-json", "monitor",
            ["monitor", "--guard", "0", "--json"],
            f'{{"kind":"command","ts":{STAMP},"db":0,"client":"127.0.0.1:50412","cmd":"SET","args":["{CHANNEL}","{PAYLOAD}"]}}\n',
            ["--json", "monitor"], '"OK"\n', '"' + MONITORED.strip().replace('"', '\\"') + '"\n',
        ),
    ):  # fmt: skip
        messages = setting.scaled(2_000_000)
        contenders = [
            Contender("redis-cli", _piped(mode, ["redis-cli", *theirs, "-p"], messages // 4, greeting, their_line)),
            Contender(
                "rwatch", _piped(mode, [RWATCH, *ours, "-p"], messages, "", ours_line), {"× redis-cli": "redis-cli"}
            ),
        ]
        quick = ".*" if name.endswith("line") else ""
        found.append(Case(f"cli-{name}", f"rwatch {' '.join(ours)}", THROUGHPUT, contenders, [], quick))
    return found


def _piped(mode: str, tool: list[object], messages: int, greeting: str, line: str) -> Callable[[], Sample]:
    """Runs a tool, whose last option wants the port, until the pipe's reader has seen the last line. The feeder is held to the
    reader's pace: a tool that may drop what nobody reads has nothing to drop."""
    # redis-cli wants its options in front of the command.
    options = tool[1:] if tool[0] == RWATCH else ["-p", "PORT", *tool[1:-1]]
    window, per_message = 100_000, line.count("\n")
    lines = greeting.count("\n") + messages * per_message

    def run() -> Sample:
        heard, tell = os.pipe()
        out, into = os.pipe()
        with Process([PROGRAMS / "feeder", mode, "1", str(len(PAYLOAD)), str(messages), "--window", str(window)], stdin=heard) as feeder:
            os.close(heard)
            port = feeder.line()
            words = [str(word).replace("PORT", port) for word in options] + ([port] if tool[0] == RWATCH else [])
            reader = [PROGRAMS / "drain", str(lines), str(window // 2 * per_message), str(tell)]
            with Process(reader, stdin=out, pass_fds=(tell,)) as drain:
                os.close(out)
                os.close(tell)
                with Process([tool[0], *words], stdout=into) as process:
                    os.close(into)
                    sample = drain.report()
                    sample["cpu"] = process.terminate()
                    said = process.child.stderr.read().decode(errors="replace").strip()
        if said:
            raise Failed(said.splitlines()[-1])
        expect(sample, lines=lines, bytes=len(greeting) + messages * len(line))
        sample["messages"] = messages
        return rates(sample)

    return run
