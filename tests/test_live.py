"""What runs blocks for a page runs nothing for anybody else; each test here attacks it."""

from __future__ import annotations

import http.client
import json
import logging
import socket
import threading
import time
from contextlib import closing, contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from mkdocs.livereload import LiveReloadServer

from book.hosts.mkdocs import live
from book.hosts.mkdocs.live import book as pages
from book.hosts.mkdocs.live import server as serving

ROOT = Path(__file__).resolve().parent.parent
PAGE = "en/gradients/"
HTML = b"<html><head></head><body><p>text</p></body></html>"
POSTS = ["page", "run", "stop", "there"]
FILES = ["page.js", "page.css", "moving.js"]


@contextmanager
def served(folder, **options):
    """A site of one page, served; where, what runs its blocks, and the token."""
    (folder / PAGE).mkdir(parents=True, exist_ok=True)
    (folder / PAGE / "index.html").write_bytes(HTML)
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    server = LiveReloadServer(
        lambda: None, host="127.0.0.1", port=port, root=str(folder), mount_path="/linreg/"
    )
    config = SimpleNamespace(
        dev_addr=("127.0.0.1", port),
        markdown_extensions=["pymdownx.superfences", "linreg.literate", "linreg.literate.formulas"],
        mdx_configs={"linreg.literate": {"seconds": 20, **options}},
    )
    live.begin(server, config)
    server.server_bind()
    server.server_activate()
    server.serve_thread.start()
    (app,) = live._served
    try:
        yield Client(port, app)
    finally:
        live.end()
        server.shutdown()


class Client:
    """Sends what a page would send, or something else."""

    def __init__(self, port, app):
        self.port, self.app = port, app
        self.host = f"127.0.0.1:{port}"
        self.usual = {
            "Host": self.host,
            "Origin": f"http://{self.host}",
            "Content-Type": "application/json",
            "X-Live": "1",
            "Cookie": "{}={}".format(*app._cookie),
        }

    def send(self, method, path, body=b"", **changed):
        """The answer to a request whose headers are the usual ones, but for those given."""
        names = {name.lower(): name for name in self.usual}
        headers = {**self.usual}
        for name, value in changed.items():
            headers[names.get(name.replace("_", "-").lower(), name.replace("_", "-"))] = value
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        if method == "POST":
            headers.setdefault("Content-Length", str(len(body)))
        for name, value in headers.items():
            if value is not None:
                connection.putheader(name, value)
        connection.endheaders(body)
        return connection.getresponse()

    def post(self, name, said=None, **changed):
        return self.send("POST", f"/.live/{name}", json.dumps(said or {}).encode(), **changed)

    def run(self, *codes, **said):
        """What comes of blocks, as the page learns it."""
        answer = self.post("run", {"page": PAGE, "session": 0, "codes": codes, **said})
        assert answer.status == 200, answer.read()
        return [json.loads(line) for line in answer.read().splitlines()]


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    with served(tmp_path_factory.mktemp("site")) as made:
        yield made


@pytest.fixture
def flag(tmp_path):
    """A file that a block would make, and the block."""
    file = tmp_path / "ran"
    return SimpleNamespace(file=file, code=f"open({str(file)!r}, 'w').close()")


def run_of(code):
    return {"page": PAGE, "session": 0, "codes": [code]}


# ---- what it is for ----


def test_a_block_runs_with_those_before_it(client):
    lines = client.run("x = 6", "print(x * 7)\n[x]")
    assert list(lines[0]) == ["run"]
    assert lines[-1] == {"done": True}
    told = [line for line in lines if "block" in line]
    assert [line["block"] for line in told] == [0, 1]
    html = "".join(output["html"] for output in told[1]["outputs"])
    assert ">42<" in html
    assert ">[6]<" in html
    assert lines[-1] == {"done": True}


def test_an_error_is_told_with_its_line_and_what_was_printed(client):
    *_, last = client.run("x = 0", "print('so far')\n1 / x")
    assert last["failure"] == {
        "block": 1,
        "line": 2,
        "text": "ZeroDivisionError: division by zero",
        "printed": "so far",
        "stopped": False,
    }


def test_a_mistake_in_the_syntax_is_told_without_running_anything(client, flag):
    *_, last = client.run(flag.code, "def f(:\n    pass")
    assert (last["failure"]["block"], last["failure"]["line"]) == (1, 1)
    assert not flag.file.exists()


def test_outputs_come_while_a_block_runs(client):
    lines = client.run("import time\nprint('early')\ntime.sleep(1.5)\nprint('late')")
    so_far = [line["so far"] for line in lines if "so far" in line]
    assert "early" in so_far[0]
    assert "late" not in so_far[0]
    assert any("seconds" in line for line in lines)


