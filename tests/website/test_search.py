"""The search as readers use it: what they paste and ask, and where the first result leads."""

import json
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest
from playwright.sync_api import Page

from book.checks import translation
from book.sources import numbers
from website.conftest import ROOT, Site, Visit
from website.test_pages import HAN, LANGUAGES

FIELD = "[data-md-component=search-query]"
META = "document.querySelector('.md-search-result__meta').textContent.trim()"


def searcher(page: Page) -> Callable[[str], list[str]]:
    """Open the search; the function gives where what is found leads, the best first."""
    field = page.locator(FIELD)
    translations = json.loads(page.locator("#__config").inner_text())["translations"]
    idle = json.dumps(translations["search.result.placeholder"])
    base = page.evaluate("new URL(JSON.parse(__config.textContent).base, location).href")
    field.focus()

    def search(words: str) -> list[str]:
        field.fill("")
        page.wait_for_function(f"() => {META} === {idle}")
        field.fill(words)  # like pasting: no key is pressed
        page.wait_for_function(f"() => {META} !== {idle}")
        links = page.locator(".md-search-result__item > a").evaluate_all(
            "all => all.map(({ href }) => href.replace(/\\?[^#]*/, ''))"
        )
        return [link.removeprefix(f"{base}/").removeprefix(base) for link in links]

    return search


# ---- What is found first ----

LEAF = "no-grad/#with-gradients-on"
SCALAR = "autograd/#scalar"
NO_GRAPH = "no-grad/#loss-under-no-grad"
TWICE = "autograd/#freed"
WARNING = "broadcasting/#guards"
NUMPY = "plotting-tensors/#detach"
RATE = ("training-loop/#learning-rate", "gradients/#stable-lr")
ZEROING = ("autograd/#accumulation", "autograd/#zeroing")
DIVISOR = ("loss/#sum-or-mean", "mistakes/#batch-size")

