"""The workflows: what they may do, in which order, with which actions, on which Pythons."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent


def read(name: str) -> dict[str, Any]:
    workflow = yaml.safe_load((ROOT / ".github/workflows" / name).read_text(encoding="utf-8"))
    assert workflow["permissions"] == {}  # each job says what it needs
    return workflow["jobs"]


@pytest.fixture(scope="module")
def jobs() -> dict[str, Any]:
    return read("pages.yml")


@pytest.fixture(scope="module")
def weekly() -> dict[str, Any]:
    return read("weekly.yml")


def test_only_the_job_that_publishes_may_write(jobs: dict[str, Any]) -> None:
    assert jobs["test"]["permissions"] == {"contents": "read", "pages": "read"}
    assert jobs["publish"]["permissions"] == {"id-token": "write", "pages": "write"}
    assert [step["uses"].partition("@")[0] for step in jobs["publish"]["steps"]] == [
        "actions/deploy-pages"
    ]


def test_nothing_is_published_that_is_not_tested_and_on_the_main_branch(
    jobs: dict[str, Any],
) -> None:
    steps = jobs["test"]["steps"]
    names = [step.get("run") or step["uses"].partition("@")[0] for step in steps]
    assert names.index("bash .ci/run") < names.index("make build")
    assert names[names.index("make build") :] == ["make build", "actions/upload-pages-artifact"]
    assert steps[-1]["with"]["path"] == "site"
    assert jobs["publish"]["needs"] == "test"
    on_main = "github.ref == 'refs/heads/main'"
    assert jobs["publish"]["if"] == on_main
    assert {step["if"] for step in steps[names.index("bash .ci/run") + 1 :]} == {on_main}


def test_the_address_is_the_one_that_pages_has_for_the_repository(jobs: dict[str, Any]) -> None:
    steps = jobs["test"]["steps"]
    build = next(step for step in steps if step.get("run") == "make build")
    assert build["env"] == {"SITE_URL": "${{ steps.pages.outputs.base_url }}/"}
    assert any(
        step.get("id") == "pages" and step["uses"].startswith("actions/configure-pages@")
        for step in steps
    )


def test_the_weekly_jobs_may_only_read(weekly: dict[str, Any]) -> None:
    assert {name: job["permissions"] for name, job in weekly.items()} == {
        "pythons": {"contents": "read"},
        "newest": {"contents": "read"},
        "webkit": {"contents": "read"},
    }


def test_the_weekly_jobs_run_what_every_change_runs(weekly: dict[str, Any]) -> None:
    assert all(weekly[job]["steps"][-1]["run"] == "bash .ci/run" for job in ("pythons", "newest"))


def test_the_weekly_visit_in_webkit_is_the_script_s_own(weekly: dict[str, Any]) -> None:
    runs = [step["run"] for step in weekly["webkit"]["steps"] if "run" in step]
    said = (ROOT / "tests/website/webkit.py").read_text(encoding="utf-8")
    packages = re.findall(r"install (?:--yes )?(.+)", "\n".join(runs))
    assert packages == ["webkit2gtk-driver xvfb", "selenium"]
    assert all(f"install {package}\n" in said for package in packages)
    assert f"    {runs[-1]}\n" in said


def test_every_python_that_the_project_names_is_tried_each_week(weekly: dict[str, Any]) -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)["project"]
    start = "Programming Language :: Python :: 3."
    named = [line.removeprefix(start) for line in project["classifiers"] if line.startswith(start)]
    tried = weekly["pythons"]["strategy"]["matrix"]["python"]
    assert tried == [f"3.{minor}" for minor in named]
    assert project["requires-python"] == f">={tried[0]}"


def test_the_newest_versions_are_those_without_pins(weekly: dict[str, Any]) -> None:
    assert any(
        step.get("run", "").startswith("echo > constraints.txt")
        for step in weekly["newest"]["steps"]
    )


def test_torch_is_looked_for_among_the_builds_for_cpus_and_nothing_else_is() -> None:
    lines = (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    assert "TORCH_INDEX ?= https://download.pytorch.org/whl/cpu" in lines
    used = [line.split() for line in lines if "$(TORCH_INDEX)" in line]
    assert [(words[-2:], "--extra-index-url" in words) for words in used] == [
        (["--no-deps", "torch"], True)
    ]


def test_every_action_is_github_s_own_at_a_major_version(
    jobs: dict[str, Any], weekly: dict[str, Any]
) -> None:
    every = [*jobs.values(), *weekly.values()]
    used = [step["uses"] for job in every for step in job["steps"] if "uses" in step]
    assert len(used) == 11
    assert [action for action in used if not re.fullmatch(r"actions/[a-z-]+@v\d+", action)] == []
