"""The secrets of an installation on this machine: made once, kept in the data folder, readable by its owner only."""

import base64
import json
from pathlib import Path

from nacl.public import PrivateKey

from deploy.local.errors import LocalError
from deploy.local.installation import write_private

FILE = "secrets.json"


def load_or_make_secrets(data: Path) -> dict[str, str]:
    """Return the variables that give each service its key; make them on the first start."""
    path = data / FILE
    if not path.exists():
        key = PrivateKey.generate()
        write_private(
            path,
            json.dumps(
                {
                    "INTAKE_CONTACT_PUBLIC_KEY": base64.b64encode(bytes(key.public_key)).decode(),
                    "NOTIFIER_CONTACT_PRIVATE_KEY": base64.b64encode(bytes(key)).decode(),
                }
            ),
        )
    try:
        found: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise LocalError(f"{path} cannot be read; put it back from a backup, or move {data} away.") from error
    return found
