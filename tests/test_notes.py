"""Notes written against the book's own package run unchanged after `import linreg as d2l`.

The files in notes/ are in the styles that readers have: classes as in the book's English edition,
functions as in its Chinese one. `# %%` starts a notebook cell. Each ends with the parameters it
learned in `learned`.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import nbclient
import nbformat
import pytest

NOTES = sorted((Path(__file__).parent / "notes").glob("*.py"))
HELD = """
import torch
assert torch.allclose(torch.tensor(learned), torch.tensor([2, -3.4, 4.2]), atol=0.05), learned
"""

# What a reader starts a program with. Torch's numbers are seeded, Python's and numpy's as well.
SEEDED = "import random, numpy, torch\nrandom.seed(0), numpy.random.seed(0), torch.manual_seed(0)\n"
each_note = pytest.mark.parametrize("note", NOTES, ids=[note.stem for note in NOTES])


def environment(backend):
    return {k: v for k, v in os.environ.items() if k != "MPLBACKEND"} | (
        {"MPLBACKEND": backend} if backend else {}
    )


def run_as_script(source, backend, folder):
    script = folder / "script.py"
    script.write_text(source, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-W", "error", script],
        env=environment(backend),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
    )


def run_as_notebook(source, backend=None):
    """Run the cells in a Jupyter kernel; return the notebook with its outputs."""
    cells = [cell for cell in re.split(r"^# %%\n", source, flags=re.M) if cell.strip()]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "", "language": "python"}
    client = nbclient.NotebookClient(notebook, timeout=120, allow_errors=True)
    client.execute(env=environment(backend))
    return notebook


def errors_and_warnings(notebook):
    """Return the errors and what was printed as one; a slow machine's progress bar is neither."""
    outputs = [output for cell in notebook.cells for output in cell.outputs]
    errors = [output.ename for output in outputs if output.output_type == "error"]
    printed = "".join(output.text for output in outputs if output.get("name") == "stderr")
    warned = [line for line in re.split(r"[\r\n]+", printed) if line and "batch" not in line]
    return errors + warned


