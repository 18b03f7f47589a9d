"""Training that goes right, in the styles people write it: nothing is said, nothing is changed.

Each style is a function that trains. It runs twice from the same random numbers, once looked at and
once not.
"""

import collections
import copy
import io
import math
import types

import pytest
import torch
import torch.utils.checkpoint
from torch import nn

import linreg as d2l
from linreg import LinearRegression, LinearRegressionScratch, SyntheticRegressionData, Trainer
from linreg.watch import Watch
from linreg.watch.parts import named_tensors

pytestmark = pytest.mark.usefixtures("own_messages")


class Model(LinearRegressionScratch):
    def __init__(self, lr=0.03, d=2):
        super().__init__(d, lr)
        self.board.display = False


def data(**k):
    return SyntheticRegressionData([2.0, -3.4], 4.2, **{"num_val": 32} | k)


class Loop(Trainer):
    def fit_epoch(self):
        self.model.train()
        for i, batch in enumerate(self.train_dataloader):
            self.fit_batch(i, batch)
            self.train_batch_idx += 1

    def fit_batch(self, i, batch):
        value = self.model.training_step(batch)
        self.optim.zero_grad()
        value.backward()
        self.optim.step()


STYLES = {}


def style(f):
    STYLES[f.__name__] = f
    return f


def opt(make, **k):
    m = Model()
    m.configure_optimizers = lambda: make(m)
    Trainer(k.pop("epochs", 3)).fit(m, data(**k))
    return m


for name, make in {
    "momentum": lambda m: torch.optim.SGD(m.parameters(), 0.03, momentum=0.9),
    "nesterov": lambda m: torch.optim.SGD(m.parameters(), 0.03, momentum=0.9, nesterov=True),
    "adam": lambda m: torch.optim.Adam(m.parameters(), 0.1),
    "adamw": lambda m: torch.optim.AdamW(m.parameters(), 0.1),
    "rmsprop": lambda m: torch.optim.RMSprop(m.parameters(), 0.01),
    "adagrad": lambda m: torch.optim.Adagrad(m.parameters(), 0.5),
    "wd": lambda m: torch.optim.SGD(m.parameters(), 0.03, weight_decay=0.1),
    "wd_big": lambda m: torch.optim.SGD(m.parameters(), 0.03, weight_decay=5.0),
    "rprop": lambda m: torch.optim.Rprop(m.parameters(), 0.01),
    "asgd": lambda m: torch.optim.ASGD(m.parameters(), 0.03),
    "adadelta": lambda m: torch.optim.Adadelta(m.parameters(), 1.0),
    "groups": lambda m: torch.optim.SGD(
        [{"params": [m.w], "lr": 0.1}, {"params": [m.b], "lr": 0.01}], lr=0.03
    ),
    "group_zero": lambda m: torch.optim.SGD(
        [{"params": [m.w], "lr": 0.1}, {"params": [m.b], "lr": 0.0}], lr=0.03
    ),
    "tensor_lr": lambda m: torch.optim.SGD(m.parameters(), lr=torch.tensor(0.03)),
    "lr0": lambda m: torch.optim.SGD(m.parameters(), 0.0),
    "foreach": lambda m: torch.optim.SGD(m.parameters(), 0.03, foreach=True),
    "fused": lambda m: torch.optim.SGD(m.parameters(), 0.03, fused=True),
    "wd_bias_only_w": lambda m: torch.optim.SGD(
        [{"params": [m.w], "weight_decay": 0.01}, {"params": [m.b]}], lr=0.03
    ),
}.items():
    STYLES["opt_" + name] = lambda make=make: opt(make)


@style
def closure():

    def make(m):
        ps = [m.w, m.b]

        def step():
            for p in ps:
                p.sub_(0.03 * p.grad)

        def zero_grad():
            for p in ps:
                p.grad = None

        return types.SimpleNamespace(step=step, zero_grad=zero_grad)

    assert abs(opt(make).b.item() - 4.2) < 1


