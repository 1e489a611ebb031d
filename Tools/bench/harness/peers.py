"""The programs that the library is compared with: one file each in `peers/`, whose head says what it is."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from .model import Unavailable
from .processes import BENCH, BUILT, PROGRAMS


@dataclass
class Peer:
    source: Path
    head: dict[str, str] = field(default_factory=dict)
    problem: str = ""

    @property
    def name(self) -> str:
        return self.source.stem.replace("_", "-")

    def can(self, mode: str) -> bool:
        return mode in self.head.get("modes", "").split()

    @property
    def counts_commands(self) -> bool:
        """Whether it counts a monitored command, its words with blanks between, instead of the server's line."""
        return self.head.get("counts") == "command"

    @property
    def packages(self) -> Path:
        return BUILT / "python" / self.requirements.stem.replace("_", "-")

    @property
    def requirements(self) -> Path:
        """What it has to have installed; its own, or that of the peer which its head names."""
        return self.source.with_name(self.head.get("requirements", self.source.stem)).with_suffix(".requirements")

    def command(self, *words: object) -> list[str]:
        if self.problem:
            raise Unavailable(self.problem)
        program = [PROGRAMS / self.name] if self.source.suffix == ".c" else [sys.executable, self.source]
        return [str(word) for word in [*program, *words]]

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {"PYTHONPATH": str(self.packages)}

    def build(self) -> None:
        if self.source.suffix == ".c":
            self.problem = compile_c(self.source, PROGRAMS / self.name, self.head.get("libraries", "").split())
        elif self.requirements.exists() and not (self.packages / "installed").exists():
            # `run` installs them.
            problem = self.packages / "problem"
            self.problem = problem.read_text().strip() if problem.exists() else "its packages are not installed"


def compile_c(source: Path, program: Path, libraries: list[str]) -> str:
    """Empty, or why it did not work."""
    program.parent.mkdir(parents=True, exist_ok=True)
    if program.exists() and program.stat().st_mtime > max(file.stat().st_mtime for file in source.parent.iterdir()):
        return ""
    command = ["cc", "-O3", "-Wall", "-Wextra", "-o", str(program), str(source), *libraries]
    run = subprocess.run(command, capture_output=True, text=True)
    return "" if run.returncode == 0 else f"it does not compile: {_first_error(run.stderr)}"


def _first_error(text: str) -> str:
    lines = text.strip().splitlines() or ["without a word"]
    line = next((line for line in lines if re.search("error:|cannot find", line, re.IGNORECASE)), lines[-1])
    return line if len(line) <= 160 else line[:160] + "…"


def find() -> list[Peer]:
    peers = []
    for source in sorted([*(BENCH / "peers").glob("*.c"), *(BENCH / "peers").glob("*.py")]):
        head = source.read_text().splitlines()[:12]
        matches = (re.match(r"(?://|#) (\w+): (.+)", line) for line in head)
        peers.append(Peer(source, {match[1]: match[2] for match in matches if match}))
    return peers