# Messages as they are pasted, in both languages: found first is their entry, or what explains them.
MESSAGES = {
    "a leaf Variable that requires grad is being used in an in-place operation.": LEAF,
    "RuntimeError: a leaf Variable that requires grad is being used in an in-place operation": LEAF,
    "“a leaf Variable that requires grad is being used in an in-place operation.”": LEAF,
    "`a leaf Variable that requires grad is being used in an in-place operation`": LEAF,
    "element 0 of tensors does not require grad and does not have a grad_fn": NO_GRAPH,
    "RuntimeError: element 1 of tensors does not require grad and does not have a grad_fn": (
        NO_GRAPH
    ),
    "grad can be implicitly created only for scalar outputs": SCALAR,
    'raise RuntimeError("grad can be implicitly created only for scalar outputs")': SCALAR,
    "Trying to backward through the graph a second time": TWICE,
    "RuntimeError: Trying to backward through the graph a second time (or directly access saved "
    "tensors after they have already been freed). Saved intermediate values of the graph are freed "
    "when you call .backward() or autograd.grad(). Specify retain_graph=True if you need to "
    "backward through the graph a second time or if you need to access saved tensors after calling "
    "backward.": TWICE,
    "UserWarning: Using a target size (torch.Size([32])) that is different to the input size "
    "(torch.Size([32, 1])). This will likely lead to incorrect results due to broadcasting. Please "
    "ensure they have the same size.": WARNING,
    "Using a target size (torch.Size([64, 1])) that is different to the input size": WARNING,
    "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.": NUMPY,
    "Can’t call numpy() on Tensor that requires grad": NUMPY,
    "The size of tensor a (3) must match the size of tensor b (4) at non-singleton dimension 1": (
        "broadcasting/#rules"
    ),
    "mat1 and mat2 shapes cannot be multiplied (64x3 and 2x1)": "linear-model/#shapes",
    "ValueError: x and y must be the same size": "plotting-tensors/#indexing",
    "AttributeError: 'NoneType' object has no attribute 'zero_'": (
        "autograd/#none",
        "no-grad/#rebinding",
    ),
}
QUESTIONS = {
    "en": {
        "why divide by batch size": DIVISOR,
        "why do we divide by the batch size?": DIVISOR,
        "loss is nan": RATE[0],
        "why is my loss nan": RATE[0],
        "loss becomes inf": RATE[0],
        "how to choose the learning rate": RATE,
        "learning rate": RATE[0],
        "why zero the gradients": ZEROING,
        "why do I need to zero gradients": ZEROING,
        "least squares": ("linear-model/#closed-form", "api/#linreg.least_squares"),
        "ordinary least squares": "linear-model/#closed-form",
        "normal equations": "linear-model/#closed-form",
        "closed form solution": "linear-model/#closed-form",
        "broadcasting": "broadcasting/",
        "minibatch": "minibatches/",
        "data loader": ("minibatches/#dataloader", "concise/#dataloader"),
        "no_grad": "no-grad/#no-grad",
        "torch.no_grad()": "no-grad/#no-grad",
        "with torch.no_grad():": "no-grad/#no-grad",
        "requires_grad": "autograd/",
        "retain_graph": "autograd/#freed",
        "backpropagation": "autograd/#backward",
        "difference between view and reshape": "broadcasting/#view",
        "what does detach do": "plotting-tensors/#detach",
        "what is an epoch": "minibatches/#each-once",
        "model.eval()": "no-grad/#eval-mode",
        "initialize weights": "training-loop/#initialise",
        "feature scaling": "scaling/",
        "why standardise the features": "scaling/#standardise",
        "normalize features": "scaling/#standardise",
        "condition number": "scaling/#ravine",
        "data leakage": "scaling/#training-part",
        "momentum or Adam": "scaling/#optimizers",
        "read csv with pandas": "real-data/",
        "missing values": "real-data/#missing",
        "one-hot encoding": "real-data/#one-hot",
        "multicollinearity": "real-data/#together",
        "train test split": "real-data/#split",
        "R squared": ("real-data/#baseline", "reading-scatter-plots/#shares"),
        "scikit-learn": "real-data/#closed-form",
        "how to save the model": "real-data/#save",
        "gradient clipping": "trainer/#clipping",
        "overfitting": "generalization/#fits",
        "how to prevent overfitting": "generalization/",
        "validation set": "generalization/#three-sets",
        "weight decay": "generalization/",
        "L2 regularization": "generalization/#large-weights",
        "ridge regression": "generalization/",
        "early stopping": "generalization/#early-stopping",
        "loss not decreasing": "trainer/#wrong",
        "random seed": "synthetic-data/#seed",
        "softmax regression": "what-next/#softmax",
        "neural network": "what-next/#hidden-layer",
        "save and load a model": "what-next/#saving",
        "d2l": "what-next/#d2l",
        "broadcasti": "broadcasting/",
        "ＬＯＳＳ ｉｓ ｎａｎ": RATE[0],
        "synthetic_data": ("api/#linreg.synthetic_data", "synthetic-data/"),
    },
    "zh": {
        "学习率": RATE[0],
        "學習率": RATE[0],
        "学习率取多大": RATE,
        "學習率取多大": RATE,
        "学习率怎么选": RATE,
        "学习率应该设多大？": RATE,
        "为什么要清零梯度": ZEROING,
        "為什麼要清零梯度": ZEROING,
        "为什么要把梯度清零？": ZEROING,
        "梯度清零": "autograd/",
        "为什么除以批量大小": DIVISOR,
        "为什么要除以batch size": DIVISOR,
        "最小二乘": "linear-model/#closed-form",
        "最小二乘法": "linear-model/#closed-form",
        "正规方程": "linear-model/#closed-form",
        "正規方程": "linear-model/#closed-form",
        "损失变成nan": RATE[0],
        "损失是 nan 怎么办": RATE[0],
        "ｌｏｓｓ是ｎａｎ": RATE[0],
        "广播": "broadcasting/",
        "廣播": "broadcasting/",
        "小批量": "minibatches/",
        "反向传播": "autograd/",
        "反向傳播": "autograd/",
        "原地操作": "no-grad/",
        "no_grad": "no-grad/",
        "ｎｏ＿ｇｒａｄ": "no-grad/",
        "requires_grad": "autograd/",
        "什么是计算图": "autograd/#graph",
        "叶子张量": ("autograd/#leaves", "mistakes/#leaf-error"),
        "为什么要打乱数据": "minibatches/#shuffling",
        "view 和 reshape 的区别": "broadcasting/#view",
        "怎么初始化权重": "training-loop/#initialise",
        "均方误差": "loss/#mse",
        "特征缩放": "scaling/",
        "为什么要标准化": "scaling/#standardise",
        "归一化": "scaling/#standardise",
        "条件数": "scaling/#ravine",
        "数据泄漏": "scaling/#training-part",
        "动量和 Adam 的区别": "scaling/#optimizers",
        "真实数据": "real-data/",
        "缺失值怎么处理": "real-data/#missing",
        "独热编码": "real-data/#one-hot",
        "多重共线性": "real-data/#together",
        "划分训练集和测试集": "real-data/#split",
        "决定系数": "real-data/#baseline",
        "怎么保存模型": "real-data/#save",
        "梯度裁剪": "trainer/#clipping",
        "早停": "generalization/#early-stopping",
        "提前停止": "generalization/#early-stopping",
        "过拟合": "generalization/#fits",
        "验证集和测试集的区别": ("generalization/#three-sets", "generalization/#test-set"),
        "权重衰减": "generalization/",
        "岭回归": "generalization/",
        "正则化": "generalization/",
        "数据加载器": ("minibatches/#dataloader", "concise/#dataloader"),
        "随机种子": "synthetic-data/#seed",
        "softmax 回归": "what-next/#softmax",
        "神经网络": "what-next/#hidden-layer",
        "保存模型": ("real-data/#save", "what-next/#saving"),
        "动手学深度学习": "what-next/#d2l",
        "损失不下降": "trainer/#wrong",
    },
}


