"""The environment that the tests run in: what the machine needs, and nothing that speaks to the programs under test.

Chistovik, Faust, rich, Python, PostgreSQL's client and others read variables of their own. A user may have set any of
them. So this is a list of what stays, not of what goes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

KEPT = frozenset(
    {
        *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "TMPDIR", "CI", "VIRTUAL_ENV", "PYTHONPATH", "PYTHONHASHSEED"),
        *("PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"),
        *("CURL_CA_BUNDLE", "CC", "CFLAGS", "LDFLAGS", "DISPLAY"),
        *("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"),  # pip and uv need them
        *("CHISTOVIK_REQUIRE_KAFKA", "CHISTOVIK_COMPOSE", "CHISTOVIK_SHOTS"),  # switches of the tests themselves
    }
)
# Of the test tools, the installers, Java and Maven, Docker, and the managers that put a program's own version on PATH.
KEPT_PREFIXES = (
    *("PYTEST_", "HYPOTHESIS_", "COV_", "COVERAGE_", "CHAOS_", "PIP_", "UV_", "XDG_", "LD_", "DYLD_"),
    *("JAVA_", "JDK_", "MAVEN_", "M2_", "DOCKER_", "BUILDKIT_", "BUILDX_"),
    *("ASDF_", "MISE_", "NIX_", "PYENV_", "SDKMAN_"),
)
OUR_HOSTS = "127.0.0.1,localhost"  # a proxy of the user does not know the servers of the tests


def clean(environ: Mapping[str, str]) -> dict[str, str]:
    """Return what of an environment the tests keep, with UTF-8 and with no proxy before this machine."""
    kept = {name: value for name, value in environ.items() if name in KEPT or name.startswith(KEPT_PREFIXES)}
    spared = environ.get("no_proxy") or environ.get("NO_PROXY")
    without_proxy = f"{spared},{OUR_HOSTS}" if spared else OUR_HOSTS
    return kept | {"LANG": "C.UTF-8", "no_proxy": without_proxy, "NO_PROXY": without_proxy}
