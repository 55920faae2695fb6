"""deploy/k8s says what the code says: settings, groups, topics, partitions, ports; and no pod has more than it needs.

Where kustomize (or kubectl) is there, as an overlay makes them; what is written by hand is read without.
"""

from __future__ import annotations

import re
from dataclasses import fields

import pytest

from agents.cli import app as command
from agents.settings import Settings
from pipeline.topics import TOPICS, WORKER_STAGES, group_of
from tests.deploy.manifests import (
    K8S,
    OVERLAYS,
    WORKLOADS,
    Manifest,
    built,
    container_of,
    named,
    of_kind,
    pod_of,
    sources,
)

KNOWN = {one.metadata["name"] for one in fields(Settings)}
PARTITIONS = {topic.name: topic.partitions for topic in TOPICS}
PREFIX = Settings().prefix
GOOD_FOR_EVER = ("Deployment", "StatefulSet")


@pytest.fixture(params=OVERLAYS)
def manifests(request: pytest.FixtureRequest) -> tuple[Manifest, ...]:
    return built(request.param)


def env_of(manifests: tuple[Manifest, ...], workload: Manifest) -> dict[str, str]:
    """Give what a container's environment holds; "?" for what comes of a secret."""
    container = container_of(workload)
    found: dict[str, str] = {}
    for one in container["envFrom"]:
        found |= named(manifests, "ConfigMap", one["configMapRef"]["name"])["data"]
    return found | {one["name"]: one.get("value", "?") for one in container.get("env", [])}


def test_what_is_written_by_hand_names_only_settings_that_there_are():
    written = "\n".join(path.read_text("utf-8") for path in K8S.rglob("*") if path.is_file())

    assert set(re.findall(r"^\s*(?:- )?(?:name: )?(CHISTOVIK_[A-Z_]+)(?:=|$)", written, re.MULTILINE)) <= KNOWN


def test_the_triggers_read_the_groups_and_topics_of_the_code_and_scale_no_further_than_partitions():
    scaled = [one for _, one in sources() if one["kind"] == "ScaledObject"]

    read = {"fetch": "urls", "clean": "pages", "dedupe": "documents", "publish": "documents"}
    assert {one["spec"]["scaleTargetRef"]["name"] for one in scaled} == set(read) == set(WORKER_STAGES)
    for one in scaled:
        stage, spec = one["spec"]["scaleTargetRef"]["name"], one["spec"]
        (trigger,) = spec["triggers"]
        assert trigger["type"] == "kafka"
        assert trigger["metadata"]["consumerGroup"] == group_of(PREFIX, stage)
        assert trigger["metadata"]["topic"] == PREFIX + read[stage]
        assert spec["minReplicaCount"] >= 1
        assert spec["maxReplicaCount"] == PARTITIONS[read[stage]]
        assert trigger["metadata"]["allowIdleConsumers"] == trigger["metadata"]["excludePersistentLag"] == "false"
        assert all(isinstance(value, str) for value in trigger["metadata"].values())  # KEDA takes nothing else


def test_three_brokers_take_the_largest_record_and_do_without_one_of_them():
    (pool,) = [one for _, one in sources() if one["kind"] == "KafkaNodePool"]
    (kafka,) = [one for _, one in sources() if one["kind"] == "Kafka"]
    config = kafka["spec"]["kafka"]["config"]

    assert pool["spec"]["replicas"] == 3
    assert pool["metadata"]["labels"]["strimzi.io/cluster"] == kafka["metadata"]["name"]
    for size in ("message.max.bytes", "replica.fetch.max.bytes"):
        assert config[size] >= max(topic.max_bytes for topic in TOPICS)
    for copies in ("default", "offsets.topic", "transaction.state.log", "share.coordinator.state.topic"):
        assert config[f"{copies}.replication.factor"] == 3
    for enough in ("min.insync.replicas", "transaction.state.log.min.isr", "share.coordinator.state.topic.min.isr"):
        assert config[enough] == 2
    assert config["auto.create.topics.enable"] == "false"


def test_every_stage_has_a_workload_and_only_dedupe_keeps_state(manifests: tuple[Manifest, ...]):
    kinds = {one["metadata"]["name"]: one["kind"] for one in of_kind(manifests, *WORKLOADS)}

    assert kinds == dict.fromkeys(("fetch", "watch", "serve", "clean", "publish"), "Deployment") | {
        "dedupe": "StatefulSet",
        "topics": "Job",
    }
    (claim,) = named(manifests, "StatefulSet", "dedupe")["spec"]["volumeClaimTemplates"]
    mounts = {
        one["name"]: one["mountPath"] for one in container_of(named(manifests, "StatefulSet", "dedupe"))["volumeMounts"]
    }
    assert mounts[claim["metadata"]["name"]] == "/var/lib/chistovik"


def test_every_container_runs_a_command_that_there_is(manifests: tuple[Manifest, ...]):
    known = {one.name for one in command.registered_commands} | {one.name for one in command.registered_groups}
    for workload in of_kind(manifests, *WORKLOADS):
        name, arguments = workload["metadata"]["name"], container_of(workload)["args"]
        assert arguments[0] in known
        if arguments[0] == "worker":
            assert arguments == ["worker", name]
            assert name in WORKER_STAGES


