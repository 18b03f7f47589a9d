"""Training in several processes, against the same training in one. Run by torchrun, the workers."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import warnings
from pathlib import Path

import pytest
import torch
from torch import nn

import linreg as d2l

RANK = int(os.environ.get("RANK", "0"))
SIZES = [(103, 10), (25, 8), (4, 4), (17, 8), (9, 20)]  # examples, batch size


# what is trained, in one process and in many


class Plain(d2l.Module):
    """Plain tensors, an optimizer of one's own, a training step that computes its own loss."""

    def __init__(self):
        super().__init__()
        self.w = [torch.zeros(2, 1, requires_grad=True), torch.zeros(1, requires_grad=True)]

    def forward(self, X):
        return X @ self.w[0] + self.w[1]

    def training_step(self, batch):
        loss = ((self(batch[0]) - batch[1]) ** 2).mean() / 2
        self.plot("loss", loss, train=True)
        return loss

    def loss(self, y_hat, y):
        return ((y_hat - y) ** 2).mean() / 2

    def configure_optimizers(self):
        return d2l.SGD(self.w, 0.05)

    def parameters(self, recurse=True):
        return iter(self.w)


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


class WithDropout(d2l.LinearRegression):
    """Draws random numbers of its own, though they change nothing."""

    def forward(self, X):
        nn.functional.dropout(X, 0.5)
        return super().forward(X)


class Momentum(d2l.LinearRegressionScratch):
    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), self.lr, momentum=0.9)


class NoValidation(d2l.SyntheticRegressionData):
    def val_dataloader(self):
        return None


def trained(model, trainer, n=25, batch_size=8, data=d2l.SyntheticRegressionData, **state):
    """Train; other ranks than the first start from other random numbers and parameters."""
    torch.manual_seed(3)
    data = data([2, -3.4], 4.2, num_train=n, num_val=7, batch_size=batch_size)
    torch.manual_seed(5 + RANK)
    model = model()
    model.load_state_dict(state, strict=False)
    model.board.display = False
    trainer.fit(model, data)
    points = {label: [tuple(p) for p in ps] for label, ps in model.board.data.items()}
    return [p.detach().clone() for p in model.parameters()], points


def scenarios():
    """Train in all ways; the parameters and curves of each."""
    results = {
        f"{n} examples, batches of {size}": trained(
            lambda: d2l.LinearRegressionScratch(2, 0.03), d2l.Trainer(2), n, size
        )
        for n, size in SIZES
    }
    results["lazy"] = trained(lambda: d2l.LinearRegression(0.02), d2l.Trainer(2))
    results["plain"] = trained(Plain, d2l.Trainer(2))
    results["own loop"] = trained(Plain, OwnLoop(3))
    results["clipped"] = trained(Plain, d2l.Trainer(2, gradient_clip_val=0.1))
    results["momentum"] = trained(lambda: Momentum(2, 0.01), d2l.Trainer(3))
    results["no validation"] = trained(lambda: Momentum(2, 0.01), d2l.Trainer(2), data=NoValidation)
    return results


