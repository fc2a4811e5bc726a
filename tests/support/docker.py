"""Docker for tests: whether it answers, and Apache Kafka and PostgreSQL in containers."""

import os
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy.engine import make_url

from deploy.local.ports import LOOPBACK, free_port

ROOT = Path(__file__).parents[2]
# The services' role, which is no superuser: row security binds it.
ROLE = "langnghe"


def need_docker() -> None:
    """Skip the test with the reason where Docker does not answer; fail it where Docker is required."""
    trouble = _docker_trouble()
    if trouble is None:
        return
    if os.environ.get("LANGNGHE_REQUIRE_DOCKER") == "1" or os.environ.get("CI") == "true":
        pytest.fail(f"Docker is required here and does not answer: {trouble}")
    pytest.skip(f"Docker does not answer: {trouble}")


def _docker_trouble() -> str | None:
    for command in (["docker", "info", "--format", "{{.ServerVersion}}"], ["docker", "compose", "version"]):
        try:
            answer = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            return f"`{' '.join(command)}`: {error}"
        if answer.returncode:
            return f"`{' '.join(command)}`: {(answer.stderr or answer.stdout).strip()}"
    return None


def compose_service(name: str) -> dict[str, Any]:
    """Read one service of compose.yaml as it is written."""
    service: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"][name]
    return service


@contextmanager
def postgres_container() -> Iterator[str]:
    """Run the image of compose.yaml with its role; give the URL of a server on which databases may be created."""
    need_docker()
    from testcontainers.community.postgres import PostgresContainer

    service = compose_service("postgres")
    admin = service["environment"]["POSTGRES_USER"]
    server = PostgresContainer(
        service["image"],
        username=admin,
        password=ROLE,
        dbname=admin,
        # Its data are thrown away: it need not wait for the disk.
        command=shlex.join([*service["command"], "-c", "fsync=off", "-c", "full_page_writes=off"]),
    )
    server.with_volume_mapping(str(ROOT / "deploy" / "postgres"), "/docker-entrypoint-initdb.d", "ro")
    with server:
        allowed = server.exec(["psql", "--username", admin, "--command", f"ALTER ROLE {ROLE} CREATEDB"])
        assert allowed.exit_code == 0, allowed.output
        url = make_url(server.get_connection_url(driver="asyncpg")).set(username=ROLE, database=ROLE)
        yield url.render_as_string(hide_password=False)


@contextmanager
def kafka_container() -> Iterator[str]:
    """Run the image of compose.yaml with its settings, reached over a loopback port; give its address."""
    need_docker()
    from testcontainers.core.container import DockerContainer
    from testcontainers.core.wait_strategies import LogMessageWaitStrategy

    service, port = compose_service("kafka"), free_port(besides=set())
    environment = {
        **service["environment"],
        "KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://{LOOPBACK}:{port}",
        "KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS": "1000",
    }
    server = DockerContainer(service["image"], env=environment).with_bind_ports(9092, port)
    with server.waiting_for(LogMessageWaitStrategy("Kafka Server started").with_startup_timeout(90)):
        yield f"{LOOPBACK}:{port}"
