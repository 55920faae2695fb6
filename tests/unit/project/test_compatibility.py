"""Records are compatible within a schema version: what older writers wrote is read, and what is written is as it was."""

from __future__ import annotations

import copy
from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from jsonschema import Draft202012Validator

from agents.generate import ROOT
from pipeline.article.message import message_of
from pipeline.records.article import Article, DeadLetter, Discarded, Duplicate, Outcome
from pipeline.records.document import Cleaned, Document
from pipeline.records.reason import Reason
from pipeline.records.verdict import Decision, Verdict
from pipeline.records.wire import decode, encode
from pipeline.text.fingerprint import fingerprint_of
from pipeline.topics import TOPICS, Topic
from pipeline.topics.asyncapi import OPEN
from tests.support.compatibility import HELD, LONG, PREFIX, Sample, broken, held, outcomes, schemas, todays

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.records.note import Note
    from pipeline.records.page import Page
    from pipeline.records.profile import Profile
    from pipeline.records.target import Target, Visit, Waiting
    from pipeline.records.watched import Watched

SAMPLES = [(topic, sample) for topic in TOPICS for sample in held(topic)]
IDS = [f"{topic.name}: {sample.says}" for topic, sample in SAMPLES]
OUTCOMES = (Article, Duplicate, Discarded, DeadLetter)
TODAY, THEN = schemas(ROOT / "deploy" / "schemas"), schemas(HELD / "schemas")
every_sample = pytest.mark.parametrize(("topic", "sample"), SAMPLES, ids=IDS)


def kind_of(topic: Topic) -> Any:
    if topic.records[0] in OUTCOMES:
        return Outcome
    return Cleaned if topic.name == "documents" else topic.records[0]


def read(topic: Topic, value: str) -> Any:
    """Decode a sample as the stages do."""
    found = decode(kind_of(topic), value.encode())
    assert isinstance(found, topic.records), found
    return found


def missing(old: Any, new: Any, at: str = "") -> list[str]:
    """Say what of a JSON value another one lacks or has otherwise."""
    if isinstance(old, dict) and isinstance(new, dict):
        return [
            line
            for name, value in old.items()
            for line in (missing(value, new[name], f"{at}.{name}") if name in new else [f"{at}.{name} is gone"])
        ]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return [
            line for number, pair in enumerate(zip(old, new, strict=True)) for line in missing(*pair, f"{at}[{number}]")
        ]
    return [] if old == new else [f"{at} was {old!r}, is {new!r}"]


@every_sample
def test_what_was_written_is_read_with_all_its_values(topic: Topic, sample: Sample):
    record = read(topic, sample.value)

    assert missing(orjson.loads(sample.value), orjson.loads(encode(record))) == []


@every_sample
def test_what_was_written_is_valid_by_the_schemas_of_then_and_of_today(topic: Topic, sample: Sample):
    name = type(read(topic, sample.value)).__name__.lower()

    for schema in (TODAY[name], THEN[name]):
        Draft202012Validator(schema).validate(orjson.loads(sample.value))


@every_sample
def test_fields_of_a_later_release_are_passed_over(topic: Topic, sample: Sample):
    def later(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: later(one) for name, one in value.items()} | {"of_a_later_release": {"a": [1]}, "urgency": 7}
        return [later(one) for one in value] if isinstance(value, list) else value

    written = orjson.dumps(later(orjson.loads(sample.value))).decode()

    assert written.count("of_a_later_release") >= 1
    assert read(topic, written) == read(topic, sample.value)
    Draft202012Validator(THEN[type(read(topic, written)).__name__.lower()]).validate(orjson.loads(written))


@pytest.mark.parametrize(
    "sample",
    [sample for topic, sample in SAMPLES if topic.public],
    ids=[i for i, (t, _) in zip(IDS, SAMPLES, strict=True) if t.public],
)
def test_an_outcome_has_the_key_and_the_headers_that_it_had(sample: Sample):
    outcome = decode(Outcome, sample.value.encode())
    message = message_of(outcome, prefix=PREFIX, parent=None)
    now = {name: value.decode() for name, value in message.headers}
    then = dict(sample.headers)
    assert datetime.fromisoformat(now.pop("ce_time")) == datetime.fromisoformat(then.pop("ce_time"))

    assert message.key.decode() == sample.key
    assert now | then == now


