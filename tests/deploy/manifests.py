"""The manifests of deploy/k8s as an overlay makes them. Not a test."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.patience import SECONDS

ROOT = Path(__file__).resolve().parents[2]
K8S = ROOT / "deploy" / "k8s"
OVERLAYS = ("small", "production")
WORKLOADS = ("Deployment", "StatefulSet", "Job")
Manifest = dict[str, Any]


@cache
def built(overlay: str) -> tuple[Manifest, ...]:
    """Build an overlay with kustomize, or with the one that kubectl has; skips where neither is there."""
    commands = (("kustomize", "build"), ("kubectl", "kustomize"))
    command = next((one for one in commands if shutil.which(one[0])), None)
    if command is None:
        pytest.skip("neither kustomize nor kubectl is there")
    done = subprocess.run(
        [*command, str(K8S / "overlays" / overlay)], capture_output=True, text=True, check=False, timeout=SECONDS
    )
    assert done.returncode == 0, done.stderr
    return tuple(yaml.safe_load_all(done.stdout))


def of_kind(manifests: tuple[Manifest, ...], *kinds: str) -> list[Manifest]:
    return [one for one in manifests if one["kind"] in kinds]


def named(manifests: tuple[Manifest, ...], kind: str, name: str) -> Manifest:
    (found,) = [one for one in of_kind(manifests, kind) if one["metadata"]["name"] == name]
    return found


def sources() -> list[tuple[Path, Manifest]]:
    """Read all that is written by hand, as it is written."""
    return [(path, one) for path in sorted(K8S.rglob("*.yaml")) for one in yaml.safe_load_all(path.read_text("utf-8"))]


def pod_of(workload: Manifest) -> Manifest:
    spec: Manifest = workload["spec"]["template"]["spec"]
    return spec


def container_of(workload: Manifest) -> Manifest:
    (container,) = pod_of(workload)["containers"]
    found: Manifest = container
    return found
