"""The secrets of an installation on one machine."""

import base64
import json
from pathlib import Path

import pytest
from nacl.public import PrivateKey

from deploy.local.errors import LocalError
from deploy.local.secret_files import write_secret_files
from deploy.local.secrets import FILE, load_or_make_secrets


def test_the_keys_fit_each_other_and_desk_and_router_know_the_same(tmp_path: Path) -> None:
    made = load_or_make_secrets(tmp_path)
    private = PrivateKey(base64.b64decode(made["NOTIFIER_CONTACT_PRIVATE_KEY"]))
    assert base64.b64encode(bytes(private.public_key)).decode() == made["INTAKE_CONTACT_PUBLIC_KEY"]
    assert made["DESK_PAGES_SECRET"] == made["ROUTER_PAGES_SECRET"]
    assert len(made["DESK_PAGES_SECRET"]) >= 32


def test_secrets_stay_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    made = load_or_make_secrets(tmp_path)
    assert load_or_make_secrets(tmp_path) == made
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0


def test_an_older_installation_keeps_its_keys_and_gets_what_is_new(tmp_path: Path) -> None:
    old = {"INTAKE_CONTACT_PUBLIC_KEY": "old public", "NOTIFIER_CONTACT_PRIVATE_KEY": "old private"}
    (tmp_path / FILE).write_text(json.dumps(old), encoding="utf-8")
    found = load_or_make_secrets(tmp_path)
    assert found.items() > old.items()
    assert found["DESK_PAGES_SECRET"] == found["ROUTER_PAGES_SECRET"]
    assert load_or_make_secrets(tmp_path) == found


def test_secrets_that_cannot_be_read_are_told_and_never_made_anew(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("{", encoding="utf-8")
    with pytest.raises(LocalError, match="put it back from a backup"):
        load_or_make_secrets(tmp_path)
    assert (tmp_path / FILE).read_text(encoding="utf-8") == "{"


def test_each_service_gets_a_folder_with_its_own_secrets(tmp_path: Path) -> None:
    written = {str(path.relative_to(tmp_path)) for path in write_secret_files(tmp_path)}
    assert written == {
        "intake/INTAKE_CONTACT_PUBLIC_KEY",
        "notifier/NOTIFIER_CONTACT_PRIVATE_KEY",
        "desk/DESK_PAGES_SECRET",
        "router/ROUTER_PAGES_SECRET",
    }
