"""The site: built from nothing, from what is kept and without running, saved, and as notebooks."""

import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import nbformat
import yaml

from benchmarks.ratios import Row

ROOT = Path(__file__).resolve().parents[1]
REPEATS = 3
SAVED = "many-machines"  # the page that is saved: the one whose blocks take the longest
NOT_COPIED = (".git", ".venv", ".*cache", "__pycache__", "*.egg-info", "site")

# Runs the blocks of all pages ahead, as the engine's manual has it.
AHEAD = """\
from pathlib import Path

from linreg.literate import run_pages


def on_pre_build(config):
    run_pages(sorted(Path(config.docs_dir).glob("*.md")), **config.mdx_configs["linreg.literate"])
"""


def measure() -> Iterator[Row]:
    """Measure everything here, on a copy of the sources."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder, "linreg")
        shutil.copytree(ROOT, project, ignore=shutil.ignore_patterns(*NOT_COPIED))
        yield from measure_builds(project)
        yield from measure_saves(project)
        yield from measure_notebooks(project, Path(folder))


def measure_builds(project: Path) -> Iterator[Row]:
    """Measure a build that runs everything, and one that runs nothing because nothing changed."""
    cold, warm = [], []
    for _ in range(REPEATS):
        shutil.rmtree(project / ".cache", ignore_errors=True)
        off = seconds(project, execute=False)
        off_again = seconds(project, execute=False)
        shutil.rmtree(project / ".cache")
        cold.append(seconds(project) / off)
        warm.append(seconds(project) / off_again)
    against = "the same with execution off"
    yield Row("build of the whole site from nothing", against, statistics.median(cold), 2)
    yield Row("build with nothing changed", against, statistics.median(warm), 1.1)


def seconds(project: Path, execute: bool = True) -> float:
    """Build the site of a project, and say how long that took."""
    return time_of([sys.executable, "-m", "mkdocs", "build"], project, project, execute)


def time_of(command: Sequence[str], folder: Path, project: Path, execute: bool = True) -> float:
    """Run a command in a folder, with the package of a project; how long it took."""
    started = time.perf_counter()
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment(project) | {"LITERATE_EXECUTE": str(int(execute))},
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return time.perf_counter() - started


def environment(project: Path) -> dict[str, str]:
    """The environment of programs that import the package of a project, on a usual machine."""
    usual = {"PYTHONDONTWRITEBYTECODE": "", "NO_MKDOCS_2_WARNING": "1"}
    return os.environ | usual | {"PYTHONPATH": str(project)}


# ---- From a save to the page ----


def measure_saves(project: Path) -> Iterator[Row]:
    """Measure, under `mkdocs serve`, how long after a save the page shows it.

    The first save of code is not counted: it runs the page from the start, and leaves the copies
    from which the later ones go on.
    """
    edits = {"a sentence": (with_sentence, 0.7), "code in the last block": (with_code, 1.0)}
    with serving(project) as address:
        for language in ("en", "zh"):
            file = project / "docs" / language / f"{SAVED}.md"
            page = f"{address}{language}/{SAVED}/"
            for what, (edit, goal) in edits.items():
                times = [save(file, page, edit, i) for i in range(REPEATS + 1)]
                row = f"from a save to the page: {what}, {language}"
                yield Row(row, "seconds", statistics.median(times[1:]), goal)


def with_sentence(source: str, mark: str) -> str:
    """A page that says something more."""
    return source.replace("\n## ", f"\n{mark}\n\n## ", 1)


def with_code(source: str, mark: str) -> str:
    """A page whose last block prints something more, which does not stand in the code as it is."""
    before, fence, block = source.rpartition("```python\n")
    indent = before.rpartition("\n")[2]
    code, end, after = block.partition(f"\n{indent}```")
    half = len(mark) // 2
    return f'{before}{fence}{code}\n{indent}print("{mark[:half]}" + "{mark[half:]}"){end}{after}'


def save(file: Path, page: str, edit: Callable[[str, str], str], number: int) -> float:
    """Put something new into a page's source; how long until the page shows it."""
    source, mark = file.read_text(encoding="utf-8"), f"saved {number} {time.monotonic_ns()}"
    started = time.perf_counter()
    file.write_text(edit(source, mark), encoding="utf-8")
    wait_until(lambda: shows(page, mark))
    passed = time.perf_counter() - started
    time.sleep(1)  # a writer reads what is there
    file.write_text(source, encoding="utf-8")
    wait_until(lambda: not shows(page, mark))
    time.sleep(1)
    return passed


