"""The public declarations of the libraries in a build, as symbol graphs, and the archives that DocC makes of them."""

import glob
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

# The products, and what they export again. A module's articles may link to all others.
MODULES = [
    "RedisEvents", "RedisCommands", "RedisToolkit", "RedisStreams", "RedisTesting", "RedisCore", "RedisRESP",
    "RedisReactor",
]  # fmt: skip


def extract(module: str, build: Path, folder: Path) -> None:
    """Writes the graphs of a module into the folder, without what the language's own protocols give to each type."""
    folder.mkdir(parents=True)
    command = ["swift-symbolgraph-extract", "-module-name", module, "-I", f"{build}/Modules", "-output-dir", str(folder)]
    command += ["-minimum-access-level", "public", "-target", f"{os.uname().machine}-unknown-linux-gnu"]
    command += ["-skip-synthesized-members", "-skip-inherited-docs", "-emit-extension-block-symbols"]
    # Those of the C modules of what the traits bring, too.
    places = ["Sources/*", f"{build}/*.build", f"{build.parent}/checkouts/*/Sources/*/include"]
    for path in sorted(path for place in places for path in glob.glob(f"{place}/module.modulemap")):
        command += ["-Xcc", f"-fmodule-map-file={path}"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"Tools/docs: {module} cannot be read: {done.stderr.strip()}")


def names(graphs: Path) -> set[str]:
    """The names at the top of a module."""
    found = set()
    for path in graphs.glob("*.symbols.json"):
        symbols = json.loads(path.read_text())["symbols"] if "@" not in path.name else []
        found |= {s["pathComponents"][0].split("(")[0] for s in symbols if len(s["pathComponents"]) == 1}
    return found


def with_modules(text: str, module: str, symbols: dict[str, str], articles: dict[str, str]) -> str:
    """The text of an article whose links to what is in other modules say in which: DocC wants that, readers do not."""

    def of_symbol(match: re.Match[str]) -> str:
        owner = symbols.get(match[1], module)
        return match[0] if owner == module else f"``/{owner}/{match[1]}{match[2]}``"

    def of_article(match: re.Match[str]) -> str:
        owner = articles.get(match[1], module)
        return match[0] if owner == module else f"<doc:/{owner}/{match[1]}>" if owner != match[1] else f"<doc:/{owner}>"

    text = re.sub(r"``(\w+)((?:[/(.][^`]*)?)``", of_symbol, text)
    return re.sub(r"<doc:(\w+)>", of_article, text)


def convert(name: str, catalogue: Path | None, graphs: Path | None, output: Path, others: list[Path], strict: bool) -> bool:
    """Makes an archive; `others` are those that links may lead to. Prints the warnings if `strict`, and then says whether
    there were none."""
    command = ["docc", "convert", *([str(catalogue)] if catalogue else []), "-o", str(output)]
    command += [*(["--additional-symbol-graph-dir", str(graphs)] if graphs else [])]
    command += ["--fallback-bundle-identifier", name, "--fallback-display-name", name]
    command += ["--enable-experimental-external-link-support"]
    for other in others:
        command += ["--dependency", str(other)]
    command += ["--warnings-as-errors"] if strict else ["--diagnostic-filter", "error"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode == 0:
        return True
    if not strict and not (output / "data").is_dir():
        sys.exit(f"Tools/docs: {name}: {done.stderr.strip() or done.stdout.strip()}")
    if strict:
        print(done.stdout.strip(), done.stderr.strip(), sep="\n", file=sys.stderr)
    return not strict


def archives(build: Path, scratch: Path, catalogues: dict[str, Path]) -> dict[str, Path] | None:
    """The archive of each catalogue, or None if there were warnings, which are printed. Twice: the first time only to
    know what the others may link to, in whatever direction."""
    symbols: dict[str, str] = {}
    for module in MODULES:
        extract(module, build, scratch / "graphs" / module)
        symbols |= dict.fromkeys(names(scratch / "graphs" / module), module)
    articles = {path.stem: name for name, folder in catalogues.items() for path in folder.glob("*.md")}
    for name, folder in catalogues.items():
        copy = scratch / "catalogues" / f"{name}.docc"
        shutil.copytree(folder, copy)
        for path in copy.glob("*.md"):
            path.write_text(with_modules(path.read_text(), name, symbols, articles))
        catalogues = catalogues | {name: copy}

    def graphs(name: str) -> Path | None:
        return scratch / "graphs" / name if name in MODULES else None

    targets = {name: scratch / "targets" / f"{name}.doccarchive" for name in catalogues}
    made = {name: scratch / "archives" / f"{name}.doccarchive" for name in catalogues}
    for folder in (scratch / "targets", scratch / "archives"):
        folder.mkdir()
    for name, catalogue in catalogues.items():
        convert(name, catalogue, graphs(name), targets[name], [], strict=False)
    clean = True
    for name, catalogue in catalogues.items():
        others = [path for other, path in targets.items() if other != name]
        clean = convert(name, catalogue, graphs(name), made[name], others, strict=True) and clean
    return made if clean else None
