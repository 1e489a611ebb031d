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


@dataclass
class Setting:
    peers: list[Peer]
    quick: bool

    def scaled(self, messages: int) -> int:
        """So many of a run's messages; a quick run makes do with fewer."""
        return messages * 2 // 5 if self.quick else messages


def make_certificate() -> None:
    """A throwaway certificate for localhost, if there is none yet."""
    if CERTIFICATE.exists():
        return
    words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj /CN=localhost"
    names = ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(KEY), "-out", str(CERTIFICATE)]
    run = subprocess.run(["openssl", *words.split(), *names], capture_output=True, text=True)
    if run.returncode:
        raise Failed(f"openssl made no certificate: {run.stderr.strip()}")
