"""The sample reports of the demonstration, sent the way anybody sends them: through the public API."""

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path

import httpx
from rich.console import Console

from deploy.local.errors import LocalError
from deploy.local.processes import Services
from services.intake.entrypoints.cli import Outcome, is_placed, print_summary, send_and_wait
from services.intake.entrypoints.ingest_client import Sent
from services.intake.entrypoints.ingest_rows import read_rows

SAMPLES = Path(__file__).with_name("samples.csv")
PLACED_WITHIN_SECONDS = 60.0
IN_INBOXES_WITHIN_SECONDS = 60.0


def send_samples(url: str, *, console: Console) -> list[str]:
    """Send the samples, wait until each is placed, print the summary and return their tracking codes.

    Sent again on a second start they change nothing: their idempotency keys come from their content.
    """
    outcomes = asyncio.run(send_and_wait(read_rows(SAMPLES), url, PLACED_WITHIN_SECONDS, console=console))
    print_summary(outcomes, console)
    return codes_of(outcomes)


def codes_of(outcomes: Sequence[Outcome]) -> list[str]:
    """Return the tracking codes; raises LocalError when a sample has not been placed."""
    lost = [outcome for outcome in outcomes if not is_placed(outcome)]
    if lost:
        raise LocalError(
            f"{len(lost)} of {len(outcomes)} samples were not placed within {PLACED_WITHIN_SECONDS:.0f} s."
        )
    return [outcome.tracking_code for outcome in outcomes if isinstance(outcome, Sent) and outcome.tracking_code]


def wait_until_in_inboxes(url: str, codes: Sequence[str], *, watch: Services) -> None:
    """Wait until the desk has opened a case for every code; raises LocalError when one is missing or a service ends."""
    waiting = list(codes)
    deadline = time.monotonic() + IN_INBOXES_WITHIN_SECONDS
    with httpx.Client(base_url=url, trust_env=False, timeout=15) as client:
        while waiting:
            if ended := watch.ended():
                raise LocalError(f"The service {ended[0]} ended by itself; see {watch.running[ended[0]].log}.")
            if time.monotonic() > deadline:
                raise LocalError(f"{len(waiting)} of {len(codes)} samples did not reach an inbox in time.")
            answer = client.get("/api/v1/feedback", params={"code": waiting}).raise_for_status().json()
            waiting = [report["tracking_code"] for report in answer["feedback"] if not report["history"]]
            if waiting:
                time.sleep(0.3)
