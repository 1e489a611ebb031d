"""Measures the library beside its peers, in rounds. `./run` builds what it needs and starts it."""

import argparse
import resource
import sys
from pathlib import Path

from harness import command_cases, durable_cases, feeder_cases, memory_cases, peers, report, server_cases, stat_cases, tool_cases
from harness import stream_queue_cases, toolkit_cases
from harness.machine import Machine, load
from harness.model import Case
from harness.peers import compile_c
from harness.processes import BENCH, BUILT, PROGRAMS
from harness.running import measure, selected
from harness.setting import Setting
import summary

HELPERS = {"feeder": ["-lssl", "-lcrypto"], "drain": [], "publisher": []}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="Tools/bench/run", description=__doc__.split(". `")[0] + ".")
    parser.add_argument("--quick", action="store_true", help="a few rows and fewer messages: about a minute")
    parser.add_argument("--only", metavar="REGEX", help="the rows whose name it finds, and what they are compared with")
    parser.add_argument("--pairs", type=int, metavar="N", help="how many rounds (default: 5, quick 3)")
    parser.add_argument(
        "--json",
        type=Path,
        metavar="FILE",
        default=BUILT / "results.json",
        help="default: Tools/bench/.build/results.json",
    )
    parser.add_argument(
        "--document", type=Path, metavar="FILE", help="put the tables behind their markers in it as well"
    )
    parser.add_argument("--yes", action="store_true", help="install what is missing without asking")
    parser.add_argument("--list", action="store_true", help="name all rows, and measure nothing")
    return parser.parse_args()


def all_cases(setting: Setting) -> list[Case]:
    groups = (
        feeder_cases, tool_cases, stat_cases, server_cases, command_cases, toolkit_cases, durable_cases, stream_queue_cases, memory_cases,
    )  # fmt: skip
    return [case for group in groups for case in group.cases(setting)]


def main() -> int:
    options = arguments()
    found = peers.find()
    setting = Setting(found, options.quick)
    cases = all_cases(setting)
    chosen = selected(cases, options.only, options.quick)
    if options.list:
        print("\n".join(row for case, names in chosen for row in case.rows() if row.split("/", 1)[1] in names))
        return 0
    if not chosen:
        print("no row has such a name; --list names them all", file=sys.stderr)
        return 64
    for name, libraries in HELPERS.items():
        if problem := compile_c(BENCH / "feeder" / f"{name}.c", PROGRAMS / name, libraries):
            print(f"{name}: {problem}", file=sys.stderr)
            return 1
    for peer in found:
        peer.build()
        if peer.problem:
            print(f"{peer.name}: not available: {peer.problem}", file=sys.stderr)
    # For ten thousand links.
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

    rounds = options.pairs or (3 if options.quick else 5)
    machine = Machine.here(found)
    results = [measure(case, names, rounds, setting.cpu_seconds) for case, names in chosen]
    machine.load_after = load()
    print(report.markdown(results, machine, rounds))
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(report.to_json(results, machine, rounds))
    if options.document:
        is_whole = not options.quick and options.only is None
        filled = report.fill(options.document.read_text(), results, machine, rounds, is_whole)
        options.document.write_text(filled)
        if options.document.resolve() == summary.FIGURES:
            summary.main(is_check=False)
    failed = report.failures(results)
    for problem in failed:
        print(f"FAILED: {problem}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
