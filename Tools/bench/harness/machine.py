"""What it was measured on, and with which versions."""

import os
import platform
import re
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from .peers import Peer
from .processes import TREE


@dataclass
class Machine:
    facts: dict[str, str] = field(default_factory=dict)
    load_before: str = ""
    load_after: str = ""

    @staticmethod
    def here(peers: list[Peer]) -> "Machine":
        cpu = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
        facts = {
            "CPU": f"{cpu[1] if cpu else platform.machine()}, {os.cpu_count()} of them",
            "kernel": platform.release(),
            "date": time.strftime("%Y-%m-%d"),
            "redis-events": _said("git", "-C", str(TREE), "describe", "--always", "--dirty"),
            "Swift": _said("swift", "--version"),
            "compiler": _said("cc", "--version"),
            "redis-server": _said("redis-server", "--version"),
            "redis-cli": _said("redis-cli", "--version"),
            "libhiredis": _package("libhiredis-dev"),
            "libevent": _package("libevent-dev"),
            "OpenSSL": _said("openssl", "version"),
            "Python": platform.python_version(),
        }
        for peer in peers:
            for info in sorted(peer.packages.glob("*.dist-info")):
                name, version = info.stem.split("-", 1)
                facts[f"{peer.name}: {name}"] = version
        for peer in peers:
            if peer.problem:
                facts[peer.name] = f"not available: {peer.problem}"
        return Machine(facts, load_before=load())


def load() -> str:
    return " ".join(f"{value:.2f}" for value in os.getloadavg())


def _said(*command: str) -> str:
    try:
        lines = subprocess.run(command, capture_output=True, text=True, timeout=60).stdout.splitlines()
    except OSError:
        lines = []
    return lines[0] if lines else "not there"


def _package(name: str) -> str:
    return _said("dpkg-query", "-W", "-f", "${Version}", name)
