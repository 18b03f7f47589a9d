"""Training in several processes, against the same training in one."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import warnings
from datetime import timedelta
from pathlib import Path

import numpy as np
import psutil
import pytest
import torch
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from ranks import RIGHT, Ranks
from torch import nn

import linreg as d2l
from linreg.distributed import group
from linreg.distributed.group import several

# what is trained, in one process and in many


class Plain(d2l.Module):
    """Plain tensors, an optimizer of one's own, a training step that computes its own loss."""

    def __init__(self, d=2, lr=0.05):
        super().__init__()
        self.lr = lr
        self.w = [torch.zeros(d, 1, requires_grad=True), torch.zeros(1, requires_grad=True)]

    def forward(self, X):
        return X @ self.w[0] + self.w[1]

    def loss(self, y_hat, y):
        return ((y_hat - y) ** 2).mean() / 2

    def training_step(self, batch):
        loss = ((self(batch[0]) - batch[1]) ** 2).mean() / 2
        self.plot("loss", loss, train=True)
        return loss

    def configure_optimizers(self):
        return d2l.SGD(self.w, self.lr)

    def parameters(self, recurse=True):
        return iter(self.w)


class Momentum(d2l.LinearRegressionScratch):
    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), self.lr, momentum=0.9)


class OwnLoop(d2l.Trainer):
    """Gradients of two minibatches for a step, clipped by PyTorch."""

    def fit_epoch(self):
        self.optim.zero_grad()
        for i, batch in enumerate(self.train_dataloader):
            self.model.training_step(batch).backward()
            if i % 2:
                nn.utils.clip_grad_norm_(self.model.parameters(), 0.5)
                self.optim.step()
                self.optim.zero_grad()
            self.train_batch_idx += 1


class ReadsAhead(d2l.Trainer):
    """Reads all minibatches of an epoch, then trains on each."""

    def fit_epoch(self):
        for batch in list(self.train_dataloader):
            self.optim.zero_grad()
            self.model.training_step(batch).backward()
            self.optim.step()


class Points(d2l.LinearRegressionScratch):
    """Draws a point more for some minibatches, of which a curve takes some together."""

    def training_step(self, batch):
        loss = super().training_step(batch)
        index = self.trainer.train_batch_idx
        for i in range(index % 3):
            self.board.draw(index + i / 3, loss, "often", every_n=2)
        self.board.draw(index, loss, "seldom", every_n=5)
        return loss


class NoValidation(d2l.SyntheticRegressionData):
    def val_dataloader(self):
        return None


class NothingToValidateOn(d2l.SyntheticRegressionData):
    """Has a loader to validate on that gives nothing."""

    def val_dataloader(self):
        return self.get_tensorloader((self.X[:0], self.y[:0]), train=False)


class Shuffled(d2l.SyntheticRegressionData):
    """Reads its examples in an order that NumPy's random numbers give."""

    def get_dataloader(self, train):
        return Loader(super().get_dataloader(train))


class Loader:
    def __init__(self, loader):
        self.loader = loader

    def __len__(self):
        return len(self.loader)

    def __iter__(self):
        batches = list(self.loader)
        return iter([batches[i] for i in np.random.permutation(len(batches))])  # noqa: NPY002


MODELS = {
    "scratch": d2l.LinearRegressionScratch,
    "lazy": lambda d, lr: d2l.LinearRegression(lr),
    "plain": Plain,
    "momentum": Momentum,
    "points": Points,
}
TRAINERS = {
    "ours": d2l.Trainer,
    "clipped": lambda epochs: d2l.Trainer(epochs, gradient_clip_val=0.1),
    "own loop": OwnLoop,
    "reads ahead": ReadsAhead,
}
DATA = {
    "both": d2l.SyntheticRegressionData,
    "no validation": NoValidation,
    "nothing to validate on": NothingToValidateOn,
    "shuffled by NumPy": Shuffled,
}


def rank():
    return int(os.environ.get("RANK", "0"))


def data_of(n=25, batch_size=8, d=2, data="both"):
    torch.manual_seed(3)
    return DATA[data](torch.ones(d), 4.2, num_train=n, num_val=7, batch_size=batch_size)


def fit(model, trainer, data):
    """Train without drawing; what is found: parameters, curves and the next random number."""
    model.board.display = False
    trainer.fit(model, data)
    curves = {label: [tuple(p) for p in points] for label, points in model.board.data.items()}
    params = [p.detach().clone() for p in model.parameters()]
    return {"params": params, "curves": curves, "random": torch.rand(1).item()}