def test_figures_are_drawn_as_on_the_page_and_have_the_captions_of_it(client):
    page = client.app._book.page(PAGE)
    number, block = next((i, b) for i, b in enumerate(page.sessions[0].blocks) if b.captions)
    codes = ["pass"] * number + ["import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()"]
    (told,) = [line for line in client.run(*codes) if line.get("block") == number]
    (figure,) = told["outputs"]
    assert "currentColor" in figure["html"]
    assert f"<figcaption>{block.captions[0][:10]}" in figure["html"]


def test_a_figure_that_moves_comes_with_what_moves_it(client):
    code = "from linreg import interact\ninteract(lambda n: print(n * 'a'), n=[1, 2, 3]);"
    (told,) = [line for line in client.run(code) if "block" in line]
    (figure,) = told["outputs"]
    assert figure["moves"]
    assert 'class="literate-moving"' in figure["html"]


def test_nothing_is_told_of_blocks_that_the_page_has(client):
    """And of what moves in them, only how it begins is drawn."""
    moves = "from linreg import interact\nn = []\ninteract(lambda x: n.append(x), x=[1, 2]);"
    for known, calls in ((2, "1"), (1, "2"), (0, "2")):
        first = f"import time\nprint('above')\ntime.sleep(0.3)  # {known}"  # another session
        lines = client.run(first, moves, "print('below')\nlen(n)", known=known)
        told = {line["block"]: line["outputs"] for line in lines if "block" in line}
        assert list(told) == [0, 1, 2][known:]
        assert ("above" in str(lines)) == (known == 0)
        assert f">{calls}<" in str(told[2])


def test_what_could_break_out_of_a_figure_does_not_move(client):
    code = (
        "from IPython.display import HTML, display\nfrom linreg import interact\n"
        "interact(lambda n: display(HTML('</div></div>')), n=[1, 2]);"
    )
    (told,) = [line for line in client.run(code) if "block" in line]
    assert not any(output["moves"] for output in told["outputs"])


def test_markdown_and_formulas_are_set(client):
    code = "from IPython.display import Markdown, Math\ndisplay(Markdown('**a**'), Math('x^2'))"
    code = f"from IPython.display import display\n{code}"
    (told,) = [line for line in client.run(code) if "block" in line]
    html = "".join(output["html"] for output in told["outputs"])
    assert "<strong>a</strong>" in html
    assert "<math" in html


def test_the_page_learns_its_blocks_and_exercises(client):
    known = json.loads(client.post("page", {"page": PAGE}).read())
    assert len(known["sessions"]) == 1
    assert known["sessions"][0][0]["code"].startswith("import")
    assert len(known["exercises"]) == 6
    assert "def my_gradients(X, y, w, b):" in known["exercises"][0]["code"]
    assert "linreg.check.gradients(my_gradients)" in known["exercises"][0]["code"]


# ---- who may ----


@pytest.mark.parametrize("name", [*POSTS, "nothing", "", "enter/", "../linreg/"])
@pytest.mark.parametrize(
    "cookie", [None, "live-1=x", "{name}=", "{name}=x", "{name}={token}", "junk;;="]
)
def test_nothing_is_done_without_the_cookie(client, flag, name, cookie):
    made = cookie and cookie.format(name=client.app._cookie[0], token=client.app._token)
    assert client.post(name, run_of(flag.code), cookie=made).status in (403, 404)
    if name in POSTS:
        assert client.post(name, run_of(flag.code), cookie=made).status == 403
    assert not flag.file.exists()


@pytest.mark.parametrize("name", FILES)
def test_no_file_is_given_without_the_cookie(client, name):
    assert client.send("GET", f"/.live/{name}").status == 200
    assert client.send("GET", f"/.live/{name}", cookie=None).status == 403


HOSTS = [
    None,
    "",
    "127.0.0.1",
    "localhost",
    "evil.example",
    "evil.example:{port}",
    "127.0.0.1:{port}.evil.example",
    "127.0.0.1.evil.example:{port}",
    "127.0.0.1:1",
    "[::1]:{port}",
    "0.0.0.0:{port}",
    "127.0.0.1:{port}, evil.example",
    "user@127.0.0.1:{port}",
    "LOCALHOST:{port}",
    "2130706433:{port}",
]


