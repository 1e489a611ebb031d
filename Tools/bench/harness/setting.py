"""What all cases share: the client, the peers, how much is enough."""

import subprocess
from dataclasses import dataclass

from .model import Failed
from .peers import Peer
from .processes import BUILT, TREE

CLIENT = BUILT / "release" / "events-client"
RWATCH = TREE / ".build" / "release" / "rwatch"
CERTIFICATE, KEY = BUILT / "tls.crt", BUILT / "tls.key"
REFERENCE = "hiredis"
AGAINST = {"× hiredis": REFERENCE, "of the floor": "floor"}
# What a run begins with; how many it takes is found out.
FIRST = 64_000


@dataclass
class Setting:
    peers: list[Peer]
    quick: bool

    @property
    def cpu_seconds(self) -> float:
        """How long each run takes at least. Shorter ones see how the kernel's buffers grow."""
        return 0.2 if self.quick else 1.0


def make_certificate() -> None:
    """A throwaway certificate for localhost, if there is none yet."""
    if CERTIFICATE.exists():
        return
    words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj /CN=localhost"
    names = ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(KEY), "-out", str(CERTIFICATE)]
    run = subprocess.run(["openssl", *words.split(), *names], capture_output=True, text=True)
    if run.returncode:
        raise Failed(f"openssl made no certificate: {run.stderr.strip()}")
