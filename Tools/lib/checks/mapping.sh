# shellcheck shell=bash
# The tests that the tables of docs/promises.md and of the article `ToolkitCounterparts.md` name.
expect_none "tests that docs name" python3 -B Tools/lib/checks/mapping.py
