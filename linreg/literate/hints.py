"""What a line was meant as that is no Python, and what to write instead."""

from __future__ import annotations

import re

_CONSOLE = "put what is only read into a ```console fence"
_MAGICS = {
    "autoreload": "leave it out: each session imports its modules anew",
    "bash": f"{_CONSOLE}, or call subprocess.run",
    "capture": "use contextlib.redirect_stdout",
    "cd": "call os.chdir",
    "conda": _CONSOLE,
    "config": "leave it out: figures are drawn as the page wants them",
    "env": "set os.environ",
    "html": "call display(HTML(…)), both from IPython.display",
    "load_ext": "leave it out",
    "matplotlib": "leave it out: figures are shown without it",
    "pip": _CONSOLE,
    "run": "call runpy.run_path",
    "sh": f"{_CONSOLE}, or call subprocess.run",
    "time": "measure with time.perf_counter",
    "timeit": "call timeit.timeit",
    "writefile": "call Path(…).write_text",
}
_COMMANDS = "apt|brew|cd|conda|git|make|mamba|mkdocs|npm|pip3?|pipx|poetry|python3?|sudo|uv"
_COMMAND = rf"\$\s|(?:{_COMMANDS}) [\w.~/-]"
_TEXT = "write the code alone, or put all of it into a ```text fence, which is only shown"

# In the order in which they are looked for. {0} is what was found.
_LINES = [
    (r"(%{1,2}\w+)", "{0} is a magic of IPython, and a block is Python alone; {magic}"),
    (r"\w[\w, ]*=\s*(%\w+)", "{0} is a magic of IPython, and a block is Python alone; {magic}"),
    (r"(?:\w[\w, ]*=\s*)?(!!?)\s*\S", f"{{0}} calls a shell from IPython alone; {_CONSOLE}, or "
     "call subprocess.run"),
    (r"(>>>)", f"{{0}} is a prompt of Python; {_TEXT}"),
    (r"(\.\.\.:?)\s+\S", f"{{0}} is a prompt of Python; {_TEXT}"),
    (r"((?:In|Out) ?\[\d*\]:)", f"{{0}} is a prompt of IPython; {_TEXT}"),
    (r"(\?{1,2})[\w.]+\s*$", "{0} asks IPython for help; call help(…)"),
    (r"[\w.\[\]()'\"]+(\?{1,2})\s*$", "{0} asks IPython for help; call help(…)"),
    (r"(;?-+8<-+)", "{0} is for pymdownx.snippets, which has not replaced this line; that "
     "extension must be on, and must find the file"),
    (r"(\{[%!#])", "{0} is for a template, and nothing has filled it in"),
    (r".*(&(?:lt|gt|amp|quot|#\d+);)", "{0} is HTML; write the character itself"),
    (_COMMAND, f"this is a command of the shell; {_CONSOLE}"),
]  # fmt: skip
_ASYNC = (
    "put it into a function, async def main(): …, and call asyncio.run(main()); a block is Python "
    "alone, where nothing can be awaited outside"
)


def of(line: str, message: str) -> str:
    """What to write instead of a line, or nothing where that is unknown.

    Args:
        line: the one at which Python stopped.
        message: what Python says.
    """
    if re.search(r"'(?:await|async \w+)' outside|asynchronous comprehension outside", message):
        return _ASYNC
    known = re.match(
        r"(?:Syntax|Indentation)Error|NameError: name '(?:In|Out)'|TypeError: ", message
    )
    for pattern, hint in _LINES if known else ():
        found = re.match(rf"\s*{pattern}", line)
        if found and not (message.startswith("TypeError") and "8<" not in found[0]):
            word = found[1] if found.groups() else ""
            return hint.format(word, magic=_MAGICS.get(word.strip("%"), "leave it out"))
    return ""


def of_printed(printed: str) -> str:
    """What to write instead in a program that has printed this before it failed."""
    if "freeze_support()" in printed:
        return (
            "a spawned process runs the program of the session itself; what starts processes "
            'stands under if __name__ == "__main__":'
        )
    return ""
