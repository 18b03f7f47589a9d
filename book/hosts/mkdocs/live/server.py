"""Runs blocks for the page that a browser shows, and for nobody else.

Who has opened the address that the server prints has a cookie, and whoever lacks that gets the
pages as they are and nothing more. A request to run something must come from a page of this very
origin: with the exact `Host` (a name that an attacker has rebound to this machine is none of ours),
the exact `Origin`, JSON as its type and a header of our own, which no form can send and no other
origin may. There is no word in the answers that would let another origin read them. The token is in
no page and in no request's address: it stands behind the `#`, which a browser keeps to itself.

What is run, and what it may do, is the engine's; here is how much at once.
"""

from __future__ import annotations

import contextlib
import hmac
import ipaddress
import json
import queue
import secrets
import threading
import time
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from linreg.literate import controls
from linreg.literate.live import described
from linreg.literate.outputs import Failure
from linreg.literate.runner import Following

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from book.hosts.mkdocs.live.book import Book, Page
    from linreg.literate import Copies

PREFIX = "/.live/"
HEADER = "X-Live"

_LONGEST = 300_000  # bytes of a request
_MOST_BLOCKS = 200
_MOST_RUNS = 4  # at once
_SAYS_AFTER = 1.0  # seconds without a word to the page, which would notice that nobody is there
_MEMORY = 4_000_000_000  # bytes of a session, where the options set no limit
_HERE = Path(__file__).parent

_STRICT = [
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Referrer-Policy", "no-referrer"),
]
# What a block gives is without scripts before it is shown; these are for what we did not think of.
_ON_PAGES = (
    "script-src-attr 'none'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'; connect-src 'self'"
)


class Refusal(Exception):  # noqa: N818  # of one request
    """A request that is not obeyed."""

    def __init__(self, status: HTTPStatus, why: str) -> None:
        super().__init__(why)
        self.status = status


class _File(NamedTuple):
    kind: str
    text: Callable[[], str]


_FILES = {
    "page.js": _File("text/javascript", lambda: (_HERE / "page.js").read_text("utf-8")),
    "page.css": _File("text/css", lambda: (_HERE / "page.css").read_text("utf-8")),
    "moving.js": _File("text/javascript", controls.script),
}
_DOOR = {
    "": _File("text/html", lambda: (_HERE / "door.html").read_text("utf-8")),
    "door.js": _File("text/javascript", lambda: (_HERE / "door.js").read_text("utf-8")),
}


