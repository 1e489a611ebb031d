"""What all cases share: the client, the peers, how much is enough."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from .peers import Peer
from .processes import BUILT, TREE

CLIENT = BUILT / "release" / "events-client"
RWATCH = TREE / ".build" / "release" / "rwatch"
REFERENCE = "hiredis"


@dataclass
class Setting:
    peers: list[Peer]
    quick: bool

    def scaled(self, messages: int) -> int:
        """So many of a run's messages; a quick run makes do with fewer."""
        return messages * 2 // 5 if self.quick else messages

    def certificate(self) -> tuple[Path, Path]:
        """A throwaway certificate for localhost and its key; made when there is none."""
        certificate, key = BUILT / "tls.crt", BUILT / "tls.key"
        if not certificate.exists():
            BUILT.mkdir(exist_ok=True)
            words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 365 -subj /CN=localhost"
            names = ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate)]
            subprocess.run(["openssl", *words.split(), *names], capture_output=True)
        return certificate, key
