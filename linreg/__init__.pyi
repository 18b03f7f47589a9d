# Where each public name comes from. `__init__.py` reads this list and loads a module on first use.
from . import check as check
from .analytic import gradients as gradients
from .analytic import least_squares as least_squares
from .analytic import max_stable_lr as max_stable_lr
from .data import data_iter as data_iter
from .data import load_array as load_array
from .data import synthetic_data as synthetic_data
from .plotting import plot as plot
from .plotting import plt as plt
from .plotting import set_axes as set_axes
from .plotting import set_figsize as set_figsize
from .plotting import use_svg_display as use_svg_display
from .scratch import evaluate_loss as evaluate_loss
from .scratch import linreg as linreg
from .scratch import sgd as sgd
from .scratch import squared_loss as squared_loss
from .timer import Timer as Timer
