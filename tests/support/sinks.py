"""Real servers that the examples write to: PostgreSQL and OpenSearch, on loopback, gone with the test. Not a test."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import orjson

from tests.support.kafka import JAVA, JVM, ROOT, StartError, jars_of, java_version
from tests.support.patience import SECONDS
from tests.support.ports import free_port

OPENSEARCH_PORTS = range(9202, 9300)  # its runner takes no other one for HTTP


def _postgresql() -> Path | None:
    """Find PostgreSQL's programs; Debian keeps them out of PATH."""
    found = [*Path("/usr/lib/postgresql").glob("*/bin/initdb"), *map(Path, filter(None, [shutil.which("initdb")]))]
    return max(found).parent if found else None


@dataclass(kw_only=True)
class PostgreSQL:
    """A server with its data in a folder of its own; it refuses root, so root runs it as nobody."""

    port: int = field(default_factory=free_port)
    _folder: Path | None = None
    _process: subprocess.Popen[bytes] | None = None

    @staticmethod
    def why_not() -> str | None:
        """Say why it cannot run here."""
        return None if _postgresql() else "PostgreSQL is not there"

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://tests@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Make a cluster and run it."""
        programs = _postgresql()
        assert programs is not None
        user: dict[str, Any] = {"user": "nobody", "group": "nogroup"} if os.geteuid() == 0 else {}
        self._folder = Path(tempfile.mkdtemp(prefix="chistovik-postgresql-"))
        atexit.register(self.stop)
        if user:
            shutil.chown(self._folder, "nobody", "nogroup")
        data, log = self._folder / "data", self._folder / "log"
        initdb = [programs / "initdb", "-D", data, "-A", "trust", "-U", "tests", "-N", "-E", "UTF8", "--locale=C"]
        done = subprocess.run(initdb, capture_output=True, text=True, check=False, timeout=SECONDS, cwd="/", **user)
        if done.returncode:
            raise StartError(f"initdb: {done.stderr.strip()[-500:]}")
        quick = ("fsync=off", "listen_addresses=127.0.0.1", "unix_socket_directories=", "shared_buffers=16MB")
        command = [programs / "postgres", "-D", data, "-p", str(self.port)]
        command += [part for one in quick for part in ("-c", one)]
        with log.open("wb") as sink:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, cwd="/", **user
            )
        until = time.monotonic() + SECONDS
        while b"ready to accept connections" not in log.read_bytes():
            if self._process.poll() is not None or time.monotonic() > until:
                raise StartError(f"PostgreSQL did not start: {log.read_text()[-500:]}")
            time.sleep(0.05)

    def stop(self) -> None:
        """End it, and take its data away."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()  # waits for its clients
            try:
                self._process.wait(60)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


@dataclass(kw_only=True)
class OpenSearch:
    """A node with its data in `folder`."""

    folder: Path
    port: int = 0
    _process: subprocess.Popen[bytes] | None = None

    @staticmethod
    def why_not() -> str | None:
        """Say why it cannot run here; its jars are fetched on the way, once."""
        if (java_version() or 0) < JAVA:
            return f"Java {JAVA} is not there"
        try:
            OpenSearch.jars()
        except StartError as error:
            return str(error)
        return None

    @staticmethod
    def jars() -> Path:
        return jars_of(ROOT / "tests" / "support" / "opensearch-pom.xml", "opensearch")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Run it until it answers."""
        self.port = free_port(OPENSEARCH_PORTS)
        command = ["java", *JVM, "-cp", f"{self.jars()}{os.sep}*", "org.codelibs.opensearch.runner.OpenSearchRunner"]
        command += ["-basePath", str(self.folder), "-numOfNode", "1", "-clusterName", f"tests-{self.port}"]
        command += ["-baseHttpPort", str(self.port - 1), "-printOnFailure"]
        log = self.folder.with_suffix(".log")
        with log.open("wb") as sink:
            # It ends at the end of its input
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=sink, stderr=sink)
        atexit.register(self.stop)
        until = time.monotonic() + SECONDS
        while self.ask("GET", "/_cluster/health?wait_for_status=yellow&timeout=1s") is None:
            if self._process.poll() is not None or time.monotonic() > until:
                raise StartError(f"OpenSearch did not start: {log.read_text()[-800:]}")
            time.sleep(0.2)

    def stop(self) -> None:
        """End it."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Send a request; None where there is no answer or no such thing."""
        data = None if body is None else orjson.dumps(body)
        request = Request(self.url + path, data=data, method=method, headers={"Content-Type": "application/json"})
        try:
            with urlopen(request, timeout=SECONDS) as answer:
                return orjson.loads(answer.read())
        except (HTTPError, URLError, ConnectionError, TimeoutError):
            return None
