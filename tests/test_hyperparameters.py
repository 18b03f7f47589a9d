"""Arguments kept as attributes, and methods added to a class."""

import pytest

from linreg import HyperParameters, add_to_class


class Parent(HyperParameters):
    def __init__(self, a, b=2, *rest, c, _hidden=0, **others):
        self.save_hyperparameters(ignore=["b"])


def test_the_callers_arguments_become_attributes_and_hyperparameters():
    parent = Parent(1, 5, 6, c=3, d=4)
    assert parent.hparams == {"a": 1, "rest": (6,), "c": 3, "others": {"d": 4}}
    assert (parent.a, parent.rest, parent.c, parent.others) == (1, (6,), 3, {"d": 4})


def test_ignored_and_underscored_names_and_self_are_left_out():
    parent = Parent(1, c=3)
    assert set(vars(parent)) == {"hparams", "a", "rest", "c", "others"}


def test_a_child_keeps_its_own_arguments_beside_those_of_its_parent():
    class Child(Parent):
        def __init__(self, e):
            super().__init__(1, c=3)
            self.save_hyperparameters()

    child = Child(9)
    assert child.hparams == {"e": 9}
    assert (child.a, child.e) == (1, 9)


def test_other_names_that_the_caller_has_by_then_are_kept():
    class Sized(HyperParameters):
        def __init__(self, n):
            double = 2 * n  # noqa: F841
            self.save_hyperparameters()
            later = 3 * n  # noqa: F841

    assert Sized(4).hparams == {"n": 4, "double": 8}


@pytest.mark.parametrize("ignore", [["a"], ("a",), {"a"}])
def test_names_to_ignore_may_come_in_any_collection(ignore):
    class Model(HyperParameters):
        def __init__(self, a):
            self.save_hyperparameters(ignore=ignore)

    assert Model(1).hparams == {}


def test_one_string_is_no_collection_of_names():
    class Model(HyperParameters):
        def __init__(self, lr):
            self.save_hyperparameters(ignore="lr")

    with pytest.raises(TypeError, match=r"ignore is 'lr' \(type str\); it should be a list of na"):
        Model(1)


@pytest.mark.parametrize("wrong", [3, None, True, iter(["lr"])])
def test_what_is_no_collection_of_names_is_named(wrong):
    class Model(HyperParameters):
        def __init__(self, lr):
            self.save_hyperparameters(ignore=wrong)

    with pytest.raises(TypeError, match=r"ignore is .*; it should be a list of names"):
        Model(1)


def test_an_added_function_is_a_method_of_old_and_new_objects():
    class Model:
        lr = 0.03

    old = Model()

    @add_to_class(Model)
    def double(self):
        return 2 * self.lr

    assert old.double() == Model().double() == 0.06


def test_the_decorator_gives_the_function_back():
    class Model:
        pass

    @add_to_class(Model)
    def answer(self):
        return 42

    assert answer(None) == 42


@pytest.mark.usefixtures("own_messages")
@pytest.mark.parametrize("wrong", [3, object(), lambda self: None])
def test_only_a_class_can_be_added_to(wrong):
    with pytest.raises(TypeError, match=r"it should be a class, as @add_to_class\(Name\)"):
        add_to_class(wrong)
