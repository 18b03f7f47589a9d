"""A figure that moves, on the page: its controls, and what its other combinations show.

How it begins is a part of the page, as any output is. The others are kept as what differs from
that, in a script element of the figure. :func:`take_out` gives each such script, and the one that
moves the figures, a file of its own, so that a page is no larger for them.
"""

from __future__ import annotations

import hashlib
import json
import re
from difflib import SequenceMatcher
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from linreg.literate import moving

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from linreg.literate.outputs import Output

WORDS = {
    "en": {
        "move": "Values to choose",
        "play": "Play",
        "pause": "Pause",
        "failed": "The figure for these values could not be loaded.",
    },
    "zh": {
        "move": "可选的取值",
        "play": "播放",
        "pause": "暂停",
        "failed": "未能加载这组取值对应的图。",
    },
}
SCRIPT = "literate-moving.js"
_SOURCE = Path(__file__).with_name("controls.js")

# The script comes when the first figure that moves is about to be seen.
_LOADER = """\
{addEventListener("click",({target})=>window.literateEarly=target);
let{src}=document.currentScript.dataset,watch=new IntersectionObserver(seen=>{
if(seen.some(one=>one.isIntersecting)){watch.disconnect();
document.head.append(Object.assign(document.createElement("script"),{src}))}},{rootMargin:"50%"});
addEventListener("DOMContentLoaded",()=>
document.querySelectorAll(".literate-moving").forEach(one=>watch.observe(one)))}\
"""

# On the page until all of its HTML is made: what moves, and each of its combinations.
_BEGIN = "\x02literate:moving"
BETWEEN = "<!--\x02literate:state\x03-->"
END = "<!--\x02literate:moved\x03-->"
_MOVING = re.compile(f"<!--{_BEGIN} (.*?)\x03-->(.*?){END}", re.DOTALL)
_DATA = re.compile(rf'<script type="{re.escape(moving.MIME)}">(.*?)</script>', re.DOTALL)
_MOVER = re.compile(r'<script data-literate-moving=("[^"]*")>.*?</script>', re.DOTALL)
_MOVES = re.compile(  # the panel alone ends with a line of its own
    r'<div class="literate-controls".*?\n</div>\n'
    rf'|<script (?:data-literate-moving|type="(?:literate|{re.escape(moving.MIME)})")'
    r".*?</script>\n?",
    re.DOTALL,
)
_PIECE = re.compile(r"<[^<>]*>|[^<\n]*\n|[^<\n]+|<")


def begin(output: Output, labels: Mapping[str, str], language: str) -> str:
    """The mark before a moving figure.

    Args:
        output: what moves.
        labels: what readers call an argument, by its name.
        language: of the engine's own words.
    """
    said = {
        "controls": _labelled(json.loads(output["data"]), labels),
        "start": moving.start(output),
        "language": language,
    }
    if "script" in output:
        said["script"] = json.loads(output["script"])
    return f"<!--{_BEGIN} {_json(said)}\x03-->"


def label(output: Output, number: int, labels: Mapping[str, str]) -> str:
    """A combination in the words of the page: ``learning rate = 0.1, steps = 3``."""
    controls = _labelled(json.loads(output["data"]), labels)
    named = [{**control, "name": control["label"]} for control in controls]
    return moving.named(named, moving.combinations(output)[number])


def set_up(html: str) -> str:
    """Make of what stands between the marks of a page the figures that move.

    Args:
        html: of the whole page.
    """
    count = 0

    def figure(found: re.Match[str]) -> str:
        nonlocal count
        count += 1
        said = json.loads(found[1])
        states = [state.strip() for state in found[2].split(BETWEEN)]
        failed = escape(WORDS[said["language"]]["failed"])
        mover = f'\n<script data-literate-moving="{failed}">\n{script()}</script>'
        if count > 1:
            mover = ""
        return _figure(said, states, count) + mover

    return _MOVING.sub(figure, html)


def script() -> str:
    """The script that moves the figures of a page."""
    return _SOURCE.read_text(encoding="utf-8")


def take_out(html: str, address: Callable[[str], str]) -> tuple[str, dict[str, str]]:
    """Give what the moving figures of a page need files of their own.

    The script ``name`` of a figure that has one is looked for beside them, as ``name.js``.

    Args:
        html: the page, or its content.
        address: from the name of a file makes its address, as that page is to call it.

    Returns:
        the page without them, and what is to be in each file, by its name: scripts that also load
        from a folder, where no page may read other files.
    """
    files: dict[str, str] = {}

    def states(found: re.Match[str]) -> str:
        digest = hashlib.sha256(found[1].encode()).hexdigest()[:10]
        name = f"figure-{digest}.js"
        data = json.dumps(json.loads(found[1]), ensure_ascii=False, separators=(",", ":"))
        files[name] = f'(window.literateStates??={{}})["{name}"]={data}\n'
        return f'<script type="literate" data-src="{escape(address(name))}"></script>'

    def mover(found: re.Match[str]) -> str:
        files[SCRIPT] = script()
        source = escape(address(SCRIPT))
        return f'<script data-literate-moving={found[1]} data-src="{source}">{_LOADER}</script>'

    html = _DATA.sub(states, html)
    return _MOVER.sub(mover, html), files