@contextmanager
def serving(project: Path) -> Iterator[str]:
    """Serve the site of a project; the address of its front page."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "mkdocs", "serve", "--dev-addr", f"127.0.0.1:{port}"]
    server = subprocess.Popen(
        command,
        cwd=project,
        env=environment(project),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}/linreg/"
    try:
        wait_until(lambda: shows(f"{address}zh/{SAVED}/", "<h1"))
        time.sleep(5)  # a writer does not save as soon as it runs
        yield address
    finally:
        server.terminate()
        server.wait()


def shows(address: str, text: str) -> bool:
    """Whether a page holds a text."""
    try:
        with urllib.request.urlopen(address, timeout=60) as page:
            return text in page.read().decode()
    except OSError:
        return False


def wait_until(true: Callable[[], bool], limit: float = 120) -> None:
    """Ask until it is true."""
    end = time.monotonic() + limit
    while not true():
        if time.monotonic() > end:
            raise TimeoutError(f"not within {limit:g} seconds")
        time.sleep(0.02)


# ---- The same chapters as notebooks ----


def measure_notebooks(project: Path, folder: Path) -> Iterator[Row]:
    """Measure the English chapters as pages, against the same as notebooks that others execute."""
    notebooks = sorted((project / "site" / "en").glob("*/*-en.ipynb"))
    notebooks = [notebook for notebook in notebooks if notebook.parent.name != "lab"]
    pages = [project / "docs" / "en" / f"{notebook.parent.name}.md" for notebook in notebooks]
    ours = our_site(folder / "ours", pages, project)
    times = []
    for _ in range(REPEATS):
        shutil.rmtree(folder / "ours" / "cache", ignore_errors=True)
        times.append(time_of(ours, folder / "ours", project))
    fastest = statistics.median(times)
    others = {
        "mkdocs-jupyter, `execute: true`": jupyter_site(folder / "jupyter", notebooks),
        "myst-nb": sphinx_site(folder / "sphinx", notebooks),
    }
    for name, (command, place) in others.items():
        ratio = fastest / time_of(command, place, project)
        yield Row("the English chapters, built from nothing", name, ratio, 1 / 8)


def our_site(folder: Path, pages: Sequence[Path], project: Path) -> list[str]:
    """Make a site of pages with the engine; the command that builds it."""
    (folder / "docs").mkdir(parents=True)
    for page in pages:
        shutil.copy(page, folder / "docs")
    (folder / "ahead.py").write_text(AHEAD, encoding="utf-8")
    settings = (project / "mkdocs.yml").read_text(encoding="utf-8").replace("!ENV ", "")
    extensions = yaml.safe_load(settings)["markdown_extensions"]
    extensions["linreg.literate"]["cache"] = "cache"
    write_settings(folder, hooks=["ahead.py"], markdown_extensions=extensions)
    return [sys.executable, "-m", "mkdocs", "build", "--quiet"]


def jupyter_site(folder: Path, notebooks: Sequence[Path]) -> tuple[list[str], Path]:
    """Make a site of notebooks with mkdocs-jupyter; the command that builds it, and where."""
    copy_without_outputs(notebooks, folder / "docs")
    write_settings(folder, plugins=[{"mkdocs-jupyter": {"execute": True, "allow_errors": False}}])
    return [sys.executable, "-m", "mkdocs", "build", "--quiet"], folder


def sphinx_site(folder: Path, notebooks: Sequence[Path]) -> tuple[list[str], Path]:
    """Make a site of notebooks with myst-nb; the command that builds it, and where."""
    copy_without_outputs(notebooks, folder)
    settings = 'extensions = ["myst_nb"]\nnb_execution_mode = "force"\n'
    (folder / "conf.py").write_text(settings + "nb_execution_raise_on_error = True\n")
    names = "\n".join(f"   {notebook.stem}" for notebook in notebooks)
    (folder / "index.rst").write_text(f"Chapters\n========\n\n.. toctree::\n\n{names}\n")
    return [sys.executable, "-m", "sphinx", "--quiet", ".", "site"], folder


def copy_without_outputs(notebooks: Sequence[Path], folder: Path) -> None:
    """Copy notebooks into a new folder as if they had never run."""
    folder.mkdir(parents=True)
    for file in notebooks:
        notebook = json.loads(file.read_text(encoding="utf-8"))
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                cell |= {"outputs": [], "execution_count": None}
        nbformat.validate(nbformat.from_dict(notebook))
        (folder / file.name).write_text(json.dumps(notebook), encoding="utf-8")


def write_settings(folder: Path, **settings: object) -> None:
    """Write an mkdocs.yml in the theme of the project's site."""
    everything = {"site_name": "Chapters", "theme": "material"} | settings
    (folder / "mkdocs.yml").write_text(yaml.safe_dump(everything), encoding="utf-8")