@style
def namedtuple():
    T = collections.namedtuple("T", "step zero_grad")

    def make(m):
        ps = [m.w, m.b]

        def step():
            for p in ps:
                p -= 0.03 * p.grad

        def zero_grad():
            for p in ps:
                p.grad = None

        return T(step, zero_grad)

    opt(make)


@style
def slots():

    class Mine:
        __slots__ = ("ps",)

        def step(self):
            for p in self.ps:
                p -= 0.03 * p.grad

        def zero_grad(self):
            for p in self.ps:
                p.grad = None

    def make(m):
        o = Mine()
        o.ps = [m.w, m.b]
        return o

    opt(make)


@style
def own_momentum():

    class Mine:
        def __init__(self, ps):
            self.params = list(ps)
            self.v = [torch.zeros_like(p) for p in self.params]

        def step(self):
            for p, v in zip(self.params, self.v, strict=True):
                v.mul_(0.9).add_(p.grad)
                p.data.sub_(0.03 * v)

        def zero_grad(self):
            for p in self.params:
                if p.grad is not None:
                    p.grad.zero_()

    opt(lambda m: Mine(m.parameters()))


@style
def lbfgs():

    class C(Loop):
        def fit_batch(self, i, b):

            def c():
                self.optim.zero_grad()
                value = self.model.training_step(b)
                value.backward()
                return value

            self.optim.step(c)

    m = Model()
    m.configure_optimizers = lambda: torch.optim.LBFGS(m.parameters(), 0.5)
    C(2).fit(m, data())


@style
def accumulation():

    class A(Loop):
        def fit_batch(self, i, b):
            (self.model.training_step(b) / 4).backward()
            if (i + 1) % 4 == 0:
                self.optim.step()
                self.optim.zero_grad()

    A(3).fit(Model(0.1), data())


@style
def accumulation_whole_epoch():

    class A(Trainer):
        def fit_epoch(self):
            self.optim.zero_grad()
            for b in self.train_dataloader:
                (self.model.training_step(b) / self.num_train_batches).backward()
                self.train_batch_idx += 1
            self.optim.step()

    A(8).fit(Model(0.5), data())


@style
def accumulation_every_third_by_optimizer():

    class Mine(torch.optim.SGD):
        n = 0

        def step(self, closure=None):
            self.n += 1
            if self.n % 3 == 0:
                super().step(closure)
                super().zero_grad()

        def zero_grad(self, set_to_none=True):
            pass

    opt(lambda m: Mine(m.parameters(), 0.03))


@style
def frozen():
    m = Model()
    m.b.requires_grad_(False)
    m.configure_optimizers = lambda: torch.optim.SGD([m.w], 0.03)
    Trainer(2).fit(m, data())


@style
def frozen_in_optimizer():
    m = Model()
    m.b.requires_grad_(False)
    m.configure_optimizers = lambda: torch.optim.SGD(m.parameters(), 0.03)
    Trainer(2).fit(m, data())


@style
def tied():

    class T(d2l.Module):
        def __init__(self):
            super().__init__()
            self.board.display = False
            self.a = nn.Linear(2, 2, bias=False)
            self.c = nn.Linear(2, 2, bias=False)
            self.c.weight = self.a.weight
            self.o = nn.Linear(2, 1)

        def forward(self, X):
            return self.o(self.c(torch.tanh(self.a(X))))

        def loss(self, yh, y):
            return nn.functional.mse_loss(yh, y)

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), 0.03)

    Trainer(2).fit(T(), data())


@style
def buffers():

    class T(Model):
        def __init__(self):
            super().__init__()
            self.register_buffer("mean", torch.zeros(2))
            self.const = torch.ones(3)

    Trainer(2).fit(T(), data())


@style
def batchnorm_dropout():

    class T(d2l.Module):
        def __init__(self):
            super().__init__()
            self.board.display = False
            self.net = nn.Sequential(
                nn.LazyLinear(8), nn.LazyBatchNorm1d(), nn.ReLU(), nn.Dropout(0.3), nn.LazyLinear(1)
            )
            self.loss = nn.MSELoss()

        def configure_optimizers(self):
            return torch.optim.Adam(self.parameters(), 0.01)

    Trainer(3).fit(T(), data())