@pytest.mark.parametrize("backend", [None, "Agg"])
@each_note
def test_a_note_runs_as_a_script_without_a_warning(note, backend, tmp_path):
    done = run_as_script(SEEDED + note.read_text(encoding="utf-8") + "\n" + HELD, backend, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


@each_note
def test_a_note_runs_in_a_notebook_without_a_warning(note):
    notebook = run_as_notebook(SEEDED + note.read_text(encoding="utf-8") + "\n# %%\n" + HELD)
    assert errors_and_warnings(notebook) == []


def test_a_note_that_learned_something_else_or_warns_is_noticed(tmp_path):
    wrong = run_as_script("learned = [2, -3.4, 4.3]\n" + HELD, "Agg", tmp_path)
    assert "AssertionError" in wrong.stderr
    warning = run_as_script("import warnings; warnings.warn('anything')", "Agg", tmp_path)
    assert warning.returncode != 0
    notebook = run_as_notebook("import warnings\nwarnings.warn('anything')\n1 / 0")
    error, warning, *_ = errors_and_warnings(notebook)
    assert error == "ZeroDivisionError"
    assert "UserWarning: anything" in warning


# Plots in a notebook

FIT = """\
import matplotlib, torch, linreg as d2l
print("before")
model = d2l.LinearRegressionScratch(2, lr=0.03)
d2l.Trainer(max_epochs=3).fit(model, d2l.SyntheticRegressionData([2, -3.4], 4.2))
print("after")
"""


def shown(cell):
    """Return the SVG figures of a cell, and what it printed but for a slow machine's progress."""
    figures = [
        o.data["image/svg+xml"] for o in cell.outputs if "image/svg+xml" in o.get("data", {})
    ]
    return figures, "".join(o.text for o in cell.outputs if o.get("name") == "stdout")


@pytest.mark.parametrize("backend", [None, "Agg"])
def test_a_fit_in_a_notebook_shows_one_figure_as_it_is_at_the_cells_end(backend):
    source = FIT + "d2l.plt.title('a title')\n# %%\n" + FIT + FIT
    notebook = run_as_notebook(source + "# %%\nd2l.plt.get_fignums()", backend)
    one, two, figures_left = notebook.cells
    figures, text = shown(one)
    assert len(figures) == 1
    assert text == "before\nafter\n"
    assert "a title" in re.sub(r"<!--\s*|\s*-->", "", figures[0])
    assert len(shown(two)[0]) == 2
    assert figures_left.outputs[0].data["text/plain"] == "[]"


LIVE = """\
import time, linreg as d2l
board = d2l.ProgressBoard("x")
from IPython.core import displaypub
from IPython import get_ipython
publisher = get_ipython().display_pub
published, publish = [], publisher.publish
def record(*args, **kwargs):
    published.append(kwargs.get("update", False))
    publish(*args, **kwargs)
publisher.publish = record
for x in range(40):
    board.draw(x, x, "line")
    time.sleep(0.05)
during = list(published)
# %%
len(during), during[0], set(during[1:]), published[len(during):]
"""


def test_a_curve_in_a_notebook_is_shown_as_it_grows_about_twice_a_second():
    notebook = run_as_notebook(LIVE)
    shown_first_then_updated = notebook.cells[1].outputs[0].data["text/plain"]
    times, first_is_update, later, at_the_end = eval(shown_first_then_updated)
    assert 3 <= times <= 6  # two seconds or a little more
    assert first_is_update is False
    assert later == {True}
    assert at_the_end == [True]
    assert len(shown(notebook.cells[0])[0]) == 1


def test_a_board_goes_on_in_the_next_cell_with_all_its_points():
    notebook = run_as_notebook(
        "import linreg as d2l\nboard = d2l.ProgressBoard()\nboard.draw(0, 0, 'a')\n"
        "# %%\nboard.draw(1, 1, 'a')\n"
        "# %%\nlen(board.axes.lines[0].get_xdata())"
    )
    assert [len(shown(cell)[0]) for cell in notebook.cells] == [1, 1, 0]
    assert notebook.cells[2].outputs[0].data["text/plain"] == "2"


ANIMATED = """\
import linreg as d2l
animator = d2l.Animator("epoch", legend=["train", "test"], nrows=2)
for epoch in range(3):
    animator.axes[1].cla()
    animator.axes[1].set_title("the other axes")
    animator.add(epoch + 1, (epoch, None))
print("after")
# %%
animator.add(4, (3, 5))
# %%
[len(line.get_xdata()) for line in animator.axes[0].lines], d2l.plt.get_fignums()
"""


@pytest.mark.parametrize("backend", [None, "Agg"])
def test_an_animator_in_a_notebook_shows_one_figure_and_goes_on_in_the_next_cell(backend):
    notebook = run_as_notebook(ANIMATED, backend)
    assert errors_and_warnings(notebook) == []
    assert [len(shown(cell)[0]) for cell in notebook.cells] == [1, 1, 0]
    for cell in notebook.cells[:2]:
        (figure,) = shown(cell)[0]
        assert "the other axes" in re.sub(r"<!--\s*|\s*-->", "", figure)
    assert notebook.cells[2].outputs[0].data["text/plain"] == "([4, 1], [])"


def test_plots_in_a_notebook_are_svg():
    notebook = run_as_notebook(
        "import linreg as d2l\nd2l.plot([1, 2], [3, 4], figsize=(3, 2))\n"
        "# %%\nd2l.set_figsize()\nd2l.plt.scatter([1], [2]);"
    )
    assert [len(shown(cell)[0]) for cell in notebook.cells] == [1, 1]


ON_THE_SITE = """
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
with capture_output() as shown:
    InteractiveShell.instance().run_cell(FIT)
from matplotlib import pyplot
print([len(line.get_xdata()) for line in pyplot.gca().lines], len(pyplot.get_fignums()))
print(shown.stdout, shown.stderr, shown.outputs)
"""


def test_on_the_site_a_fit_leaves_one_figure_and_prints_nothing(tmp_path):
    done = run_as_script(f"FIT = {FIT!r}\n" + ON_THE_SITE, "Agg", tmp_path)
    assert done.stderr == ""
    assert done.stdout == "[6, 3] 1\nbefore\nafter\n  []\n"


def test_on_the_site_an_animator_leaves_one_figure_and_prints_nothing(tmp_path):
    code = (
        "import matplotlib, linreg as d2l\nanimator = d2l.Animator(legend=['a'])\n"
        "for x in range(6):\n    animator.add(x, x)\n"
    )
    done = run_as_script(f"FIT = {code!r}\n" + ON_THE_SITE, "Agg", tmp_path)
    assert done.stderr == ""
    assert done.stdout == "[6] 1\n  []\n"


STOPPED = """\
import linreg as d2l
class Stopped(d2l.Trainer):
    def fit_epoch(self):
        if self.epoch == 2:
            raise KeyboardInterrupt
        super().fit_epoch()
data = d2l.SyntheticRegressionData([2, -3.4], 4.2)
Stopped(10**6).fit(d2l.LinearRegressionScratch(2, 0.03), data)
"""


def test_a_training_that_is_interrupted_shows_its_curves_so_far():
    notebook = run_as_notebook(STOPPED)
    assert errors_and_warnings(notebook) == ["KeyboardInterrupt"]
    (figure,) = shown(notebook.cells[0])[0]
    assert "val_loss" in figure