def train(model, trainer="ours", epochs=2, lr=0.05, **data):
    """Train; other ranks than the first start from other random numbers and parameters."""
    data = data_of(**data)
    torch.manual_seed(5 + rank())
    np.random.seed(5 + rank())  # noqa: NPY002
    return fit(MODELS[model](data.X.shape[1], lr), TRAINERS[trainer](epochs), data)


def assert_same(found, alone):
    for key in ("params", "random"):
        torch.testing.assert_close(found[key], alone[key], rtol=1e-4, atol=1e-5)
    assert found["curves"].keys() == alone["curves"].keys()
    for label, points in alone["curves"].items():
        mine, theirs = torch.tensor(found["curves"][label]), torch.tensor(points)
        torch.testing.assert_close(mine, theirs, rtol=1e-3, atol=1e-4)


# what cannot be trained together


class Sum(Plain):
    def loss(self, y_hat, y):
        return ((y_hat - y) ** 2).sum() / 2

    def training_step(self, batch):
        return self.loss(self(batch[0]), batch[1])


class SumOfMagnitudes(Plain):
    def training_step(self, batch):
        return (self(batch[0]) - batch[1]).abs().sum()


class SumInALoop(d2l.Trainer):
    """Calls loss and no training_step."""

    def fit_epoch(self):
        for X, y in self.train_dataloader:
            self.optim.zero_grad()
            self.model.loss(self.model(X), y).backward()
            self.optim.step()


class ReadsElsewhere(d2l.Trainer):
    """Trains on minibatches that it makes itself."""

    def fit_epoch(self):
        X, y = self.train_dataloader.dataset.tensors
        for i in range(3):
            self.optim.zero_grad()
            self.model.training_step((X[i : i + 4], y[i : i + 4])).backward()
            self.optim.step()


class Elsewhere(Plain):
    def __init__(self):
        super().__init__()
        self.extra = nn.Parameter(torch.zeros(1, device="meta"))


class OneMore(Plain):
    def __init__(self):
        super().__init__()
        if rank() == 1:
            self.extra = nn.Parameter(torch.zeros(1))


class OtherShape(Plain):
    def __init__(self):
        super().__init__()
        self.extra = nn.Parameter(torch.zeros(1 + rank()))


class OtherSteps(Plain):
    def configure_optimizers(self):
        return d2l.SGD(self.w, 0.01 * (1 + rank()))


def other_data():
    torch.manual_seed(rank())
    return d2l.SyntheticRegressionData([2, -3.4], 4.2, num_train=25, batch_size=8)


class OtherOrder(Loader):
    def __iter__(self):
        batches = list(self.loader)
        return iter(batches if rank() == 0 else batches[1:] + batches[:1])


class ReadInOtherOrder(d2l.SyntheticRegressionData):
    def get_dataloader(self, train):
        return OtherOrder(super().get_dataloader(train))


def unlike():
    """Train all that cannot be trained together, in one process group; what each rank says."""
    in_other_order = ReadInOtherOrder([2, -3.4], 4.2, num_train=25, batch_size=8)
    attempts = {
        "a sum": lambda: (Sum(), d2l.Trainer(1), data_of(24)),
        "a sum in the step": lambda: (SumOfMagnitudes(), d2l.Trainer(1), data_of(24)),
        "a sum in a loop": lambda: (Sum(), SumInALoop(1), data_of(24)),
        "read ahead": lambda: (Plain(), ReadsAhead(1), data_of()),
        "read elsewhere": lambda: (Plain(), ReadsElsewhere(1), data_of()),
        "device": lambda: (Elsewhere(), d2l.Trainer(1), data_of()),
        "one parameter more": lambda: (OneMore(), d2l.Trainer(1), data_of()),
        "another shape": lambda: (OtherShape(), d2l.Trainer(1), data_of()),
        "other steps": lambda: (OtherSteps(), d2l.Trainer(1), data_of()),
        "data": lambda: (Plain(), d2l.Trainer(1), other_data()),
        "order": lambda: (Plain(), d2l.Trainer(1), in_other_order),
        "epochs": lambda: (Plain(), d2l.Trainer(1 + rank()), data_of()),
        "batch": lambda: (Plain(), d2l.Trainer(1), data_of(batch_size=1)),
        "nothing": lambda: (Plain(), d2l.Trainer(1), data_of()),
    }
    said = {}
    for key, attempt in attempts.items():
        try:
            fit(*attempt())
            said[key] = "nothing"
        except (ValueError, RuntimeError) as error:
            said[key] = f"{type(error).__name__}: {error}"
    return said


