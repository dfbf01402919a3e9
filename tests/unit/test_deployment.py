"""The deployment files agree with the program: settings, secrets, files of the image, metrics and log lines."""

import ast
import re
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import yaml
from prometheus_client import REGISTRY

from bot.observability import metrics
from bot.secret_files import names_of_files
from bot.settings import Settings, load_settings

ROOT = Path(__file__).parents[2]
KUBERNETES = sorted((ROOT / "deploy" / "kubernetes").rglob("*.yaml"))
UNITS = sorted((ROOT / "deploy" / "systemd").glob("*.service"))
MONITORING = (ROOT / "docs" / "monitoring.md").read_text(encoding="utf-8")

SETTINGS = {name.upper() for name in (*Settings.model_fields, *names_of_files(Settings))}
SECRETS = {
    "bot_token": "123456:abc",
    "webhook_secret": "s3cret",
    "database_url": "mysql://reelmate:pw@mariadb/reelmate",
    "database_password": "pw",
}
_VARIABLE = re.compile(r"\$\{([A-Z_]+)(?::-([^}]*))?\}")


def _compose() -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8")))


def _ours() -> dict[str, dict[str, Any]]:
    """The services of compose.yaml that run our image."""
    return {name: service for name, service in _compose()["services"].items() if "build" in service}


def _load(monkeypatch: pytest.MonkeyPatch, folder: Path, environment: Mapping[str, str]) -> Settings:
    """Load settings with exactly these variables, whose files of secrets are in a folder of this test."""
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(folder)
    for name, value in SECRETS.items():
        (folder / name).write_text(f"{value}\n", encoding="utf-8")
    for name, value in environment.items():
        monkeypatch.setenv(name, str(folder / Path(value).name) if name.endswith("_FILE") else value)
    return load_settings()


@pytest.mark.parametrize("service", sorted(_ours()))
def test_the_settings_of_compose_are_valid(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, service: str) -> None:
    """The variables are settings, their values are accepted, and each service is given the files that it reads."""
    definition = _ours()[service]
    environment = {
        name: _VARIABLE.sub(lambda match: match[2] or "", value) for name, value in definition["environment"].items()
    }
    assert set(environment) <= SETTINGS
    files = {value for name, value in environment.items() if name.endswith("_FILE")}
    assert files == {f"/run/secrets/{name}" for name in definition["secrets"]}
    loaded = _load(monkeypatch, tmp_path, environment)
    assert (loaded.webhook_url is None) == (service in ("bot", "migrate"))


def test_every_secret_of_compose_is_a_file_that_git_ignores() -> None:
    """The page on deployment writes these files."""
    page = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
    files = [secret["file"].removeprefix("./") for secret in _compose()["secrets"].values()]
    assert sorted(files) == sorted(f"secrets/{name}" for name in SECRETS)
    assert [file for file in files if f"> {file}\n" not in page] == []
    assert "secrets/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_the_settings_of_kubernetes_are_valid(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The ConfigMap is the environment of every container."""
    settings = yaml.safe_load((ROOT / "deploy" / "kubernetes" / "settings.yaml").read_text(encoding="utf-8"))["data"]
    assert set(settings) <= SETTINGS
    assert _load(monkeypatch, tmp_path, settings).webhook_url is not None


def test_every_manifest_belongs_to_a_kustomization() -> None:
    """A manifest that is not listed would not be applied, and a listed one that is missing stops everything."""
    listed, manifests = set(), set()
    for file in KUBERNETES:
        if file.name == "kustomization.yaml":
            resources = yaml.safe_load(file.read_text(encoding="utf-8"))["resources"]
            listed |= {file.parent / resource for resource in resources}
        else:
            manifests.add(file)
    assert listed == manifests


def test_kubernetes_runs_commands_that_exist_without_rights() -> None:
    """No container is root or writes anything but its volumes, and each can read the secrets."""
    pods = [
        document["spec"]["template"]["spec"]
        for file in KUBERNETES
        for document in yaml.safe_load_all(file.read_text(encoding="utf-8"))
        if document["kind"] in ("Deployment", "Job")
    ]
    assert sorted(pod["containers"][0]["args"][0] for pod in pods) == ["migrate", "prepare", "run", "worker"]
    for pod in pods:
        assert pod["securityContext"]["runAsNonRoot"]
        assert {"/data", "/tmp", "/run/secrets/reelmate"} == {  # noqa: S108 - a path in the container
            mount["mountPath"] for mount in pod["containers"][0]["volumeMounts"]
        }
        rights = pod["containers"][0]["securityContext"]
        assert rights["readOnlyRootFilesystem"]
        assert not rights["allowPrivilegeEscalation"]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_the_units_of_systemd_set_settings_and_read_their_credentials(unit: Path) -> None:
    """A credential is a file in the folder %d."""
    text = unit.read_text(encoding="utf-8")
    environment = dict(re.findall(r"^#?Environment=([A-Z_]+)=(\S+)$", text, re.MULTILINE))
    assert set(environment) <= SETTINGS
    files = {value.removeprefix("%d/") for name, value in environment.items() if name.endswith("_FILE")}
    assert files == set(re.findall(r"^#?LoadCredential=(\w+):", text, re.MULTILINE))