class Live:
    """An application that serves a site, whose pages can be changed and run.

    Args:
        site: the application that serves it as it is.
        book: its pages.
        copies: of the sessions that have run.
        names: what a browser may call this machine; none if nothing is to be run.
        port: of the server.
        top: where the site begins, such as `/linreg/`.
        token: stands behind the `#` of the address that is printed.
    """

    def __init__(
        self,
        site: WSGIApplication,
        book: Book,
        copies: Copies,
        names: tuple[str, ...],
        port: int,
        top: str,
        token: str,
    ) -> None:
        self.copies, self.names = copies, names
        self._site, self._book, self._top = site, book, top
        self._hosts = {f"{name}:{port}" for name in names}
        self._token = token
        self._cookie = f"live-{port}", secrets.token_urlsafe(32)
        self._kernel = book.kernel(copies, _MEMORY)
        self._places = threading.BoundedSemaphore(_MOST_RUNS)
        self._runs: dict[str, threading.Event] = {}
        self.address = f"http://{names[-1] if names else ''}:{port}{PREFIX}#{token}"

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        if not environ["PATH_INFO"].startswith(PREFIX):
            return self._page(environ, start_response)
        try:
            return self._answer(environ, start_response)
        except Refusal as refused:
            status = f"{refused.status.value} {refused.status.phrase}"
            start_response(status, [("Content-Type", "text/plain; charset=utf-8"), *_STRICT])
            return [str(refused).encode()]

    def close(self) -> None:
        """Stop what runs, and keep no copy."""
        for stop in list(self._runs.values()):
            stop.set()
        self.copies.close()

    # ---- Who may ----

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        self._check_place(environ)
        name = environ["PATH_INFO"].removeprefix(PREFIX)
        if environ["REQUEST_METHOD"] == "GET":
            file = _DOOR.get(name)
            if file is None:
                self._check_cookie(environ)
                file = _FILES.get(name)
            if file is None:
                raise Refusal(HTTPStatus.NOT_FOUND, "there is no such file")
            body = file.text().encode()
            kind = f"{file.kind}; charset=utf-8"
            policy = "default-src 'none'; script-src 'self'; connect-src 'self'"
            start_response(
                "200 OK",
                [("Content-Type", kind), ("Content-Security-Policy", policy), *_STRICT],
            )
            return [body]
        if environ["REQUEST_METHOD"] != "POST":
            raise Refusal(HTTPStatus.METHOD_NOT_ALLOWED, "only GET and POST are answered")
        self._check_origin(environ)
        if name == "enter":
            return self._enter(_body(environ), start_response)
        self._check_cookie(environ)
        act = {"page": self._describe, "run": self._run, "stop": self._stop, "there": self._there}
        if name not in act:
            raise Refusal(HTTPStatus.NOT_FOUND, "there is nothing to do by that name")
        answer = act[name](_body(environ))
        start_response("200 OK", [("Content-Type", "application/json"), *_STRICT])
        return answer

    def _check_place(self, environ: WSGIEnvironment) -> None:
        try:
            near = ipaddress.ip_address(environ.get("REMOTE_ADDR", "")).is_loopback
        except ValueError:
            near = False
        if not near or environ.get("HTTP_HOST") not in self._hosts:
            raise Refusal(HTTPStatus.FORBIDDEN, "this is for this machine alone, by its own name")
        if environ.get("HTTP_SEC_FETCH_SITE", "same-origin") not in ("same-origin", "none"):
            raise Refusal(HTTPStatus.FORBIDDEN, "another site asks for this")

    def _check_origin(self, environ: WSGIEnvironment) -> None:
        if environ.get("HTTP_ORIGIN") != f"http://{environ['HTTP_HOST']}":
            raise Refusal(HTTPStatus.FORBIDDEN, "another origin asks for this, or none")
        if environ.get("HTTP_SEC_FETCH_SITE", "same-origin") != "same-origin":
            raise Refusal(HTTPStatus.FORBIDDEN, "no page asks for this")
        if environ.get(f"HTTP_{HEADER.upper().replace('-', '_')}") != "1":
            raise Refusal(HTTPStatus.FORBIDDEN, f"the header {HEADER} is missing")
        if environ.get("CONTENT_TYPE") != "application/json":
            raise Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "the type must be application/json")

    def _has_cookie(self, environ: WSGIEnvironment) -> bool:
        name, secret = self._cookie
        with contextlib.suppress(CookieError):
            found = SimpleCookie(environ.get("HTTP_COOKIE", "")).get(name)
            return found is not None and _same(found.value, secret)
        return False

    def _check_cookie(self, environ: WSGIEnvironment) -> None:
        if not self._has_cookie(environ):
            raise Refusal(HTTPStatus.FORBIDDEN, "open the address that the server has printed")

    # ---- What there is to ask ----

    def _enter(self, said: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Give a cookie for the token."""
        if not _same(_text(said, "token"), self._token):
            raise Refusal(HTTPStatus.FORBIDDEN, "this is not the token that the server printed")
        name, secret = self._cookie
        cookie = f"{name}={secret}; Path=/; HttpOnly; SameSite=Strict"
        headers = [("Content-Type", "application/json"), ("Set-Cookie", cookie), *_STRICT]
        start_response("200 OK", headers)
        return [_json({"top": self._top})]

    def _describe(self, said: dict[str, Any]) -> Iterable[bytes]:
        return [_json(self._known(said).described())]

    def _there(self, said: dict[str, Any]) -> Iterable[bytes]:
        return [_json({})]

    def _stop(self, said: dict[str, Any]) -> Iterable[bytes]:
        stop = self._runs.get(_text(said, "run"))
        if stop is not None:
            stop.set()
        return [_json({})]

    def _run(self, said: dict[str, Any]) -> Iterable[bytes]:
        page = self._known(said)
        session, codes = said.get("session"), said.get("codes")
        if type(session) is not int or not 0 <= session < len(page.sessions):
            raise Refusal(HTTPStatus.BAD_REQUEST, "session must be one of the page")
        if not (
            isinstance(codes, list)
            and 0 < len(codes) <= _MOST_BLOCKS
            and all(isinstance(code, str) for code in codes)
        ):
            raise Refusal(HTTPStatus.BAD_REQUEST, "codes must be the texts of blocks")
        known = said.get("known", 0)
        if type(known) is not int or not 0 <= known < len(codes):
            raise Refusal(
                HTTPStatus.BAD_REQUEST, "known must be a number of blocks before the last"
            )
        if not self._places.acquire(blocking=False):
            raise Refusal(HTTPStatus.TOO_MANY_REQUESTS, "too much runs already")
        return _Run(self, page, session, codes, known)

    def _known(self, said: dict[str, Any]) -> Page:
        page = self._book.page(_text(said, "page"))
        if page is None:
            raise Refusal(HTTPStatus.NOT_FOUND, "there is no such page, or nothing of it runs")
        return page

    # ---- The pages ----

    def _page(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """A page as it is, for who has the cookie with the script that lets it be changed."""
        address = environ["PATH_INFO"].removeprefix(self._top)
        if not self._has_cookie(environ) or self._book.page(address) is None:
            return self._site(environ, start_response)
        said: list[Any] = []

        def start(*answer: Any) -> Callable[[bytes], object]:
            said.append(answer)
            return _no_write

        body = self._site(environ, start)
        try:
            html = b"".join(body)
        finally:
            getattr(body, "close", lambda: None)()
        (status, headers, *more) = said[-1]
        end = html.rfind(b"</body>")
        if status.startswith("200") and end >= 0:
            html = html[:end] + _additions(address).encode() + html[end:]
            kept = [one for one in headers if one[0].lower() != "content-length"]
            policy = ("Content-Security-Policy", _ON_PAGES)
            own = [("Content-Length", str(len(html))), policy, ("Cache-Control", "no-store")]
            headers = [*kept, *own]
        start_response(status, headers, *more)
        return [html]


class _Run:
    """The answer to who has something run: a line of JSON for each thing that comes of it.

    It ends when the run does; and the run when nobody takes the answer any more.
    """

    def __init__(self, live: Live, page: Page, session: int, codes: list[str], known: int) -> None:
        self._live, self._page = live, page
        self._session, self._codes, self._known = session, codes, known
        self._name = secrets.token_urlsafe(16)
        self._stop = live._runs[self._name] = threading.Event()
        self._lines: queue.Queue[dict[str, Any] | None] = queue.Queue(100)
        self._started = time.monotonic()
        threading.Thread(target=self._work, daemon=True).start()

    def __iter__(self) -> Iterator[bytes]:
        yield _json({"run": self._name})
        while True:
            try:
                line = self._lines.get(timeout=_SAYS_AFTER)
            except queue.Empty:
                line = {"seconds": round(time.monotonic() - self._started)}
            if line is None:
                return
            yield _json(line)

    def close(self) -> None:
        """Stop, since nobody takes the answer."""
        self._stop.set()

    def _work(self) -> None:
        try:
            following = Following(self._tell, self._stop)
            result = self._live._kernel.run(self._codes, following, self._known)
            if isinstance(result, Failure):
                failure = described(result, self._codes)
                self._say({"failure": {**failure, "stopped": self._stop.is_set()}})
            else:
                self._say({"done": True})
        except Exception as error:  # an output that cannot be set, say
            self._say({"failure": {"block": None, "line": None, "text": str(error), "printed": ""}})
        finally:
            self._live._runs.pop(self._name, None)
            self._live._places.release()
            self._say(None)

    def _tell(self, kind: str, number: int, what: Any) -> None:
        if number < self._known:  # the page has it
            return
        book, page = self._live._book, self._page
        if kind == "so far":
            self._say({"so far": book.text(page, what) if what else ""})
        else:
            block = page.block(self._session, number)
            self._say({kind: number, "outputs": book.parts(page, block, what)})

    def _say(self, line: dict[str, Any] | None) -> None:
        """Put a line in the answer; what nobody takes is not waited for."""
        while True:
            try:
                self._lines.put(line, timeout=_SAYS_AFTER)
            except queue.Full:
                if self._stop.is_set():
                    return
            else:
                return


def _body(environ: WSGIEnvironment) -> dict[str, Any]:
    length = environ.get("CONTENT_LENGTH", "")
    if not (length.isascii() and length.isdigit()):
        raise Refusal(HTTPStatus.LENGTH_REQUIRED, "the length must be said")
    if len(length) > 9 or int(length) > _LONGEST:
        raise Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"at most {_LONGEST} bytes are read")
    try:
        said = json.loads(environ["wsgi.input"].read(int(length)))
    except (OSError, ValueError, RecursionError):
        raise Refusal(HTTPStatus.BAD_REQUEST, "this is no JSON") from None
    if not isinstance(said, dict):
        raise Refusal(HTTPStatus.BAD_REQUEST, "this is no JSON object")
    return said


def _text(said: dict[str, Any], name: str) -> str:
    value = said.get(name)
    if not isinstance(value, str):
        raise Refusal(HTTPStatus.BAD_REQUEST, f"{name} must be text")
    return value


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode())


def _json(value: Any) -> bytes:
    return json.dumps(value).encode() + b"\n"


def _additions(address: str) -> str:
    return (
        f'<link rel="stylesheet" href="{PREFIX}page.css">'
        f'<script src="{PREFIX}page.js" data-page="{address}" defer></script>'
    )


def _no_write(data: bytes) -> None:
    """What WSGI has for who does not return what it says: MkDocs does."""
