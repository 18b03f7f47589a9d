"""Small sites that have nothing to do with linreg, built by MkDocs as anyone would build them."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
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
    """Builds side by side: two of one site, one that fails, one that never ends, one off."""
    folder = tmp_path_factory.mktemp("sites")
    processes = {
        "good": start(write(folder / "good")),
        "its twin": start(folder / "good", "--site-dir", "twin"),
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
    assert left_of(folder / "flag") == []


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


def left_of(flag):
    """Those that have not ended within ten seconds."""
    for _ in range(100):
        if not (left := processes_of(flag)):
            break
        time.sleep(0.1)
    return left


def test_two_builds_at_once_share_a_cache(built):
    folder, results = built
    assert results["its twin"][0] == 0, results["its twin"][1]
    assert files(folder / "good" / "twin") == files(folder / "good" / "site")
    kept = [path.suffix for path in (folder / "good" / ".cache" / "literate").iterdir()]
    assert kept == [".json"] * 2 * 2  # of each session what it read, and what it gave


REVERSED = """\
from mkdocs.structure.files import Files


def on_files(files, config):
    return Files(list(files)[::-1])
"""


def test_no_build_differs_from_another(built, tmp_path):
    """From the cache; and without one, in another folder and order, at another time and place."""
    folder, _ = built
    first = files(folder / "good" / "site")
    kept = folder / "good" / ".cache" / "literate"
    written = {path.name: path.stat().st_ino for path in kept.iterdir()}
    assert len(written) == 2 * 2
    copy = write(tmp_path / "a" / "longer" / "path")
    (copy / "reversed.py").write_text(REVERSED)
    nav = "nav: [index.md, {More: [more/pears.md]}]\nhooks: [reversed.py]\n"  # the nav as it was
    (copy / "mkdocs.yml").write_text(CONFIG + nav)
    warm = start(folder / "good")
    cold = start(
        *(tmp_path, "-f", str(copy / "mkdocs.yml"), "--verbose"),
        PYTHONPATH=str(copy),
        PYTHONHASHSEED="7",
        SOURCE_DATE_EPOCH="1700000000",
        TZ="Asia/Tokyo",
        LC_ALL="C",
    )
    code, output = finish(warm)
    assert code == 0, output
    code, output = finish(cold)
    assert code == 0, output
    assert output.index("Building page more/pears.md") < output.index("Building page index.md")
    assert files(folder / "good" / "site") == first
    assert {path.name: path.stat().st_ino for path in kept.iterdir()} == written
    assert files(copy / "site") == first


# ---- mkdocs serve ----

HOOK = """\
from pathlib import Path

from linreg.literate import run_pages


def on_pre_build(config):
    pages = sorted(Path(config.docs_dir).rglob("*.md"))
    run_pages(pages, **config.mdx_configs["linreg.literate"])
"""
ROOT = Path(__file__).resolve().parents[2]
SERVING = f"""\
import sys

sys.path.insert(0, {str(ROOT)!r})
from book.hosts.mkdocs import serving


def on_serve(server, config, **_):
    serving.set_up(server, [config.docs_dir, config.config_file_path])
