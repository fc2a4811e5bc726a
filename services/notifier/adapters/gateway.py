"""Ways to reach people: a journal on disk now, real carriers beside it as they come."""

import asyncio
import base64
import json
import os
from collections.abc import Mapping
from pathlib import Path

import structlog
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, SealedBox

from services.notifier.usecases.ports import Attempt, Delivery

log = structlog.get_logger(__name__)


class Seal:
    """Open sealed contacts; only this service has the key."""

    def __init__(self, private_key: str | None) -> None:
        """Take the private key in base64, or none when contacts cannot be opened here; ValueError for no key at all."""
        self._box: SealedBox[PrivateKey] | None = None
        self._last_opened = True
        if private_key:
            try:
                self._box = SealedBox(PrivateKey(base64.b64decode(private_key, validate=True)))
            except (ValueError, CryptoError) as error:
                raise ValueError("NOTIFIER_CONTACT_PRIVATE_KEY is not a libsodium private key in base64") from error

    @property
    def has_key(self) -> bool:
        """Whether contacts can be opened at all."""
        return self._box is not None

    def open(self, sealed_contact: str | None) -> Mapping[str, str | None]:
        """Return the contact inside a seal; empty when there is none or it cannot be opened."""
        if self._box is None or sealed_contact is None:
            return {}
        try:
            contact = json.loads(self._box.decrypt(base64.b64decode(sealed_contact)))
        except (CryptoError, ValueError):
            self._last_opened = False
            return {}
        self._last_opened = True
        return contact if isinstance(contact, dict) else {}

    async def check(self) -> str | None:
        """Complain for /ready when residents cannot be told anything for want of the right key."""
        if not self.has_key:
            return "NOTIFIER_CONTACT_PRIVATE_KEY is not set: messages to residents wait until it is"
        if not self._last_opened:
            return "NOTIFIER_CONTACT_PRIVATE_KEY did not open the last contact: is it intake's pair?"
        return None


class JournalGateway:
    """Append each message to a file only its owner can read, one JSON object a line, on disk before it counts as sent.

    It stands where no carrier is configured: the demonstration's telephone, and an operator's proof of what was due.
    """

    def __init__(self, path: Path, seal: Seal) -> None:
        """Write to `path`; contacts of residents are opened with `seal`."""
        self._path = path
        self._seal = seal
        self._one_at_a_time = asyncio.Lock()

    async def send(self, delivery: Delivery) -> Attempt:
        """Write one message; a full disk or a missing key holds it up."""
        message = delivery.message
        address = message.recipient
        if message.recipient == "resident":
            if not self._seal.has_key:
                return Attempt.BLOCKED
            contact = self._seal.open(delivery.sealed_contact)
            address = contact.get("phone") or contact.get("email") or ""
            if not address:
                log.warning("contact cannot be opened or is empty", message_id=str(message.message_id))
                return Attempt.FAILED
        line = {
            "message_id": str(message.message_id),
            "purpose": message.purpose,
            "to": address,
            "words": message.words,
        }
        try:
            async with self._one_at_a_time:
                await asyncio.to_thread(self._append, json.dumps(line, ensure_ascii=False))
        except OSError as error:
            log.warning("journal cannot be written", error=error.strerror)
            return Attempt.BLOCKED
        return Attempt.DELIVERED

    def _append(self, line: str) -> None:
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "a", encoding="utf-8") as journal:
            journal.write(line + "\n")
            journal.flush()
            os.fsync(journal.fileno())
