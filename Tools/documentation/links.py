#!/usr/bin/env python3
"""links.py [SITE]: the links that lead nowhere, one a line: in all Markdown files of the repository, or in the HTML of a site.
What is on other hosts is not asked for. Run from the top of the package."""

import os
import posixpath
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.repeated: set[str] = set()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        for name, value in attributes:
            if name == "id" and value:
                (self.repeated if value in self.anchors else self.anchors).add(value)
            if name in ("href", "src") and value is not None:
                self.links.append(value)


def dead_in_site(site: Path) -> list[str]:
    pages = {}
    for path in site.rglob("*.html"):
        if path.relative_to(site).parts[0] == "files":
            continue
        parser = _Links()
        parser.feed(path.read_text())
        pages[path.relative_to(site).as_posix()] = parser
    files = {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()}
    problems = []
    for page, parser in sorted(pages.items()):
        problems += [f"{page}: two places have the anchor {anchor}" for anchor in sorted(parser.repeated)]
        for link in dict.fromkeys(parser.links):
            if re.match(r"[a-z]+:", link):
                continue
            target, _, anchor = link.partition("#")
            path = posixpath.normpath(posixpath.join(posixpath.dirname(page), unquote(target))) if target else page
            if path not in files:
                problems.append(f"{page}: there is no {link}")
            elif anchor and path in pages and unquote(anchor) not in pages[path].anchors:
                problems.append(f"{page}: there is no anchor {link}")
    return problems


# Markdown


def slug(heading: str) -> str:
    """The anchor that code hosts give to a heading."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").strip().lower()
    return re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", text))


def without_code(text: str) -> str:
    """Markdown without its code blocks, with the same lines."""
    return re.sub(r"^( *)(```|~~~).*?^\1\2[^\n]*$", lambda m: "\n" * m[0].count("\n"), text, flags=re.DOTALL | re.MULTILINE)


def anchors(text: str) -> set[str]:
    found: set[str] = set()
    for match in re.finditer(r"^#{1,6} (.+)$", without_code(text), re.MULTILINE):
        name, number = slug(match[1]), 0
        while (name if not number else f"{name}-{number}") in found:
            number += 1
        found.add(name if not number else f"{name}-{number}")
    return found


def dead_in_markdown() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], capture_output=True, text=True, check=True)
    files = {path for path in listed.stdout.splitlines() if os.path.exists(path)}
    folders = {str(parent) for path in files for parent in Path(path).parents}
    articles = {Path(path).stem for path in files if ".docc/" in path}
    problems = []
    for path in sorted(file for file in files if file.endswith(".md")):
        text = Path(path).read_text()
        for number, line in enumerate(without_code(text).splitlines(), 1):
            for match in re.finditer(r"\]\(([^)\s]+)\)", re.sub(r"(`+).*?\1", "", line)):
                link = match[1]
                if re.match(r"[a-z]+:", link):
                    continue
                target, _, anchor = link.partition("#")
                place = posixpath.normpath(posixpath.join(posixpath.dirname(path), unquote(target))) if target else path
                if place not in files and place not in folders:
                    problems.append(f"{path}:{number}: there is no {link}")
                elif anchor and place.endswith(".md") and anchor not in anchors(Path(place).read_text()):
                    problems.append(f"{path}:{number}: there is no anchor {link}")
            if ".docc/" in path:
                for match in re.finditer(r"<doc:(?:/\w+/)?(\w+)(#[\w-]+)?>", line):
                    if match[1] not in articles:
                        problems.append(f"{path}:{number}: there is no {match[0]}")
    return problems


if __name__ == "__main__":
    found = dead_in_site(Path(sys.argv[1])) if len(sys.argv) > 1 else dead_in_markdown()
    print("".join(f"{problem}\n" for problem in found), end="")
    sys.exit(1 if found else 0)