def test_the_other_records_have_the_keys_that_they_had():
    wanted = {(topic.name, sample.says): (sample.key, sample.value) for topic, sample in todays()}
    found = {(topic.name, sample.says): sample.key for topic, sample in SAMPLES if (topic.name, sample.says) in wanted}

    assert found == {place: key for place, (key, _) in wanted.items()}


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_a_sample_of_every_kind_of_record_is_held(topic: Topic):
    wanted = {sample.says for made_for, sample in todays() if made_for is topic}

    assert wanted
    assert wanted <= {sample.says for sample in held(topic)}, "run `python -m tests.support.compatibility`"
    assert {type(read(topic, sample.value)) for sample in held(topic)} == set(topic.records)


def test_what_is_written_today_says_what_the_samples_say():
    # Additions are allowed, so what is held must be found in what is written.
    written = {(topic.name, sample.says): sample.value for topic, sample in todays()}
    for topic, sample in SAMPLES:
        if (now := written.get((topic.name, sample.says))) is not None:
            assert missing(orjson.loads(sample.value), orjson.loads(now)) == [], (topic.name, sample.says)


def one(topic: str, says: str) -> Any:
    (found,) = [read(of, sample.value) for of, sample in SAMPLES if of.name == topic and sample.says == says]
    return found


def test_the_values_are_where_readers_look_for_them():
    article: Article = one("articles", "updated")
    assert (article.event, article.revision, article.headline) == ("updated", 2, "Пекарня в посёлке pekarnya")
    assert article.author == ("Анна Соснина", "Пётр Берёзов")
    assert article.changes is not None
    assert article.changes.similarity == 0.75
    assert article.cleaning.removed[0].rule == "menu"
    assert article.provenance.partition == 29 % 12
    duplicate: Duplicate = one("duplicates", "near")
    assert duplicate.evidence is not None
    assert (duplicate.kind, duplicate.similarity, duplicate.evidence.bands) == ("near", 0.875, 14)
    assert one("discarded", "robots").reason is Reason.ROBOTS
    assert one("dead-letters", "killed").original_key_base64 == b"sosny.example"
    document: Document = one("documents", "document")
    assert document.fingerprint == fingerprint_of(LONG) is not None
    verdict: Verdict = one("verdicts", "updated")
    assert (verdict.decision, verdict.words, verdict.horizon) == (Decision.UPDATED, 400, 1_769_851_800.0)
    page: Page = one("pages", "bytes")
    assert page.raw.decode("cp1251") == "Снег"
    target: Target = one("urls", "target")
    waiting: Waiting = one("urls-later", "waiting")
    visit: Visit = one("visits", "visit")
    assert (target.priority, waiting.target, waiting.attempt, visit.etag) == (7, target, 2, '"a"')
    profile: Profile = one("profiles", "profile")
    watched: Watched = one("watches", "watched")
    note: Note = one("dead-letter-notes", "dropped")
    assert (profile.lines[1], watched.seen[15], note.state) == ((34, 5, 8), 15, "dropped")


def test_what_older_writers_did_not_know_is_read_as_its_default():
    article: Article = one("articles", "updated of de0b6dd")
    assert (article.date_modified, article.changes, article.provenance.profile) == (None, None, None)
    verdict: Verdict = one("verdicts", "created of 84f1805")
    assert (verdict.fingerprint, verdict.timestamp, verdict.words) == (None, None, None)
    assert one("dead-letters", "dead letter of de0b6dd").original_key_base64 is None
    assert one("documents", "document of cf97b71").fingerprint is None
    assert one("duplicates", "near of 84f1805").evidence is None
    assert one("pages", "text of de0b6dd").origin is None


@pytest.mark.parametrize("name", sorted(THEN))
def test_the_schemas_are_compatible_with_those_held_for_version_1(name: str):
    assert name in TODAY, f"{name}: the record is gone; that needs a new major version"

    lines = broken(THEN[name], TODAY[name])
    if lines:
        pytest.fail("; ".join([f"{name} is not compatible with schema version 1", *lines]), pytrace=False)