def differences(before: str, after: str) -> list[int | str]:
    """What makes one text of another: where a part of it begins and ends, or other text.

    The numbers count UTF-16 units, as JavaScript does.

    Args:
        before: the text that is known.
        after: the one to be made.
    """
    old, new = _PIECE.findall(before), _PIECE.findall(after)
    places = [0]
    for piece in old:
        places.append(places[-1] + _units(piece))
    made: list[int | str] = []
    matcher = SequenceMatcher(None, old, new, autojunk=True)
    for kind, i, j, k, m in matcher.get_opcodes():
        if kind == "equal":
            _copy(made, places[i], places[j])
        elif kind != "delete":
            _change(made, "".join(old[i:j]), "".join(new[k:m]), places[i])
    return made


def _change(made: list[int | str], old: str, new: str, place: int) -> None:
    """Add what makes a part of the new text of a part of the old: how it begins and ends is kept.

    A curve that has grown begins as it did.
    """
    head = _common(old, new)
    most = min(len(old), len(new)) - head
    tail = _common(old[len(old) - most :][::-1], new[len(new) - most :][::-1])
    if head > 8:
        _copy(made, place, place + _units(old[:head]))
    else:
        head = 0
    tail = tail if tail > 8 else 0
    middle = new[head : len(new) - tail]
    if middle:
        made.append(middle)
    if tail:
        end = place + _units(old)
        _copy(made, end - _units(old[len(old) - tail :]), end)


def _copy(made: list[int | str], start: int, stop: int) -> None:
    if len(made) > 1 and made[-1] == start and isinstance(made[-2], int):
        made[-1] = stop
    else:
        made += [start, stop]


def _common(one: str, other: str) -> int:
    """How many characters two texts begin with that are the same."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[:middle] == other[:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _figure(said: dict[str, Any], states: Sequence[str], number: int) -> str:
    words, at = WORDS[said["language"]], said["start"]
    first = states[at]
    script, data = "", {"first": first, "states": [differences(first, one) for one in states]}
    if "script" in said:
        script, data = f' data-script="{said["script"]["name"]}"', said["script"]["data"]
    controls = "\n".join(_control(c, f"moving-{number}", words) for c in said["controls"])
    return (
        f'<div class="literate-moving"{script}>\n'
        f'<div class="literate-controls" role="group" aria-label="{words["move"]}" hidden>\n'
        f"{controls}\n</div>\n"
        f'<div class="literate-moved">\n{first}\n</div>\n'
        f'<script type="{moving.MIME}">{_json(data)}</script>\n</div>'
    )


def _control(control: dict[str, Any], prefix: str, words: Mapping[str, str]) -> str:
    name, start = f"{prefix}-{control['name']}", control["start"]
    name = escape(re.sub(r"\s", "-", name))
    label = escape(control["label"])
    values = control["values"]
    if control["kind"] == "buttons":
        buttons = "".join(_button(name, i, value, i == start) for i, value in enumerate(values))
        return f'<fieldset class="literate-control"><legend>{label}</legend>{buttons}</fieldset>'
    play = ""
    if control["kind"] == "time":
        play = (
            f'<button class="literate-play" type="button" data-other="{words["pause"]}">'
            f"{words['play']}</button>"
        )
    if numbers := control.get("range"):
        said = numbers["low"], numbers["step"], moving.decimals(numbers)
        data = 'data-range="{} {} {}"'.format(*said)
    else:
        listed = escape(_json(values), quote=False).replace("'", "&#x27;")
        data = f"data-values='{listed}'"
    return (
        f'<div class="literate-control"><label for="{name}">{label}</label>'
        f'<input type="range" id="{name}" max="{len(values) - 1}" value="{start}" '
        f'aria-valuetext="{escape(values[start])}" {data}>'
        f'<output aria-live="off">{escape(values[start])}</output>{play}</div>'
    )


def _button(name: str, i: int, value: str, chosen: bool) -> str:
    checked = " checked" if chosen else ""
    return f'<label><input type="radio" name="{name}" value="{i}"{checked}>{escape(value)}</label>'


def _labelled(
    controls: Sequence[dict[str, Any]], labels: Mapping[str, str]
) -> list[dict[str, Any]]:
    names = ((control, control["name"].replace("_", " ")) for control in controls)
    return [{**control, "label": labels.get(control["name"], name)} for control, name in names]


def _json(value: Any) -> str:
    """JSON that no script element and no comment ends in."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e")


def still(html: str) -> str:
    """A page, or a part of one, without what moves its figures: for paper, and for a search.

    Args:
        html: before or after :func:`take_out`.
    """
    return _MOVES.sub("", html)
