# shellcheck shell=bash
# What CONTRIBUTING.md says under "Rules".
expect_none "rules of CONTRIBUTING.md" python3 -B Tools/lib/checks/rules.py