def test_a_schema_of_every_record_is_held():
    assert set(TODAY) == set(THEN), "run `python -m tests.support.compatibility`"


def field(schema: dict[str, Any], path: str) -> dict[str, Any]:
    first, *rest = path.split(".")
    found: dict[str, Any] = schema["properties"][first]
    for name in rest:
        found = schema["$defs"][found["$ref"].removeprefix("#/$defs/")]["properties"][name]
    return found


@pytest.mark.parametrize(
    "change",
    [
        lambda schema: schema["properties"].update(urgency={"type": "integer", "default": 0}),
        lambda schema: schema["$defs"]["Provenance"]["properties"].update(region={"type": "string", "default": ""}),
        lambda schema: schema["$defs"]["Reason"]["enum"].append("paywall"),
        lambda schema: schema.update(description="In other words.", title="Another"),
        lambda schema: schema["properties"]["detail"].update(title="Another"),
    ],
)
def test_additions_are_compatible(change: Callable[[dict[str, Any]], object]):
    schema = copy.deepcopy(TODAY["discarded"])
    change(schema)

    assert broken(TODAY["discarded"], schema) == []
    assert OPEN == ("Reason", "IdentityReason")


@pytest.mark.parametrize(
    ("name", "change", "says"),
    [
        ("article", lambda s: s["properties"].pop("headline"), "headline: is gone"),
        ("article", lambda s: s["properties"].update(title=s["properties"].pop("headline")), "headline: is gone"),
        (
            "article",
            lambda s: s["required"].append("headline"),
            "headline: is required, and older records do not have it",
        ),
        ("article", lambda s: s["required"].remove("url"), "url: is required no more, and readers count on it"),
        (
            "article",
            lambda s: field(s, "word_count").update(type="string"),
            'word_count: type was "integer", is "string"',
        ),
        ("article", lambda s: field(s, "url").update(maxLength=100), "url: maxLength was 8192, is 100"),
        ("article", lambda s: field(s, "headline").update(default=""), 'headline: default was nothing, is ""'),
        ("article", lambda s: field(s, "headline").update(anyOf=[{"type": "string"}]), "headline: anyOf was "),
        ("article", lambda s: field(s, "headline")["anyOf"][0].update(type="integer"), "headline: type was "),
        ("article", lambda s: field(s, "event")["enum"].append("withdrawn"), "event: 'withdrawn' is new in a list"),
        ("article", lambda s: field(s, "event")["enum"].remove("updated"), "event: 'updated' is gone from its list"),
        ("article", lambda s: field(s, "author")["items"].update(type="object"), "author[]: type was "),
        ("article", lambda s: field(s, "schema_version").update(const=2), "schema_version: const was 1, is 2"),
        ("article", lambda s: field(s, "provenance.offset").update(type="string"), "provenance.offset: type was "),
        ("article", lambda s: s["$defs"]["Provenance"]["properties"].pop("page_id"), "provenance.page_id: is gone"),
        ("article", lambda s: s["$defs"]["Removed"]["properties"].pop("rule"), "cleaning.removed[].rule: is gone"),
        (
            "article",
            lambda s: s.update(additionalProperties=False),
            "the record: additionalProperties was nothing, is false",
        ),
        ("duplicate", lambda s: s["$defs"]["Kinship"]["enum"].append("part"), "kind: 'part' is new in a list"),
        (
            "discarded",
            lambda s: s["$defs"]["Reason"]["enum"].remove("robots"),
            "reason: 'robots' is gone from its list",
        ),
        (
            "discarded",
            lambda s: s["required"].append("detail"),
            "detail: is required, and older records do not have it",
        ),
    ],
)
def test_whatever_else_changes_is_named_in_one_line(name: str, change: Callable[[dict[str, Any]], object], says: str):
    schema = copy.deepcopy(TODAY[name])
    change(schema)

    lines = broken(TODAY[name], schema)
    assert any(line.startswith(says) for line in lines), lines
    assert all("\n" not in line for line in lines)


def test_every_outcome_that_is_held_is_one_that_publish_could_write():
    assert {kind for _, outcome in outcomes() for kind in OUTCOMES if isinstance(outcome, kind)} == set(OUTCOMES)