class Uphill(Plain):
    def configure_optimizers(self):
        optim = d2l.SGD(self.w, 0.05)
        optim.lr = -0.001
        return optim


class Normed(d2l.LinearRegression):
    """Sees the whole minibatch in each example."""

    def __init__(self, lr):
        super().__init__(lr)
        self.net = nn.Sequential(nn.Linear(2, 1), nn.BatchNorm1d(1))


class Dropping(d2l.LinearRegression):
    """Draws random numbers, and keeps what it drew."""

    def __init__(self, lr):
        super().__init__(lr)
        self.drawn = []

    def forward(self, X):
        if self.training:
            self.drawn.append(nn.functional.dropout(torch.ones(20), 0.5).tolist())
        return super().forward(X)


def warned():
    """What each of these is warned of on this rank."""
    said = {}
    torch.manual_seed(5)
    for model in (Uphill(), Normed(0.03), Dropping(0.03)):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            fit(model, d2l.Trainer(1), data_of(24))
        said[type(model).__name__] = [str(warning.message) for warning in caught]
    return said, model.drawn


# a rank that fails


class Failing(d2l.LinearRegressionScratch):
    """Fails on one rank in the second epoch, in one of several ways and places."""

    def __init__(self, who, how, where):
        super().__init__(2, 0.03)
        self.save_hyperparameters()

    def training_step(self, batch):
        self.fail("training_step")
        return super().training_step(batch)

    def validation_step(self, batch):
        self.fail("validation_step")
        super().validation_step(batch)

    def fail(self, where):
        if (rank(), where, self.trainer.epoch) == (self.who, self.where, 1):
            if self.how == "raises":
                raise KeyError("a fault of its own")
            if self.how == "leaves":
                os._exit(0)
            if self.how == "killed":
                os.kill(os.getpid(), signal.SIGKILL)
            if self.how == "is interrupted":
                os.kill(os.getpid(), signal.SIGINT)
            time.sleep(600)


def fail(who, how, where="training_step"):
    fit(Failing(who, how, where), d2l.Trainer(3), data_of())


def go_on_after(who):
    """Catch what a rank that fails and the others raise, and train once more."""
    with pytest.raises((KeyError, RuntimeError)):
        fail(who, "raises")
    return train("plain")


def late():
    if rank() == 1:
        time.sleep(1.5)
    return train("plain")


def own_group():
    """Train in a process group of the learner's own."""
    torch.distributed.init_process_group("gloo", timeout=timedelta(seconds=2))
    fail(1, "hangs")


class Saving(d2l.Trainer):
    """Keeps a checkpoint of each epoch, on rank 0."""

    def __init__(self, max_epochs, file):
        super().__init__(max_epochs)
        self.file = Path(file)

    def fit_epoch(self):
        super().fit_epoch()
        if rank() == 0:
            state = {"model": self.model.state_dict(), "optim": self.optim.state_dict()}
            state |= {"done": self.epoch + 1, "random": torch.get_rng_state()}
            torch.save(state, self.file)


class GoingOn(Failing):
    """Goes on from a checkpoint."""

    def __init__(self, state, who):
        super().__init__(who, "killed", "training_step")
        self.state = state
        if state:
            self.load_state_dict(state["model"])

    def configure_optimizers(self):
        optim = torch.optim.SGD(self.parameters(), 0.01, momentum=0.9)
        if self.state:
            optim.load_state_dict(self.state["optim"])
        return optim


def go_on(file, epochs, who=-1):
    """Train up to an epoch; only rank 0 has the checkpoint, if there is one."""
    data = data_of()
    torch.manual_seed(7 + rank())
    state = torch.load(file) if rank() == 0 and Path(file).exists() else None
    done = [state["done"] if state else 0]
    if "RANK" in os.environ:
        torch.distributed.init_process_group("gloo")
        torch.distributed.broadcast_object_list(done)
    model = GoingOn(state, who)
    if state:
        torch.set_rng_state(state["random"])
    return fit(model, Saving(epochs - done[0], file), data)


def joins_slowly():
    """Join while the others take longer; how long that takes."""
    connect, started = torch.distributed.init_process_group, time.monotonic()

    def slow(*args, **kwargs):
        connect(*args, **kwargs)
        time.sleep(rank())

    torch.distributed.init_process_group = slow
    group.join(gpus=False)
    seconds = time.monotonic() - started
    group.leave()
    return seconds


