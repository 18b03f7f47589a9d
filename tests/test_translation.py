"""The two languages say the same: every page of the book, and each difference that must be seen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from book.checks import translation
from linreg.literate import LiterateError

DOCS = Path(__file__).resolve().parent.parent / "docs"

ENGLISH = """---
title: Step
---

# One step { #step }

The step is $w \\leftarrow w - \\eta g$, with a rate of 0.03; see [chapter 8](gradients.md#step).

## Code { #code }

$$
g = \\frac{1}{n} \\sum_i g_i \\quad \\text{for all}
$$

!!! note
    Run it:

```python
# the rate
lr = 0.03
print(f"rate {lr:.2f}")
```
<!-- caption: The rate. -->
<!-- alt: A line. -->
"""
CHINESE = """---
title: 一步
---

# 走一步 { #step }

每一步都是 $w \\leftarrow w - \\eta g$，学习率为 0.03，见[第 8 章](gradients.md#step)。

## 代码 { #code }

$$
g = \\frac{1}{n} \\sum_i g_i \\quad \\text{对所有样本}
$$

!!! note
    运行：

```python
# 学习率
lr = 0.03
print(f"学习率 {lr:.2f}")
```
<!-- caption: 学习率。 -->
<!-- alt: 一条线。 -->
"""


def differences(chinese: str) -> list[str]:
    return translation.differences(
        translation.read(ENGLISH, "en/step.md"), translation.read(chinese, "zh/step.md")
    )


def test_a_faithful_translation_differs_in_nothing() -> None:
    assert differences(CHINESE) == []


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("为 0.03", "为 0.3", "numbers differ: only in English ['0.03'], only in Chinese ['0.3']"),
        ("lr = 0.03", "lr = 0.3", "block 1 is other code than the English one"),
        ("lr:.2f", "lr:.3f", "block 1 is other code"),
        ("```python\n#", "```python\nx = 1\n#", "block 1 is other code"),
        ("\\frac{1}{n}", "\\frac{1}{m}", "formulas differ"),
        ("w - \\eta", "w + \\eta", "formulas differ"),
        ("[第 8 章](gradients.md#step)", "第 8 章", "links differ"),
        ("gradients.md#step", "gradients.md", "links differ"),
        ("<!-- caption: 学习率。 -->\n", "", "block 1 has other captions or alternative texts"),
        ("<!-- alt: 一条线。 -->", "", "block 1 has other captions or alternative texts"),
        (
            "<!-- alt: 一条线。 -->",
            "<!-- alt: 一条线。 -->\n<!-- highlight: 1 -->",
            "block 1 has other lines highlighted, title or parts shown",
        ),
        ("!!! note", "!!! tip", "admonitions differ"),
        ("{ #code }", "{ #steps }", "missing here: #code; only here: #steps"),
        ("## 代码", "### 代码", "the headings are not those of en/step.md"),
        (" { #code }", "", "zh/step.md:9: this heading has no id"),
    ],
)
def test_a_difference_is_found(before: str, after: str, message: str) -> None:
    assert before in CHINESE

    found = differences(CHINESE.replace(before, after, 1))

    assert any(message in text for text in found), found


def test_a_mistyped_fence_is_found() -> None:
    with pytest.raises(LiterateError, match=r"zh/step\.md:18: the test runner skips ```Python"):
        differences(CHINESE.replace("```python", "```Python"))


def test_a_section_that_is_moved_or_left_out_is_found_where_it_should_stand() -> None:
    top, code = CHINESE.index("# 走一步"), CHINESE.index("## 代码")
    front, step, rest = CHINESE[:top], CHINESE[top:code], CHINESE[code:]
    said = "zh/step.md: the headings are not those of en/step.md, in order and level: "

    assert differences(front + rest + step) == [
        f"{said}en/step.md:5 has # #step and zh/step.md:5 has ## #code"
    ]
    assert differences(front + step) == [
        f"{said}en/step.md:9 has ## #code and zh/step.md ends; missing here: #code"
    ]


def test_a_block_that_is_left_out_is_found() -> None:
    block = CHINESE[CHINESE.index("```python") :]
    found = differences(CHINESE.removesuffix(block))

    assert found == ["zh/step.md:9 (#code): fences differ: English ['python'], Chinese []"]


def test_an_added_block_is_found() -> None:
    assert any("fences differ" in text for text in differences(CHINESE + "\n```python\n1\n```\n"))


def test_a_difference_names_the_line_of_the_section() -> None:
    (found,) = differences(CHINESE.replace("!!! note", "!!! tip"))

    assert found.startswith("zh/step.md:9 (#code): ")


def test_only_the_language_of_a_check_may_differ_among_arguments() -> None:
    assert translation.masked("check.sgd(f)") == translation.masked('check.sgd(f, lang="zh")')
    assert translation.masked("check.sgd(f)") != translation.masked("check.sgd(f, quick=True)")


def test_a_changed_english_section_makes_the_chinese_one_stale() -> None:
    english = translation.read(ENGLISH, "en/step.md")
    chinese = translation.read(CHINESE, "docs/zh/step.md")
    chinese.answers = {section.id: section.digest for section in english.sections}
    assert translation.stale(english, chinese) == []

    changed = translation.read(ENGLISH.replace("Run it", "Run this"), "en/step.md")

    (found,) = translation.stale(changed, chinese)
    assert found.startswith("en/step.md:9 (#code) changed since docs/zh/step.md was written")
    assert "python -m book check translation --accept step" in found


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        ("", "", ["en:5     zh:5     #step", "en:9     zh:9     #code"]),
        ("# 走", "\n# 走", ["en:5     zh:6     #step", "en:9     zh:10    #code"]),
        ("!!! note", "!!! tip", ["en:5     zh:5     #step", "en:9     zh:9     #code  to mend"]),
        (
            "## 代码 { #code }",
            "## 步骤 { #steps }",
            [
                "en:5     zh:5     #step",
                "en:9     zh:-     #code  only in English",
                "en:-     zh:9     #steps  only in Chinese",
            ],
        ),
    ],
)
def test_the_report_lists_each_section_with_its_line_in_both_languages(
    before: str, after: str, lines: list[str]
) -> None:
    english = translation.read(ENGLISH, "en/step.md")
    chinese = translation.read(CHINESE.replace(before, after, 1), "zh/step.md")

    problems = translation.differences(english, chinese)

    assert translation.report(english, chinese, problems) == lines


def test_accepting_writes_the_digests_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for language, text in (("en", ENGLISH), ("zh", CHINESE)):
        (tmp_path / language).mkdir()
        (tmp_path / language / "step.md").write_text(text, encoding="utf-8")
    monkeypatch.setattr(translation, "DOCS", tmp_path)

    assert translation.check([]) == 1
    assert translation.check(["step"]) == 0
    assert translation.check(["step.md"]) == 0

    written = (tmp_path / "zh" / "step.md").read_text(encoding="utf-8")
    assert written.count("answers:") == 1
    assert written.endswith(CHINESE.removeprefix("---\ntitle: 一步\n---\n"))


def test_a_digest_is_text_also_when_it_looks_like_a_number() -> None:
    text = "---\nanswers:\n  top: 6083726357\n  off: 0123456701\n---\n\n# One step\n"
    answers = translation.read(text, "zh/step.md").answers
    assert answers == {"top": "6083726357", "off": "0123456701"}


@pytest.mark.parametrize("name", translation.names())
def test_a_page_says_the_same_in_both_languages(name: str) -> None:
    assert translation.differences(*translation.pair(name)) == []


@pytest.mark.parametrize("name", translation.names())
def test_a_chinese_page_answers_to_the_english_one_as_it_stands(name: str) -> None:
    assert translation.stale(*translation.pair(name)) == []


def test_the_lab_has_the_same_cells_in_both_languages() -> None:
    def cells(language: str) -> list[tuple[str, str, str]]:
        lab = json.loads((DOCS / language / "lab.ipynb").read_text(encoding="utf-8"))
        return [
            (cell["id"], cell["cell_type"], code(cell["source"]) if is_code(cell) else "")
            for cell in lab["cells"]
            if cell["id"] != "chinese-font"  # only the Chinese figures need one
        ]

    def is_code(cell: dict[str, str]) -> bool:
        return cell["cell_type"] == "code"

    def code(source: str | list[str]) -> str:
        return str(translation.masked("".join(source)))

    assert cells("zh") == cells("en")
