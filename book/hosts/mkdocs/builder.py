"""Builds one language as often as it is told to; `languages.py` keeps one such process a language.

A job is a line of JSON. A second line says whether the outputs of all blocks are in the cache; the
build waits for it once it has its configuration and its files. The log of the build and then its
result go out in lines of JSON too.

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


class Permission:
    """Whether a build may come to the pages, which the parent says once all blocks have run."""

    def __init__(self) -> None:
        self._given: bool | None = None

    def wait(self) -> bool:
        """Wait for it; end this process if the parent has ended."""
        if self._given is None:
            line = sys.stdin.readline()
            if not line:
                sys.exit()
            self._given = json.loads(line)
        return self._given


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
        error = _build(config_file, job, permission := Permission())
        permission.wait()
        if error or messages.warned:
            memory.forget()
        messages.send(error=error, warned=messages.warned)


def _build(config_file: str, job: dict[str, object], permission: Permission) -> str | None:
    """Do a job; what went wrong, if anything did."""
    try:
        config = load_config(config_file, site_dir=job["site_dir"], site_url=job["site_url"])
        config.extra["permission"] = permission
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
