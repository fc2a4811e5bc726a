"""Run the five services as child processes: started together, watched, stopped in order, none left behind."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from deploy.local.errors import LocalError
from deploy.local.ports import is_free

SERVICES: Mapping[str, int] = {"intake": 8001, "classifier": 8002, "router": 8003, "notifier": 8004, "desk": 8005}
"""Every service and the port it listens on."""

READY_TIMEOUT_SECONDS = 60.0
LOG_TAIL_LINES = 5


def port_of(service: str, *, base: int | None = None) -> int:
    """Return the port of a service; `base` moves all five, intake first."""
    offset = SERVICES[service] - min(SERVICES.values())
    return SERVICES[service] if base is None else base + offset


def check_ports_free(ports: Sequence[int]) -> None:
    """Raise LocalError naming the first port that something else listens on."""
    for port in ports:
        if not is_free(port):
            raise LocalError(
                f"Port {port} is in use by another program; end that program or choose others with --port."
            )


@dataclass(slots=True)
class ServiceProcess:
    """One running service."""

    name: str
    port: int
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"


@dataclass(slots=True)
class Services:
    """The services of one installation on this machine."""

    environment: Mapping[str, str]
    log_folder: Path
    port_base: int | None = None
    running: dict[str, ServiceProcess] = field(default_factory=dict)

    def start(self, name: str) -> ServiceProcess:
        """Start one service in a process of its own; it dies with this one."""
        self.log_folder.mkdir(parents=True, exist_ok=True)
        port = port_of(name, base=self.port_base)
        log = self.log_folder / f"{name}.log"
        with log.open("ab") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "deploy.local.child", str(os.getpid()), name],
                env=own_environment(
                    name,
                    {**os.environ, **addresses(self.port_base), **self.environment, f"{name.upper()}_PORT": str(port)},
                ),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.running[name] = ServiceProcess(name, port, process, log)
        return self.running[name]

    async def wait_ready(self, name: str, *, timeout_seconds: float = READY_TIMEOUT_SECONDS) -> None:
        """Wait until /ready says yes; raises LocalError with the last log lines when the process ends first."""
        service = self.running[name]
        deadline = time.monotonic() + timeout_seconds
        answer = "no answer"
        async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
            while time.monotonic() < deadline:
                if service.process.poll() is not None:
                    raise LocalError(f"The service {name} ended by itself: {_tail(service.log)}")
                try:
                    response = await client.get(f"{service.url}/ready")
                except httpx.TransportError as error:
                    answer = type(error).__name__
                else:
                    if response.is_success:
                        return
                    answer = response.text
                await asyncio.sleep(0.1)
        raise LocalError(
            f"The service {name} was not ready within {timeout_seconds:.0f} s ({answer}); see {service.log}."
        )

    def ended(self) -> list[str]:
        """Name the services that ended by themselves."""
        return [name for name, service in self.running.items() if service.process.poll() is not None]

    def stop(self, *, grace_seconds: float = 25.0) -> None:
        """Ask every service to drain, the edges first, and end by force what does not within the grace."""
        for service in self.running.values():
            if service.process.poll() is None:
                service.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + grace_seconds
        for service in self.running.values():
            try:
                service.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                service.process.kill()
                service.process.wait()
        self.running.clear()


def addresses(port_base: int | None) -> dict[str, str]:
    """Tell services where those are that they ask over HTTP."""
    return {
        f"DESK_{asked.upper()}_URL": f"http://127.0.0.1:{port_of(asked, base=port_base)}"
        for asked in ("classifier", "router")
    }


def own_environment(name: str, environment: Mapping[str, str]) -> dict[str, str]:
    """Leave out what belongs to another service by its prefix, above all its secrets."""
    foreign = tuple(f"{other.upper()}_" for other in SERVICES if other != name)
    return {variable: value for variable, value in environment.items() if not variable.startswith(foreign)}


def _tail(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-LOG_TAIL_LINES:]
    return " | ".join(lines) or f"it wrote nothing to {log}"