"""


class Server:
    """`mkdocs serve` on a small site; all that it writes, but for the cache, is below `left`."""

    def __init__(self, folder: Path) -> None:
        self.folder = write(folder)
        (folder / "hook.py").write_text(HOOK)
        (folder / "serving.py").write_text(SERVING)
        (folder / "theme").mkdir()
        config = CONFIG.replace("name: mkdocs", "name: mkdocs, custom_dir: theme")
        hooks = "hooks: [hook.py, serving.py]\nwatch: [theme]\n"
        (folder / "mkdocs.yml").write_text(config + hooks)
        self.left = folder / "left"
        self.left.mkdir()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{free.getsockname()[1]}"
        self._log = folder / "log"
        with self._log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "mkdocs", "serve", "--dev-addr", self.address],
                cwd=folder,
                env={
                    **os.environ,
                    "NO_COLOR": "1",
                    "PYTHONPATH": str(folder),
                    "PYTHONUNBUFFERED": "1",
                    "FLAG": str(folder / "flag"),
                    "TMPDIR": str(self.left),
                },
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._read = 0

    def save(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    def logs(self, text: str) -> str:
        """Wait for a text in the log; what stands there from the last one up to it."""
        self.wait(lambda: text in self._log.read_text()[self._read :])
        start, self._read = self._read, self._log.read_text().index(text, self._read) + len(text)
        return self._log.read_text()[start : self._read]

    def wait(self, condition) -> None:
        end = time.monotonic() + 60
        while not condition():
            assert self.process.poll() is None, self._log.read_text()
            assert time.monotonic() < end, self._log.read_text()
            time.sleep(0.05)

    def get(self, page: str) -> str:
        """A page as a browser gets it, without the script and the numbers of live reloading."""
        try:
            with urllib.request.urlopen(f"http://{self.address}/{page}", timeout=60) as response:
                html = response.read().decode()
        except urllib.error.HTTPError as error:
            return f"{error.code}"
        html = re.sub(r"<script>[^<]*livereload.*?</script>", "", html, flags=re.DOTALL)
        return re.sub(r"Build Date UTC : .*", "", html)

    def interrupt(self) -> None:
        """Ctrl-C."""
        os.killpg(self.process.pid, signal.SIGINT)
        self.process.wait(30)


@pytest.fixture
def server(tmp_path):
    server = Server(tmp_path / "site")
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.interrupt()
    assert left_of(server.folder / "flag") == []


def test_a_mistake_that_is_saved_leaves_the_last_good_pages(server):
    server.logs("Serving on")
    apples, pears = server.get(""), server.get("more/pears/")
    assert "333 grams" in apples
    good = PAGES["more/pears.md"]

    server.save("docs/more/pears.md", good.replace("[1, 2]", "[1, 2] * 0.5"))
    message = "docs/more/pears.md:8: TypeError: can't multiply sequence by non-int of type 'float'"
    assert "Traceback" not in server.logs(message)
    server.logs("Until this is mended, the pages stay as they were.")
    server.logs("Reloading browsers")
    assert (server.get(""), server.get("more/pears/")) == (apples, pears)

    server.save("docs/plums.md", BROKEN)
    assert message in server.logs(PLUMS)  # one more; both are told
    server.logs("Until this is mended, the pages stay as they were.")
    server.logs("Reloading browsers")
    assert (server.get(""), server.get("more/pears/")) == (apples, pears)
    assert server.get("plums/") == "404"

    (server.folder / "docs" / "plums.md").unlink()
    server.save("docs/more/pears.md", good.replace('"<b>"', '"mended"'))
    server.logs("Reloading browsers")
    assert '<pre class="literate-text literate-stdout">mended</pre>' in server.get("more/pears/")
    assert server.get("") == apples


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        # What no running of blocks finds: the pages are converted, then set in the theme.
        (
            "docs/plums.md",
            "<div>\n\n```python\n1\n```\n\n</div>",
            "docs/plums.md:3: this block has no",
        ),
        (
            "theme/main.html",
            "{% extends 'base.html' %}{% block content %}{{ no.page }}{% endblock %}",
            "'no' is undefined",
        ),
    ],
)
def test_a_mistake_that_shows_late_leaves_the_last_good_pages(server, name, text, message):
    server.logs("Serving on")
    apples, pears = server.get(""), server.get("more/pears/")
    server.save(name, text)
    server.save("docs/more/pears.md", PAGES["more/pears.md"].replace('"<b>"', '"new"'))
    server.logs(message)
    server.logs("Until this is mended, the pages stay as they were.")
    server.logs("Reloading browsers")
    assert (server.get(""), server.get("more/pears/")) == (apples, pears)
    (server.folder / name).unlink()
    server.logs("Reloading browsers")
    assert "new</pre>" in server.get("more/pears/")
    assert server.get("") == apples
    server.interrupt()
    assert list(server.left.iterdir()) == []


def test_ctrl_c_in_the_middle_of_a_save_leaves_no_process_and_a_cache_that_is_whole(server):
    server.logs("Serving on")
    kept = server.folder / ".cache" / "literate"
    outputs = {path.name: path.read_bytes() for path in kept.iterdir()}
    assert len(outputs) == 2 * 2 + 1  # the hook runs the pages ahead: what the code says
    server.save("docs/more/pears.md", f"Pears.\n\n{ENDLESS}")
    server.wait((server.folder / "flag").exists)
    assert len(processes_of(server.folder / "flag")) >= 4  # MkDocs, the session, what it started
    server.interrupt()
    assert left_of(server.folder / "flag") == []
    assert list(server.left.iterdir()) == []
    assert {path.name: path.read_bytes() for path in kept.iterdir()} == outputs
    server.save("docs/more/pears.md", PAGES["more/pears.md"])
    code, output = finish(start(server.folder))
    assert code == 0, output
    assert {path.name: path.read_bytes() for path in kept.iterdir()} == outputs
    assert "333 grams" in files(server.folder / "site")["index.html"]