def test_the_example_of_dotenv_has_settings_and_variables_of_compose() -> None:
    """Every name means something, and every variable of compose.yaml is explained."""
    names = re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE)
    used = {name for name, _ in _VARIABLE.findall((ROOT / "compose.yaml").read_text(encoding="utf-8"))}
    assert set(names) <= SETTINGS | used | {"COMPOSE_PROFILES"}
    assert used <= set(names)


def test_the_image_copies_files_that_exist_and_are_not_ignored() -> None:
    """What .dockerignore leaves out cannot be copied."""
    allowed = [
        line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line.startswith("!")
    ]
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    copied = [
        source.removeprefix("./")
        for line in re.findall(r"^COPY (?!--from)(.+)$", dockerfile, re.MULTILINE)
        for source in line.split()[:-1]
    ]
    assert [source for source in copied if not (ROOT / source).exists()] == []
    assert [
        source for source in copied if not any(source == name or source.startswith(f"{name}/") for name in allowed)
    ] == []


# The health check of the image.


@pytest.fixture
def status() -> Iterator[tuple[str, dict[str, int]]]:
    """An HTTP server on 127.0.0.1: its address, and the status of its next answers by path."""
    answers = {"/live": 200}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(answers.get(self.path, 404))
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"0.0.0.0:{server.server_port}", answers
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_bot_is_healthy_while_it_answers(status: tuple[str, dict[str, int]], monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked directly, also if the environment names a proxy."""
    is_healthy = _healthcheck()["is_healthy"]
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    address, answers = status
    command = ["/opt/reelmate/bin/python", "/opt/app/bin/reelmate", "run", ""]
    assert is_healthy(command, address)
    answers["/live"] = 500
    assert not is_healthy(command, address)


def test_a_bot_that_does_not_listen_is_unhealthy_and_another_command_is_not() -> None:
    """Port 9 ("discard") has no listener. A worker serves no HTTP."""
    is_healthy = _healthcheck()["is_healthy"]
    assert not is_healthy(["reelmate", "run"], "0.0.0.0:9")
    assert is_healthy(["reelmate", "worker"], "0.0.0.0:9")


def _healthcheck() -> dict[str, Any]:
    source = (ROOT / "deploy" / "image" / "healthcheck.py").read_text(encoding="utf-8")
    names: dict[str, Any] = {"__name__": "healthcheck"}
    exec(compile(source, "healthcheck.py", "exec"), names)  # noqa: S102 - a file of this repository
    return names


# Monitoring.


def _metrics() -> set[str]:
    """The names under which Prometheus sees our metrics, which are registered by the import of their module."""
    assert metrics.READY
    names = set()
    for family in REGISTRY.collect():
        if family.name.startswith("reelmate_"):
            names.add(f"{family.name}_total" if family.type == "counter" else family.name)
    return names


def test_the_page_on_monitoring_has_every_metric() -> None:
    """The table has each metric once, and no other."""
    listed = re.findall(r"^\| `(reelmate_\w+)` \|", MONITORING, re.MULTILINE)
    assert sorted(listed) == sorted(_metrics())


def test_alerts_use_metrics_that_exist_and_are_explained() -> None:
    """The table has each alert once, and no other."""
    text = (ROOT / "deploy" / "prometheus" / "alerts.yaml").read_text(encoding="utf-8")
    rules = yaml.safe_load(text)["groups"][0]["rules"]
    used = {name for rule in rules for name in re.findall(r"reelmate_\w+", rule["expr"])}
    assert {name.removesuffix("_bucket") for name in used} <= _metrics()
    assert re.findall(r"^\| `(Reelmate\w+)` \|", MONITORING, re.MULTILINE) == [rule["alert"] for rule in rules]


def test_log_lines_of_the_page_exist_and_every_error_is_listed() -> None:
    """A line at ERROR asks for an action, so the page says which. Messages may have a longer end in the program."""
    messages: dict[str, bool] = {}
    for folder in ("bot", "handlers", "recsys", "storage"):
        for file in (ROOT / folder).rglob("*.py"):
            messages |= _messages(file)
    table = MONITORING.partition("## Log lines")[2]
    rows = [row.partition("|")[0] for row in re.findall(r"^\| (`.*)$", table, re.MULTILINE)]
    listed = [quoted for row in rows for quoted in re.findall(r"`([^`]+)`", row)]
    assert [line for line in listed if not any(message.startswith(line) for message in messages)] == []
    errors = [message for message, is_error in messages.items() if is_error]
    assert sorted(message for message in errors if message not in listed) == []


def _messages(file: Path) -> dict[str, bool]:
    """Return the log messages of a module that are warnings or errors, and whether they are errors."""
    found = {}
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        level = node.func.attr
        if level in ("warning", "error", "exception") and ast.unparse(node.func.value) == "_logger":
            first = node.args[0]
            if isinstance(first, ast.Constant):
                found[first.value] = level != "warning" or found.get(first.value, False)
    return found