JOBS = {
    "joins slowly": joins_slowly,
    "train": lambda case: train(**case),
    "trains": lambda cases: [train(**case) for case in cases],
    "unlike": unlike,
    "warned": warned,
    "fail": fail,
    "go on after": go_on_after,
    "late": late,
    "own group": own_group,
    "go on": go_on,
}


@pytest.fixture(scope="module")
def ranks():
    with Ranks() as started:
        yield started


@pytest.fixture
def alone():
    """Train in this process, and leave its random numbers as they were."""
    state = torch.get_rng_state()
    yield lambda **case: train(**case)
    torch.set_rng_state(state)


def ended_by_themselves(found):
    return all(rank.code is not None for rank in found.values())


def test_no_rank_goes_on_while_another_still_connects(ranks):
    found = ranks.run(2, "joins slowly")
    assert [rank.code for rank in found.values()] == [0, 0]
    assert found[0].result >= 1


# the same training

SOME = [
    {"model": "scratch", "n": 103, "batch_size": 10},
    {"model": "scratch", "n": 4, "batch_size": 4},
    {"model": "scratch", "n": 17, "batch_size": 8},
    {"model": "lazy", "n": 9, "batch_size": 20},
    {"model": "plain", "trainer": "own loop", "epochs": 3},
    {"model": "plain", "trainer": "clipped"},
    {"model": "momentum", "trainer": "reads ahead", "n": 24, "batch_size": 12},
    {"model": "momentum", "data": "no validation"},
    {"model": "scratch", "data": "shuffled by NumPy"},
    {"model": "points", "data": "nothing to validate on", "n": 71},
]


@pytest.mark.parametrize("world", [1, 2, 3, 4])
def test_all_ranks_find_the_parameters_and_the_losses_of_one_process(world, ranks, alone):
    found = ranks.run(world, "trains", SOME)
    for rank in found.values():
        assert rank.code == 0, rank.said
        for case, result in zip(SOME, rank.result, strict=True):
            assert_same(result, alone(**case))


@pytest.mark.filterwarnings("ignore:no step was taken")  # where an epoch has one minibatch
@settings(
    max_examples=25, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)
@given(
    case=st.fixed_dictionaries(
        {
            "model": st.sampled_from(sorted(MODELS)),
            "trainer": st.sampled_from(["ours", "clipped", "own loop"]),
            "data": st.sampled_from(sorted(DATA)),
            "epochs": st.integers(1, 3),
            "d": st.integers(1, 5),
            "n": st.integers(4, 40),
            "batch_size": st.integers(4, 50),
        }
    ),
    world=st.integers(2, 4),
)
def test_any_size_is_trained_as_in_one_process(ranks, alone, case, world):
    found = ranks.run(world, "train", case | {"lr": 0.02})
    assert {rank.code for rank in found.values()} == {0}, found
    for rank in found.values():
        assert_same(rank.result, alone(**case, lr=0.02))


def test_a_script_that_torchrun_starts_trains_in_all_its_processes(tmp_path, alone):
    script = tmp_path / "script.py"
    script.write_text(
        "import json, os, torch, test_distributed\n"
        "found = test_distributed.train('lazy')\n"
        "params = [p.tolist() for p in found['params']]\n"
        f"open(f'{tmp_path}/{{os.environ[\"RANK\"]}}', 'w').write(json.dumps(params))\n"
    )
    run = start_torchrun(2, script)
    _, said = run.communicate(timeout=60)
    assert run.returncode == 0, said
    params = [p.tolist() for p in alone(model="lazy")["params"]]
    for rank in range(2):
        found = json.loads((tmp_path / str(rank)).read_text())
        for mine, theirs in zip(found, params, strict=True):
            torch.testing.assert_close(torch.tensor(mine), torch.tensor(theirs))


@pytest.mark.skipif(sys.platform != "linux", reason="threads have no names elsewhere")
def test_a_rank_that_ends_has_no_thread_of_the_group_left(tmp_path):
    """One that still runs when the interpreter ends can abort the process."""
    script = tmp_path / "script.py"
    script.write_text(
        "import atexit, os, pathlib, test_distributed\n"
        "def threads():\n"
        "    names = [p.read_text() for p in pathlib.Path('/proc/self/task').glob('*/comm')]\n"
        f"    open(f'{tmp_path}/{{os.environ[\"RANK\"]}}', 'w').write(''.join(names))\n"
        "atexit.register(threads)  # before that of the group, so it is called after it\n"
        "test_distributed.train('lazy')\n"
    )
    run = start_torchrun(2, script)
    _, said = run.communicate(timeout=60)
    assert run.returncode == 0, said
    for rank in range(2):
        names = (tmp_path / str(rank)).read_text()
        assert names
        assert "gloo" not in names


