"""Finds signs of a page's kind in its markup and URL: challenges, password fields, empty shells, names of classes.

They work in any language. Programs that protect sites, and not sites, are named here.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote, urlsplit

from selectolax.lexbor import LexborHTMLParser

from pipeline.document.metadata.head import Head
from pipeline.records.reason import Reason

# Scripts and fields that only the challenge of a protecting program has, not the pages behind it.
_CHALLENGES: Final = (
    *("_cf_chl_", "cf-chl-", "cf-browser-verification", "cf_captcha_kind", "/chl_page/", "challenge-error-text"),
    *("jschl-", "jschl_", "ddos-guard", "ddg-captcha", "_incapsula_resource", "sucuri_cloudproxy", "servicepipe"),
    *(
        "captcha-delivery.com",
        "px-captcha",
        "perimeterx.net",
        "awswafcookiedomainlist",
        "gokuprops",
        "awswafintegration",
    ),
    *("slowaes", "tonumbers(", "checkcaptcha", "showcaptcha", "smart-captcha", "qrator", "kasada"),
    *(
        "akamai-challenge",
        "sec-if-cpt",
        "bm-verify",
        "anubis_challenge",
        "/.within.website/",
        "haproxy-protection",
        "vddosw",
    ),
)
_CAPTCHAS: Final = (
    '[class*="g-recaptcha"], [class*="h-captcha"], [class*="cf-turnstile"], [id*="captcha" i], img[src*="captcha" i]'
)
_MOUNTS: Final = (
    "#root, #app, #__next, #__nuxt, app-root, #___gatsby, #svelte, [data-reactroot], [ng-app], [ng-version]"
)
# Names of classes and ids, as site software gives them to the body and the main element of such pages.
_NAMES: Final = {
    Reason.ERROR_PAGE: re.compile(
        r"(?:^|[\s_-])(?:error[_-]?(?:404|page|410|500)|(?:page[_-]?)?404|is-404|not[_-]?found|e404|http-error)(?:$|[\s_-])"
    ),
    Reason.MAINTENANCE: re.compile(r"maintenance|coming-soon|under-construction"),
    Reason.LOG_IN: re.compile(
        r"(?:^|[\s_-])(?:login|log-in|signin|sign-in|auth)[_-]?(?:page|form|wrapper|body)?(?:$|[\s_-])"
    ),
    Reason.PARKED_DOMAIN: re.compile(r"parking|parked|domain-?sale"),
}
_PROGRAMS: Final = (
    "script, iframe[src], form, link[rel=stylesheet i][href], meta[http-equiv=refresh i], body, [id^=cf-], "
    "[id^=challenge]"
)
MOST_PROGRAMS = 60
LONGEST_PROGRAM = 4_000  # characters
_NAMED: Final = "html, body, body > *, main, article, body > * > *"
_PARKING: Final = (
    *("sedoparking", "parkingcrew", "bodis.com", "parklogic", "afternic", "hugedomains", "dan.com/", "above.com"),
    *("uniregistry", "parking-page"),
)
# Whole segments of a path: a slug may contain any of these words.
_PATHS: Final = {
    reason: re.compile(rf"(?:^|/)(?:{names})(?:$|[/.])")
    for reason, names in {
        Reason.ERROR_PAGE: r"404|410|errors?|error-?(?:page|404)|(?:page-?)?not-?found|gone|oops",
        Reason.CONSENT_WALL: r"(?:collect)?consent\w*|cookie-?(?:wall|consent|gate)|gdpr\w*|privacy-?(?:gate|wall)|cmp",
        Reason.BROWSER_CHECK: r"(?:show|check)?captcha\w*|challenge|cdn-cgi|verify-?(?:human|browser)",
        Reason.LOG_IN: r"(?:wp-)?log-?in|sign-?(?:in|up)|auth\w*|sso|oauth2?|register|registration|accounts?|cas",
        Reason.PAYWALL: r"subscribe|subscriptions?|paywall|abo|premium|podpiska|abonnements?|suscri\w*",
        Reason.MAINTENANCE: r"maintenance|unavailable|wartung|tech-?works|service-unavailable",
        Reason.REGION_BLOCK: r"geo-?block\w*|unavailable-?(?:in|for)[\w-]*|blocked|blacklist|zapret\w*|451",
    }.items()
}
_UNINDEXED: Final = (
    *(Reason.ERROR_PAGE, Reason.BROWSER_CHECK, Reason.LOG_IN, Reason.CONSENT_WALL, Reason.MAINTENANCE),
)
_HOSTS: Final = {
    Reason.CONSENT_WALL: re.compile(r"^(?:consent|cmp|privacy|cookies?)\."),
    Reason.LOG_IN: re.compile(r"^(?:login|auth|sso|id|accounts?|passport)\."),
}


def signs_of_markup(tree: LexborHTMLParser, head: Head) -> dict[Reason, dict[str, int]]:
    """Return the signs in a page's markup, with their points."""
    found: dict[Reason, dict[str, int]] = defaultdict(dict)
    for reason, sign, points in _signs(tree, head):
        found[reason][sign] = points
    return found


