"""What the image installs is what everything else is tested with, less the tools."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def pins(lock: str) -> set[str]:
    """Every name==version of a lock."""
    return set(re.findall(r"^[\w.-]+==[^\s\\;]+", (ROOT / lock).read_text(encoding="utf-8"), re.MULTILINE))


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[\[<>=;]", requirement)[0].strip() for requirement in requirements}


def test_the_image_installs_no_version_that_the_tests_do_not_run_on() -> None:
    assert pins("deploy/requirements.lock") <= pins("requirements.lock")


def test_the_image_has_what_the_services_need_and_neither_tools_nor_embedded_servers() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    optional = project["optional-dependencies"]
    installed = {pin.split("==")[0] for pin in pins("deploy/requirements.lock")}

    assert names(project["dependencies"]) <= installed
    assert not installed & names([*optional["dev"], *optional["embedded"]])
