"""Free ports of loopback, none of which two test processes get: who picks one holds it until its process ends."""

from __future__ import annotations

import fcntl
import os
import random
import socket
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

# Below those which the system gives to clients: of one of these, a client that reconnects to a stopped broker can get
# hold itself, and the broker never again.
PORTS = range(20_000, 32_000)
_ours: set[int] = set()
_bound: list[socket.socket] = []


def free_port(ports: Sequence[int] = PORTS, *, on: Sequence[str] = ("127.0.0.1",)) -> int:
    """Pick a port that is free on some addresses, and keep it from all other test processes; OSError where none is."""
    for port in random.sample(ports, min(len(ports), 200)):
        if port not in _ours and _hold(port):
            _ours.add(port)
            if _is_free(port, on):
                return port
    raise OSError(f"no port between {ports[0]} and {ports[-1]} is free")


@cache
def nobody() -> str:
    """Return an address of loopback where nobody answers, whatever runs here: its port is bound, and nobody listens."""
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    _bound.append(bound)  # until the process ends
    return f"127.0.0.1:{bound.getsockname()[1]}"


def _hold(port: int) -> bool:
    """Lock the port's byte of a file (fcntl(2)): a JVM binds its port seconds after it was picked, and again and again."""
    try:
        fcntl.lockf(_locks(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
    except OSError:
        return False
    return True


@cache
def _locks() -> int:
    """Open the file, once: the system lets go of a process's locks when it closes any handle of it."""
    return os.open(Path(tempfile.gettempdir()) / f"chistovik-ports-{os.getuid()}", os.O_RDWR | os.O_CREAT, 0o600)


def _is_free(port: int, addresses: Sequence[str]) -> bool:
    for address in addresses:
        with socket.socket() as probe:
            try:
                probe.bind((address, port))
            except OSError:
                return False
    return True
