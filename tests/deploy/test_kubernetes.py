"""
The manifests, against the schemas of several releases of Kubernetes, and against what a schema cannot say.

The namespace demands the "restricted" pod security standard; what it would refuse is looked for here.
"""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from addons.settings import GatewaySettings
from console.cli.main import COMMANDS
from console.cli.menu import Branch
from console.cli.settings import FILE_VARIABLE, Settings, setting_keys, variable_of
from console.cli.state import VARIABLE

FOLDER = Path(__file__).parents[2] / "deploy" / "kubernetes"

type Manifest = dict[str, Any]


def manifests() -> list[Manifest]:
    """Every document of every file, in the order in which `kubectl apply -f` takes them."""
    return [
        found
        for path in sorted(FOLDER.glob("*.yaml"))
        for found in yaml.safe_load_all(path.read_text("utf-8"))
    ]


def name_of(manifest: Manifest) -> str:
    return f"{manifest['kind']}-{manifest['metadata']['name']}"


def pods() -> Iterator[Manifest]:
    """The pods that any manifest makes, by its template."""
    for manifest in manifests():
        spec = manifest.get("spec", {})
        spec = spec.get("jobTemplate", {}).get("spec", spec)
        if "template" in spec:
            yield spec["template"]


def containers() -> Iterator[Manifest]:
    for pod in pods():
        yield from (*pod["spec"].get("initContainers", ()), *pod["spec"]["containers"])


@pytest.mark.parametrize("version", ["1.31", "1.34", "1.37"])
@pytest.mark.parametrize("manifest", manifests(), ids=name_of)
def test_the_schema_of_kubernetes_knows_every_key(manifest: Manifest, version: str) -> None:
    kubernetes_validate.validate(manifest, version, strict=True)


def test_a_misspelt_key_would_be_found() -> None:
    manifest = next(found for found in manifests() if found["kind"] == "StatefulSet")
    manifest["spec"]["replica"] = manifest["spec"].pop("replicas")
    with pytest.raises(kubernetes_validate.ValidationError, match="replica"):
        kubernetes_validate.validate(manifest, "1.37", strict=True)


def test_every_pod_and_container_is_as_closed_as_the_namespace_demands() -> None:
    namespace = next(found for found in manifests() if found["kind"] == "Namespace")
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    assert len(list(pods())) == 5
    for pod in pods():
        spec = pod["spec"]
        assert spec["automountServiceAccountToken"] is False
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["runAsUser"] == 10001
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert not {"hostNetwork", "hostPID", "hostIPC"} & spec.keys()
        assert {kind for volume in spec["volumes"] for kind in volume} <= {
            "name",
            "configMap",
            "emptyDir",
            "persistentVolumeClaim",
            "secret",
        }
    for container in containers():
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert {"memory"} <= container["resources"]["limits"].keys()


def test_every_selector_finds_pods_that_there_are() -> None:
    labels = [pod["metadata"]["labels"] for pod in pods()]
    selectors = [
        spec.get("selector", {}).get("matchLabels", spec.get("selector"))
        for manifest in manifests()
        if manifest["kind"] in {"Service", "PodDisruptionBudget", "StatefulSet", "Deployment"}
        for spec in [manifest["spec"]]
    ] + [
        manifest["spec"]["podSelector"].get("matchLabels", {})
        for manifest in manifests()
        if manifest["kind"] == "NetworkPolicy"
    ]
    assert len(selectors) == 13
    for selector in selectors:
        assert any(selector.items() <= found.items() for found in labels), selector


def test_what_a_container_is_told_is_a_command_and_settings_of_ours() -> None:
    variables = {variable_of(tuple(key.split("."))) for key in setting_keys()} | {FILE_VARIABLE, VARIABLE}
    for container in containers():
        assert {variable["name"] for variable in container["env"]} <= variables
        command, *rest = container.get("args", ["run"])
        branch = COMMANDS[command]
        assert not isinstance(branch, Branch) or rest[0] in branch.commands


def test_the_settings_are_valid_and_listen_where_services_and_probes_ask() -> None:
    text = next(found for found in manifests() if found["kind"] == "ConfigMap")["data"]["sluicegate.toml"]
    settings = Settings(**tomllib.loads(text))
    gateway = next(container for container in containers() if container["name"] == "gateway")
    listening = {settings.gateway.listen[0], settings.observe.listen}
    assert listening == {f"0.0.0.0:{port['containerPort']}" for port in gateway["ports"]}


def test_a_pod_is_given_the_time_to_drain() -> None:
    pod = next(pod["spec"] for pod in pods() if "terminationGracePeriodSeconds" in pod["spec"])
    assert pod["terminationGracePeriodSeconds"] >= 10 + GatewaySettings().drain_seconds + 20


def test_every_gateway_reads_the_lists_that_one_pod_writes() -> None:
    claims = {found["metadata"]["name"]: found["spec"] for found in manifests() if "Claim" in found["kind"]}
    assert claims["lists"]["accessModes"] == ["ReadWriteMany"]
    text = next(found for found in manifests() if found["kind"] == "ConfigMap")["data"]["sluicegate.toml"]
    folder = str(Settings(**tomllib.loads(text)).categories.shared_folder)
    writing = {}
    for container in containers():
        for mount in container["volumeMounts"]:
            if mount["mountPath"] == folder:
                writing[container["name"]] = not mount.get("readOnly", False)
    assert writing == {"authority": False, "gateway": False, "lists": True, "review": False, "ruleset": True}
    for pod in pods():
        named = [
            volume.get("persistentVolumeClaim", {}).get("claimName") for volume in pod["spec"]["volumes"]
        ]
        assert set(named) <= {None, *claims}