def faults():
    """Train what cannot be trained together; what each rank says of it."""
    seed = RANK

    class Sum(Plain):
        def loss(self, y_hat, y):
            return ((y_hat - y) ** 2).sum() / 2

        def training_step(self, batch):
            return self.loss(self(batch[0]), batch[1])

    class SumInTheStep(Plain):
        def training_step(self, batch):
            return ((self(batch[0]) - batch[1]) ** 2).sum() / 2

    class Elsewhere(Plain):
        def __init__(self):
            super().__init__()
            self.extra = nn.Parameter(torch.zeros(1, device="meta"))

    class Unlike(Plain):
        def __init__(self):
            super().__init__()
            self.extra = nn.Parameter(torch.zeros(1 + RANK))

    def other_data(*args, **kwargs):
        torch.manual_seed(seed)
        return d2l.SyntheticRegressionData(*args, **kwargs)

    attempts = {
        "sum": lambda: trained(Sum, d2l.Trainer(1), 24),
        "sum in the step": lambda: trained(SumInTheStep, d2l.Trainer(1), 24, 12),
        "device": lambda: trained(Elsewhere, d2l.Trainer(1)),
        "parameters": lambda: trained(Unlike, d2l.Trainer(1)),
        "data": lambda: trained(Plain, d2l.Trainer(1), data=other_data),
        "epochs": lambda: trained(Plain, d2l.Trainer(1 + RANK)),
        "batch": lambda: trained(Plain, d2l.Trainer(1), batch_size=1),
    }
    said = {}
    for key, attempt in attempts.items():
        try:
            attempt()
            said[key] = "nothing"
        except (ValueError, RuntimeError) as error:
            said[key] = f"{type(error).__name__}: {error}"
    return said


def warned():
    """How often a training that moves uphill is warned of on this rank."""

    class Uphill(Plain):
        def configure_optimizers(self):
            optim = d2l.SGD(self.w, 0.05)
            optim.lr = -0.001
            return optim

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        trained(Uphill, d2l.Trainer(1))
    return sum("uphill" in str(warning.message) for warning in caught)


def worker(folder):
    results = scenarios()
    results["random"] = torch.rand(1)
    results["warned"] = warned()
    results["resumed"] = trained(lambda: Momentum(2, 0.01), d2l.Trainer(2), **half_way())
    if int(os.environ["WORLD_SIZE"]) > 1:
        results["faults"] = faults()
    torch.save(results, folder / f"{RANK}.pt")


def half_way():
    return {"w": torch.tensor([[1.0], [-1.0]]), "b": torch.tensor([2.0])}


def victim(folder, kind):
    """One rank fails in the second epoch, in one of several ways."""

    class Failing(d2l.LinearRegressionScratch):
        def training_step(self, batch):
            last = int(os.environ["WORLD_SIZE"]) - 1
            if last == RANK and self.trainer.epoch == 1:
                if kind == "raises":
                    raise KeyError("a fault of its own")
                if kind == "killed":
                    os.kill(os.getpid(), signal.SIGKILL)
                time.sleep(600)
            return super().training_step(batch)

    trained(lambda: Failing(2, 0.03), d2l.Trainer(3))


# starting and stopping the processes


def environment(**changes):
    ours = {"OMP_NUM_THREADS": "1", "MPLBACKEND": "Agg", "LINREG_TIMEOUT": "60"}
    path = str(Path(__file__).parents[1])
    return os.environ | ours | {"PYTHONPATH": path} | changes


def finish(processes, limit=60):
    """Wait for processes, and stop them whatever happens; what each printed as errors."""
    end = time.monotonic() + limit
    try:
        return [p.communicate(timeout=end - time.monotonic())[1] for p in processes]
    finally:
        for process in processes:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()


