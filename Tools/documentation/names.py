"""Where the page of each reference is, and which page a name in code means."""

import hashlib
import posixpath
import re
from urllib.parse import quote, unquote


def file_name(text: str) -> str:
    """A name that every file system takes."""
    name = re.sub(r"[^A-Za-z0-9._]+", "-", text).strip("-.") or "operator"
    if len(name) > 80 or name != re.sub(r"[():]+", "-", text).strip("-."):
        name = f"{name[:80]}-{hashlib.sha256(text.encode()).hexdigest()[:6]}"
    return name


class Names:
    """Pages by reference (`doc://…/documentation/Module/Type`), by file, and by what is written in code."""

    def __init__(self) -> None:
        self.paths: dict[str, str] = {}
        self.files: dict[str, str] = {}
        self._symbols: dict[str, list[str]] = {}
        self._used: set[str] = set()

    def add(self, reference: str, is_symbol: bool) -> None:
        parts = reference.split("/documentation/", 1)[1].split("/")
        path = "/".join(file_name(part) for part in parts)
        while path.lower() in self._used:  # File systems may not tell cases apart.
            path += "_"
        self._used.add(path.lower())
        self.paths[reference] = path + ".html"
        if is_symbol and len(parts) > 1:
            self._symbols.setdefault(_spoken(parts[1:]), []).append(reference)

    def relative(self, reference: str, page: str) -> str:
        """How a page links to the page of a reference."""
        target, _, anchor = reference.partition("#")
        return to(self.paths[target], page) + (f"#{quote(unquote(anchor))}" if anchor else "")

    def meant(self, code: str, context: str) -> str | None:
        """The reference of a public name, as `Type`, `Type.member` or `Type.member(_:)`, seen from a page's reference."""
        match = re.fullmatch(r"([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)(\(.*\))?", code)
        if not match or not code[:1].isupper() and not match[2]:
            return None
        wanted = match[1]
        outer = _spoken(context.split("/documentation/", 1)[1].split("/")[1:]).split(".")
        for depth in range(len(outer), -1, -1):
            found = self._symbols.get(".".join([*outer[:depth], wanted]))
            if found and (code[:1].isupper() or depth > 0):
                exact = [r for r in found if match[2] and _labels(r.rsplit("/", 1)[-1]) == _labels(code)]
                return next((r for r in exact or found if r != context), None)
        return None


def to(path: str, page: str) -> str:
    """The link from a page to a file of the site."""
    return quote(posixpath.relpath(path, posixpath.dirname(page) or "."))


def _spoken(parts: list[str]) -> str:
    """A path without arguments and without what tells overloads apart."""
    return ".".join(re.sub(r"-[0-9a-z]+(\.[a-z]+)*$|-swift\.\w+(\.\w+)?$", "", part).split("(")[0] for part in parts)


def _labels(name: str) -> str:
    return re.sub(r"[^:_a-z(]", "", re.sub(r"^[^(]*", "", name.split(")")[0])).replace("(", "")
