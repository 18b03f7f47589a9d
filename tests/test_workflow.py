"""The workflow that publishes the site: what it may do, in which order, and with which actions."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def jobs() -> dict[str, Any]:
    workflow = yaml.safe_load((ROOT / ".github/workflows/pages.yml").read_text(encoding="utf-8"))
    assert workflow["permissions"] == {}  # each job says what it needs
    return workflow["jobs"]


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


def test_every_action_is_github_s_own_at_a_major_version(jobs: dict[str, Any]) -> None:
    used = [step["uses"] for job in jobs.values() for step in job["steps"] if "uses" in step]
    assert len(used) == 5
    assert [action for action in used if not re.fullmatch(r"actions/[a-z-]+@v\d+", action)] == []