def _signs(tree: LexborHTMLParser, head: Head) -> Iterator[tuple[Reason, str, int]]:
    scripts = _scripts(tree)
    if any(name in scripts for name in _CHALLENGES):
        yield Reason.BROWSER_CHECK, "it has the script of a challenge", 4
    elif tree.css_first(_CAPTCHAS) is not None:
        yield Reason.BROWSER_CHECK, "it has a captcha", 2
    if tree.css_first('input[type="password" i]') is not None:
        yield Reason.LOG_IN, "it asks for a password", 3
    if any(name in scripts for name in _PARKING):
        yield Reason.PARKED_DOMAIN, "it has a script for parked domains", 3
    if _is_shell(tree):
        yield Reason.SCRIPT_ONLY, "its text is made by a script", 3
    if str(head.jsonld.article.get("isAccessibleForFree", "")).casefold() == "false":
        yield Reason.PAYWALL, "it declares that it is not free", 2
    names = " ".join(_names(tree))
    yield from (
        (reason, "its elements are named after it", 2) for reason, known in _NAMES.items() if known.search(names)
    )
    if any("noindex" in content.casefold() for content in head.tags("robots")):
        yield from ((reason, "it must not be indexed", 1) for reason in _UNINDEXED)


def _scripts(tree: LexborHTMLParser) -> str:
    """Return what names or makes up the programs of a page; not its text, which may speak of such programs."""
    found = []
    for node in tree.css(_PROGRAMS)[:MOST_PROGRAMS]:
        attributes = node.attributes
        found += [attributes.get(name) or "" for name in ("src", "href", "action", "id", "class", "content")]
        if node.tag == "script" and "json" not in (attributes.get("type") or ""):
            found.append((node.text() or "")[:LONGEST_PROGRAM])
    return "\n".join(found).lower()


def _names(tree: LexborHTMLParser) -> list[str]:
    nodes = tree.css(_NAMED)[:60]
    return [f"{node.attributes.get('class') or ''} {node.attributes.get('id') or ''}".casefold() for node in nodes]


def _is_shell(tree: LexborHTMLParser) -> bool:
    """Return whether scripts fill the page: the element for it is empty, and nothing else has text."""
    mount = tree.css_first(_MOUNTS)
    return mount is not None and not (mount.text(separator=" ") or "").strip()


def signs_of_url(url: str, asked: str | None) -> dict[Reason, dict[str, int]]:
    """Return the signs in the URL to which the requested one redirected."""
    found: dict[Reason, dict[str, int]] = {}
    if asked is None:
        return found
    try:
        here, there = urlsplit(url.casefold()), urlsplit(asked.casefold())
    except ValueError:
        return found
    path, before = unquote(here.path), unquote(there.path)
    for reason, pattern in _PATHS.items():
        if pattern.search(path) and not pattern.search(before):
            found[reason] = {"it redirects to the URL of such a page": 3}
    for reason, pattern in _HOSTS.items():
        if pattern.search(here.netloc) and not pattern.search(there.netloc):
            found[reason] = {"it redirects to the host of such pages": 3}
    return found


__all__ = ["signs_of_markup", "signs_of_url"]
