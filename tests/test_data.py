"""Data whose true parameters we know, and the ways to read it in minibatches."""

import jaxtyping
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.data import DataLoader, SequentialSampler, TensorDataset

from linreg import DataModule, SyntheticRegressionData, data_iter, load_array, synthetic_data
from linreg.data import TensorLoader

# synthetic_data


def test_synthetic_data_without_noise_follows_the_model_exactly():
    w = torch.tensor([2, -3.4], dtype=torch.float64)
    X, y = synthetic_data(w, 4.2, 100, noise=0)
    assert torch.allclose(y, (X * w).sum(1, keepdim=True) + 4.2)


def test_the_noise_is_a_standard_deviation_and_differs_from_example_to_example():
    X, y = synthetic_data([2, -3.4], 4.2, 100_000, noise=0.5)
    noise = y - X @ torch.tensor([[2], [-3.4]]) - 4.2
    # the standard error of a standard deviation of 0.5 over 100 000 examples is 0.001
    assert noise.std().item() == pytest.approx(0.5, abs=0.005)
    assert noise.mean().item() == pytest.approx(0, abs=0.01)


def test_the_features_are_standard_normal():
    X, _ = synthetic_data([0, 0, 0], 0, 100_000)
    assert X.mean(0).tolist() == pytest.approx([0, 0, 0], abs=0.02)
    assert torch.allclose(torch.cov(X.T), torch.eye(3), atol=0.02)


@given(st.integers(1, 6), st.integers(1, 30), st.booleans())
def test_shapes_and_dtypes_follow_w(d, n, column):
    w = torch.ones((d, 1) if column else (d,), dtype=torch.float64)
    X, y = synthetic_data(w, 1, n)
    assert (X.shape, y.shape) == ((n, d), (n, 1))
    assert X.dtype == y.dtype == torch.float64


@pytest.mark.parametrize("b", [1, 1.0, torch.tensor(1.0), torch.tensor([1.0], dtype=torch.float64)])
def test_a_list_of_weights_gives_the_default_dtype_whatever_the_bias(b):
    X, y = synthetic_data([2, -3.4], b, 5)
    assert X.dtype == y.dtype == torch.float32


def test_the_labels_carry_no_graph_of_the_true_parameters():
    _, y = synthetic_data(torch.ones(2, requires_grad=True), torch.ones(1, requires_grad=True), 5)
    assert not y.requires_grad


def test_random_numbers_come_from_the_seed_or_from_the_generator():
    def draw(seed=None, generator=None):
        if seed is not None:
            torch.manual_seed(seed)
        return synthetic_data([1.0], 0, 5, generator=generator)[1].tolist()

    assert draw(seed=1) == draw(seed=1) != draw()
    of_generator = draw(generator=torch.Generator().manual_seed(2))
    before = torch.get_rng_state()
    assert draw(generator=torch.Generator().manual_seed(2)) == of_generator
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((3.0, 0, 5), TypeError, "w is 3.0 (type float); it should be a tensor or a list"),
        (("ab", 0, 5), TypeError, "w is 'ab' (type str)"),
        (([1.0, "b"], 0, 5), TypeError, "w[1] is 'b' (type str); it should be a number"),
        ((torch.ones(2, 2), 0, 5), ValueError, "w has shape (2, 2); it should be (d,) or (d, 1)"),
        ((torch.ones(()), 0, 5), ValueError, "w has shape ()"),
        (([], 0, 5), ValueError, "w has shape (0,)"),
        ((torch.tensor([2, 3]), 0, 5), TypeError, "w.float()"),
        (([1.0], "b", 5), TypeError, "b is 'b' (type str)"),
        (([1.0], torch.ones(2), 5), ValueError, "b has shape (2,); it should be one number"),
        (([1.0], 0, 0), ValueError, "num_examples is 0; it should be at least 1"),
        (([1.0], 0, 5.0), TypeError, "num_examples is 5.0 (type float)"),
        (([1.0], 0, 5, -1), ValueError, "noise is -1; it should be at least 0"),
    ],
)
@pytest.mark.usefixtures("own_messages")
def test_synthetic_data_names_the_wrong_argument_and_draws_nothing(arguments, error, message):
    before = torch.get_rng_state()
    with pytest.raises(error) as caught:
        synthetic_data(*arguments)
    assert message in str(caught.value)
    assert torch.equal(torch.get_rng_state(), before)


# the readers of minibatches