@style
def clipping_loop():

    class C(Loop):
        def fit_batch(self, i, b):
            value = self.model.training_step(b)
            self.optim.zero_grad()
            value.backward()
            nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            self.optim.step()

    C(3).fit(Model(), data())


@style
def penalty_loss():

    class P(Model):
        def loss(self, yh, y):
            return super().loss(yh, y) + 100 * ((self.w - 1) ** 2).sum()

    m = P(0.001)
    Trainer(2).fit(m, data())


@style
def penalty_flat():

    class F(SyntheticRegressionData):
        def get_dataloader(self, train):
            return self.get_tensorloader((self.X, self.y.flatten()), train)

    class P(Model):
        def loss(self, yh, y):
            return ((yh - y.reshape(yh.shape)) ** 2).mean() + 10000.0 * (self.w**2).sum()

    Trainer(2).fit(P(1e-05), F([2.0, -3.4], 4.2))


@style
def sum_divided():

    class P(Model):
        def loss(self, yh, y):
            return nn.functional.mse_loss(yh, y, reduction="sum") / len(y)

    Trainer(2).fit(P(), data())


@style
def sum_small_lr():

    class P(Model):
        def loss(self, yh, y):
            return ((yh - y) ** 2 / 2).sum()

    Trainer(2).fit(P(0.001), data())


@style
def flat_w():

    class F(SyntheticRegressionData):
        def get_dataloader(self, train):
            return self.get_tensorloader((self.X, self.y.flatten()), train)

    class P(d2l.Module):
        def __init__(self):
            super().__init__()
            self.board.display = False
            self.w = nn.Parameter(torch.zeros(2))
            self.b = nn.Parameter(torch.tensor(0.0))

        def forward(self, X):
            return X @ self.w + self.b

        def loss(self, yh, y):
            return ((yh - y) ** 2).mean()

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), 0.03)

    Trainer(3).fit(P(), F([2.0, -3.4], 4.2))


@style
def scheduler_in_configure():

    class S(Trainer):
        def fit_epoch(self):
            super().fit_epoch()
            self.model.sched.step()

    m = Model()

    def c():
        o = torch.optim.SGD(m.parameters(), 0.1)
        m.sched = torch.optim.lr_scheduler.StepLR(o, 1)
        return o

    m.configure_optimizers = c
    S(3).fit(m, data())


@style
def scheduler_made_in_epoch():

    class S(Loop):
        def fit_epoch(self):
            if self.epoch == 0:
                self.sched = torch.optim.lr_scheduler.OneCycleLR(
                    self.optim, 0.1, total_steps=3 * self.num_train_batches
                )
            super().fit_epoch()

        def fit_batch(self, i, b):
            super().fit_batch(i, b)
            self.sched.step()

    m = Model()
    m.configure_optimizers = lambda: torch.optim.SGD(m.parameters(), 0.1)
    S(3).fit(m, data())


@style
def warmup_by_hand():

    class S(Loop):
        def fit_batch(self, i, b):
            self.optim.lr = 0.03 * min(1, self.train_batch_idx / 20)
            super().fit_batch(i, b)

    S(3).fit(Model(), data())


@style
def multi_input():

    class D(d2l.DataModule):
        def __init__(self):
            super().__init__()
            self.batch_size = 10
            self.A, self.B = (torch.randn(100, 2), torch.randn(100, 1))
            self.y = self.A @ torch.ones(2, 1) + self.B

        def get_dataloader(self, train):
            return self.get_tensorloader((self.A, self.B, self.y), train)

    class M(d2l.Module):
        def __init__(self):
            super().__init__()
            self.board.display = False
            self.a = nn.Linear(2, 1)
            self.c = nn.Linear(1, 1)

        def forward(self, A, B):
            return self.a(A) + self.c(B)

        def loss(self, yh, y):
            return ((yh - y) ** 2).mean()

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), 0.03)

    Trainer(2).fit(M(), D())


