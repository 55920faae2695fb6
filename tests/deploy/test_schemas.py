"""deploy/k8s is valid by the schemas that Kubernetes and KEDA publish; nothing of a cluster is needed.

Kubernetes' own come with `kubernetes-validate`. KEDA's are in its Go module, fetched once by `go mod download`, as
Kafka's jars are by Maven.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml

from tests.deploy.manifests import OVERLAYS, Manifest, built, of_kind

KEDA = "github.com/kedacore/keda/v2@v2.18.0"
KUBERNETES = ("1.30", "1.34")  # an older and a newer one
CUSTOM = ("ScaledObject", "Kafka", "KafkaNodePool")  # kinds that Kubernetes itself does not know


@cache
def keda() -> Path:
    """Give the folder of KEDA's definitions; skips where they cannot be had."""
    if shutil.which("go") is None:
        pytest.skip("Go is not there, which fetches KEDA's schemas")
    done = subprocess.run(
        ["go", "mod", "download", "-json", KEDA], capture_output=True, text=True, check=False, timeout=280, cwd="/"
    )
    if done.returncode:
        pytest.skip(f"KEDA's schemas could not be fetched: {done.stdout.strip()[-300:]} {done.stderr.strip()[-300:]}")
    return Path(json.loads(done.stdout)["Dir"]) / "config" / "crd" / "bases"


def schema_of(definition: Manifest, version: str) -> dict[str, Any]:
    """Give the schema of one version of a kind, strict: what is not named is refused, as `kubectl` does."""
    (found,) = [one for one in definition["spec"]["versions"] if one["name"] == version]
    return closed(found["schema"]["openAPIV3Schema"])


def closed(schema: Any) -> Any:
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    shut = {name: closed(one) for name, one in schema.items()}
    is_object = isinstance(schema.get("properties"), dict) and schema.get("type") == "object"
    if is_object and "additionalProperties" not in schema and not schema.get("x-kubernetes-preserve-unknown-fields"):
        shut["additionalProperties"] = False
    return shut


def whole(definition: Manifest, manifest: Manifest) -> None:
    """Check a manifest of a custom kind against its definition."""
    schema = schema_of(definition, manifest["apiVersion"].partition("/")[2])
    schema["properties"]["metadata"] = {"type": "object"}
    jsonschema.validate(manifest, schema)


@pytest.mark.parametrize("overlay", OVERLAYS)
@pytest.mark.parametrize("version", KUBERNETES)
def test_what_kubernetes_knows_is_as_its_schema_says(overlay: str, version: str):
    checked = [one for one in built(overlay) if one["kind"] not in CUSTOM]

    assert len(checked) >= 20
    for manifest in checked:
        kubernetes_validate.validate(manifest, version, strict=True)


def test_a_word_that_kubernetes_does_not_know_would_be_found():
    deployment = json.loads(json.dumps(of_kind(built("small"), "Deployment")[0]))
    deployment["spec"]["template"]["spec"]["containers"][0]["livenesProbe"] = {}

    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(deployment, KUBERNETES[-1], strict=True)


def test_scaling_is_as_kedas_schema_says():
    definition = yaml.safe_load((keda() / "keda.sh_scaledobjects.yaml").read_text("utf-8"))
    scaled = of_kind(built("production"), "ScaledObject")

    assert len(scaled) == 4
    for manifest in scaled:
        whole(definition, manifest)
    broken = json.loads(json.dumps(scaled[0]))
    broken["spec"]["minReplicas"] = 1
    with pytest.raises(jsonschema.ValidationError, match="minReplicas"):
        whole(definition, broken)
