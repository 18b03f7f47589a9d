# %%
# 同样的内容，换几种写法：torch.mm、index_select、view、param.data、不除以 2 的损失。
import random

import numpy as np
import torch

import linreg as d2l

# %%
num_inputs = 2
num_examples = 1000
true_w = [2, -3.4]
true_b = 4.2
features = torch.from_numpy(np.random.normal(0, 1, (num_examples, num_inputs))).float()
labels = true_w[0] * features[:, 0] + true_w[1] * features[:, 1] + true_b
labels += torch.tensor(np.random.normal(0, 0.01, size=labels.size()), dtype=torch.float32)

# %%
d2l.use_svg_display()
d2l.set_figsize((4, 3))
d2l.plt.scatter(features[:, 1].numpy(), labels.numpy(), 1);


# %%
def data_iter(batch_size, features, labels):
    num_examples = len(features)
    indices = list(range(num_examples))
    random.shuffle(indices)
    for i in range(0, num_examples, batch_size):
        j = torch.LongTensor(indices[i : min(i + batch_size, num_examples)])
        yield features.index_select(0, j), labels.index_select(0, j)


def linreg(X, w, b):
    return torch.mm(X, w) + b


def squared_loss(y_hat, y):
    return (y_hat - y.view(y_hat.size())) ** 2 / 2


def sgd(params, lr, batch_size):
    for param in params:
        param.data -= lr * param.grad / batch_size


# %%
w = torch.tensor(np.random.normal(0, 0.01, (num_inputs, 1)), dtype=torch.float32)
b = torch.zeros(1, dtype=torch.float32)
w.requires_grad_(requires_grad=True)
b.requires_grad_(requires_grad=True)

timer = d2l.Timer()
for epoch in range(3):
    for X, y in data_iter(10, features, labels):
        l = squared_loss(linreg(X, w, b), y).sum()
        l.backward()
        sgd([w, b], 0.03, 10)
        w.grad.data.zero_()
        b.grad.data.zero_()
    train_l = squared_loss(linreg(features, w, b), labels)
    print("epoch %d, loss %f" % (epoch + 1, train_l.mean().item()))
print(f"{timer.stop():.5f} sec")


# %%
# 面向对象的一遍：普通张量作参数，损失不除以 2，优化器直接改 param.data
class Net(d2l.Module):
    def __init__(self, lr):
        super().__init__()
        self.save_hyperparameters()
        self.w = torch.normal(0, 0.01, size=(2, 1), requires_grad=True)
        self.b = torch.zeros(1, requires_grad=True)

    def forward(self, X):
        return torch.mm(X, self.w) + self.b

    def loss(self, y_hat, y):
        return ((y_hat - y.view(y_hat.size())) ** 2).mean()

    def configure_optimizers(self):
        return DataSGD([self.w, self.b], self.lr)


class DataSGD(d2l.HyperParameters):
    def __init__(self, params, lr):
        self.save_hyperparameters()

    def step(self):
        for param in self.params:
            param.data -= self.lr * param.grad

    def zero_grad(self):
        for param in self.params:
            if param.grad is not None:
                param.grad.data.zero_()


class Data(d2l.DataModule):
    def __init__(self, features, labels, batch_size):
        super().__init__()
        self.save_hyperparameters()

    def get_dataloader(self, train):
        i = slice(0, 900) if train else slice(900, None)
        return self.get_tensorloader((self.features, self.labels), train, i)


# %%
class MyTrainer(d2l.Trainer):
    def fit_epoch(self):
        self.model.train()
        for batch in self.train_dataloader:
            l = self.model.training_step(self.prepare_batch(batch))
            self.optim.zero_grad()
            l.backward()
            self.optim.step()
            self.train_batch_idx += 1


net = Net(lr=0.05)
MyTrainer(max_epochs=3).fit(net, Data(features, labels, 10))
learned = [*net.w.flatten().tolist(), net.b.item()]