@style
def sample_weights():

    class D(d2l.DataModule):
        def __init__(self):
            super().__init__()
            self.batch_size = 10
            self.X = torch.randn(100, 2)
            self.y = self.X @ torch.ones(2, 1)
            self.w = torch.rand(100, 1)

        def get_dataloader(self, train):
            return self.get_tensorloader((self.X, self.y, self.w), train)

    class M(Model):
        def training_step(self, b):
            X, y, w = b
            return (w * (self(X) - y) ** 2).mean()

        def validation_step(self, b):
            pass

    Trainer(2).fit(M(), D())


@style
def dict_batches():

    class D(d2l.DataModule):
        def get_dataloader(self, train):
            return [{"x": torch.randn(8, 2), "y": torch.randn(8, 1)} for _ in range(5)]

    class M(Model):
        def training_step(self, b):
            return ((self(b["x"]) - b["y"]) ** 2).mean()

        def validation_step(self, b):
            pass

    Trainer(2).fit(M(), D())


@style
def max_epochs_0():
    Trainer(0).fit(Model(), data())


@style
def max_epochs_1():
    Trainer(1).fit(Model(), data())


@style
def one_example():
    Trainer(3).fit(Model(), data(num_train=1, num_val=1))


@style
def converged():
    d = data(noise=0.0)
    m = Model(0.3)
    with torch.no_grad():
        m.w.copy_(torch.tensor([[2.0], [-3.4]]))
        m.b.fill_(4.2)
    Trainer(3).fit(m, d)
    Loop(3).fit(m, d)


@style
def zero_gradients():
    m = Model()
    nn.init.zeros_(m.w)
    Trainer(2).fit(m, SyntheticRegressionData([0.0, 0.0], 0, noise=0))
    Loop(2).fit(m, SyntheticRegressionData([0.0, 0.0], 0, noise=0, batch_size=2000))


@style
def gan():

    class G(Trainer):
        def fit_epoch(self):
            og, od = self.optim
            for X, _ in self.train_dataloader:
                fake = self.model.g(torch.randn(len(X), 1))
                od.zero_grad()
                ld = (self.model.d(fake.detach()) - 0).square().mean() + (
                    self.model.d(X) - 1
                ).square().mean()
                ld.backward()
                od.step()
                og.zero_grad()
                lg = (self.model.d(fake) - 1).square().mean()
                lg.backward()
                og.step()

    class M(d2l.Module):
        def __init__(self):
            super().__init__()
            self.g = nn.Linear(1, 2)
            self.d = nn.Linear(2, 1)

        def configure_optimizers(self):
            return (torch.optim.Adam(self.g.parameters()), torch.optim.Adam(self.d.parameters()))

    G(2).fit(M(), data())


@style
def two_optimizers_dict():

    class G(Trainer):
        def fit_epoch(self):
            for b in self.train_dataloader:
                value = self.model.training_step(b)
                for o in self.optim.values():
                    o.zero_grad()
                value.backward()
                for o in self.optim.values():
                    o.step()
                self.train_batch_idx += 1

    m = Model()
    m.configure_optimizers = lambda: {
        "w": torch.optim.SGD([m.w], 0.03),
        "b": torch.optim.Adam([m.b], 0.03),
    }
    G(2).fit(m, data())


@style
def second_optimizer_on_the_model():

    class M(Model):
        def configure_optimizers(self):
            self.other = torch.optim.SGD([self.b], 0.03)
            return torch.optim.SGD([self.w], 0.03)

    class G(Loop):
        def fit_batch(self, i, b):
            super().fit_batch(i, b)
            self.model.other.step()
            self.model.other.zero_grad()

    G(2).fit(M(), data())


@style
def no_validation():

    class D(SyntheticRegressionData):
        def val_dataloader(self):
            return None

    Trainer(2).fit(Model(), D([2.0, -3.4], 4.2))


@style
def only_bias():

    class B(d2l.Module):
        def __init__(self):
            super().__init__()
            self.board.display = False
            self.b = nn.Parameter(torch.zeros(1))

        def forward(self, X):
            return self.b.expand(len(X), 1)

        def loss(self, yh, y):
            return ((yh - y) ** 2 / 2).mean()

        def configure_optimizers(self):
            return d2l.SGD([self.b], 0.03)

    Trainer(3).fit(B(), data())


