"""What the package says about a name that it does not have: its scope, and what to use instead."""

import difflib
from collections.abc import Sequence

SCOPE = (
    "linreg holds what the linear-regression parts of Dive into Deep Learning need "
    "(3.1 to 3.7 of the English edition 1.0; 3.1 to 3.3 and 4.5 of the Chinese edition 2.0); "
    "dir(linreg) lists its names"
)

# Names of the book's package with an equivalent in PyTorch, in this package or in a line of code.
INSTEAD = {
    "Accumulator": "sums of your own, as total += float(loss) * len(y) and count += len(y)",
    "Classifier": "linreg.Module, and torch.nn.functional.cross_entropy in its loss",
    "DATA_HUB": "torch.hub.download_url_to_file(url, path)",
    "DATA_URL": "torch.hub.download_url_to_file(url, path)",
    "DataLoader": "torch.utils.data.DataLoader",
    "FashionMNIST": "torchvision.datasets.FashionMNIST",
    "MLP": "torch.nn.Sequential of torch.nn.Linear and torch.nn.ReLU",
    "MultiHeadAttention": "torch.nn.MultiheadAttention",
    "RNNModel": "torch.nn.RNN",
    "SoftmaxRegression": "linreg.Module, and torch.nn.functional.cross_entropy in its loss",
    "TransformerEncoder": "torch.nn.TransformerEncoder",
    "accuracy": "float((y_hat.argmax(1) == y).sum())",
    "argmax": "x.argmax(dim)",
    "astype": "x.type(dtype)",
    "batch_matmul": "torch.bmm(a, b)",
    "box_iou": "torchvision.ops.box_iou",
    "concat": "torch.cat(tensors, dim)",
    "corr2d": "torch.nn.functional.conv2d",
    "cross_entropy": "torch.nn.functional.cross_entropy",
    "display": "from IPython import display",
    "download": "torch.hub.download_url_to_file(url, path)",
    "download_extract": "torch.hub.download_url_to_file(url, path)",
    "evaluate_accuracy": "(net(X).argmax(1) == y).float().mean() over the minibatches",
    "evaluate_accuracy_gpu": "(net(X).argmax(1) == y).float().mean() over the minibatches",
    "expand_dims": "x.unsqueeze(dim)",
    "get_dataloader_workers": "num_workers=4 in torch.utils.data.DataLoader",
    "get_fashion_mnist_labels": "the classes of torchvision.datasets.FashionMNIST",
    "grad_clipping": "torch.nn.utils.clip_grad_norm_(net.parameters(), theta)",
    "kl_divergence": "torch.nn.functional.kl_div",
    "load_data_fashion_mnist": "torchvision.datasets.FashionMNIST in a torch.utils.data.DataLoader",
    "nms": "torchvision.ops.nms",
    "nn": "from torch import nn",
    "nn_Module": "torch.nn.Module",
    "np": "import numpy as np",
    "numpy": "x.detach().numpy()",
    "reduce_mean": "x.mean()",
    "reduce_sum": "x.sum()",
    "repeat": "x.repeat(sizes)",
    "reshape": "x.reshape(shape)",
    "resnet18": "torchvision.models.resnet18",
    "semilogy": 'linreg.plot(x, [y1, y2], yscale="log")',
    "show_images": "linreg.plt.imshow",
    "size": "x.numel()",
    "swapaxes": "x.swapaxes(dim1, dim2)",
    "to": "x.to(device)",
    "torch": "import torch",
    "train_2d": "a loop over the steps, and linreg.plot for the path",
    "train_ch3": "linreg.Trainer with a linreg.Module, or a loop of your own",
    "train_ch6": "linreg.Trainer with a linreg.Module, or a loop of your own",
    "train_epoch_ch3": "linreg.Trainer with a linreg.Module, or a loop of your own",
    "transpose": "x.t()",
    "try_all_gpus": "[linreg.gpu(i) for i in range(linreg.num_gpus())] or [linreg.cpu()]",
    "try_gpu": 'torch.device("cuda" if torch.cuda.is_available() else "cpu")',
}

