"""The codes of rules are the model's: the order of `Rule` is free, and a model whose list does not fit is refused."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import orjson
import pytest

from pipeline.document.classifier import model as classifier
from pipeline.document.classifier.judge import measure_text
from pipeline.document.classifier.model import Kind, ModelError, model_for, model_of, scores_of
from pipeline.document.explain.reasons import model_file
from pipeline.document.features import compute
from pipeline.document.features.compute import features_of_lines
from pipeline.document.rules.recognise import NONE, OWN_CODES, RULES, codes_of, cues_of
from pipeline.document.rules.rule import Rule

if TYPE_CHECKING:
    from pipeline.document.features.compute import Features

ROOT = Path(__file__).parents[4]
PAGES = [*(ROOT / "tests/corpus/pages").iterdir(), *(ROOT / "deploy/demo/pages").iterdir()]
KINDS: tuple[Kind, ...] = get_args(Kind)
MEMBER = re.compile(r'^    [A-Z_]+ = "[a-z-]+"\n', re.MULTILINE)
# Prints every block of some pages: its rule, its score, and the reasons of that in words.
TOLD = """
import sys
from datetime import UTC, datetime
from pathlib import Path
import pipeline
from pipeline.document.explain.explain import explain
from pipeline.records.page import page_of
print(Path(pipeline.__file__).parents[1])
for name in sys.argv[1:]:
    path = Path(name)
    for block in explain(page_of(f"file:{path.name}", path.read_bytes(), fetched_at=datetime(2032, 1, 6, tzinfo=UTC))).blocks:
        print(path.name, block.number, block.rule, block.score, [(one.feature, one.says, one.contribution) for one in block.reasons])
"""
TEXT = """Главная | Новости | Спорт | Погода | Афиша
Поделиться в Telegram
В посёлке Ясном во вторник открыли новую пекарню, сообщила районная газета.
Хлеб там пекут с шести утра, и к полудню его уже нет ни на одной полке.
Читайте также: Мост через Сосну закрыли на ремонт
Комментарии
Поделиться: ВКонтакте"""


def told(folder: Path) -> list[str]:
    """Tell of all blocks by the `pipeline` in a folder."""
    command = [sys.executable, "-c", TOLD, *map(str, sorted(PAGES))]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    where, *lines = done.stdout.splitlines()
    assert Path(where) == folder
    return lines


def rewritten(source: str) -> str:
    """Turn the order of the rules around, with two new ones among them."""
    members = MEMBER.findall(source)
    assert len(members) == len(RULES)
    turned = ['    BRAND_NEW = "brand-new"\n', *reversed(members)]
    turned.insert(9, '    NEWER = "newer"\n')
    return MEMBER.sub("", source).replace("    # kept\n", "    # kept\n" + "".join(turned), 1)


def test_the_order_of_the_rules_changes_nothing_and_nor_do_new_names(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "pipeline", tmp_path / "pipeline", ignore=shutil.ignore_patterns("__pycache__", "*.so"))
    rules = tmp_path / "pipeline/document/rules/rule.py"
    rules.write_text(rewritten(rules.read_text(encoding="utf-8")), encoding="utf-8")

    lines = told(tmp_path)

    assert lines == told(ROOT)
    assert len(lines) > 500
    assert any("a rule recognizes it as" in line for line in lines)


def made(text: str, **how: Any) -> Features:
    lines = text.split("\n")
    return features_of_lines(lines, [False] * len(lines), [False] * len(lines), **how)


def without(rule: Rule) -> tuple[int, ...]:
    """List the codes of a model that was trained before there was a rule."""
    return tuple(NONE if one is rule else code for one, code in zip(RULES, OWN_CODES, strict=True))


@pytest.mark.parametrize("selected", [None, compute.SELECTED["plain"]], ids=["all", "selected"])
@pytest.mark.parametrize("rule", [Rule.SHARE_BAR, Rule.COMMENT_PROMPT, Rule.MENU, Rule.READ_ALSO])
def test_a_rule_that_the_model_does_not_know_is_none_to_all_features(
    rule: Rule, selected: frozenset[str] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = made(TEXT, selected=selected, codes=without(rule))
    full = made(TEXT, selected=selected)

    def before_it_was_there(*asked: Any) -> Any:
        cues = cues_of(*asked)
        return np.where(cues == RULES.index(rule), np.int16(NONE), cues)

    monkeypatch.setattr(compute, "cues_of", before_it_was_there)
    before = made(TEXT, selected=selected)

    assert (seen.names, seen.matrix.tolist()) == (before.names, before.matrix.tolist())
    assert seen.matrix.tolist() != full.matrix.tolist()
    assert RULES.index(rule) in seen.cues  # that the block goes by it is told by the rule, not by a score
    assert seen.cues.tolist() == full.cues.tolist()


def test_a_model_reads_its_own_codes() -> None:
    turned = {rule.value: len(RULES) - code for rule, code in zip(RULES, OWN_CODES, strict=True)}

    found = made(TEXT, codes=codes_of(turned))

    cue = found.matrix[:, found.names.index(compute.CUE)].tolist()
    assert cue == [turned[RULES[one]] if one >= 0 else NONE for one in found.cues.tolist()]
    assert max(cue) > 0 > min(cue)


def test_features_of_other_codes_are_not_scored() -> None:
    model = model_for("plain")
    other = made(TEXT, codes=tuple(code + 1 for code in OWN_CODES))

    with pytest.raises(ValueError, match=f"the features have the rule codes of another model than {model.version}"):
        scores_of(other, model)


def test_a_sheet_is_made_for_the_model_that_judges_it() -> None:
    said = {**model_file("plain"), "rules": {rule.value: 7 + code for rule, code in zip(RULES, OWN_CODES, strict=True)}}
    model = model_of(said)

    sheet = measure_text(TEXT, models={"plain": model})

    assert sheet.model is model
    assert sheet.features is not None
    assert sheet.features.codes == model.codes == tuple(7 + code for code in OWN_CODES)


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_that_is_shipped_knows_rules_by_name(kind: Kind) -> None:
    listed = model_file(kind)["rules"]
    assert {"menu", "share-bar", "comment-prompt"} <= set(listed) <= set(RULES)
    assert model_for(kind).codes == codes_of(listed)


@pytest.mark.parametrize(
    ("rules", "why"),
    [
        ({"menu": 0, "gone": 1, "also-gone": 2}, "its list of rules names also-gone, gone, which pipeline/document/rules/rule.py does not have"),
        ({"menu": 3, "legal": 3}, "its list of rules has a code below 0 or one code for two rules"),
        ({"menu": -1}, "its list of rules has a code below 0 or one code for two rules"),
        (None, "it has no list of rules and their codes"),
    ],
)  # fmt: skip
def test_a_model_whose_list_does_not_fit_is_refused(rules: object, why: str) -> None:
    with pytest.raises(ModelError) as refused:
        model_of({**model_file("html"), "rules": rules}, file="pipeline/document/classifier/html.json")
    assert str(refused.value) == f"pipeline/document/classifier/html.json: {why}; train the model again: make train"


def test_the_file_of_a_model_that_is_shipped_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = {name: value for name, value in model_file("html").items() if name != "rules"}
    (tmp_path / "html.json").write_bytes(orjson.dumps(said))
    monkeypatch.setattr(classifier, "files", lambda package: tmp_path)

    with pytest.raises(
        ModelError, match=r"pipeline/document/classifier/html\.json: it has no list of rules and their codes"
    ):
        model_for.__wrapped__("html")
