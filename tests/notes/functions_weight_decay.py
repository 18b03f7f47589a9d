# %%
# 权重衰减：样本比特征少，看惩罚项怎样压住过拟合。画图用 d2l.Animator。
import io

import torch
from torch import nn

import linreg as d2l

n_train, n_test, num_inputs, batch_size = 20, 100, 200, 5
true_w, true_b = torch.ones((num_inputs, 1)) * 0.01, 0.05
train_data = d2l.synthetic_data(true_w, true_b, n_train)
train_iter = d2l.load_array(train_data, batch_size)
test_data = d2l.synthetic_data(true_w, true_b, n_test)
test_iter = d2l.load_array(test_data, batch_size, is_train=False)


# %%
def init_params():
    w = torch.normal(0, 1, size=(num_inputs, 1), requires_grad=True)
    b = torch.zeros(1, requires_grad=True)
    return [w, b]


def l2_penalty(w):
    return torch.sum(w.pow(2)) / 2


def train(lambd):
    w, b = init_params()
    net, loss = lambda X: d2l.linreg(X, w, b), d2l.squared_loss
    num_epochs, lr = 100, 0.003
    animator = d2l.Animator(
        xlabel="epochs",
        ylabel="loss",
        yscale="log",
        xlim=[5, num_epochs],
        legend=["train", "test"],
    )
    for epoch in range(num_epochs):
        for X, y in train_iter:
            # 惩罚项是一个数，加上以后广播成每个样本一份
            l = loss(net(X), y) + lambd * l2_penalty(w)
            l.sum().backward()
            d2l.sgd([w, b], lr, batch_size)
        if (epoch + 1) % 5 == 0:
            animator.add(
                epoch + 1,
                (
                    d2l.evaluate_loss(net, train_iter, loss),
                    d2l.evaluate_loss(net, test_iter, loss),
                ),
            )
    print("w的L2范数是：", torch.norm(w).item())
    return animator


# %%
free = train(lambd=0)

# %%
held = train(lambd=3)
assert held.Y[1][-1] < free.Y[1][-1]  # 有惩罚的，测试损失更小


# %%
def train_concise(wd):
    net = nn.Sequential(nn.Linear(num_inputs, 1))
    for param in net.parameters():
        param.data.normal_()
    loss = nn.MSELoss(reduction="none")
    num_epochs, lr = 100, 0.003
    # 偏置不衰减
    trainer = torch.optim.SGD(
        [{"params": net[0].weight, "weight_decay": wd}, {"params": net[0].bias}], lr=lr
    )
    animator = d2l.Animator(
        xlabel="epochs",
        ylabel="loss",
        yscale="log",
        xlim=[5, num_epochs],
        legend=["train", "test"],
    )
    for epoch in range(num_epochs):
        for X, y in train_iter:
            trainer.zero_grad()
            l = loss(net(X), y)
            l.mean().backward()
            trainer.step()
        if (epoch + 1) % 5 == 0:
            animator.add(
                epoch + 1,
                (
                    d2l.evaluate_loss(net, train_iter, loss),
                    d2l.evaluate_loss(net, test_iter, loss),
                ),
            )
    print("w的L2范数：", net[0].weight.norm().item())


train_concise(0)

# %%
train_concise(3)

# %%
# 回到线性回归：每几个小批量画一次损失，最后把图存下来
features, labels = d2l.synthetic_data(torch.tensor([2, -3.4]), 4.2, 1000)
train_iter = d2l.load_array((features, labels), 10)
net, loss = nn.Sequential(nn.Linear(2, 1)), nn.MSELoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.03)
num_epochs, num_batches = 3, len(train_iter)
timer = d2l.Timer()
animator = d2l.Animator(
    xlabel="epoch", xlim=[0, num_epochs], legend=["batch loss", "b", "loss"], figsize=(4, 3)
)
for epoch in range(num_epochs):
    for i, (X, y) in enumerate(train_iter):
        timer.start()
        l = loss(net(X), y)
        optimizer.zero_grad()
        l.backward()
        optimizer.step()
        timer.stop()
        if (i + 1) % (num_batches // 5) == 0:
            animator.add(epoch + (i + 1) / num_batches, (l, net[0].bias.item(), None))
    metrics = (l.item(), net[0].bias.item())
    animator.add(epoch + 1, metrics + (d2l.evaluate_loss(net, train_iter, loss),))
animator.axes[0].set_ylim(0, 20)
animator.fig.savefig(io.BytesIO())
print(f"{num_epochs * len(features) / timer.sum():.1f} examples/sec")
learned = [*net[0].weight.data.flatten().tolist(), net[0].bias.item()]
