"""What is held of a schema version: samples of records as they were written, and its schemas. Not a test.

`python -m tests.support.compatibility` adds what is not held yet: a sample of each new kind of record, and fields that were added to
the schemas. It changes no line that is there. Run it after a compatible change; after another one it says what breaks.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import orjson

from agents.generate import ROOT
from pipeline.article.message import message_of
from pipeline.records.document import Cleaning, Document, Failure, Refusal, Removed, Sources
from pipeline.records.identity import Identity, IdentityReason
from pipeline.records.note import Note, State, note_key
from pipeline.records.page import Page
from pipeline.records.profile import Profile
from pipeline.records.reason import Reason
from pipeline.records.route import Route
from pipeline.records.target import Target, Visit, Waiting, target_id
from pipeline.records.verdict import Changes, Decision, Evidence, Kinship, Verdict
from pipeline.records.watched import Watched, state_key
from pipeline.records.wire import encode, encode_sparse
from pipeline.text.fingerprint import fingerprint_of, sketches_of, text_hash
from pipeline.topics import TOPICS, Topic
from pipeline.topics.asyncapi import OPEN, record_names
from tests.support.outcomes import AT, article, dead_letter, discarded, duplicate, provenance

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HELD = ROOT / "tests" / "unit" / "project" / "compat" / "v1"
PREFIX = "news."
UNREAD = {"$schema", "title", "description"}  # of a schema: says nothing of the records
URL = "https://sosny.example/pekarnya"
DOUBT = Identity(
    canonical_url="https://sosny.example/novosti",
    believed="url",
    reason=IdentityReason.OTHER_TEXT,
    article_id="ab" * 16,
)
TEASER = Identity(believed="text", reason=IdentityReason.POORER, article_id="ab" * 16)
LONG = " ".join(f"{word} {n}" for n in range(40) for word in ("пекарня", "открылась", "утром", "хлеб", "район"))


@dataclass(frozen=True, slots=True)
class Sample:
    """A record as it lay in a topic."""

    writer: str  # a version, or the commit whose code wrote it
    says: str
    key: str
    headers: tuple[tuple[str, str], ...]
    value: str

    def line(self) -> bytes:
        return orjson.dumps({name: getattr(self, name) for name in self.__slots__}) + b"\n"


def held(topic: Topic) -> list[Sample]:
    """Read the samples of a topic."""
    path = HELD / f"{topic.name}.jsonl"
    lines = path.read_bytes().splitlines() if path.exists() else []
    rows = [orjson.loads(line) for line in lines]
    return [Sample(**row | {"headers": tuple((name, value) for name, value in row["headers"])}) for row in rows]


def outcomes() -> Iterator[tuple[str, Any]]:
    yield "created", article("pekarnya", 17)
    yield "updated", article("pekarnya", 29, revision=2, minute=45)
    for kind in Kinship:
        yield kind.value, duplicate("pekarnya", 31, kind)
    for reason in Reason:
        yield reason.value, discarded(40, reason)
    yield "killed", dead_letter(50)
    yield "created under its own URL", replace(article("sklad", 18), identity=DOUBT)
    yield "near with an identity", replace(duplicate("pekarnya", 32), identity=TEASER)
    yield "not-a-revision with an identity", replace(discarded(41, Reason.NOT_A_REVISION), identity=TEASER)


def documents() -> Iterator[tuple[str, Any]]:
    read = {"url": URL, "route": Route.CYRILLIC}
    whole = Document(
        **read,
        article_body=LONG,
        word_count=400,
        text_hash=text_hash(LONG),
        fingerprint=fingerprint_of(LONG),
        in_language="ru",
        canonical_url=URL,
        headline="Пекарня",
        description="Хлеб пекут с шести утра.",
        author=("Анна Соснина",),
        date_published="2026-03-02",
        date_modified="2026-03-02T10:00:00Z",
        publisher="Сосновые вести",
        image=f"{URL}.jpg",
        sources=Sources(headline="json-ld", date_published="line"),
        cleaning=Cleaning(kept_lines=2, kept_characters=90, removed=(Removed(rule="menu", lines=7, characters=120),)),
        provenance=provenance(17),
    )
    yield "document", whole
    yield "document with an identity", replace(whole, identity=replace(DOUBT, reason=IdentityReason.SECTION))
    fingerprint, outline = sketches_of(LONG, headline="Пекарня", host="sosny.example")
    yield "document with outline", replace(whole, fingerprint=fingerprint, outline=outline)
    scored = replace(whole.cleaning, article_score=0.9731, page_type="article")
    yield "document with a page type", replace(whole, cleaning=scored)
    for route in Route:
        yield f"refusal {route}", Refusal(url=URL, route=route, reason=Reason.NO_ARTICLE, provenance=provenance(18))
    yield (
        "failure",
        Failure(
            **read,
            stage="clean",
            error="killed",
            original_base64=b"{}",
            original_key_base64=b"k",
            provenance=provenance(19),
        ),
    )


def pages() -> Iterator[tuple[str, Page]]:
    base: dict[str, Any] = {"url": URL, "fetched_at": AT}
    yield "text", Page(**base, media_type="text/plain", body="Снег выпал.\nПоезда идут.")
    yield "bytes", Page(**base, media_type="text/html", charset="windows-1251", body_base64="Снег".encode("cp1251"))
    yield "packed", Page(**base, body_base64=b"\x1f\x8b\x08\x00", content_coding="gzip", requested_url=URL)
    yield "refused", Page(**base, refused=Reason.ROBOTS, detail="robots.txt", origin="urls/3/14")
    yield (
        "failed",
        Page(
            **base,
            failed="no answer in 30 s",
            redirects=(f"{URL}?a",),
            referrer="https://sosny.example/rss",
            title="Пекарня",
            date_published="2026-03-02",
        ),
    )


def verdicts() -> Iterator[tuple[str, Verdict]]:
    for number, decision in enumerate(Decision):
        near = decision is Decision.DUPLICATE
        yield (
            decision.value,
            Verdict(
                document_partition=1,
                document_offset=100 + number,
                decision=decision,
                page_id="0f" * 16,
                page_partition=5,
                page_offset=1,
                article_id="ab" * 16,
                revision=2,
                kinship=Kinship.NEAR if near else None,
                similarity=0.875,
                evidence=Evidence(bands=14, jaccard=0.875, containment=0.9375, contained="page") if near else None,
                changes=Changes(words_before=4, words_after=5) if decision is Decision.UPDATED else None,
                text_hash=text_hash(LONG),
                fetched_at=AT.timestamp(),
                words=400,
                fingerprint=fingerprint_of(LONG),
                timestamp=AT.timestamp() + 2.5,
                horizon=AT.timestamp() - 30 * 86_400,
            ),
        )


def outlined() -> Verdict:
    fingerprint, outline = sketches_of(LONG, headline="Пекарня", host="sosny.example")
    return Verdict(
        document_partition=1,
        document_offset=99,
        decision=Decision.CREATED,
        page_id="0f" * 16,
        page_partition=5,
        page_offset=1,
        article_id="ab" * 16,
        revision=1,
        text_hash=text_hash(LONG),
        fingerprint=fingerprint,
        outline=outline,
    )


def verdict_with_identity() -> Verdict:
    [one] = [verdict for says, verdict in verdicts() if says == Decision.CREATED]
    return replace(one, document_offset=120, source_key="ab" * 8, url_key="cd" * 8, identity=DOUBT)


def todays() -> Iterator[tuple[Topic, Sample]]:
    """Write one record of each kind, as the code of today does."""
    topics = {topic.name: topic for topic in TOPICS}

    def made(topic: str, says: str, key: bytes, record: Any, *, sparse: bool = False) -> tuple[Topic, Sample]:
        value = (encode_sparse if sparse else encode)(record)
        return topics[topic], Sample(writer(), says, key.decode(), (), value.decode())

    for says, outcome in outcomes():
        message = message_of(outcome, prefix=PREFIX, parent=None)
        headers = tuple((name, value.decode()) for name, value in message.headers)
        yield topics[message.topic], Sample(writer(), says, message.key.decode(), headers, message.value.decode())
    for says, page in pages():
        yield made("pages", says, b"sosny.example", page)
    for says, document in documents():
        yield made("documents", says, document.provenance.page_id.encode(), document)
    for says, verdict in (*verdicts(), ("created with an identity", verdict_with_identity())):
        yield made("verdicts", says, verdict.key, verdict, sparse=True)
    yield made("verdicts", "created with outline", outlined().key, outlined(), sparse=True)
    target = Target(
        url=URL, submitted_at=AT, source="rss", referrer="https://sosny.example/rss", priority=7, title="Пекарня"
    )
    yield made("urls", "target", target.key, target)
    later = AT + timedelta(minutes=5)
    waiting = Waiting(target=target, origin="urls/3/14", attempt=2, not_before=later, problem="503")
    yield made("urls-later", "waiting", target.key, waiting)
    held = Waiting(
        target=target,
        origin="urls/3/14",
        attempt=1,
        not_before=later,
        host_problem="HTTP 429",
        unanswered_since=AT,
    )
    yield made("urls-later", "held", target.key, held)
    visit = Visit(
        url=URL, at=AT, origin="urls/3/14", result="page", etag='"a"', last_modified="Mon, 02 Mar 2026 09:00:00 GMT"
    )
    yield made("visits", "visit", target_id(URL).encode(), visit)
    profile = Profile(version=9, articles=7, lines=((12, 7, 9), (34, 5, 8)), recent=((1, 2, 3),))
    yield made("profiles", "profile", b"5:sosny.example", profile)
    feed = "https://sosny.example/rss"
    watched = Watched(
        url=feed, watch=feed, at=AT, next_at=later, interval=300.0, etag='"b"', polls=4, seen=bytes(range(16))
    )
    yield made("watches", "watched", state_key(feed, feed), watched)
    for state in State:
        yield made("dead-letter-notes", state.value, note_key("0f" * 16, 2, 70), Note(state=state, at=AT))


def writer() -> str:
    import tomllib  # noqa: PLC0415 — only here

    return str(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])


def schemas(folder: Path) -> dict[str, dict[str, Any]]:
    """Read the schemas of a folder, by the names of their records."""
    return {path.stem: orjson.loads(path.read_bytes()) for path in sorted(folder.glob("*.json"))}


def broken(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """Say what in a schema breaks readers or writers of the old one: a line each, none where it is compatible.

    Compatible are new optional fields, and new members of the lists in `OPEN`. Neither may a field go, become required or
    cease to be, nor may a type, a bound, a default or a constant change: what was written must be read as what it was, and
    what is written must be read by whoever knows the old schema.
    """
    return list(_broken(_resolved(old, old), _resolved(new, new), ""))


def _resolved(part: Any, root: dict[str, Any]) -> Any:
    """Put what references mean into their places, and leave out what is for people."""
    if isinstance(part, list):
        return [_resolved(one, root) for one in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        name = part["$ref"].removeprefix("#/$defs/")
        rest = {key: value for key, value in part.items() if key != "$ref"}
        return _resolved({**root["$defs"][name], **rest, "x-name": name}, root)
    if set(part) >= {"properties"} and isinstance(part["properties"], dict):
        fields = {name: _resolved(one, root) for name, one in part["properties"].items()}
        part = {**part, "properties": fields}
    return {
        key: value if key == "properties" else _resolved(value, root)
        for key, value in part.items()
        if key not in UNREAD and key != "$defs"
    }


def _broken(old: Any, new: Any, at: str) -> Iterator[str]:
    where = at or "the record"
    if not (isinstance(old, dict) and isinstance(new, dict)):
        if old != new:
            yield f"{where}: was {_said(old)}, is {_said(new)}"
        return
    for key in sorted(old.keys() | new.keys()):
        one, other = old.get(key), new.get(key)
        if key == "properties":
            yield from _broken_fields(old, new, at)
        elif key == "enum" and isinstance(one, list) and isinstance(other, list):
            yield from _broken_list(one, other, old.get("x-name"), where)
        elif key == "anyOf" and isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
            for before, after in zip(one, other, strict=True):
                yield from _broken(before, after, at)
        elif key in {"items", "additionalProperties"} and isinstance(one, dict):
            yield from _broken(one, other, f"{at}[]")
        elif key not in {"required", "x-name"} and one != other:
            yield f"{where}: {key} was {_said(one)}, is {_said(other)}"


def _broken_fields(old: dict[str, Any], new: dict[str, Any], at: str) -> Iterator[str]:
    before, after = old.get("properties", {}), new.get("properties", {})
    must, must_now = set(old.get("required", ())), set(new.get("required", ()))
    for name in sorted(before.keys() | after.keys()):
        field = f"{at}.{name}".removeprefix(".")
        if name not in after:
            yield f"{field}: is gone"
            continue
        if name in must_now - must:
            yield f"{field}: is required, and older records do not have it"
        if name in must - must_now:
            yield f"{field}: is required no more, and readers count on it"
        if name in before:
            yield from _broken(before[name], after[name], field)


def _broken_list(old: list[Any], new: list[Any], name: str | None, where: str) -> Iterator[str]:
    for member in sorted(set(old) - set(new)):
        yield f"{where}: {member!r} is gone from its list"
    if name not in OPEN:
        for member in sorted(set(new) - set(old)):
            yield f"{where}: {member!r} is new in a list that readers take for closed"


def _said(value: Any) -> str:
    return "nothing" if value is None else orjson.dumps(value).decode()


def main() -> None:
    """Add what is not held yet; an exit code and what breaks where the schemas do not allow it."""
    today = schemas(ROOT / "deploy" / "schemas")
    there = schemas(HELD / "schemas")
    problems = [f"{name}: {line}" for name in there for line in broken(there[name], today.get(name, {}))]
    if problems:
        sys.exit("\n".join(["not compatible with schema version 1; this needs a new major version:", *problems]))
    (HELD / "schemas").mkdir(parents=True, exist_ok=True)
    for name in record_names():
        path = HELD / "schemas" / f"{name}.json"
        path.write_bytes((ROOT / "deploy" / "schemas" / f"{name}.json").read_bytes())
    known = {(topic.name, sample.says) for topic in TOPICS for sample in held(topic)}
    for topic, sample in todays():
        if (topic.name, sample.says) not in known:
            with (HELD / f"{topic.name}.jsonl").open("ab") as file:
                file.write(sample.line())
            sys.stdout.write(f"{topic.name}: {sample.says}\n")


if __name__ == "__main__":
    main()