READERS = {
    "data_iter": lambda batch_size, X, y: data_iter(batch_size, X, y),
    "load_array": lambda batch_size, X, y: load_array((X, y), batch_size),
    "TensorLoader": lambda batch_size, X, y: TensorLoader((X, y), batch_size, shuffle=True),
}


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
@given(n=st.integers(1, 300), batch_size=st.integers(1, 400))
def test_a_pass_reads_every_example_once_with_its_label(reader, n, batch_size):
    X = torch.arange(float(n)).reshape(-1, 1)
    batches = list(reader(batch_size, X, 2 * X))
    sizes = [len(features) for features, _ in batches]
    assert sizes[:-1] == [batch_size] * (len(sizes) - 1)
    assert 0 < sizes[-1] <= batch_size
    features = torch.cat([features for features, _ in batches])
    labels = torch.cat([labels for _, labels in batches])
    assert torch.equal(labels, 2 * features)
    assert features.flatten().sort().values.tolist() == X.flatten().tolist()


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
def test_the_order_is_random_and_follows_the_seed(reader):
    X = torch.arange(50.0).reshape(-1, 1)

    def order():
        return torch.cat([features for features, _ in reader(10, X, X)]).flatten().tolist()

    first, second = order(), order()
    assert first != sorted(first)
    assert first != second
    torch.manual_seed(0)
    assert order() == first


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
def test_the_data_stay_as_they_are_when_a_minibatch_is_changed(reader):
    X = torch.arange(6.0).reshape(-1, 1)
    for features, labels in reader(2, X, X):
        features += 1
        labels.zero_()
    assert X.flatten().tolist() == [0, 1, 2, 3, 4, 5]


def test_a_generator_decides_the_order_alone():
    X = torch.arange(50.0).reshape(-1, 1)

    def orders(seed):
        one, two, three = (torch.Generator().manual_seed(seed) for _ in range(3))
        yield [features.tolist() for features, _ in data_iter(10, X, X, generator=one)]
        yield [features.tolist() for features, _ in TensorLoader((X, X), 10, True, two)]
        yield [features.tolist() for features, _ in load_array((X, X), 10, generator=three)]

    before = torch.get_rng_state()
    assert list(orders(1))[:2] == list(orders(1))[:2]
    assert list(orders(1)) != list(orders(2))
    # a DataLoader draws a seed for its workers from the global generator, our readers draw nothing
    torch.set_rng_state(before)
    list(data_iter(10, X, X, generator=torch.Generator()))
    list(TensorLoader((X, X), 10, True, torch.Generator()))
    assert torch.equal(torch.get_rng_state(), before)


def test_data_iter_works_on_labels_without_a_second_dimension_and_features_with_more():
    batches = list(data_iter(2, torch.ones(3, 4, 5), torch.ones(3)))
    assert [(X.shape, y.shape) for X, y in batches] == [((2, 4, 5), (2,)), ((1, 4, 5), (1,))]


def test_load_array_is_torchs_loader_in_order_when_not_training():
    X = torch.arange(5.0)
    loader = load_array([X], batch_size=2, is_train=False)
    assert type(loader) is DataLoader
    assert isinstance(loader.sampler, SequentialSampler)
    assert [batch.tolist() for (batch,) in loader] == [[0, 1], [2, 3], [4]]


def test_a_tensor_loader_gives_the_minibatches_of_torchs_loader_when_it_does_not_shuffle():
    X, y = synthetic_data([2, -3.4], 4.2, 1000)
    ours, theirs = TensorLoader((X, y), 7), DataLoader(TensorDataset(X, y), 7)
    assert len(ours) == len(theirs) == 143
    for mine, other in zip(ours, theirs, strict=True):
        assert type(mine) is type(other)
        assert all(torch.equal(a, b) for a, b in zip(mine, other, strict=True))


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((0, torch.ones(3), torch.ones(3)), ValueError, "batch_size is 0; it should be at least 1"),
        ((1.5, torch.ones(3), torch.ones(3)), TypeError, "batch_size is 1.5 (type float)"),
        ((1, [1.0], torch.ones(3)), TypeError, "features is [1.0] (type list)"),
        ((1, torch.ones(3), torch.ones(4)), ValueError, "differ (features 3, labels 4)"),
        ((1, torch.ones(3), torch.ones(())), ValueError, "labels has shape ()"),
    ],
)
@pytest.mark.usefixtures("own_messages")
def test_data_iter_names_the_wrong_argument_when_it_is_called(arguments, error, message):
    with pytest.raises(error) as caught:
        data_iter(*arguments)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((torch.ones(3), 1), TypeError, "should be a tuple of tensors, as (features, labels)"),
        (((torch.ones(3), [1.0]), 1), TypeError, "data_arrays[1] is [1.0] (type list)"),
        (((torch.ones(3), torch.ones(4)), 1), ValueError, "(data_arrays[0] 3, data_arrays[1] 4)"),
        (((torch.ones(3),), 0), ValueError, "batch_size is 0"),
    ],
)
@pytest.mark.usefixtures("own_messages")
def test_load_array_names_the_wrong_argument(arguments, error, message):
    with pytest.raises(error) as caught:
        load_array(*arguments)
    assert message in str(caught.value)