@pytest.mark.parametrize("host", HOSTS)
def test_a_name_that_was_bound_to_this_machine_is_none_of_ours(client, flag, host):
    said = host and host.format(port=client.port)
    origin = f"http://{said}"
    assert client.post("run", run_of(flag.code), host=said, origin=origin).status == 403
    assert (
        client.post("enter", {"token": client.app._token}, host=said, origin=origin).status == 403
    )
    assert client.send("GET", "/.live/page.js", host=said).status == 403
    assert client.send("GET", "/.live/", host=said).status == 403
    assert not flag.file.exists()


ORIGINS = [
    None,
    "",
    "null",
    "http://evil.example",
    "https://127.0.0.1:{port}",
    "http://127.0.0.1",
    "http://127.0.0.1:{port}/",
    "http://127.0.0.1:{port}.evil.example",
    "http://127.0.0.1:{port}@evil.example",
    "http://evil.example#http://127.0.0.1:{port}",
    "http://localhost:{port}",
    "http://127.0.0.1:1",
    "http://127.0.0.1:{port} http://evil.example",
    "file://",
]


@pytest.mark.parametrize("origin", ORIGINS)
def test_another_origin_has_nothing_run(client, flag, origin):
    made = origin and origin.format(port=client.port)
    for name in (*POSTS, "enter"):
        said = {**run_of(flag.code), "token": client.app._token}
        assert client.post(name, said, origin=made).status == 403
    assert not flag.file.exists()


@pytest.mark.parametrize(
    "kind",
    [
        None,
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/json; charset=utf-8",
    ],
)
def test_what_a_form_can_send_is_refused(client, flag, kind):
    assert client.post("run", run_of(flag.code), content_type=kind).status == 415
    assert not flag.file.exists()


@pytest.mark.parametrize("value", [None, "", "0", "true"])
def test_our_own_header_is_needed(client, flag, value):
    assert client.post("run", run_of(flag.code), x_live=value).status == 403
    assert not flag.file.exists()


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none", "x"])
def test_what_the_browser_says_of_another_site_counts(client, flag, site):
    assert client.post("run", run_of(flag.code), sec_fetch_site=site).status == 403
    if site != "none":  # an address that was typed
        assert client.send("GET", "/.live/page.js", sec_fetch_site=site).status == 403
    assert not flag.file.exists()


@pytest.mark.parametrize("method", ["OPTIONS", "PUT", "DELETE", "HEAD", "PATCH", "TRACE"])
def test_no_other_method_does_anything_and_no_other_origin_may_read(client, method):
    for origin in (f"http://{client.host}", "http://evil.example"):
        answer = client.send(
            method, "/.live/run", origin=origin, access_control_request_method="POST"
        )
        assert answer.status == 405
        assert not [name for name, _ in answer.getheaders() if name.lower().startswith("access-")]


def test_a_request_for_a_page_runs_nothing(client, flag):
    for address in ("/.live/run", f"/.live/run?code={flag.code}", f"/linreg/{PAGE}?run=0"):
        client.send("GET", address.replace(" ", "%20")).read()
    assert not flag.file.exists()


def test_the_token_gives_a_strict_cookie_and_nothing_else_does(client):
    answer = client.post("enter", {"token": client.app._token}, cookie=None)
    cookie = answer.getheader("Set-Cookie")
    assert cookie.startswith("{}={};".format(*client.app._cookie))
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} == set(cookie.split("; ")[1:])
    assert client.app._token not in cookie
    for token in ("", "x", client.app._cookie[1], client.app._token[:-1], "é", None, 1, ["x"]):
        answer = client.post("enter", {"token": token}, cookie=None)
        assert answer.status in (400, 403)
        assert answer.getheader("Set-Cookie") is None


def test_the_token_is_in_no_page_and_no_answer(client):
    secrets = [secret.encode() for secret in (client.app._token, client.app._cookie[1])]
    for path in (f"/linreg/{PAGE}", "/.live/", *(f"/.live/{name}" for name in FILES)):
        body = client.send("GET", path).read()
        assert not any(secret in body for secret in secrets)
    assert f"#{client.app._token}" in client.app.address


def test_the_page_is_as_it_was_without_the_cookie_and_has_the_script_with_it(client):
    before = client.send("GET", f"/linreg/{PAGE}", cookie=None)
    assert b".live" not in before.read()
    assert before.getheader("Content-Security-Policy") is None
    after = client.send("GET", f"/linreg/{PAGE}")
    body = after.read()
    assert f'<script src="/.live/page.js" data-page="{PAGE}" defer></script>'.encode() in body
    assert len(body) == int(after.getheader("Content-Length"))
    assert "script-src-attr 'none'" in after.getheader("Content-Security-Policy")