def start_torchrun(world, *command):
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "torch.distributed.run", "--standalone"),
            *("--nproc-per-node", str(world), *map(str, command)),
        ],
        env=os.environ | RIGHT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_ranks_draw_other_random_numbers_in_each_step_and_warn_once(ranks):
    found = ranks.run(3, "warned")
    assert {rank.code for rank in found.values()} == {0}, found
    masks = [str(mask) for rank in found.values() for mask in rank.result[1]]
    assert len(masks) == len(set(masks)) == 3 * 3


def test_a_warning_is_said_once(ranks):
    found = ranks.run(2, "warned")
    said = [rank.result[0] for rank in found.values()]
    assert "uphill" in said[0]["Uphill"][0]
    assert "no mean over the examples" in said[0]["Normed"][0]
    assert said[0]["Dropping"] == []
    assert said[1] == {"Uphill": [], "Normed": [], "Dropping": []}


def test_training_goes_on_from_a_checkpoint_under_another_number_of_ranks(ranks, tmp_path):
    file = tmp_path / "checkpoint.pt"
    interrupted = ranks.run(3, "go on", str(file), 4, 2)
    assert interrupted[2].code == -signal.SIGKILL
    assert torch.load(file)["done"] == 1
    resumed = ranks.run(2, "go on", str(file), 4)
    state = torch.get_rng_state()
    once = go_on(tmp_path / "other.pt", 4)
    torch.set_rng_state(state)
    for rank in resumed.values():
        assert rank.code == 0, rank.said
        torch.testing.assert_close(rank.result["params"], once["params"], rtol=1e-4, atol=1e-5)


# what cannot be trained together


@pytest.fixture(scope="module", params=[2, 3])
def said_of_unlike(request, ranks):
    found = ranks.run(request.param, "unlike")
    assert {rank.code for rank in found.values()} == {0}, found
    return [rank.result for rank in found.values()]


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("a sum", "ValueError: the loss of Sum is a sum .* loss.mean()"),
        ("a sum in the step", "ValueError: the loss of SumOfMagnitudes is a sum"),
        ("a sum in a loop", "ValueError: the loss of Sum is a sum"),
        ("read ahead", "fit_epoch of ReadsAhead computes gradients from other minibatches"),
        ("read elsewhere", "fit_epoch of ReadsElsewhere computes .* should be read there"),
        ("device", "extra is on meta, and rank . trains on cpu"),
        ("one parameter more", "parameters: extra is missing on rank 0 and .* on rank 1"),
        ("another shape", r"parameters: extra is \(1,\) .* on rank 0 and \(2,\) .* on rank 1"),
        ("other steps", "RuntimeError: the parameters of rank 1 differ from those of rank 0"),
        ("data", "different training data: tensor 0 .* on rank 1. .*torch.manual_seed"),
        ("order", "different minibatches: .* on rank 1. .* in the same order"),
        ("epochs", "max_epochs is 1 on rank 0 and 2 on rank 1"),
        ("batch", "a minibatch has 1 examples, and there are . ranks"),
        ("nothing", "nothing"),
    ],
)
def test_what_cannot_be_trained_together_is_said_on_every_rank(said_of_unlike, fault, words):
    for said in said_of_unlike:
        assert re.search(words, said[fault]), said[fault]


# a rank that fails


@pytest.mark.parametrize(
    ("who", "how", "where", "words"),
    [
        (2, "raises", "training_step", "because rank 2 failed: KeyError: 'a fault of its own'"),
        (0, "raises", "validation_step", "because rank 0 failed: KeyError: 'a fault of its own'"),
        (2, "killed", "training_step", "because rank 2 is gone: it ended or was killed"),
        (0, "killed", "training_step", "because rank 0 is gone: it ended or was killed"),
        (1, "leaves", "validation_step", "because rank 1 is gone: it ended or was killed"),
        (1, "is interrupted", "training_step", "because rank 1 is gone: it ended or was killed"),
    ],
)
def test_the_others_end_and_name_the_rank_that_failed(ranks, who, how, where, words):
    found = ranks.run(3, "fail", who, how, where)
    others = [rank for number, rank in found.items() if number != who]
    assert ended_by_themselves(found)
    assert all(words in rank.said for rank in others), others
    assert all(rank.code == 1 and rank.seconds < 30 for rank in others)


