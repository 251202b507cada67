"""What a model or a file's name may write to make a browser call out: in Chromium, and counted."""

import shutil
import threading
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from playwright.sync_api import sync_playwright

from app.safe import to_html
from app.server import HEADERS
from app.widgets.answer import answer_html
from tests.faults.promise import Outcome, Promise

# Each asks at once, without a click, if it is taken for markup. {0} is the attacker's address.
PAYLOADS = (
    '<img src="{0}/img">',
    '<img srcset="{0}/srcset 1x">',
    "<img src=x onerror=\"new Image().src='{0}/onerror'\">",
    "<script>new Image().src='{0}/script'</script>",
    '<script src="{0}/script.js"></script>',
    "<style>body{{background:url({0}/style)}}</style>",
    '<style>@import url("{0}/import.css");</style>',
    '<p style="background:url({0}/attribute)">x</p>',
    '<link rel="stylesheet" href="{0}/sheet.css">',
    '<link rel="icon" href="{0}/icon.png"><link rel="preload" as="image" href="{0}/preload.png">',
    '<video autoplay poster="{0}/poster"><source src="{0}/video.mp4"></video>',
    '<audio autoplay src="{0}/audio.mp3"></audio>',
    '<iframe src="{0}/frame"></iframe>',
    '<object data="{0}/object"></object>',
    '<embed src="{0}/embed">',
    '<svg><image href="{0}/svg"/></svg>',
    '<input type="image" src="{0}/input">',
    "<details open ontoggle=\"fetch('{0}/toggle')\"><summary>x</summary></details>",
)


class _Handler(BaseHTTPRequestHandler):
    """Serves one page, or notes that it was asked."""

    def __init__(self, page, headers, noted, *arguments):
        self.page, self.headers_sent, self.noted = page, headers, noted
        super().__init__(*arguments)

    def log_message(self, *_arguments):
        """Keep quiet."""

    def do_GET(self):
        self.noted.append(self.path)
        body = self.page[0].encode() if self.path == "/" else b""
        self.send_response(200)
        self.send_header("content-type", "text/html; charset=utf-8")
        for name, value in self.headers_sent.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def serving(page, headers):
    noted = []
    handler = partial(_Handler, page, headers, noted)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", noted
        server.shutdown()


def tried(payloads, shows, headers):
    """Open a page for each payload; return those that made the browser ask the attacker."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if not chromium:
        return Outcome(0, skipped="needs Chromium")
    page, broken = [""], []
    with (
        serving([""], {}) as (attacker, asked),
        serving(page, headers) as (url, _),
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        for payload in payloads:
            asked.clear()
            page[0] = f"<!doctype html><body>{shows(payload.format(attacker))}</body>"
            view = browser.new_page()
            view.goto(url)
            view.wait_for_timeout(250)
            view.close()
            broken += asked[:1]
        browser.close()
    return Outcome(len(payloads), tuple(broken))


def written(payload):
    """Return what the page makes of a payload as an answer, and as the name of a file."""
    return answer_html(payload, 0) + f"<p>{to_html(payload)}</p>"


def ours(count, _folder):
    payloads = PAYLOADS[: count // 2]
    alone = tried(payloads, written, {})
    policy = tried(payloads, str, HEADERS)
    broken = [*(f"sanitiser: {each}" for each in alone.broken),
              *(f"policy: {each}" for each in policy.broken)]  # fmt: skip
    return Outcome(alone.tried + policy.tried, tuple(broken), alone.skipped)


def control(count, _folder):
    return tried(PAYLOADS[: count // 2], str, {})


PROMISE = Promise(
    "No answer and no file name makes the browser ask anybody",
    "18 payloads in Chromium beside a listening attacker, each with the sanitiser alone and with "
    "the content security policy alone",
    ours, control, "puts the words into the page as they are", 12, 2 * len(PAYLOADS),
)  # fmt: skip
