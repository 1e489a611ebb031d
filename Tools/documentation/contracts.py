"""What the documentation of public declarations lacks."""

import json
import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, order=True)
class Declared:
    name: str  # RedisEvents.PubSub.close()
    text: str
    documentation: str


def declared(module: str, graphs: Path) -> list[Declared]:
    """All public declarations of a module."""
    found = []
    for path in graphs.glob("*.symbols.json"):
        for symbol in json.loads(path.read_text())["symbols"]:
            if symbol["kind"]["identifier"] == "swift.extension":
                continue
            text = "".join(part["spelling"] for part in symbol["declarationFragments"])
            lines = [line["text"] for line in symbol.get("docComment", {}).get("lines", [])]
            found.append(Declared(f"{module}.{'.'.join(symbol['pathComponents'])}", text, "\n".join(lines)))
    return sorted(found)


def throws(declaration: str) -> bool:
    """Whether what is declared throws, and not only a closure that it takes."""
    shortened = ""
    while shortened != declaration:
        shortened, declaration = declaration, re.sub(r"\([^()]*\)", "", declaration)
    return re.search(r"\bthrows\b", declaration.split("->")[0]) is not None


def lacking(symbols: list[Declared]) -> list[str]:
    """Those without documentation, unless the language makes them, and those that throw and do not say what."""
    made = ("init(rawValue:)", ".==(_:_:)", ".RawValue")
    return [
        f"{symbol.name}: is not documented"
        for symbol in symbols
        if not symbol.documentation and not symbol.name.endswith(made) and symbol.name.count(".") > 1
    ] + [
        f"{symbol.name}: does not say what it throws"
        for symbol in symbols
        if throws(symbol.text) and "Throws:" not in symbol.documentation
    ]