def is_meant(found: str, meant: str | tuple[str, ...]) -> bool:
    """Whether a result leads to a section, or to some place of a page that is named without one."""
    wanted = (meant,) if isinstance(meant, str) else meant
    return any(found == one or (one.endswith("/") and found.startswith(one)) for one in wanted)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_readers_paste_and_ask_finds_its_section_first(
    language: str, visit: Callable[..., Visit]
) -> None:
    search = searcher(visit().go(f"{language}/"))
    wrong = {}
    for words, meant in {**MESSAGES, **QUESTIONS[language]}.items():
        found = search(words)
        if not (found and (is_meant(found[0], meant) or found[0].startswith("errors/"))):
            wrong[words] = found[:3]
    assert wrong == {}


# ---- The page of error messages ----

TRACEBACK = """Traceback (most recent call last):
  File "/home/ann/train.py", line 12, in <module>
    fit(model, data)
  File "/opt/venv/lib/python3.12/site-packages/torch/nn/modules/module.py", line 1773, in _call
    return self._call_impl(*args, **kwargs)
RuntimeError: """

# What becomes of a message on its way into the field.
PASTED = {
    "as it is": lambda said: said,
    "with its class": lambda said: f"TypeError: {said}",
    "with a traceback": lambda said: TRACEBACK + said,
    "with a traceback in one line": lambda said: (TRACEBACK + said).replace("\n", ""),
    "with the path of a warning, and the line that gave it": lambda said: (
        f"/usr/lib/python3/site-packages/torch/nn/modules/loss.py:634: UserWarning: {said}\n"
        "  return F.mse_loss(input, target, reduction=self.reduction)"
    ),
    "with other numbers": lambda said: re.sub(r"\d+", lambda n: str(int(n[0]) * 7 + 64), said),
    "with other shapes": lambda said: re.sub(r"([\[(])\d[^\])]*([\])])", r"\g<1>128, 5\2", said),
    "with another dtype": lambda said: said.replace("Double", "Half").replace("float64", "float16"),
    "in lower case": lambda said: said.lower(),
    "with curly quotes": lambda said: said.replace("'", "’").replace('"', "”"),
    "in an English question": lambda said: f"how to fix {said} in pytorch",
    "in a Chinese question": lambda said: f"报错 {said} 怎么解决？",
    "as the line that raises it": lambda said: f'raise RuntimeError("{said}")',
    "not to its end": lambda said: said[: max(40, len(said) * 7 // 10)],
}


def printed_messages() -> dict[str, set[str]]:
    """The messages that docs/en/errors.md prints, as accepted, and the sections that print each."""
    accepted = (ROOT / "tests/outputs/en/errors.txt").read_text()
    outputs = re.split(r"(?m)^## ", accepted)[1:]  # of each block, below its first line
    english, _ = translation.pair("errors")
    places = [section.id for section in english.sections for _ in section.blocks]
    found: dict[str, set[str]] = {}
    for place, output in zip(places, outputs, strict=True):
        printed = output.partition("\n")[2]
        for said in re.findall(r"(?m)^\w*(?:Error|Warning): (.*(?:\n\s.*)*)", printed):
            found.setdefault(said.strip(), set()).add(f"errors/#{place}")
    return found


def letters(text: str) -> str:
    return re.sub(r"[^a-z]", "", text.lower())


def first_results(page: Page, queries: list[str]) -> list[str]:
    """Where the first result of each query leads, from the search's worker itself."""
    return page.evaluate(
        """async (queries) => {
          const { base, search } = JSON.parse(__config.textContent);
          const worker = new Worker(new URL(search, new URL(base, location)));
          const found = [];
          for (const data of queries) {
            const answer = new Promise((done) => { worker.onmessage = ({ data }) => done(data); });
            worker.postMessage({ type: 2, data });
            found.push((await answer).data.items[0]?.[0].location);
          }
          return found;
        }""",
        queries,
    )


def test_who_types_faster_than_is_answered_waits_for_the_last_answer_alone(
    visit: Callable[..., Visit],
) -> None:
    page = visit().go("en/")
    answers = page.evaluate(
        """async (queries) => {
          const { base, search } = JSON.parse(__config.textContent);
          const worker = new Worker(new URL(search, new URL(base, location)));
          const answers = [];
          const came = new Promise((done) => {
            worker.onmessage = ({ data: { data } }) => {
              answers.push(data.items[0][0].location);
              setTimeout(done, 1000);
            };
          });
          for (const data of queries) worker.postMessage({ type: 2, data });
          await came;
          return answers;
        }""",
        ["l", "le", "learning", "loss", "no_grad"],
    )
    assert answers == first_results(page, ["no_grad"])


def test_each_heading_of_the_page_of_errors_is_a_message_that_its_section_prints() -> None:
    printed: dict[str, str] = {}
    for said, places in printed_messages().items():
        for place in places:
            printed[place] = printed.get(place, "") + " " + letters(said)
    text = (ROOT / "docs/en/errors.md").read_text()
    headings = re.findall(r"(?m)^### (.*) \{ #([\w-]+) \}", text)
    assert len(headings) > 90
    wrong = [
        title
        for title, place in headings
        if place not in {"no-cuda", "cuda-to-numpy"}  # of a machine with a GPU
        and not re.search(
            ".*".join(letters(word) for word in title.split()), printed[f"errors/#{place}"]
        )
    ]
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_message_of_the_page_of_errors_finds_its_entry_first(
    language: str, visit: Callable[..., Visit]
) -> None:
    """Each as it is, and in two of the ways in which it may be pasted, the next two each time."""
    messages = printed_messages()
    assert len(messages) > 180
    cases = []
    ways = list(PASTED)
    for number, (said, places) in enumerate(messages.items()):
        for way in {ways[0], *(ways[(2 * number + i) % len(ways)] for i in range(2))}:
            query = PASTED[way](said)
            alike = {
                place
                for other, others in messages.items()
                for place in others
                if way == "not to its end" and letters(other).startswith(letters(query))
            }
            cases.append((query, places | alike))
    page = visit().go(f"{language}/")
    found = first_results(page, [query for query, _ in cases])
    wrong = [
        (query, first)
        for (query, places), first in zip(cases, found, strict=True)
        if first not in places
    ]
    assert wrong == []


# Messages of other versions, of machines with a GPU, or as the issue of a learner has them.
ELSEWHERE = {
    "expected scalar type Float but found Double": "same-dtype",
    "expected scalar type Long but found Float": "target-dtype",
    "CUDA out of memory. Tried to allocate 20.00 MiB (GPU 0; 3.94 GiB total capacity)": (
        "out-of-memory"
    ),
    "can't convert cuda:0 device type tensor to numpy": "cuda-to-numpy",
    "to be on the same device, but found at least two devices, cuda:1 and cpu!": "same-device",
    "Torch not compiled with CUDA enabled": "no-cuda",
    "only size-1 arrays can be converted to Python scalars": "tensor-to-scalar",
    "size mismatch for fc1.bias: copying a param with shape torch.Size([64]) from": (
        "load-state-dict"
    ),
    "mat1 and mat2 shapes cannot be multiplied": "matmul-shapes",
    "shapes cannot be multiplied (64x3 and 2x1)": "matmul-shapes",
    "mat1 and mat2 must have the same dtype": "same-dtype",
    "Using a target size (torch.Size([64])) that is different to the input size": "target-size",
    "Can't call numpy() on Tensor that requires grad": "numpy-requires-grad",
    "Trying to backward through the graph a second time": "second-backward",
    "element 0 of tensors does not require grad and does not have a grad_fn": "no-grad-fn",
    "grad can be implicitly created only for scalar outputs": "scalar-outputs",
    "a leaf Variable that requires grad is being used in an in-place operation": "leaf-in-place",
    "NoneType object has no attribute zero_": "none-grad",
    "x and y must be the same size": "scatter-size",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_message_of_another_version_or_machine_finds_its_entry_first(
    language: str, visit: Callable[..., Visit]
) -> None:
    found = first_results(visit().go(f"{language}/"), list(ELSEWHERE))
    meant = [f"errors/#{place}" for place in ELSEWHERE.values()]
    assert dict(zip(ELSEWHERE, found, strict=True)) == dict(zip(ELSEWHERE, meant, strict=True))


ORDINARY = {
    "en": [
        "the learning rate is too large",
        "how a model is trained",
        "the update of the parameters",
        "gradients and parameters",
        "a linear model",
        "device",
    ],
    "zh": ["learning rate", "学习率太大", "模型怎样训练", "参数更新", "梯度", "形状", "设备"],
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_ordinary_question_finds_no_error_message_first(
    language: str, visit: Callable[..., Visit]
) -> None:
    """Though many of their words are those of messages."""
    asked = [*QUESTIONS[language], *ORDINARY[language]]
    found = first_results(visit().go(f"{language}/"), asked)
    pairs = zip(asked, found, strict=True)
    assert [(query, first) for query, first in pairs if first.startswith("errors/")] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_search_finds_the_page_of_each_heading_first(
    language: str, site: Site, visit: Callable[..., Visit]
) -> None:
    """As the search's worker has it; what readers type in the field is tried above."""
    index = json.loads((site.folder / language / "search/sections.json").read_text())
    of_chapters = {Path(name).stem for name in numbers(language)}
    headings: dict[str, set[str]] = {}
    for entry in index["docs"]:
        title = unescape(re.sub(r"<[^>]*>", "", entry["title"]))
        if (page := entry["location"].partition("/")[0]) in of_chapters:
            headings.setdefault(title, set()).add(page)
    own = {title: pages.pop() for title, pages in headings.items() if len(pages) == 1}
    assert len(own) > 100
    found = first_results(visit().go(f"{language}/"), list(own))
    missed = {
        title: place
        for (title, name), place in zip(own.items(), found, strict=True)
        if not (place or "").startswith(f"{name}/")
    }
    assert missed == {}


def test_the_chinese_search_shows_chinese_pages_alone(visit: Callable[..., Visit]) -> None:
    page = visit().go("zh/")
    searcher(page)("torch")
    titles = page.locator(".md-search-result__item h1").all_inner_texts()
    assert titles
    assert all(HAN.search(title) for title in titles)


def test_the_words_that_stand_for_sections_are_those_of_sections(site: Site) -> None:
    for language in LANGUAGES:
        index = json.loads((site.folder / language / "search/sections.json").read_text())
        assert sum("also" in entry for entry in index["docs"]) > 30
        assert len(index["traditional"]) == len(index["simplified"])
    pairs = dict(zip(index["traditional"], index["simplified"], strict=True))
    assert (pairs["學"], pairs["習"], pairs["損"]) == ("学", "习", "损")
    assert not set(pairs) & set("".join(entry["text"] for entry in index["docs"]))


# ---- How words come into the field ----


def results(page: Page) -> list[str]:
    page.locator(".md-search-result__item").first.wait_for()
    return page.locator(".md-search-result__item > a").evaluate_all("all => all.map(a => a.href)")


WAYS = {
    "pasted": "document.execCommand('insertText', false, words)",
    "dropped, or filled in": """
        field.value = words;
        field.dispatchEvent(new InputEvent("input", {bubbles: true}))""",
    "an input method": """
        field.dispatchEvent(new CompositionEvent("compositionstart", {bubbles: true}));
        field.value = words;
        field.dispatchEvent(new InputEvent("input", {isComposing: true, bubbles: true}));
        field.dispatchEvent(new CompositionEvent("compositionend", {bubbles: true}))""",
    "filled in, and told at the end": """
        field.value = words;
        field.dispatchEvent(new Event("change", {bubbles: true}))""",
}


@pytest.mark.parametrize("way", WAYS)
def test_words_are_looked_for_though_no_key_is_pressed(
    way: str, visit: Callable[..., Visit]
) -> None:
    page = visit().go("zh/")
    page.locator(FIELD).click()
    page.evaluate(
        f"(words) => {{ const field = document.querySelector('{FIELD}'); {WAYS[way]} }}", "链式法则"
    )
    assert "/zh/gradients/" in results(page)[0]


def test_words_from_the_clipboard_are_looked_for(visit: Callable[..., Visit]) -> None:
    page = visit(permissions=["clipboard-read", "clipboard-write"]).go("en/")
    page.evaluate("navigator.clipboard.writeText('the chain rule')")
    page.locator(FIELD).click()
    page.keyboard.press("ControlOrMeta+V")
    assert "/en/gradients/" in results(page)[0]


def test_words_of_a_chinese_input_method_are_looked_for(visit: Callable[..., Visit]) -> None:
    page = visit().go("zh/")
    page.locator(FIELD).click()
    browser = page.context.new_cdp_session(page)
    for part in ("x", "xue xi", "学习率"):
        browser.send(
            "Input.imeSetComposition",
            {"text": part, "selectionStart": len(part), "selectionEnd": len(part)},
        )
    browser.send("Input.insertText", {"text": "学习率"})
    page.wait_for_function(
        "() => document.querySelector('.md-search-result__item > a')?.hash === '#learning-rate'"
    )


def test_emptying_the_field_empties_the_list(visit: Callable[..., Visit]) -> None:
    page = visit().go("en/")
    assert searcher(page)("bowl")
    page.locator(".md-search__form [type=reset]").click()
    page.wait_for_function("() => !document.querySelector('.md-search-result__item')")
    assert page.locator(FIELD).input_value() == ""
    assert page.evaluate("document.activeElement.name") == "query"


def test_what_is_begun_is_completed(visit: Callable[..., Visit]) -> None:
    page = visit().go("en/")
    page.locator(FIELD).click()
    page.keyboard.type("broadcas")
    page.wait_for_function(
        "() => document.querySelector('.md-search__suggest').textContent === 'broadcasting'"
    )
    page.keyboard.press("ArrowRight")
    assert page.locator(FIELD).input_value() == "broadcasting"


@pytest.mark.parametrize(
    "words", ["   ", "???", "*", "+-~^", "zzzqqq", '"', "qq:qq", "<b>", "\\", "。"]
)
def test_words_that_are_none_are_no_error(words: str, visit: Callable[..., Visit]) -> None:
    reader = visit()
    page = reader.go("en/")
    field = page.locator(FIELD)
    field.click()
    field.fill(words)
    page.wait_for_timeout(500)
    assert page.locator(".md-search-result__item").count() == 0
    field.fill("bowl")
    assert results(page)
    assert reader.complaints == []


# ---- Where a result leads ----


@pytest.mark.parametrize("how", ["Enter", "first", "teaser"])
def test_a_result_opens_its_section_with_the_words_marked(
    how: str, visit: Callable[..., Visit]
) -> None:
    page = visit().go("en/")
    searcher(page)("Zeroing the gradients frees the graph")
    if how == "Enter":
        page.keyboard.press("Enter")
    else:
        link = page.locator(".md-search-result__item").first.locator("a")
        link.nth(0 if how == "first" else 1).click()
    page.wait_for_url("**/en/mistakes/?h=*#zeroing")
    page.locator("article mark").first.wait_for()
    lowest = page.locator("header.md-header").evaluate("header => header.offsetHeight")
    top = page.locator("#zeroing").evaluate("title => title.getBoundingClientRect().top")
    assert lowest <= top <= lowest + 60
    assert "zeroing" in [mark.lower() for mark in page.locator("mark").all_inner_texts()]


@pytest.mark.parametrize(
    ("address", "words"),
    [("en/gradients/?h=bowl#hessian", "bowl"), ("zh/gradients/?h=链式法则", "链式法则")],
)
def test_an_address_with_words_marks_them_also_when_it_is_opened_again(
    address: str, words: str, visit: Callable[..., Visit]
) -> None:
    reader = visit()
    page = reader.go(address)
    for _ in range(2):
        page.locator("article mark").first.wait_for()
        assert {mark.lower() for mark in page.locator("mark").all_text_contents()} == {words}
        page.reload()
    assert not any(url.endswith("sections.json") for url in reader.requests)


def test_back_from_a_result_and_to_it_leads_to_where_the_reader_was(
    visit: Callable[..., Visit],
) -> None:
    page = visit().go("en/training-loop/")
    page.evaluate("scrollTo(0, 2000)")
    page.wait_for_timeout(700)
    searcher(page)("bowl")
    page.keyboard.press("Enter")
    page.wait_for_url("**/gradients/?h=bowl#hessian")
    page.locator("article mark").first.wait_for()
    page.evaluate("scrollBy(0, 300)")
    page.wait_for_timeout(700)
    there = page.evaluate("scrollY")
    page.go_back()
    page.wait_for_function("() => scrollY === 2000")
    assert "/en/training-loop/" in page.url
    assert "?h=" not in page.url
    page.go_forward()
    page.wait_for_function("(there) => scrollY === there", arg=there)
    page.locator("article mark").first.wait_for()


def test_the_contents_of_the_gallery_lead_to_each_mistake(visit: Callable[..., Visit]) -> None:
    page = visit().go("en/mistakes/")
    titles = page.locator("article h2").evaluate_all("all => all.map(title => '#' + title.id)")
    links = page.locator(".md-sidebar--secondary a").evaluate_all("all => all.map(a => a.hash)")
    assert len(titles) > 15
    assert set(titles) <= set(links)