# Names that stand for PyTorch's of the same name.
OF_TORCH = frozenset(
    """
    abs arange bmm cat cos cosh eye exp float32 float64 int32 int64 linspace log matmul meshgrid mm
    normal ones ones_like rand rand_like randint randn sigmoid sin sinh softmax stack tanh tensor
    zeros zeros_like
    """.split()  # noqa: SIM905  # a name a line would be longer than all the rest
)
OF_TORCH_NN = frozenset(["GRU", "LSTM", "RNN"])

# Names of the book's package that its other chapters define: whole models, data sets and loops.
OTHER_CHAPTERS = frozenset(
    """
    AddNorm AdditiveAttention AttentionDecoder BERTEncoder BERTModel BananasDataset
    BaseClassifier Benchmark CTRDataset Decoder DotProductAttention Encoder EncoderBlock
    EncoderDecoder GRUScratch HPOScheduler HPOSearcher HPOTrainer KaggleHouse
    LSTMScratch LeNet MLPScratch MTFraEng MaskedSoftmaxCELoss PositionWiseFFN PositionalEncoding
    RNNLM RNNLMScratch RNNModelScratch RNNScratch RandomGenerator Seq2Seq Seq2SeqEncoder
    SoftmaxRegressionScratch TextCNN TimeMachine TokenEmbedding VOCSegDataset Vocab bleu
    box_center_to_corner box_corner_to_center build_array_nmt copyfile count_corpus extract
    get_data_ch11 get_data_ch7 init_cnn init_seq2seq load_corpus_time_machine
    load_data_imdb load_data_nmt load_data_ptb load_data_time_machine load_data_voc
    masked_softmax mkdir_if_not_exist multibox_prior multibox_target offset_boxes plot_kernel
    predict_ch3 predict_ch8 predict_seq2seq read_csv read_data_nmt read_time_machine
    read_voc_images reorg_test reorg_train_valid seq_data_iter_random seq_data_iter_sequential
    sequence_mask show_attention show_bboxes show_heatmaps show_list_len_pair_hist show_trace
    show_trace_2d split_batch tokenize train_batch_ch13 train_ch11 train_ch13 train_ch7
    train_ch8 train_concise_ch11 train_epoch_ch8 train_seq2seq transpose_output transpose_qkv
    truncate_pad update_D update_G voc_rand_crop
    """.split()  # noqa: SIM905
)


def about_missing(name: str, public: Sequence[str]) -> str:
    """Say that the package has no such name, and what may help.

    Args:
        name: what was asked for.
        public: the names that the package has.

    Examples:
        >>> about_missing("synthetic_dat", ["synthetic_data", "sgd"]).partition(". ")[0]
        'linreg has no synthetic_dat: did you mean linreg.synthetic_data?'
    """
    instead = INSTEAD.get(name)
    if name in OF_TORCH or name in OF_TORCH_NN:
        instead = f"torch.{name}" if name in OF_TORCH else f"torch.nn.{name}"
    if instead is not None:
        return f"linreg has no {name}: use {instead}. {SCOPE}"
    if name in OTHER_CHAPTERS:
        return (
            f"linreg has no {name}, which another chapter of the book defines: "
            f"copy it from there. {SCOPE}"
        )
    meant = closest(name, public)
    return f"linreg has no {name}" + (f": did you mean linreg.{meant}? " if meant else ". ") + SCOPE


def closest(name: str, public: Sequence[str]) -> str | None:
    """Find the public name that was probably meant, without regard to case and underscores."""
    plain = {each.lower().replace("_", ""): each for each in reversed(public)}
    plain |= {each: each for each in public}
    key = name.lower().replace("_", "")
    found = (
        difflib.get_close_matches(name, public, n=1, cutoff=0.66)
        or difflib.get_close_matches(key, plain, n=1, cutoff=0.75)
        or [each for each in plain if len(key) > 3 and each.startswith(key)]
    )
    return plain[found[0]] if found else None