def test_settings_can_be_read_and_fit_each_other(manifests: tuple[Manifest, ...]):
    for workload in of_kind(manifests, *WORKLOADS):
        env = env_of(manifests, workload)
        settings = Settings.from_env(env)
        assert set(env) <= KNOWN
        assert (settings.prefix, settings.http_host, settings.http_port) == (PREFIX, "0.0.0.0", 8080)
        assert settings.service_port == 8081
        assert settings.user_agent


def test_no_setting_comes_of_kubernetes_own_variables(manifests: tuple[Manifest, ...]):
    """A service called chistovik-service would set CHISTOVIK_SERVICE_HOST in every pod."""
    assert all(pod_of(one)["enableServiceLinks"] is False for one in of_kind(manifests, *WORKLOADS))


def test_no_pod_has_rights(manifests: tuple[Manifest, ...]):
    for workload in of_kind(manifests, *WORKLOADS):
        pod, container = pod_of(workload), container_of(workload)
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] == 10001
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert {"requests", "limits"} <= set(container["resources"])
        assert "memory" in container["resources"]["limits"]
        assert container["image"].startswith("registry.example/chistovik:")
        assert "/tmp" in [one["mountPath"] for one in container["volumeMounts"]]


def test_probes_ask_where_the_worker_answers(manifests: tuple[Manifest, ...]):
    for workload in of_kind(manifests, *GOOD_FOR_EVER):
        container = container_of(workload)
        feeds = [{"name": "feed", "containerPort": 8081}] if workload["metadata"]["name"] == "serve" else []
        ports = sorted(container["ports"], key=lambda port: port["containerPort"])
        assert ports == [{"name": "http", "containerPort": 8080}, *feeds]
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            assert container[probe]["httpGet"] == {"path": "/healthz", "port": "http"}
        starting = container["startupProbe"]
        assert starting["periodSeconds"] * starting["failureThreshold"] >= 90  # START_SECONDS of a stage
        assert pod_of(workload)["terminationGracePeriodSeconds"] >= 40


def test_a_cleaning_pod_has_room_for_a_page_that_takes_all_it_may(manifests: tuple[Manifest, ...]):
    clean = named(manifests, "Deployment", "clean")
    limit = int(container_of(clean)["resources"]["limits"]["memory"].removesuffix("Mi"))
    settings = Settings.from_env(env_of(manifests, clean))

    assert limit >= settings.page_memory + 256  # the stage, and what its processes share


def test_every_selector_finds_its_pods_and_no_others(manifests: tuple[Manifest, ...]):
    labels = {
        one["metadata"]["name"]: one["spec"]["template"]["metadata"]["labels"] for one in of_kind(manifests, *WORKLOADS)
    }

    def found(selector: Manifest) -> set[str]:
        return {name for name, has in labels.items() if selector.items() <= has.items()}

    for workload in of_kind(manifests, *GOOD_FOR_EVER):
        assert found(workload["spec"]["selector"]["matchLabels"]) == {workload["metadata"]["name"]}
    for budget in of_kind(manifests, "PodDisruptionBudget"):
        assert found(budget["spec"]["selector"]["matchLabels"]) == {budget["metadata"]["name"]}
        assert budget["spec"]["maxUnavailable"] == 1
    assert {one["metadata"]["name"] for one in of_kind(manifests, "PodDisruptionBudget")} == set(labels) - {"topics"}
    for service in of_kind(manifests, "Service"):
        assert found(service["spec"]["selector"]) == {service["metadata"]["labels"]["app.kubernetes.io/component"]}


def test_only_fetch_and_watch_reach_the_web_and_nobody_what_is_private(manifests: tuple[Manifest, ...]):
    to_addresses = [
        policy
        for policy in of_kind(manifests, "NetworkPolicy")
        if any("ipBlock" in to for rule in policy["spec"].get("egress", []) for to in rule.get("to", [{"ipBlock": {}}]))
    ]
    (web,) = to_addresses
    (expression,) = web["spec"]["podSelector"]["matchExpressions"]
    (rule,) = web["spec"]["egress"]

    assert sorted(expression["values"]) == ["fetch", "watch"]
    blocks = {to["ipBlock"]["cidr"]: to["ipBlock"]["except"] for to in rule["to"]}
    private = {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "127.0.0.0/8", "100.64.0.0/10"}
    assert private <= set(blocks["0.0.0.0/0"])
    assert set(blocks) == {"0.0.0.0/0", "2000::/3"}
    ports = {str(one["port"]) for one in rule["ports"]}
    assert ports == set(Settings().fetch_ports.split(","))
    nothing = named(manifests, "NetworkPolicy", "chistovik-nothing")["spec"]
    assert sorted(nothing["policyTypes"]) == ["Egress", "Ingress"]
    assert not nothing.get("egress")
    assert not nothing.get("ingress")


def test_a_policy_of_ours_binds_our_pods_alone(manifests: tuple[Manifest, ...]):
    """Kafka and others may be in the namespace: a policy for all pods would cut them off."""
    for policy in of_kind(manifests, "NetworkPolicy"):
        assert policy["spec"]["podSelector"]["matchLabels"]["app.kubernetes.io/name"] == "chistovik"


def test_what_keda_scales_has_no_number_of_its_own():
    production = built("production")
    scaled = {one["spec"]["scaleTargetRef"]["name"] for one in of_kind(production, "ScaledObject")}

    assert scaled == set(WORKER_STAGES)
    for workload in of_kind(production, *GOOD_FOR_EVER):
        assert ("replicas" in workload["spec"]) == (workload["metadata"]["name"] not in scaled)
