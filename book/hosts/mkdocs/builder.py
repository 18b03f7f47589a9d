"""Builds one language as often as it is told to; `languages.py` keeps one such process a language.

A job comes in as a line of JSON, and a second line when all that the pages' blocks give is kept:
the build waits for that once it has its configuration and its files. Its log and then its result go
out the same way.
A process that waits for its next job has everything imported already, and it ends when its
standard input does, so that it cannot outlive the one that started it.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sys
import traceback
from typing import TextIO

import mkdocs
from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.exceptions import MkDocsException

from book.hosts.mkdocs.memory import memory


class Messages(logging.Handler):
    """Sends each log record to the parent, which shows it and counts the warnings."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self.stream = stream
        self.warned = False

    def emit(self, record: logging.LogRecord) -> None:
        """Send one record."""
        self.warned |= record.levelno >= logging.WARNING
        self.send(level=record.levelno, text=self.format(record))

    def send(self, **message: object) -> None:
        """Send anything else."""
        print(json.dumps(message), file=self.stream, flush=True)


class Outputs:
    """What the blocks of the pages give: known once the parent has said so."""

    def __init__(self) -> None:
        self._known: bool | None = None

    def wait(self) -> bool:
        """Wait for the word; whether to go on."""
        if self._known is None:
            self._known = json.loads(sys.stdin.readline() or "false")
        return self._known


def main(config_file: str) -> None:
    """Build `config_file` once for each job on standard input."""
    try:
        _work(config_file)
    except KeyboardInterrupt:
        sys.exit(130)


def _work(config_file: str) -> None:
    messages = Messages(_take_stdout())
    logging.getLogger().addHandler(messages)
    with contextlib.suppress(MkDocsException):  # the first job will say what is wrong
        load_config(config_file)  # imports plugins and extensions
    for line in sys.stdin:
        job = json.loads(line)
        logging.getLogger(mkdocs.__name__).setLevel(job["log_level"])
        messages.warned = False
        memory.use(job["shared"])
        error = _build(config_file, job, outputs := Outputs())
        outputs.wait()
        if error or messages.warned:
            memory.forget()
        messages.send(error=error)


def _build(config_file: str, job: dict[str, object], outputs: Outputs) -> str | None:
    """Do a job; what went wrong, if anything did."""
    try:
        config = load_config(config_file, site_dir=job["site_dir"], site_url=job["site_url"])
        config.extra["outputs"] = outputs
        config.extra["below"] = True  # the site has a front page, whose build has asked for this
        config.plugins.on_startup(command="build", dirty=False)
        build(config)
    except MkDocsException as error:
        return str(error)
    except Exception:
        return traceback.format_exc()
    return None


def _take_stdout() -> TextIO:
    """Keep standard output for messages; what anything else prints goes to standard error."""
    stream = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return stream
