"""The secrets of an installation on this machine: made once, kept in the data folder, readable by its owner only."""

import base64
import json
import secrets
from pathlib import Path

from nacl.public import PrivateKey

FILE = "secrets.json"


def load_or_make_secrets(data: Path) -> dict[str, str]:
    """Return the variables that give each service its key; make them on the first start."""
    path = data / FILE
    if not path.exists():
        key = PrivateKey.generate()
        path.touch(mode=0o600)
        path.write_text(
            json.dumps(
                {
                    "INTAKE_CONTACT_PUBLIC_KEY": base64.b64encode(bytes(key.public_key)).decode(),
                    "NOTIFIER_CONTACT_PRIVATE_KEY": base64.b64encode(bytes(key)).decode(),
                    "DESK_SESSION_SECRET": secrets.token_urlsafe(32),
                }
            ),
            encoding="utf-8",
        )
    found: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return found
