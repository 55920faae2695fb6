"""Finds the sign-up boxes of an HTML page: a form that asks for an e-mail address, with the words around it.

Only the tree shows such a box: the address field is an element without text, so it is in no block.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

Span = tuple[int, int]  # the first block and the one after the last

_FIELDS: Final = 'input[type="email" i], input[name*="email" i], input[placeholder*="mail" i]'
MOST_FIELDS: Final = 20  # the most fields of a page that are checked
CLIMB: Final = 8  # the most elements above a field that are checked
FORM_WORDS: Final = 60  # words: a longer form is one around the whole page
BESIDE_WORDS: Final = 40  # words of the box outside its form
MOST_BLOCKS: Final = 10
_MOST_CHARACTERS: Final = 4_000  # of an element with its scripts: a larger one is no box and is not cut into blocks
# Parts of words. The text beside a form must contain one of them to belong to the same box.
_INVITING: Final = (
    *("inbox", "newsletter", "subscri", "sign up", "signup", "sign-up", "mailing list", "e-mail", "email"),
    *("рассылк", "подпи", "почт", "розсилк", "підпи", "пошт", "падпі", "жазыл", "имейл", "бюлетин", "абонир", "билтен"),
    *(
        "biuletyn",
        "zapisz się",
        "skrzynk",
        "odběr",
        "postfach",
        "abonn",
        "lettre d",
        "inscri",
        "nieuwsbrief",
        "mailbox",
    ),
    *("boletín", "suscr", "correo", "iscriv", "casella", "εγγραφ", "ενημερωτικ", "メールマガジン", "邮箱", "订阅"),
)


def sign_ups_of(
    tree: LexborHTMLParser, texts: Sequence[str], blocks_of: Callable[[LexborNode], list[str]]
) -> tuple[Span, ...]:
    """Return the blocks of each box; `texts` are the page's blocks, `blocks_of` cuts an element into blocks."""
    found: list[Span] = []
    for field in tree.css(_FIELDS)[:MOST_FIELDS]:
        if (field.attributes.get("type") or "").lower() == "hidden":
            continue
        box = _box(field, blocks_of)
        starts = (at for at, text in enumerate(texts) if box and text == box[0])
        found += [(at, at + len(box)) for at in starts if list(texts[at : at + len(box)]) == box]
    return tuple(sorted(set(found)))


def _box(field: LexborNode, blocks_of: Callable[[LexborNode], list[str]]) -> list[str]:
    """Return the blocks of the largest element around a field that is hardly more than its form."""
    form: list[str] = []  # the blocks of the form, or of the innermost element with text
    box: list[str] = []
    within, node = _in_form(field), field.parent
    for _ in range(CLIMB):
        if node is None or node.tag in ("body", "html") or len(node.text(deep=True)) > _MOST_CHARACTERS:
            break
        blocks = blocks_of(node)
        if within or not form:
            form, small = blocks, _words(blocks) <= FORM_WORDS
        else:
            beside = _without(blocks, form)
            small = not beside or (_words(beside) <= BESIDE_WORDS and _invites(beside))
        if not small or len(blocks) > MOST_BLOCKS:
            break
        box = blocks
        within = within and node.tag != "form"
        node = node.parent
    return box


def _in_form(field: LexborNode) -> bool:
    node = field.parent
    for _ in range(CLIMB):
        if node is None or node.tag == "form":
            break
        node = node.parent
    return node is not None and node.tag == "form"


def _without(blocks: Sequence[str], inner: Sequence[str]) -> list[str]:
    left = list(blocks)
    for text in inner:
        if text in left:
            left.remove(text)
    return left


def _invites(blocks: Sequence[str]) -> bool:
    folded = " ".join(blocks).casefold()
    return any(word in folded for word in _INVITING)


def _words(blocks: Sequence[str]) -> int:
    return sum(len(text.split()) for text in blocks)
