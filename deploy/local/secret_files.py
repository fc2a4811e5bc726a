"""Give each service its secrets as files: `python -m deploy.local.secret_files FOLDER`.

It fills FOLDER/<service>/<VARIABLE>. The first run makes the secrets and keeps them in FOLDER/secrets.json; a later run
writes the same again, with those that a newer version needs. A service mounts its own folder on /run/secrets and sees
no other's: only the notifier can open a resident's contact.
"""

import sys
from pathlib import Path

from deploy.local.secrets import load_or_make_secrets


def write_secret_files(folder: Path) -> list[Path]:
    """Write one file per secret, below the service whose name its variable begins with, and return their paths."""
    written: list[Path] = []
    for variable, value in load_or_make_secrets(folder).items():
        path = folder / variable.split("_")[0].lower() / variable
        path.parent.mkdir(exist_ok=True)
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        path.write_text(value, encoding="ascii")
        written.append(path)
    return written


if __name__ == "__main__":
    for secret in write_secret_files(Path(sys.argv[1])):
        print(f"✓ {secret}")
