"""The ways in as processes against a real Kafka: killed and gone on with, over HTTP, and from a feed to articles."""

from __future__ import annotations

import asyncio
import re
import shlex
import signal
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from agents.cli.serve import EXAMPLE
from agents.feed.bookmarks import Bookmarks
from agents.kafka import Connection
from pipeline.topics import WATCHES
from tests.support.command import COMMAND, Worker, stuck_on
from tests.support.documented import documented, typed
from tests.support.fed import pages, records, targets
from tests.support.patience import SECONDS, wait_until
from tests.support.ports import free_port
from tests.support.web import running_web

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.command import Chistovik

pytestmark = pytest.mark.broker


@contextmanager
def running(chistovik: Chistovik, *arguments: str, **env: str) -> Iterator[Worker]:
    """Run a command that goes on until a signal; it is ready when the block begins."""
    log = chistovik.folder / f"{arguments[0]}-{time.monotonic_ns()}.log"
    with log.open("wb") as sink:
        process = subprocess.Popen(
            [*COMMAND, *arguments], env=chistovik.env | env, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink
        )
    worker = Worker(process, log)
    try:
        worker.wait_ready()
        yield worker
    finally:
        worker.end(signal.SIGTERM)


def urls(chistovik: Chistovik) -> list[str]:
    return [one.url for one in asyncio.run(targets(Connection(brokers=chistovik.brokers), chistovik.prefix))]


def states(chistovik: Chistovik) -> set[bytes]:
    """Read of which lists the watcher has written how they stand."""
    found = asyncio.run(records(Connection(brokers=chistovik.brokers), chistovik.prefix + WATCHES.name))
    return {one.key for one in found}