@pytest.mark.parametrize(
    "address",
    [
        "",
        "0.0.0.0",
        "::",
        "192.168.1.5",
        "example.org",
        "localhost.example.org",
        "127.0.0.1.nip.io",
    ],
)
def test_at_an_address_that_others_may_reach_nothing_runs(tmp_path, caplog, address):
    server = LiveReloadServer(lambda: None, host="127.0.0.1", port=0, root=str(tmp_path))
    app, config = server.get_app(), SimpleNamespace(dev_addr=(address, 8000), mdx_configs={})
    config.mdx_configs["linreg.literate"], config.markdown_extensions = {}, []
    caplog.set_level(logging.INFO)
    live.begin(server, config)
    live.end()
    server.server_close()
    assert server.get_app() == app
    assert "Blocks cannot be run on the pages" in caplog.text


@pytest.mark.parametrize(
    ("address", "name"), [("127.0.0.1", "127.0.0.1"), ("::1", "[::1]"), ("localhost", "[::1]")]
)
def test_at_an_address_of_this_machine_it_says_where_to_go(address, name):
    assert name in live._names(address)


# ---- what is asked ----


@pytest.mark.parametrize(
    "page",
    [
        "",
        "en",
        "en/nothing/",
        "../../etc/passwd",
        "en/../../secret/",
        "/etc/passwd",
        "en/gradients/\0",
        "en/gradients.md",
        "x" * 9999,
    ],
)
def test_there_is_no_page_but_those_of_the_book(client, flag, page):
    for name in ("page", "run"):
        assert client.post(name, {**run_of(flag.code), "page": page}).status == 404
    assert not flag.file.exists()


WRONG = [
    {},
    {"page": 1},
    {"page": PAGE, "session": "0", "codes": ["1"]},
    {"page": PAGE, "session": True, "codes": ["1"]},
    {"page": PAGE, "session": -1, "codes": ["1"]},
    {"page": PAGE, "session": 99, "codes": ["1"]},
    {"page": PAGE, "session": 0, "codes": ["1"], "known": 1},
    {"page": PAGE, "session": 0, "codes": ["1"], "known": -1},
    {"page": PAGE, "session": 0, "codes": ["1"], "known": True},
    {"page": PAGE, "session": 0, "codes": ["1"], "known": "0"},
    {"page": PAGE, "session": 0},
    {"page": PAGE, "session": 0, "codes": []},
    {"page": PAGE, "session": 0, "codes": "1"},
    {"page": PAGE, "session": 0, "codes": [1]},
    {"page": PAGE, "session": 0, "codes": ["1"] * 201},
]


@pytest.mark.parametrize("said", WRONG)
def test_what_is_asked_in_the_wrong_way_is_refused(client, said):
    answer = client.post("run", said)
    assert answer.status == 400
    assert b"must be" in answer.read()


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"[]", b"null", b'"x"', b'{"a": NaN']
)
def test_broken_json_is_refused(client, body):
    for name in ("run", "stop", "enter"):
        assert client.send("POST", f"/.live/{name}", body).status == 400


@pytest.mark.parametrize(
    ("length", "status"),
    [
        ("300001", 413),
        ("99999999999999999999", 413),
        ("-1", 411),
        ("x", 411),
        ("", 411),
        ("١", 411),
    ],
)
def test_a_body_has_a_length_that_can_be_read(client, length, status):
    answer = client.send("POST", "/.live/run", b"", content_length=length.encode())
    assert answer.status == status


def test_surrogates_and_control_characters_are_a_matter_of_the_block(client):
    lines = client.run("print('\ud800', '\\0')", "print('after')")
    assert "done" in lines[-1] or "failure" in lines[-1]
    assert client.post("there").status == 200


# ---- what is too much ----


