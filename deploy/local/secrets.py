"""The secrets of an installation on this machine: made once, kept in the data folder, readable by its owner only."""

import base64
import json
import secrets
from pathlib import Path

from nacl.public import PrivateKey

from deploy.local.errors import LocalError
from deploy.local.installation import write_private

FILE = "secrets.json"
SECRET_BYTES = 32


def load_or_make_secrets(data: Path) -> dict[str, str]:
    """Return the variables that give each service its secrets; make those that are not there yet."""
    path = data / FILE
    try:
        known: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    except (OSError, ValueError) as error:
        raise LocalError(f"{path} cannot be read; put it back from a backup, or move {data} away.") from error
    found = dict(known)
    for make in (_contact_keys, _pages_secret):
        made = make()
        if not made.keys() & known.keys():  # what belongs together is made together
            found |= made
    if found != known:
        write_private(path, json.dumps(found))
    return found


def _contact_keys() -> dict[str, str]:
    """Make the pair that seals residents' contacts and opens them."""
    key = PrivateKey.generate()
    return {
        "INTAKE_CONTACT_PUBLIC_KEY": base64.b64encode(bytes(key.public_key)).decode(),
        "NOTIFIER_CONTACT_PRIVATE_KEY": base64.b64encode(bytes(key)).decode(),
    }


def _pages_secret() -> dict[str, str]:
    """Make what the desk proves itself with when it asks the router for a page."""
    secret = secrets.token_urlsafe(SECRET_BYTES)
    return {"DESK_PAGES_SECRET": secret, "ROUTER_PAGES_SECRET": secret}