def start(command, **changes):
    return subprocess.Popen(
        [sys.executable, *map(str, command)],
        env=environment(**changes),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def start_ranks(world, folder, kind, **changes):
    """Start processes as torchrun does, without its agent, which would end them itself."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    same = {"WORLD_SIZE": str(world), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port} | changes
    return [
        start([__file__, folder, kind], **({"RANK": str(rank), "LOCAL_RANK": str(rank)} | same))
        for rank in range(world)
    ]


@pytest.fixture(scope="module")
def alone():
    state = torch.get_rng_state()
    results = scenarios()
    results["random"] = torch.rand(1)
    results["resumed"] = trained(lambda: Momentum(2, 0.01), d2l.Trainer(2), **half_way())
    torch.set_rng_state(state)
    return results


@pytest.fixture(scope="module", params=[1, 2, 3, 4])
def together(request, tmp_path_factory):
    """What each rank found, in one start of torchrun."""
    folder = tmp_path_factory.mktemp("ranks")
    run = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", request.param]
    process = start([*run, __file__, folder, "train"])
    (said,) = finish([process], limit=120)
    assert process.returncode == 0, said
    return [torch.load(folder / f"{rank}.pt") for rank in range(request.param)]


# the same training


def test_all_ranks_find_the_parameters_and_the_losses_of_one_process(alone, together):
    for found in together:
        for key, (params, curves) in [*scenarios_of(alone), ("resumed", alone["resumed"])]:
            for mine, theirs in zip(found[key][0], params, strict=True):
                torch.testing.assert_close(mine, theirs, msg=lambda m, key=key: f"{key}: {m}")
            assert set(found[key][1]) == set(curves), key
            for label, points in curves.items():
                mine = torch.tensor(found[key][1][label])
                torch.testing.assert_close(mine, torch.tensor(points), rtol=1e-4, atol=1e-4)


def scenarios_of(results):
    return [(key, value) for key, value in results.items() if key not in ("random", "resumed")]


def test_random_numbers_go_on_as_in_one_process(alone, together):
    assert all(found["random"] == alone["random"] for found in together)


def test_a_warning_is_said_once(together):
    assert [found["warned"] for found in together] == [1] + [0] * (len(together) - 1)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("sum", "ValueError: the loss of Sum is a sum .* loss.mean()"),
        ("sum in the step", "is a sum"),
        ("device", "extra is on meta, and rank . trains on cpu"),
        ("parameters", "the parameters .* differ .* rank 1 has"),
        ("data", "the training data .* rank 1 has .* torch.manual_seed"),
        ("epochs", "epochs .* rank 0 has \\(1, .* rank 1 has \\(2,"),
        ("batch", "a minibatch has 1 examples, and there are . ranks"),
    ],
)
def test_what_cannot_be_trained_together_is_said_on_every_rank(together, fault, words):
    if len(together) == 1:
        return
    for found in together:
        assert re.search(words, found["faults"][fault]), found["faults"]


# a rank that fails


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("raises", "because rank 2 failed: KeyError: 'a fault of its own'"),
        ("killed", "because rank 2 is gone: it ended or was killed"),
        ("hangs", "because rank 2 did not answer for 3 seconds"),
    ],
)
def test_the_others_end_and_name_the_rank_that_failed(kind, words, tmp_path):
    processes = start_ranks(3, tmp_path, kind, LINREG_TIMEOUT="3" if kind == "hangs" else "60")
    said = finish(processes[:2])
    stop(processes[2])
    assert all(words in each for each in said), said
    assert all(process.returncode == 1 for process in processes[:2])


def stop(process):
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"RANK": "2", "WORLD_SIZE": "2"}, "RANK is 2 and WORLD_SIZE is 2"),
        ({"RANK": "one"}, "RANK is 'one' in the environment"),
        ({"MASTER_PORT": ""}, "MASTER_PORT is missing in the environment"),
        ({"LINREG_TIMEOUT": "soon"}, "LINREG_TIMEOUT is 'soon'"),
    ],
)
def test_a_wrong_environment_is_named(changes, words, monkeypatch):
    right = {"RANK": "0", "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "29511"}
    for key, value in (right | changes).items():
        monkeypatch.setenv(key, value)
    with pytest.raises(ValueError, match=words):
        trained(Plain, d2l.Trainer(1))


def test_a_port_in_use_is_named(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        right = {"RANK": "0", "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
        for key, value in (right | {"LINREG_TIMEOUT": "3"}).items():
            monkeypatch.setenv(key, value)
        with pytest.raises(RuntimeError, match=f"127.0.0.1:{port} .* is in use"):
            trained(Plain, d2l.Trainer(1))


if __name__ == "__main__":
    if sys.argv[2] == "train":
        worker(Path(sys.argv[1]))
    else:
        victim(Path(sys.argv[1]), sys.argv[2])
