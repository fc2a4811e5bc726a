"""compose.yaml as a person uses it: brought up, a report sent, its unit's inbox read, the servers restarted."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

import httpx
import pytest

from deploy.local.demo import DEMO_PASSWORD
from deploy.local.ports import free_port
from tests.support.docker import need_docker

pytestmark = [pytest.mark.docker, pytest.mark.timeout(900)]

ROOT = Path(__file__).parents[2]
UNIT, OTHER_UNIT = "24133", "24154"
BUSY = 503
ARRIVES_WITHIN_SECONDS = 60.0
# The database, Kafka and then the consumers' group have to come back.
HEALS_WITHIN_SECONDS = 120.0

Found = TypeVar("Found")


class Composition:
    """One project of Docker Compose, with a name and a port of its own."""

    def __init__(self) -> None:
        self.project = f"langnghe-test-{uuid4().hex[:8]}"
        port = free_port(besides=set())
        self.url = f"http://127.0.0.1:{port}"
        self.environment = {**os.environ, "LANGNGHE_HTTP_PORT": str(port), "LANGNGHE_URL": self.url, "DEMO": "1"}

    def __call__(self, *arguments: str) -> str:
        """Run `docker compose`; when it fails, the test says what it and the containers printed."""
        answer = self._run(*arguments)
        if answer.returncode:
            logs = self._run("logs", "--no-color", "--tail=30").stdout
            pytest.fail(f"docker compose {' '.join(arguments)}\n{answer.stderr[-4000:]}\n{logs}")
        return answer.stdout

    def _run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        command = ["docker", "compose", "--project-name", self.project, *arguments]
        return subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def compose() -> Iterator[Composition]:
    need_docker()
    composition = Composition()
    try:
        composition("up", "--detach", "--wait", "--build")
        yield composition
    finally:
        composition("down", "--volumes", "--timeout", "20")


@pytest.fixture
def residents(compose: Composition) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=compose.url, trust_env=False, timeout=20) as client:
        yield client


@pytest.fixture
def handler(compose: Composition) -> Iterator[httpx.Client]:
    with _signed_in(compose, UNIT) as client:
        yield client


@contextmanager
def _signed_in(compose: Composition, login: str) -> Iterator[httpx.Client]:
    """Sign in as a browser does: the form says where it comes from, the answer brings the cookie."""
    with httpx.Client(base_url=compose.url, headers={"Origin": compose.url}, trust_env=False, timeout=20) as client:

        def post() -> httpx.Response | None:
            answer = client.post("/staff/login", data={"login": login, "password": DEMO_PASSWORD})
            return None if answer.status_code == BUSY else answer

        answer = _eventually(post, within_seconds=ARRIVES_WITHIN_SECONDS)
        assert answer.status_code == 303, answer.text
        yield client


def _send(residents: httpx.Client, text: str) -> str:
    """Hand in a report until it is accepted, and return its id; the key makes every repetition the same report."""
    body = {"text": text, "place": {"unit_code": UNIT}}
    headers = {"Idempotency-Key": uuid4().hex}

    def post() -> str | None:
        answer = residents.post("/api/v1/feedback", json=body, headers=headers)
        return None if answer.status_code == BUSY else str(answer.raise_for_status().json()["feedback_id"])

    return _eventually(post, within_seconds=HEALS_WITHIN_SECONDS)


def _in_inbox(staff: httpx.Client, feedback_id: str) -> str | None:
    """Return the short id of the case when it stands in the inbox of whoever is signed in."""
    answer = staff.get("/staff/api/cases")
    if answer.status_code == BUSY:
        return None
    cases = answer.raise_for_status().json()["cases"]
    return next((case["case_id"] for case in cases if case["feedback_id"] == feedback_id), None)


def _eventually(look: Callable[[], Found | None], *, within_seconds: float) -> Found:
    deadline = time.monotonic() + within_seconds
    while time.monotonic() < deadline:
        try:
            found = look()
        except httpx.TransportError:
            found = None
        if found is not None:
            return found
        time.sleep(0.5)
    pytest.fail(f"{look} found nothing within {within_seconds:.0f} s")


def test_a_report_reaches_its_units_inbox_and_outlives_a_restart_of_both_servers(
    compose: Composition, residents: httpx.Client, handler: httpx.Client
) -> None:
    first = _send(residents, "Đèn đường trước chợ hỏng ba ngày nay, tối rất nguy hiểm.")

    case_id = _eventually(lambda: _in_inbox(handler, first), within_seconds=ARRIVES_WITHIN_SECONDS)

    assert case_id in handler.get("/staff").raise_for_status().text
    with _signed_in(compose, OTHER_UNIT) as other:
        assert other.get(f"/staff/api/cases/{first}").status_code == 404

    # New containers: what they knew is in the volumes or nowhere.
    compose("up", "--detach", "--wait", "--force-recreate", "--no-deps", "kafka", "postgres")

    second = _send(residents, "Rác chất đống bên đường đầu thôn, bốc mùi hôi thối.")
    _eventually(lambda: _in_inbox(handler, second), within_seconds=HEALS_WITHIN_SECONDS)
    assert _in_inbox(handler, first) == case_id
    assert case_id in handler.get("/staff").raise_for_status().text


@pytest.mark.parametrize("path", ["/ready", "/live", "/metrics", "//metrics", "/METRICS", "/staff/../metrics"])
def test_what_is_for_the_operator_is_not_served_to_the_public(residents: httpx.Client, path: str) -> None:
    as_typed = residents.base_url.copy_with(raw_path=path.encode())

    assert residents.get(as_typed).status_code == 404


def test_each_service_has_its_own_secrets_and_the_notifier_alone_can_open_a_contact(compose: Composition) -> None:
    seen = {
        service: compose("exec", "-T", service, "sh", "-c", "ls /run/secrets").split()
        for service in ("intake", "classifier", "router", "notifier", "desk")
    }

    assert seen == {
        "intake": ["INTAKE_CONTACT_PUBLIC_KEY"],
        "classifier": [],
        "router": ["ROUTER_PAGES_SECRET"],
        "notifier": ["NOTIFIER_CONTACT_PRIVATE_KEY"],
        "desk": ["DESK_PAGES_SECRET"],
    }