@style
def only_bias_broadcast():

    class B(d2l.Module):
        def __init__(self):
            super().__init__()
            self.board.display = False
            self.b = nn.Parameter(torch.zeros(1))

        def forward(self, X):
            return self.b

        def loss(self, yh, y):
            return ((yh - y) ** 2 / 2).mean()

        def configure_optimizers(self):
            return d2l.SGD([self.b], 0.03)

    Trainer(3).fit(B(), data())


@style
def autograd_grad():

    class G(Loop):
        def fit_batch(self, i, b):
            value = self.model.training_step(b)
            ps = list(self.model.parameters())
            for p, g in zip(ps, torch.autograd.grad(value, ps), strict=True):
                p.grad = g
            self.optim.step()

    G(3).fit(Model(), data())


@style
def update_by_hand():

    class G(Loop):
        def fit_batch(self, i, b):
            self.model.training_step(b).backward()
            d2l.sgd([self.model.w, self.model.b], 0.03, 1)

    G(3).fit(Model(), data())


@style
def all_by_hand():

    class G(Loop):
        def fit_batch(self, i, b):
            X, y = b
            value = ((X @ self.model.w + self.model.b - y) ** 2 / 2).mean()
            value.backward()
            with torch.no_grad():
                for p in self.model.parameters():
                    p -= 0.03 * p.grad
                    p.grad.zero_()

    G(3).fit(Model(), data())


@style
def zero_after_step():

    class G(Loop):
        def fit_batch(self, i, b):
            self.model.training_step(b).backward()
            self.optim.step()
            self.optim.zero_grad()

    G(3).fit(Model(), data())


@style
def zero_before_loss():

    class G(Loop):
        def fit_batch(self, i, b):
            self.optim.zero_grad()
            self.model.training_step(b).backward()
            self.optim.step()

    G(3).fit(Model(), data())


@style
def model_zero_grad():

    class G(Loop):
        def fit_batch(self, i, b):
            self.model.zero_grad()
            self.model.training_step(b).backward()
            self.optim.step()

    G(3).fit(Model(), data(batch_size=1000))


@style
def early_stopping_copies():

    class G(Trainer):
        def fit_epoch(self):
            super().fit_epoch()
            self.best = copy.deepcopy(self.model)
            self.state = copy.deepcopy(self.model.state_dict())

    m = Model()
    t = G(3)
    t.fit(m, data(batch_size=1000))
    t2 = Trainer(1)
    t2.fit(t.best, data())
    assert not torch.equal(t.best.w, m.w)


@style
def ema():

    class M(Model):
        def __init__(self):
            super().__init__()
            self.avg = copy.deepcopy(nn.Linear(2, 1))

        def training_step(self, b):
            value = super().training_step(b)
            with torch.no_grad():
                self.avg.weight.mul_(0.9).add_(0.1 * self.w.T)
            return value

        def configure_optimizers(self):
            return d2l.SGD([self.w, self.b], 0.03)

    Trainer(2).fit(M(), data())


@style
def pairwise_ranking():

    class M(Model):
        def loss(self, yh, y):
            d = yh - yh.T
            t = torch.sign(y - y.T)
            return nn.functional.softplus(-d * t).mean()

        def configure_optimizers(self):
            return d2l.SGD([self.w], 0.03)

        def forward(self, X):
            return X @ self.w

    Trainer(2).fit(M(), data())


@style
def mmd():

    class M(Model):
        def loss(self, yh, y):

            def k(a, b):
                return torch.exp(-((a[:, None] - b[None, :]) ** 2)).mean()

            return k(yh, yh) - 2 * k(yh, y) + k(y, y)

    Trainer(2).fit(M(), data())


