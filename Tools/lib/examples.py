#!/usr/bin/env python3
"""examples.py FOLDER [--traits]

Writes the Swift examples of README.md, of the articles (Sources/*/Documentation.docc), of docs and of the other documents into
FOLDER, a file each in a folder of its own, and prints the files. An example that does not begin with an import goes on with the one
before it, as it does for a reader. With --traits those that need a package trait, without it all others. Compilers name the line of
the document. Run from the top of the package.
"""
import glob
import os
import re
import sys

DOCUMENTS = ["README.md", "Sources/*/Documentation.docc/*.md", "docs/*.md", "Examples/**/README.md", "*.md"]
# What comes with a trait of the package.
TRAITS = {"Configuration", "Metrics", "Tracing", "ServiceLifecycle"}


def programs(path: str) -> list[str]:
    """The text of each program of a document."""
    found: list[str] = []
    with open(path) as file:
        text = file.read()
    for match in re.finditer(r"^```swift\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
        line = text.count("\n", 0, match.start()) + 2
        code = f'#sourceLocation(file: "{path}", line: {line})\n{match[1]}#sourceLocation()\n'
        begins = re.match(r"(//[^\n]*\n)*(@\w+ )?(public )?import ", match[1])
        if begins or not found:
            found.append(code)
        else:
            found[-1] += code
    return found


def main() -> None:
    folder, with_traits = sys.argv[1], "--traits" in sys.argv[2:]
    count = 0
    for path in dict.fromkeys(path for pattern in DOCUMENTS for path in sorted(glob.glob(pattern))):
        for code in programs(path):
            imports = set(re.findall(r"^import (\w+)", code, re.MULTILINE))
            if bool(imports & TRAITS) != with_traits:
                continue
            count += 1
            # Only the file of this name has statements at its top level.
            name = "program.swift" if re.search(r"^@main\b", code, re.MULTILINE) else "main.swift"
            os.makedirs(f"{folder}/{count:03}")
            with open(f"{folder}/{count:03}/{name}", "w") as file:
                file.write(code)
            print(f"{folder}/{count:03}/{name}")


main()
