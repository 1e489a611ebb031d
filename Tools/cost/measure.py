"""What one message costs in instructions and allocations, scene by scene, against what thresholds.json allows."""

import argparse
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import tempfile

from feeder import Feeder

THRESHOLDS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "thresholds.json")
# What may be above the recorded figure: five per cent of the instructions. Between runs they differ by less than one; the rest is
# for other processors, for which the C library has other ways to copy and compare.
INSTRUCTIONS_SLACK = 1.05
# And two allocations in a hundred messages: threads that meet elsewhere need a segment or a task more. One allocation a message
# is fifty times that.
ALLOCATIONS_SLACK = 0.02
# How often what is too high is measured. What happens by chance comes on top: the lowest counts.
ATTEMPTS = 3
# Without callgrind a program is fast, and more messages say more exactly what one costs.
MORE_FOR_ALLOCATIONS = 5
# It runs beside tests, of what time these leave.
TIMEOUT = 900
ENVIRONMENT = {
    # Hash tables lie the same way each time.
    "SWIFT_DETERMINISTIC_HASHING": "1",
    # One instruction that moves many bytes counts as that many: without it a copy counts as what it costs.
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-ERMS,-FSRM",
}

# What a shard channel in a cluster may cost beside the scene that does the same with a channel on one server.
CLUSTER_RATIO = 1.3
CLUSTER_SCENES = {
    "inline, shard channel": "inline",
    "handler, shard channel": "handler",
}

# name: the scene of the program, the traffic it needs, to how many channels, and the messages of the shorter run
SCENES = {
    "parse message": ("parse-message", None, 1, 50_000),
    "parse pmessage": ("parse-pattern", None, 1, 50_000),
    "parse monitor line": ("parse-monitor", None, 1, 50_000),
    "inline": ("inline", "channel", 1, 10_000),
    "inline, 1000 channels": ("inline", "channel", 1000, 10_000),
    "inline, pattern": ("inline-pattern", "pattern", 1000, 10_000),
    "inline, shard channel": ("inline-shard", "shard", 1, 10_000),
    "inline, 1000 shard channels": ("inline-shard", "shard", 1000, 10_000),
    "handler": ("handler", "channel", 1, 10_000),
    "handler, 1000 channels": ("handler", "channel", 1000, 10_000),
    "handler, shard channel": ("handler-shard", "shard", 1, 10_000),
    "events": ("events", "channel", 1, 10_000),
    "events, 1000 channels": ("events", "channel", 1000, 10_000),
    "listen": ("listen", "channel", 1, 10_000),
    "monitor, lines": ("monitor-lines", "monitor", 1000, 10_000),
    "monitor, commands": ("monitor-commands", "monitor", 1000, 10_000),
    "commands, 64 tasks": ("commands-64", "commands", 1, 10_000),
    "commands, 64 tasks on the loop": ("commands-64-on-loop", "commands", 1, 10_000),
    "commands, batch of 1000": ("batches", "commands", 1, 10_000),
    "near value": ("near-value", "commands", 1, 50_000),
    "near value, subscript": ("near-subscript", "commands", 1, 50_000),
    "near value, function": ("near-function", "commands", 1, 50_000),
    "rwatch sub": ("rwatch-sub-line", "channel", 1, 20_000),
    "rwatch sub --raw": ("rwatch-sub-raw", "channel", 1, 20_000),
    "rwatch sub --json": ("rwatch-sub-json", "channel", 1, 20_000),
    "rwatch monitor": ("rwatch-monitor-line", "monitor", 1000, 20_000),
    "rwatch monitor --key --cmd": ("rwatch-monitor-selected", "monitor", 1000, 20_000),
    "rwatch monitor --json": ("rwatch-monitor-json", "monitor", 1000, 20_000),
    "rwatch monitor -o pretty": ("rwatch-monitor-pretty", "monitor", 1000, 20_000),
    "rwatch monitor --csv": ("rwatch-monitor-csv", "monitor", 1000, 20_000),
    "rwatch sub -F": ("rwatch-sub-format", "channel", 1, 20_000),
}


class Options(argparse.ArgumentParser):
    """Options whose mistakes end as those of the other tools do."""

    def error(self, message):
        self.exit(64, f"{self.prog}: {message}\n")


class Failed(Exception):
    """A scene that did not come to its end."""


class Meter:
    """Runs scenes: under callgrind for instructions, with the counter preloaded for allocations."""

    def __init__(self, program, counter):
        self.program = os.path.abspath(program)
        self.counter = os.path.abspath(counter)

    def run(self, name, messages, folder, prefix=(), **more):
        scene, kind, channels, _ = SCENES[name]
        environment = {**os.environ, **ENVIRONMENT, **more}
        feeder = Feeder(folder, kind, channels, messages) if kind else None
        command = [*prefix, self.program, scene, str(channels), str(messages), feeder.path if feeder else "-"]
        # What rwatch prints goes where rwatch's own printing is not held up.
        output = subprocess.DEVNULL if scene.startswith("rwatch") else subprocess.PIPE
        try:
            done = subprocess.run(command, env=environment, stdout=output, stderr=subprocess.PIPE, timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            raise Failed(f"{name}: not at its end after {TIMEOUT} seconds") from None
        finally:
            if feeder:
                feeder.close()
        if feeder and feeder.failure:
            raise Failed(f"{name}: the feeder failed: {feeder.failure!r}")
        if done.returncode != 0:
            said = ((done.stdout or b"") + done.stderr).decode(errors="replace").strip()
            raise Failed(f"{name}: status {done.returncode}: {said}")
        return done.stderr.decode(errors="replace")

    def instructions(self, name, messages):
        with tempfile.TemporaryDirectory() as folder:
            callgrind = ("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", "--fair-sched=yes")
            said = self.run(name, messages, folder, callgrind)
            found = re.search(r"Collected : (\d+)", said)
            if not found:
                raise Failed(f"{name}: callgrind told no count: {said}")
            return int(found[1])

    def allocations(self, name, messages):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "allocations")
            self.run(name, messages * MORE_FOR_ALLOCATIONS, folder, LD_PRELOAD=self.counter, COST_ALLOCATIONS=path)
            with open(path, encoding="ascii") as file:
                return int(file.read()) / MORE_FOR_ALLOCATIONS

    def measure(self, names):
        """A pair of costs a message for each scene. What a program costs in the start is the same for both of its runs."""
        runs = [(count, name, times) for name in names for count in (self.instructions, self.allocations) for times in (1, 2)]
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            futures = [pool.submit(count, name, SCENES[name][3] * times) for count, name, times in runs]
            try:
                results = [future.result() for future in futures]
            except Failed:
                pool.shutdown(cancel_futures=True)
                raise
        costs = {}
        for index, name in enumerate(names):
            first, second, few, more = results[index * 4 : index * 4 + 4]
            messages = SCENES[name][3]
            costs[name] = {"instructions": (second - first) / messages, "allocations": (more - few) / messages}
        return costs