@style
def one_hot_n_equals_batch():

    class D(d2l.DataModule):
        def __init__(self):
            super().__init__()
            self.batch_size = 10
            self.X = torch.randn(100, 2)
            self.y = torch.randint(0, 10, (100, 1))

        def get_dataloader(self, train):
            return self.get_tensorloader((self.X, self.y), train)

    class M(d2l.Module):
        def __init__(self):
            super().__init__()
            self.board.display = False
            self.net = nn.Linear(2, 10)

        def loss(self, yh, y):
            return -(torch.log_softmax(yh, 1) * (y == torch.arange(10)).float()).sum(1).mean()

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), 0.1)

    Trainer(2).fit(M(), D())


@style
def classification():

    class D(d2l.DataModule):
        def __init__(self):
            super().__init__()
            self.batch_size = 10
            self.X = torch.randn(100, 2)
            self.y = torch.randint(0, 3, (100,))

        def get_dataloader(self, train):
            return self.get_tensorloader((self.X, self.y), train)

    class M(d2l.Module):
        def __init__(self):
            super().__init__()
            self.board.display = False
            self.net = nn.Linear(2, 3)
            self.loss = nn.CrossEntropyLoss()

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), 0.1)

    Trainer(2).fit(M(), D())


@style
def outputs_equal_batch():

    class D(d2l.DataModule):
        def get_dataloader(self, train):
            return [(torch.randn(4, 2), torch.randn(4, 4)) for _ in range(5)]

    class M(d2l.Module):
        def __init__(self):
            super().__init__()
            self.board.display = False
            self.net = nn.Linear(2, 4)
            self.loss = nn.MSELoss()

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), 0.1)

    Trainer(2).fit(M(), D())


@style
def scalar_features_1d():

    class D(d2l.DataModule):
        def __init__(self):
            super().__init__()
            self.batch_size = 10
            self.X = torch.randn(100)
            self.y = 2 * self.X + 1

        def get_dataloader(self, train):
            return self.get_tensorloader((self.X, self.y), train)

    class M(d2l.Module):
        def __init__(self):
            super().__init__()
            self.board.display = False
            self.w = nn.Parameter(torch.zeros(1))
            self.b = nn.Parameter(torch.zeros(1))

        def forward(self, X):
            return self.w * X + self.b

        def loss(self, yh, y):
            return ((yh - y) ** 2).mean()

        def configure_optimizers(self):
            return d2l.SGD(self.parameters(), 0.03)

    Trainer(2).fit(M(), D())


@style
def features_reshaped_in_forward():

    class D(d2l.DataModule):
        def __init__(self):
            super().__init__()
            self.batch_size = 10
            self.X = torch.randn(100)
            self.y = 2 * self.X + 1

        def get_dataloader(self, train):
            return self.get_tensorloader((self.X, self.y), train)

    class M(LinearRegression):
        def __init__(self):
            super().__init__(0.03)
            self.board.display = False

        def forward(self, X):
            return super().forward(X.reshape(-1, 1))

    Trainer(2).fit(M(), D())


@style
def ridge_converged():
    a = torch.randn(300)
    X = torch.stack([a, a + 0.02 * torch.randn(300)], 1)
    y = X @ torch.tensor([[20.0], [-18.0]])

    class D(d2l.DataModule):
        def get_dataloader(self, train):
            self.batch_size = 300
            return self.get_tensorloader((X, y), train)

    class M(Model):
        def loss(self, yh, y):
            return super().loss(yh, y) + 0.05 * (self.w**2).sum()

    Trainer(300).fit(M(0.3), D())


@style
def ridge_by_weight_decay():
    a = torch.randn(300)
    X = torch.stack([a, a + 0.02 * torch.randn(300)], 1)
    y = X @ torch.tensor([[20.0], [-18.0]])

    class D(d2l.DataModule):
        def get_dataloader(self, train):
            self.batch_size = 300
            return self.get_tensorloader((X, y), train)

    m = Model()
    m.configure_optimizers = lambda: torch.optim.SGD(m.parameters(), 0.3, weight_decay=0.1)
    Trainer(300).fit(m, D())


