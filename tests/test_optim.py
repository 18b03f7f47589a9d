"""SGD as a class, beside torch's."""

import pytest
import torch

from linreg import SGD


def path(optimizer_class, **arguments):
    """Return the parameters after each of five steps on a curved loss."""
    w = torch.tensor([1.0, -2.0], requires_grad=True)
    b = torch.tensor([0.5], requires_grad=True)
    optimizer = optimizer_class([w, b], lr=0.1, **arguments)
    steps = []
    for _ in range(5):
        loss = ((w**2).sum() * b - 3 * b) ** 2
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        steps.append([*w.tolist(), *b.tolist()])
    return steps


def test_sgd_takes_the_steps_of_torchs_sgd_to_the_last_digit():
    assert path(SGD) == path(torch.optim.SGD)


@pytest.mark.parametrize("mode", [torch.no_grad, torch.enable_grad])
def test_step_takes_care_of_no_grad_itself(mode):
    w = torch.ones(2, requires_grad=True)
    (w**2).sum().backward()
    with mode():
        SGD([w], 0.25).step()
    assert w.tolist() == [0.5, 0.5]
    assert w.is_leaf
    assert w.requires_grad


def test_parameters_may_come_from_a_generator_and_are_trained_more_than_once():
    layer = torch.nn.Linear(1, 1)
    optimizer = SGD(layer.parameters(), 0.1)
    before = layer.bias.item()
    for _ in range(3):
        optimizer.zero_grad()
        layer.bias.sum().backward()
        optimizer.step()
    assert layer.bias.item() == pytest.approx(before - 0.3)


def test_a_tensor_without_gradient_is_left_alone():
    w, frozen = torch.ones(1, requires_grad=True), torch.ones(1)
    w.sum().backward()
    SGD([w, frozen], 0.5).step()
    assert (w.item(), frozen.item()) == (0.5, 1)


def test_zero_grad_leaves_nothing_to_add_to():
    w = torch.ones(1, requires_grad=True)
    optimizer = SGD([w], 0.1)
    for _ in range(2):
        optimizer.zero_grad()
        (3 * w).sum().backward()
    assert w.grad.item() == 3


def test_hyperparameters_are_kept():
    w = torch.ones(1)
    assert SGD([w], 0.1).hparams == {"params": [w], "lr": 0.1}


@pytest.mark.parametrize(
    ("params", "lr", "error", "message"),
    [
        ([], 0.1, ValueError, "params is empty; it should hold the tensors to train"),
        (torch.ones(1), 0.1, TypeError, "it should be a list of tensors"),
        ([torch.ones(1), "b"], 0.1, TypeError, "params[1] is 'b' (type str)"),
        ([torch.ones(1)], -1, ValueError, "lr is -1; it should be at least 0"),
        ([torch.ones(1)], None, TypeError, "lr is None (type NoneType); it should be a number"),
        ([torch.ones(1)], float("inf"), ValueError, "lr is inf; it should be a finite number"),
    ],
)
@pytest.mark.usefixtures("own_messages")
def test_a_wrong_argument_is_named(params, lr, error, message):
    with pytest.raises(error) as caught:
        SGD(params, lr)
    assert message in str(caught.value)
