#!/usr/bin/env python3
"""The tests that documents name: prints each that does not exist. Run from the top of the package."""
import glob, os, re

PAGES = ["docs/promises.md", "Sources/RedisToolkit/Documentation.docc/ToolkitCounterparts.md"]

suites = {}
for path in glob.glob("Tests/**/*Tests.swift", recursive=True) + glob.glob("Tools/traits/Tests/*Tests.swift"):
    with open(path) as file:
        text = file.read()
    # A name may be on a line of its own, and the same file name in several targets.
    suites.setdefault(os.path.basename(path)[:-6], []).extend(re.findall(r'@Test\(\s*"((?:[^"\\]|\\.)*)"', text))

for page in PAGES:
    with open(page) as file:
        lines = list(enumerate(file, 1))
    for number, line in lines:
        suite = None
        for match in re.finditer(r'\b([A-Z]\w+Tests)\b|"([^"`]+)"', re.sub(r"`[^`]*`", "", line)):
            if match[1]:
                suite = match[1]
                if suite not in suites:
                    print(f"{page}:{number}: there is no {suite}")
            elif suite in suites:
                name = match[2].removesuffix("…")
                exact = not match[2].endswith("…")
                if not any(name == test if exact else test.startswith(name) for test in suites[suite]):
                    print(f"{page}:{number}: {suite} has no test \"{match[2]}\"")