@style
def copied_column():
    a = torch.randn(300, 1)
    X = torch.cat([a, a], 1)
    y = X @ torch.tensor([[2.0], [1.0]])

    class D(d2l.DataModule):
        def get_dataloader(self, train):
            self.batch_size = 30
            return self.get_tensorloader((X, y), train)

    Trainer(5).fit(Model(0.1), D())


@style
def momentum_full_batch_oscillates():
    for ep in range(2, 24):
        m = Model()
        m.configure_optimizers = lambda m=m: torch.optim.SGD(m.parameters(), 0.05, momentum=0.95)
        Trainer(ep).fit(m, data(batch_size=1000))


@style
def adam_full_batch():
    for ep in range(2, 16):
        m = Model()
        m.configure_optimizers = lambda m=m: torch.optim.Adam(m.parameters(), 1.0)
        Trainer(ep).fit(m, data(batch_size=1000))


@style
def dropout_tiny():

    class M(Model):
        def forward(self, X):
            return super().forward(nn.functional.dropout(X, 0.5, self.training))

    for seed in range(20):
        torch.manual_seed(seed)
        Trainer(3).fit(M(0.01), data(num_train=1, num_val=1))


@style
def dropout_layer_tiny():

    class M(Model):
        def __init__(self):
            super().__init__(0.01)
            self.drop = nn.Dropout(0.5)

        def forward(self, X):
            return super().forward(self.drop(X))

    for seed in range(20):
        torch.manual_seed(seed)
        Trainer(3).fit(M(), data(num_train=2, num_val=1, batch_size=2))


@style
def slow_on_purpose():
    Trainer(3).fit(Model(0.0003), data())


@style
def big_labels_full_batch():
    X = torch.randn(100, 2)
    y = 1000000.0 * (X @ torch.ones(2, 1))

    class D(d2l.DataModule):
        def get_dataloader(self, train):
            self.batch_size = 100
            return self.get_tensorloader((X, y), train)

    Trainer(200).fit(Model(0.5), D())


@style
def loglik_maximize():

    class M(Model):
        def loss(self, yh, y):
            return -((yh - y) ** 2).mean()

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), 0.03, maximize=True)

    Trainer(3).fit(M(), data())


@style
def loglik_own_ascent():

    class Up(d2l.SGD):
        def step(self):
            with torch.no_grad():
                for p in self.params:
                    p += self.lr * p.grad

    class M(Model):
        def loss(self, yh, y):
            return -((yh - y) ** 2).mean()

        def configure_optimizers(self):
            return Up([self.w, self.b], 0.03)

    Trainer(3).fit(M(), data())


@style
def heteroscedastic():

    class M(d2l.Module):
        def __init__(self):
            super().__init__()
            self.board.display = False
            self.net = nn.Linear(2, 2)

        def loss(self, yh, y):
            mu, ls = (yh[:, :1], yh[:, 1:])
            return (((y - mu) / ls.exp()) ** 2 / 2 + ls).mean()

        def configure_optimizers(self):
            return torch.optim.Adam(self.parameters(), 0.01)

    Trainer(3).fit(M(), data())


@style
def newton():

    class N(d2l.SGD):
        def step(self):
            with torch.no_grad():
                for p in self.params:
                    p -= 0.5 * p.grad

    m = Model()
    m.configure_optimizers = lambda: N([m.w, m.b], 1.0)
    Trainer(3).fit(m, data())


@style
def list_attribute_params():

    class M(d2l.Module):
        def __init__(self):
            super().__init__()
            self.board.display = False
            self.params = [
                torch.zeros(2, 1, requires_grad=True),
                torch.zeros(1, requires_grad=True),
            ]

        def forward(self, X):
            return X @ self.params[0] + self.params[1]

        def loss(self, yh, y):
            return ((yh - y) ** 2 / 2).mean()

        def configure_optimizers(self):
            return d2l.SGD(self.params, 0.03)

    Trainer(3).fit(M(), data())


