#!/usr/bin/env python3
"""Figures that look measured and stand outside of what a command writes: prints each. Such are times below a millisecond, ratios with
decimals, and paces. Times from a millisecond on are not looked for: those in documents are limits, defaults and examples. Run from
the top of the package."""
import re
import subprocess
import sys

sys.path.insert(0, "Tools/documentation")
from links import without_code

MEASURED = re.compile(
    r"\d\s?(ns|µs)\b|\d\.\d+\s?×|×\s?\d+\.\d|\d\s?M\b|\d[\d,.]*\s?(messages|commands|events|lines) (a|per) (CPU-)?second\b"
)

listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "*.md"], capture_output=True, text=True, check=True)
for path in listed.stdout.splitlines():
    try:
        with open(path) as file:
            text = file.read()
    except FileNotFoundError:
        continue
    text = re.sub(r"<!-- numbers: (.*?) -->.*?<!-- end: \1 -->", lambda m: "\n" * m[0].count("\n"), text, flags=re.DOTALL)
    for number, line in enumerate(without_code(text).splitlines(), 1):
        if match := MEASURED.search(re.sub(r"`[^`]*`", "", line)):
            print(f"{path}:{number}: {match[0]}")
