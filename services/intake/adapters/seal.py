"""Seal a contact so that only the notifier, who holds the private key, can open it."""

import base64
import binascii
from collections.abc import Callable
from dataclasses import asdict

import orjson
from nacl.exceptions import CryptoError
from nacl.public import PublicKey, SealedBox

from services.intake.domain.contact import Contact


def contact_sealer(public_key: str | None) -> Callable[[Contact], str | None]:
    """Return the function that seals: a libsodium sealed box around JSON {phone, email, name}, as base64.

    Without a key nothing is sealed, and the contact stays in intake alone. Raises ValueError for a key that is none.
    """
    if not public_key:
        return lambda _: None
    try:
        box = SealedBox(PublicKey(base64.b64decode(public_key, validate=True)))
    except (binascii.Error, CryptoError, ValueError, TypeError) as error:
        raise ValueError("INTAKE_CONTACT_PUBLIC_KEY must be a Curve25519 public key, 32 bytes, as base64") from error

    def seal(contact: Contact) -> str:
        return base64.b64encode(box.encrypt(orjson.dumps(asdict(contact)))).decode()

    return seal
