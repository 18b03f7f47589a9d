# %%
# Notes that lean on what the base classes bring along: the default optimizer, a net, lazy layers.
import io

import torch
from torch import nn

import linreg as d2l


# %%
class OneLayer(d2l.Module):
    """No optimizer of its own: the base class takes SGD with self.lr."""

    def __init__(self, lr):
        super().__init__()
        self.save_hyperparameters()
        self.net = nn.Sequential(nn.Flatten(), nn.LazyLinear(1))

    def loss(self, y_hat, y, averaged=True):
        return nn.functional.mse_loss(y_hat, y, reduction="mean" if averaged else "none")

    def validation_step(self, batch):
        y_hat = self(*batch[:-1])
        self.plot("loss", self.loss(y_hat, batch[-1]), train=False)
        self.plot("error", (y_hat - batch[-1]).abs().mean(), train=False)


def init_small(module):
    if type(module) is nn.Linear:
        nn.init.normal_(module.weight, std=0.01)
        nn.init.zeros_(module.bias)


# %%
data = d2l.SyntheticRegressionData(w=torch.tensor([2, -3.4]), b=4.2, noise=0.01)
model = OneLayer(lr=0.05)
model.apply_init([next(iter(data.train_dataloader()))[0]], init_small)
trainer = d2l.Trainer(max_epochs=5, gradient_clip_val=2)
trainer.fit(model, data)
d2l.plt.ylabel("loss")


# %%
# The loop again, as a method that is added to the package's trainer.
@d2l.add_to_class(d2l.Trainer)
def fit_epoch(self):
    self.model.train()
    for batch in self.train_dataloader:
        loss = self.model.training_step(self.prepare_batch(batch))
        self.optim.zero_grad()
        loss.backward()
        with torch.no_grad():
            self.optim.step()
        self.train_batch_idx += 1
    if self.val_dataloader is None:
        return
    self.model.eval()
    for batch in self.val_dataloader:
        with torch.no_grad():
            self.model.validation_step(self.prepare_batch(batch))
        self.val_batch_idx += 1


model.board = d2l.ProgressBoard(yscale="log")
d2l.Trainer(max_epochs=3).fit(model, data)
assert sorted(model.board.data) == ["train_loss", "val_error", "val_loss"]

# %%
layer = model.net[1]
learned = [*layer.weight.data.flatten().tolist(), layer.bias.item()]

# %%
stored = io.BytesIO()
torch.save(model.state_dict(), stored)
stored.seek(0)
again = OneLayer(lr=0.05)
again.load_state_dict(torch.load(stored))
X, y = next(iter(data.val_dataloader()))
assert torch.equal(again(X), model(X))