# the data modules


def test_the_first_rows_train_and_the_others_validate():
    data = SyntheticRegressionData([2, -3.4], 4.2, num_train=50, num_val=30, batch_size=8)
    train = torch.cat([X for X, _ in data.train_dataloader()])
    val = torch.cat([X for X, _ in data.val_dataloader()])
    assert data.X.shape == (80, 2)
    assert torch.equal(val, data.X[50:])
    assert sorted(train.tolist()) == sorted(data.X[:50].tolist())
    assert not torch.equal(train, data.X[:50])


def test_synthetic_regression_data_is_synthetic_data():
    data = SyntheticRegressionData(torch.tensor([2, -3.4]), 4.2, noise=0.5)
    torch.manual_seed(0)
    X, y = synthetic_data(torch.tensor([2, -3.4]), 4.2, 2000, noise=0.5)
    assert torch.equal(data.X, X)
    assert torch.equal(data.y, y)


def test_a_list_is_accepted_for_w_and_kept_as_a_tensor():
    data = SyntheticRegressionData(w=[2, -3.4], b=4.2)
    assert torch.equal(data.w, torch.tensor([2, -3.4]))
    assert data.w.reshape((2, 1)).shape == (2, 1)


def test_a_generator_decides_the_data_and_the_order_alone():
    def read():
        generator = torch.Generator().manual_seed(3)
        data = SyntheticRegressionData([1.0], 0, generator=generator)
        return [X.tolist() for X, _ in data.train_dataloader()]

    before = torch.get_rng_state()
    assert read() == read()
    assert torch.equal(torch.get_rng_state(), before)


def test_there_may_be_no_validation_data():
    data = SyntheticRegressionData([1.0], 0, num_train=5, num_val=0)
    assert len(data.val_dataloader()) == 0
    assert list(data.val_dataloader()) == []


@pytest.mark.parametrize("indices", [slice(1, 3), [1, 2], torch.tensor([1, 2])])
def test_get_tensorloader_reads_the_given_rows(indices):
    data = DataModule()
    data.batch_size = 10
    (batch,) = data.get_tensorloader([torch.arange(4.0)], train=False, indices=indices)
    assert batch[0].tolist() == [1, 2]


def test_a_data_module_says_what_its_class_lacks():
    class Mine(DataModule):
        pass

    assert (Mine().root, Mine().num_workers) == ("../data", 4)
    with pytest.raises(NotImplementedError, match=r"Mine has no get_dataloader: write `def get_da"):
        Mine().train_dataloader()
    with pytest.raises(AttributeError, match=r"Mine has no batch_size; set self\.batch_size"):
        Mine().get_tensorloader([torch.ones(3)], train=True)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"num_train": 0}, ValueError, "num_train is 0; it should be at least 1"),
        ({"num_val": -1}, ValueError, "num_val is -1; it should be at least 0"),
        ({"batch_size": 0}, ValueError, "batch_size is 0; it should be at least 1"),
        ({"noise": -0.1}, ValueError, "noise is -0.1; it should be at least 0"),
        ({"w": 2.0}, TypeError, "w is 2.0 (type float); it should be a tensor or a list"),
    ],
)
@pytest.mark.usefixtures("own_messages")
def test_synthetic_regression_data_names_the_wrong_argument(arguments, error, message):
    with pytest.raises(error) as caught:
        SyntheticRegressionData(**({"w": [1.0], "b": 0} | arguments))
    assert message in str(caught.value)


def test_shapes_of_the_data_are_checked_in_these_tests():
    with pytest.raises(jaxtyping.TypeCheckError):
        synthetic_data(torch.ones(2, 2), 0, 5)