def test_a_feeder_that_is_killed_goes_on_and_nothing_is_lost(chistovik: Chistovik, tmp_path: Path):
    rows = [f"https://host-{n % 50}.example/{n}" for n in range(30_000)]
    (tmp_path / "list.txt").write_text("\n".join(rows), encoding="utf-8")
    arguments = ["feed", "--urls", str(tmp_path / "list.txt"), "--resume", str(tmp_path / "state")]
    process = subprocess.Popen(
        [*stuck_on("example/29999"), *arguments],
        env=chistovik.env,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_until(lambda: (tmp_path / "state").exists() or process.poll() is not None, every=0.01)
    assert process.poll() is None
    process.kill()
    process.wait()

    noted = Bookmarks.load(tmp_path / "state").after(tmp_path / "list.txt")
    assert 0 < noted < len(rows)
    assert set(rows[:noted]) <= set(urls(chistovik))
    said = chistovik(*arguments).stderr.decode()
    assert said == f"{len(rows) - noted} URLs fed\n"
    assert set(urls(chistovik)) == set(rows)


def test_what_is_posted_is_in_kafka_and_sigterm_ends_the_service(chistovik: Chistovik):
    port = free_port()
    with running(chistovik, "serve", CHISTOVIK_SERVICE_PORT=str(port), CHISTOVIK_SERVICE_TOKEN="sesam") as service:

        def post(body: Any, token: str = "sesam") -> tuple[int, dict[str, Any]]:
            request = urllib.request.Request(
                f"http://127.0.0.1:{port}/feed",
                data=orjson.dumps(body),
                headers={"Content-Type": "application/json", "Authorization": f"Bearer {token}"},
            )
            try:
                with urllib.request.urlopen(request, timeout=SECONDS) as answer:
                    return answer.status, orjson.loads(answer.read())
            except urllib.error.HTTPError as error:
                with error:
                    return error.code, orjson.loads(error.read())

        many = [f"https://sosny.example/{n}" for n in range(5_000)]
        assert post({"urls": many, "pages": [{"url": many[0], "text": "Снег убрали."}]}) == (
            202,
            {"accepted": 5_001, "refused": []},
        )
        assert post({"urls": many}, token="wrong")[0] == 401
        assert post({"urls": ["nowhere"]})[0] == 422
        assert sorted(urls(chistovik)) == sorted(many)
        assert len(asyncio.run(pages(Connection(brokers=chistovik.brokers), chistovik.prefix))) == 1
        assert service.end(signal.SIGTERM) == 0
        assert "sesam" not in service.said()


def test_a_service_without_a_token_does_not_open_to_the_network(chistovik: Chistovik):
    said = chistovik("serve", code=2, CHISTOVIK_SERVICE_HOST="0.0.0.0").stderr.decode()

    assert said == (
        "chistovik: CHISTOVIK_SERVICE_HOST='0.0.0.0' can be reached from other machines: "
        "set CHISTOVIK_SERVICE_TOKEN, or listen on 127.0.0.1\n"
    )


def test_watched_feeds_become_articles_once_though_the_watcher_is_killed(chistovik: Chistovik, tmp_path: Path):
    with running_web() as known:
        more = known.settings(tmp_path, CHISTOVIK_FETCH_PACE="0.02", CHISTOVIK_HTTP_PORT="0")
        (tmp_path / "watches.toml").write_text(
            f'[defaults]\nmax_age = "9999d"\nmin_interval = "1h"\n[[watch]]\nfeed = "{known.url("news-01.test", "/feed.xml")}"\n'
            f'[[watch]]\nsitemap = "{known.url("news-02.test", "/sitemap.xml")}"\n',
            encoding="utf-8",
        )
        arguments = ("watch", str(tmp_path / "watches.toml"))
        with running(chistovik, *arguments, **more) as watcher:
            wait_until(lambda: len(urls(chistovik)) >= 80, every=0.2, said=watcher.said)
            wait_until(lambda: len(states(chistovik)) == 2, every=0.2, said=watcher.said)  # written behind what was fed
            watcher.end(signal.SIGKILL)
        fed = urls(chistovik)
        assert len(fed) == len(set(fed)) == 80
        with running(chistovik, *arguments, **more):
            time.sleep(3)  # in which a list that it knew nothing of would be asked for
        assert len(urls(chistovik)) == 80
        assert len(known.asked("news-01.test", "/feed.xml")) == 1

        with running(chistovik, "worker", "fetch", "clean", "dedupe", "publish", **more):
            events = chistovik.outcomes(pages=80)
        assert sum(map(len, events.values())) == 80
        assert {event["url"] for event in events["articles"]} <= set(fed)
        assert len(events["articles"]) >= 70


def test_a_feed_named_on_the_command_line_is_fetched_politely(chistovik: Chistovik, tmp_path: Path):
    with running_web() as known:
        more = known.settings(tmp_path)
        said = chistovik(
            "feed",
            "--rss",
            known.url("news-04.test", "/feed.xml"),
            "--sitemap",
            known.url("news-05.test", "/sitemap-index.xml"),
            **more,
        ).stderr.decode()
        assert said == "130 URLs fed\n"
        assert len(set(urls(chistovik))) == 130
        said = chistovik(
            "feed", "--rss", known.url("news-04.test", "/feed.xml"), code=1, **(more | {"CHISTOVIK_FETCH_NETWORKS": ""})
        ).stderr.decode()
        assert "blocked-address" in said


def test_the_commands_of_the_documentation_run_as_they_are_typed(chistovik: Chistovik, tmp_path: Path):
    def run(command: str) -> subprocess.CompletedProcess[bytes]:
        done = typed(command, chistovik.env)
        assert done.returncode == 0, f"{command}\n{done.stderr.decode()}"
        return done

    feed, listing = documented("chistovik feed")
    assert run(feed).stderr == b"4 URLs fed\n"
    older = b"deploy/demo/feed.xml: 2 listed; left out: 1 older"
    assert run(listing).stderr.splitlines() == [older, b"1 URLs fed"]
    (trace,) = documented("chistovik trace")
    assert b"news.example/2026/03/1.html" in run(trace).stdout
    state = tmp_path / "urls.state"
    for fed in (3, 0):
        said = run(f"chistovik feed --urls deploy/demo/urls.txt --resume {state}").stderr.decode()
        assert said == f"{fed} URLs fed\n"
    (check,) = documented("chistovik watch --check")
    assert run(check).stdout.count(b"\n") == 3
    port = str(free_port())
    with running(chistovik, "serve", CHISTOVIK_SERVICE_PORT=port):
        curl = re.search(r"`(curl .*)`", EXAMPLE)
        assert curl
        for command, accepted in zip([curl[1], *documented("curl")], (1, 1, 2), strict=True):
            answer = run(command.replace("8081", port)).stdout
            assert orjson.loads(answer) == {"accepted": accepted, "refused": []}
    found = {one.url: one for one in asyncio.run(targets(Connection(brokers=chistovik.brokers), chistovik.prefix))}
    assert found["https://news.example/2026/03/most.html"].date_published == "2026-03-02T14:30:00+03:00"
    for reading in documented("chistovik subscribe"):
        assert run(reading).stdout == b""  # nothing was published yet


def test_the_workers_of_the_documentation_become_ready(chistovik: Chistovik):
    """They run until a signal; the stage fetch takes from the environment how it names itself."""
    (export,) = documented("export CHISTOVIK_USER_AGENT")
    name, _, agent = shlex.split(export)[1].partition("=")
    for command in documented("chistovik worker"):
        with running(chistovik, *command.split()[1:], **{name: agent}):
            pass
