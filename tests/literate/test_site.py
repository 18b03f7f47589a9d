"""Small sites that have nothing to do with linreg, built by MkDocs as anyone would build them."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

CONFIG = """\
site_name: Fruit
theme: {name: mkdocs}
plugins: []
markdown_extensions:
  - admonition
  - pymdownx.superfences
  - linreg.literate:
      packages: [fruit]
"""

PAGES = {
    "index.md": """\
---
title: Apples
---

# Apples

!!! note

    ```python
    import fruit

    fruit.weigh(3)
    ```
""",
    "more/pears.md": """\
---
title: Pears
---

```python
import matplotlib.pyplot as plt

plt.plot([1, 2])
print("<b>")
```
<!-- caption: Pears, *growing*. -->
<!-- alt: a line upwards -->
""",
}

BROKEN = """\
---
title: Plums
description: They break.
---

# Plums

```python
import fruit
```

<!--pytest-codeblocks:cont-->
```python
plums = 0
fruit.weigh(plums)
```
"""

ENDLESS = """\
```python
import os, pathlib, subprocess
subprocess.Popen(["sleep", "999"], start_new_session=True)
pathlib.Path(os.environ["FLAG"]).touch()
while True:
    pass
```
"""

FRUIT = """\
def weigh(number):
    return f"{1000 // number} grams"
"""


def write(folder: Path, **more: str) -> Path:
    pages = {**PAGES, **{f"{name}.md": text for name, text in more.items()}}
    for name, text in pages.items():
        file = folder / "docs" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (folder / "mkdocs.yml").write_text(CONFIG)
    (folder / "fruit.py").write_text(FRUIT)
    (folder / "torch.py").write_text("raise ImportError('not needed here, and slow to load')")
    return folder


def start(folder: Path, *arguments: str, **environment: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "mkdocs", "build", "--strict", *arguments],
        cwd=folder,
        env={**os.environ, "NO_COLOR": "1", "PYTHONPATH": str(folder), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def finish(process: subprocess.Popen, timeout: float = 120) -> tuple[int, str]:
    output, _ = process.communicate(timeout=timeout)
    return process.returncode, output


def files(site: Path) -> dict[str, str]:
    """The pages of a site; the theme writes the time of the build into a comment."""
    return {
        str(path.relative_to(site)): re.sub(r"Build Date UTC : .*", "", path.read_text())
        for path in site.rglob("*.html")
    }


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Four builds side by side: one that is right, one that fails, one that never ends, one off."""
    folder = tmp_path_factory.mktemp("sites")
    processes = {
        "good": start(write(folder / "good")),
        "off": start(write(folder / "off"), LITERATE_EXECUTE="0"),
        "endless": start(write(folder / "endless", endless=ENDLESS), FLAG=str(folder / "flag")),
        "bad": start(write(folder / "bad", plums=BROKEN)),
    }
    end = time.monotonic() + 120
    while not (folder / "flag").exists():
        assert processes["endless"].poll() is None, finish(processes["endless"])
        assert time.monotonic() < end
        time.sleep(0.1)
    os.killpg(processes["endless"].pid, signal.SIGINT)  # Ctrl-C
    return folder, {name: finish(process) for name, process in processes.items()}


def test_a_site_is_built_and_shows_what_its_blocks_give(built):
    folder, results = built
    code, output = results["good"]
    assert code == 0, output
    assert "WARNING" not in output
    pages = files(folder / "good" / "site")
    assert (
        '<div class="literate-output">\n'
        "<pre class=\"literate-text literate-value\">'333 grams'</pre>\n</div>"
    ) in pages["index.html"]
    pears = pages["more/pears/index.html"]
    assert '<pre class="literate-text literate-stdout">&lt;b&gt;</pre>' in pears
    assert '<svg role="img" aria-label="a line upwards"' in pears
    assert "<figcaption>Pears, <em>growing</em>.</figcaption>" in pears


def test_a_block_that_fails_fails_the_build_and_names_file_and_line(built):
    _, results = built
    code, output = results["bad"]
    assert code == 1
    assert "Traceback" not in output
    assert PLUMS in output


PLUMS = """\
docs/plums.md:15: ZeroDivisionError: integer division or modulo by zero

     14 | plums = 0
>    15 | fruit.weigh(plums)

  docs/plums.md:15, in <module>
  fruit.py:2, in weigh
"""


def test_a_build_with_execution_off_runs_nothing(built):
    folder, results = built
    assert results["off"][0] == 0
    page = files(folder / "off" / "site")["index.html"]
    assert "built with execution switched off" in page
    assert "grams" not in page.replace("fruit.weigh", "")
    assert not (folder / "off" / ".cache").exists()


def test_ctrl_c_ends_a_build_with_all_its_processes(built):
    folder, results = built
    assert results["endless"][0] != 0
    assert not (folder / "endless" / "site" / "endless").exists()
    for _ in range(100):
        if not (left := processes_of(folder / "flag")):
            break
        time.sleep(0.1)
    assert left == []


def processes_of(flag):
    """The processes, but for those that have ended, whose environment names the flag."""
    found = []
    for environment in Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"FLAG={flag}".encode() in environment.read_bytes():
                found.append((environment.parent / "cmdline").read_bytes())
        except OSError:
            continue
    return [command for command in found if command]


def test_a_build_from_the_cache_and_one_in_another_folder_are_the_same(built, tmp_path):
    folder, _ = built
    first = files(folder / "good" / "site")
    kept = folder / "good" / ".cache" / "literate"
    written = {path.name: path.stat().st_ino for path in kept.iterdir()}
    assert len(written) == 2
    copy = write(tmp_path / "a" / "longer" / "path")
    warm = start(folder / "good")
    cold = start(tmp_path, "-f", str(copy / "mkdocs.yml"), PYTHONPATH=str(copy))
    for build in (warm, cold):
        code, output = finish(build)
        assert code == 0, output
    assert files(folder / "good" / "site") == first
    assert {path.name: path.stat().st_ino for path in kept.iterdir()} == written
    assert files(copy / "site") == first
