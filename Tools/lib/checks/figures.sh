# shellcheck shell=bash
# What was measured stands where a command has written it, and the README has the figures of docs/performance.md.
expect_none "figures that no command has written" python3 -B Tools/lib/checks/figures.py
expect_none "figures of the README" python3 -B Tools/bench/summary.py --check
