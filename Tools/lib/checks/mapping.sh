# shellcheck shell=bash
# The tests that the tables of docs/toolkit-mapping.md name.
expect_none "tests of docs/toolkit-mapping.md" python3 -B Tools/lib/checks/mapping.py