@pytest.mark.parametrize("who", [0, 2])
def test_a_rank_that_hangs_is_given_up(ranks, who):
    found = ranks.run(3, "fail", who, "hangs", hangs=who, patience=2)
    hung = found.pop(who)
    assert hung.code is None
    for rank in found.values():
        assert f"because rank {who} did not answer for 2 seconds" in rank.said
        assert rank.code == 1


@pytest.mark.parametrize("who", [0, 1])
def test_ranks_that_caught_a_failure_train_again(ranks, alone, who):
    for rank in ranks.run(2, "go on after", who).values():
        assert rank.code == 0, rank.said
        assert_same(rank.result, alone(model="plain"))


def test_a_rank_that_starts_late_is_waited_for(ranks, alone):
    for rank in ranks.run(2, "late").values():
        assert rank.code == 0, rank.said
        assert_same(rank.result, alone(model="plain"))


@pytest.mark.parametrize("missing", [0, 2])
def test_a_rank_that_is_never_started_is_named(ranks, missing):
    found = ranks.run(3, "train", {"model": "plain"}, missing=[missing], patience=2)
    assert ended_by_themselves(found)
    for number, rank in found.items():
        assert f"rank {number} did not meet rank {missing} at 127.0.0.1" in rank.said


def test_a_group_of_the_learners_own_is_used_with_its_patience(ranks):
    found = ranks.run(2, "own group", hangs=1)
    assert "because rank 1 did not answer for 2 seconds" in found[0].said


WRONG = [
    ({"RANK": "2", "WORLD_SIZE": "2"}, "RANK is 2 and WORLD_SIZE is 2"),
    ({"RANK": "one"}, "RANK is 'one' in the environment"),
    ({"RANK": "-1"}, "RANK is '-1' in the environment"),
    ({"WORLD_SIZE": ""}, "WORLD_SIZE is missing in the environment"),
    ({"MASTER_PORT": ""}, "MASTER_PORT is missing in the environment"),
    ({"MASTER_PORT": "http"}, "MASTER_PORT is 'http'"),
    ({"MASTER_ADDR": ""}, "MASTER_ADDR is missing in the environment"),
]


@pytest.mark.parametrize(("changes", "words"), WRONG)
def test_a_wrong_environment_is_named(changes, words, monkeypatch):
    right = {"RANK": "0", "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "29511"}
    for key, value in (right | changes).items():
        monkeypatch.setenv(key, value)
    with pytest.raises(ValueError, match=words):
        fit(Plain(), d2l.Trainer(1), data_of())


@pytest.mark.parametrize(
    "given",
    [{}, {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "29511"}, {"RANK": "3"}, {"WORLD_SIZE": "1"}],
)
def test_an_environment_that_describes_no_ranks_changes_nothing(given, monkeypatch):
    for key in ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT"):
        monkeypatch.delenv(key, raising=False)
    for key, value in given.items():
        monkeypatch.setenv(key, value)
    assert not several()


def test_a_port_in_use_is_named(ranks):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        changes = {"MASTER_PORT": port}
        found = ranks.run(1, "train", {"model": "plain"}, environment=changes, patience=2)
    assert f"rank 0 cannot listen at 127.0.0.1:{port} (MASTER_ADDR:MASTER_PORT)" in found[0].said
    assert "the port is in use" in found[0].said


@pytest.mark.parametrize("how", ["raises", "killed"])
def test_torchrun_names_the_rank_that_failed_and_leaves_no_process(how, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import os, test_distributed\n"
        f"open(f'{tmp_path}/{{os.getpid()}}', 'w').close()\n"
        f"test_distributed.fail(1, {how!r})\n"
    )
    run = start_torchrun(2, script)
    _, said = run.communicate(timeout=60)
    assert run.returncode == 1
    # whichever torchrun sees first: the rank that failed, or one that says which it was
    assert re.search(r"Root Cause.*rank +: 1 |because rank 1 failed", said, re.DOTALL), said
    started = [int(file.name) for file in tmp_path.iterdir() if file.name.isdigit()]
    assert len(started) == 2
    assert not any(psutil.pid_exists(pid) for pid in started)