def within(seconds, condition):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def begin_run(client, code):
    """A connection on which something runs."""
    body = json.dumps(run_of(code)).encode()
    head = "".join(f"{name}: {value}\r\n" for name, value in client.usual.items())
    connection = socket.create_connection(("127.0.0.1", client.port))
    connection.sendall(
        f"POST /.live/run HTTP/1.1\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    )
    return connection


def test_a_connection_that_is_cut_ends_what_runs_for_it(client):
    connection = begin_run(client, "while True:\n    pass")
    within(10, lambda: len(client.app._runs) == 1)
    connection.close()
    within(20, lambda: not client.app._runs)
    assert client.run("1 + 1")[-1] == {"done": True}


def test_what_runs_can_be_stopped(client):
    with closing(begin_run(client, "print('on')\nwhile True:\n    pass")) as connection:
        file = connection.makefile("rb")
        while not (line := file.readline()).startswith(b"{"):
            pass
        name = json.loads(line)["run"]
        assert client.post("stop", {"run": "another"}).status == 200
        time.sleep(1)
        assert name in client.app._runs
        assert client.post("stop", {"run": name}, cookie=None).status == 403
        assert client.post("stop", {"run": name}).status == 200
        last = [json.loads(line) for line in file if line.startswith(b"{")][-1]
    assert last["failure"]["stopped"]
    assert last["failure"]["printed"] == "on"


def test_a_flood_of_runs_leaves_a_server_that_answers(client):
    connections = [begin_run(client, "import time\ntime.sleep(60)") for _ in range(40)]
    within(20, lambda: len(client.app._runs) == 4)
    assert client.post("run", run_of("1")).status == 429
    assert client.post("there").status == 200
    assert len(client.app._runs) == 4
    for connection in connections:
        connection.close()
    within(30, lambda: not client.app._runs)
    assert client.run("1 + 1")[-1] == {"done": True}


def test_who_never_says_all_is_not_waited_for_for_ever(tmp_path, monkeypatch):
    monkeypatch.setattr(live, "SAYS_WITHIN", 1)
    live.end()
    with served(tmp_path) as client:
        with socket.create_connection(("127.0.0.1", client.port)) as connection:
            connection.sendall(b"POST /.live/run HTTP/1.1\r\nHost: x")
            connection.settimeout(20)
            assert connection.recv(9) == b""
        head = "".join(f"{name}: {value}\r\n" for name, value in client.usual.items())
        with socket.create_connection(("127.0.0.1", client.port)) as connection:
            connection.sendall(
                f"POST /.live/run HTTP/1.1\r\n{head}Content-Length: 99\r\n\r\n{{".encode()
            )
            connection.settimeout(20)
            assert b"400" in connection.recv(99)
        assert client.post("there").status == 200


def test_a_run_has_limits_of_time_memory_and_output(tmp_path):
    live.end()
    with served(tmp_path, seconds=3, memory=300, characters=1000) as client:
        *_, late = client.run("while True:\n    pass")
        *_, large = client.run("x = []\nwhile True:\n    x.append(bytearray(10**6))")
        *_, long = client.run("while True:\n    print('x' * 99)")
    assert "did not end within 3 seconds" in late["failure"]["text"]
    assert "MemoryError (the option memory allows 300 MB)" in large["failure"]["text"]
    assert "more than 1,000 characters" in long["failure"]["text"]


def test_a_session_without_a_limit_of_memory_gets_one(client):
    assert client.app._kernel._options.limits.memory == serving._MEMORY


def test_two_pages_do_not_disturb_each_other(client):
    code = "import time\nfor _ in range(10):\n    x += 1\n    time.sleep(0.1)\nprint(x)"
    client.run("x = 0", "x")
    results = {}
    tabs = [
        threading.Thread(
            target=lambda n=n: results.update({n: client.run("x = 0", f"{n}\n{code}")})
        )
        for n in (1, 2)
    ]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    for n in (1, 2):
        told = [line for line in results[n] if line.get("block") == 1]
        assert ">10<" in told[0]["outputs"][0]["html"]


# ---- exercises ----


@pytest.mark.parametrize("language", ["en", "zh"])
def test_each_exercise_with_a_solution_that_runs_has_a_block(language):
    for file in (ROOT / "docs" / language).glob("*.md"):
        page = pages._page(file, 0, language)
        text = file.read_text(encoding="utf-8")
        assert bool(page.exercises) == ('??? success "' in text), file.name
        for exercise in page.exercises:
            compile(exercise.code, file.name, "exec")


CHECKED = [
    "autograd",
    "broadcasting",
    "concise",
    "gradients",
    "linear-model",
    "loss",
    "minibatches",
    "no-grad",
    "synthetic-data",
    "training-loop",
]


@pytest.mark.parametrize("name", CHECKED)
def test_an_exercise_that_asks_for_a_function_has_its_head_and_its_check(name):
    found = {}
    for language in ("en", "zh"):
        file = ROOT / "docs" / language / f"{name}.md"
        page = pages._page(file, 0, language)
        found[language] = [one for one in page.exercises if "check." in one.code]
    english, chinese = found["en"], found["zh"]
    assert [one[:3] for one in english] == [one[:3] for one in chinese]
    (one,), (other,) = english, chinese
    assert (
        other.code.replace(', lang="zh"', "").replace("在这里写你的代码。", "Write your code here.")
        == one.code
    )
    assert "def my_" in one.code
    assert "return" not in one.code