@style
def global_params():
    w, b = (torch.zeros(2, 1, requires_grad=True), torch.zeros(1, requires_grad=True))

    class M(d2l.Module):
        def forward(self, X):
            return X @ w + b

        def loss(self, yh, y):
            self.board.display = False
            return ((yh - y) ** 2 / 2).mean()

        def configure_optimizers(self):
            return d2l.SGD([w, b], 0.03)

    Trainer(3).fit(M(), data())


@style
def grad_scaler_like():

    class G(Loop):
        def fit_batch(self, i, b):
            self.optim.zero_grad()
            (self.model.training_step(b) * 1024).backward()
            for p in self.model.parameters():
                p.grad /= 1024
            self.optim.step()

    G(3).fit(Model(), data())


@style
def checkpointing():

    class M(d2l.Module):
        def __init__(self):
            super().__init__()
            self.board.display = False
            self.a = nn.Linear(2, 4)
            self.o = nn.Linear(4, 1)

        def forward(self, X):
            return torch.utils.checkpoint.checkpoint(
                lambda x: self.o(torch.tanh(self.a(x))), X.requires_grad_(), use_reentrant=True
            )

        def loss(self, yh, y):
            return ((yh - y) ** 2 / 2).mean()

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), 0.03)

    Trainer(2).fit(M(), data())


@style
def fit_twice():
    m = Model()
    t = Trainer(2)
    t.fit(m, data())
    t.fit(m, data())


@style
def torch_model_no_module():

    class N(nn.Module):
        def __init__(self):
            super().__init__()
            self.l = nn.Linear(2, 1)

        def forward(self, X):
            return self.l(X)

        def training_step(self, b):
            return nn.functional.mse_loss(self(b[0]), b[1])

        def validation_step(self, b):
            pass

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), 0.03)

    Trainer(2).fit(N(), data())


@style
def duck_model():

    class N:
        def __init__(self):
            self.w = torch.zeros(2, 1, requires_grad=True)

        def train(self):
            pass

        def eval(self):
            pass

        def training_step(self, b):
            return ((b[0] @ self.w + 4.2 - b[1]) ** 2).mean()

        def validation_step(self, b):
            pass

        def configure_optimizers(self):
            return d2l.SGD([self.w], 0.03)

    Trainer(2).fit(N(), data())


@style
def save_in_epoch():

    class G(Trainer):
        def fit_epoch(self):
            super().fit_epoch()
            torch.save(self.model.state_dict(), io.BytesIO())

    G(2).fit(Model(), data(batch_size=1000))


class Blind(Watch):
    """Looks at nothing; what a trainer calls is there."""

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def epoch(self, fit_epoch):
        fit_epoch()

    def check(self, loss):
        assert math.isfinite(loss.item())

    def end(self):
        pass


def outcome(style, monkeypatch, watch):
    """Train in a style; return all parameters, curves and the state of the random numbers."""
    models, fit = [], Trainer.fit

    def noting(self, model, given):
        models.append(model)
        fit(self, model, given)

    with monkeypatch.context() as patch:
        patch.setattr("linreg.trainer.Watch", watch)
        patch.setattr(Trainer, "fit", noting)
        torch.manual_seed(0)
        style()
    numbers = [t.detach().clone() for model in models for t in named_tensors(model).values()]
    boards = [getattr(model, "board", None) for model in models]
    curves = [board.data for board in boards if board is not None]
    return [*numbers, torch.get_rng_state()], curves


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
def test_correct_training_passes_in_silence_and_is_the_same_to_the_last_bit(style, monkeypatch):
    watched, curves = outcome(style, monkeypatch, Watch)
    alone, same_curves = outcome(style, monkeypatch, Blind)
    assert len(watched) == len(alone)
    assert all(torch.equal(one, other) for one, other in zip(watched, alone, strict=True))
    assert curves == same_curves


def test_a_looked_at_training_leaves_model_and_optimizer_as_they_were():
    model = Model()
    Trainer(2).fit(model, data())
    assert not {"loss", "training_step", "validation_step"} & vars(model).keys()
    assert vars(model.trainer.optim).keys() == {"hparams", "params", "lr"}
    assert not model._forward_hooks
    assert model.w._backward_hooks is None
    assert model.trainer._watch is None