def is_over(cost, allowed):
    return any(cost[what] > allowed[what]["allowed"] for what in cost)


def check(meter, names, thresholds):
    """The costs, of several measurements the lowest where one was too high."""
    costs = meter.measure(names)
    for _ in range(ATTEMPTS - 1):
        again = [name for name in names if name in thresholds and is_over(costs[name], thresholds[name])]
        for name, cost in meter.measure(again).items():
            costs[name] = {what: min(costs[name][what], cost[what]) for what in cost}
    return costs


def recorded(costs):
    thresholds = {}
    for name, cost in costs.items():
        instructions, allocations = max(0, cost["instructions"]), max(0, cost["allocations"])
        thresholds[name] = {
            "instructions": {"measured": round(instructions, 1), "allowed": round(instructions * INSTRUCTIONS_SLACK, 1)},
            "allocations": {"measured": round(allocations, 4), "allowed": round(allocations + ALLOCATIONS_SLACK, 4)},
        }
    return thresholds


def report(costs, thresholds):
    """Prints the table and returns the scenes that cost too much, or have no threshold."""
    print(f"{'a message costs':<28}{'instructions':>14}{'allowed':>10}{'allocations':>14}{'allowed':>10}")
    failed = []
    for name, cost in costs.items():
        allowed = thresholds.get(name)
        if not allowed or is_over(cost, allowed):
            failed.append(name)
        verdict = "no threshold" if not allowed else "TOO MUCH" if name in failed else "ok"
        # A threshold far above the cost would let the gain be lost again unseen.
        if verdict == "ok" and cost["instructions"] < allowed["instructions"]["measured"] / INSTRUCTIONS_SLACK:
            verdict = "ok, and cheaper than recorded: --update"
        alike = CLUSTER_SCENES.get(name)
        plain = costs[alike]["instructions"] if alike in costs else float("inf")
        if cost["instructions"] > CLUSTER_RATIO * plain:
            verdict = f"TOO MUCH beside {alike!r}"
            failed.append(name)
        of = {what: allowed[what]["allowed"] if allowed else float("nan") for what in cost}
        print(
            f"{name:<28}{cost['instructions']:>14.1f}{of['instructions']:>10.1f}"
            f"{cost['allocations']:>14.4f}{of['allocations']:>10.4f}  {verdict}"
        )
    return failed


def main():
    parser = Options(prog="Tools/cost/run", add_help=False)
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--spread", type=int, metavar="N")
    parser.add_argument("--half", type=int, choices=(1, 2))
    parser.add_argument("scene", nargs="*")
    parser.add_argument("--program", required=True)
    parser.add_argument("--counter", required=True)
    options = parser.parse_args()
    for name in options.scene:
        if name not in SCENES:
            parser.error(f"there is no scene {name!r}; there are: {'; '.join(SCENES)}")
    names = options.scene or list(SCENES)
    if options.half:
        names = names[options.half - 1 :: 2]
    meter = Meter(options.program, options.counter)
    with open(THRESHOLDS, encoding="utf-8") as file:
        thresholds = json.load(file)

    if options.spread:
        series = [meter.measure(names) for _ in range(options.spread)]
        print(f"{'a message costs':<28}{'instructions':>24}{'spread':>9}{'allocations':>22}")
        for name in names:
            counts = sorted(costs[name]["instructions"] for costs in series)
            made = sorted(costs[name]["allocations"] for costs in series)
            print(
                f"{name:<28}{counts[0]:>12.1f}{counts[-1]:>12.1f}{(counts[-1] / counts[0] - 1) * 100:>8.2f}%"
                f"{made[0]:>11.4f}{made[-1]:>11.4f}"
            )
        return 0

    if options.update:
        costs = meter.measure(names)
        kept = {name: value for name, value in thresholds.items() if name in SCENES}
        thresholds = {**kept, **recorded(costs)}
        with open(THRESHOLDS, "w", encoding="utf-8") as file:
            json.dump({name: thresholds[name] for name in SCENES if name in thresholds}, file, indent=2)
            file.write("\n")
    else:
        costs = check(meter, names, thresholds)
    failed = report(costs, thresholds)
    for name in dict.fromkeys(failed):
        print(f"{name} costs more than Tools/cost/thresholds.json allows" if name in thresholds else f"{name} has no threshold")
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failed as failure:
        sys.exit(f"Tools/cost/run: {failure}")
