"""Print how quick the page is, what it costs while nobody does anything, and what an upload leaves.

    python -m benchmarks.page

Needs Chromium. A PDF of 1,000 pages is asked ten questions; each mark is clicked on, and the time
taken until the picture of its page is there with the words lit. Then ten tabs stay open and the
processor time of server and worker is counted. Last, a PDF of 90 MB is dropped, and the server's
memory compared.
"""

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from playwright.sync_api import Browser, Locator, Page, sync_playwright
from pypdf import PdfWriter
from reportlab.pdfgen.canvas import Canvas

from app.machine import machine
from app.serve import SERVER
from benchmarks.kept import keep, markdown

PAGES = 1_000
QUESTIONS = 10
QUESTION = "On which day did inspector number {} of the harbour come?"
TABS = 10
IDLE_SECONDS = 30
UPLOAD_BYTES = 90_000_000
LIT = """(words) => {
  const image = document.querySelector(".lr-sheet img");
  return document.querySelector(".lr-lit") && image?.complete && image.alt.includes(words);
}"""


def main() -> None:
    """Measure and print one table."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--keep", action="store_true", help="keep the results")
    given = options.parse_args()
    rows = measure()
    print(f"{machine()}; `python -m benchmarks.page`\n\n{markdown(rows)}")
    if given.keep:
        keep("page", "python -m benchmarks.page", rows)


def measure() -> list[dict[str, str]]:
    """Return a row for each thing that is measured."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        home = Path(folder) / "home"
        path = make_pdf(Path(folder))
        environment = os.environ | {"LONGREAD_HOME": str(home), "LONGREAD_MODEL": "quoting"}
        chromium = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        with served(environment, Path(folder)) as (url, server):
            seconds = clicks(browser, url, path)
            share = idle(browser, server)
            grown = upload(browser, url, server, Path(folder))
        browser.close()
    large = f"a PDF of {UPLOAD_BYTES / 1e6:.0f} MB"
    measured = {
        f"click on a mark to its words lit, PDF of {PAGES:,} pages, {len(seconds)} clicks": (
            f"median {statistics.median(seconds):.2f} s, slowest {max(seconds):.2f} s"
        ),
        f"server and worker with {TABS} idle tabs": f"{100 * share:.1f} % of a core",
        f"server's memory after {large} was dropped": f"{grown:+.0f} MB",
    }
    return [{"": what, " ": figure} for what, figure in measured.items()]


@contextmanager
def served(environment: dict[str, str], folder: Path) -> Iterator[tuple[str, psutil.Process]]:
    """Serve the page; yield its address and its process."""
    command = [sys.executable, "-P", "-m", "streamlit", "run", str(SERVER), "--server.port", "0"]
    with subprocess.Popen(
        command, env=environment, cwd=folder, stdout=subprocess.PIPE, text=True
    ) as process:
        for line in process.stdout or ():
            if found := re.search(r"URL: http://[^:]+:(\d+)", line):
                yield f"http://localhost:{found[1]}", psutil.Process(process.pid)
                break
        process.terminate()


def clicks(browser: Browser, url: str, path: Path) -> list[float]:
    """Ask, click on the marks, and return how long each took."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(url)
    page.locator('input[type="file"]').first.set_input_files(path)
    page.get_by_role("textbox").fill(QUESTION.format(1))
    page.get_by_role("button", name="Send message").click()
    for number in range(1, QUESTIONS + 1):
        page.locator(".lr-sources").nth(number - 1).wait_for(timeout=120_000)
        if number < QUESTIONS:
            box = page.get_by_role("textbox").last
            box.fill(QUESTION.format(97 * number))
            box.press("Enter")
    marks = page.locator(".lr-sources button.lr-mark")
    return [click(page, marks.nth(number)) for number in range(marks.count())]


def click(page: Page, mark: Locator) -> float:
    """Return the seconds from a click to the words lit on the picture of their page."""
    source = mark.locator("xpath=ancestor::li")
    words = " ".join(source.locator("mark").inner_text().split())
    mark.scroll_into_view_if_needed()
    page.wait_for_timeout(1_500)  # till nothing moves any more
    began = time.perf_counter()
    mark.click()
    page.wait_for_function(LIT, arg=words, polling="raf")
    return time.perf_counter() - began


def idle(browser: Browser, server: psutil.Process) -> float:
    """Return the share of a core that server and worker use while tabs are open."""
    context = browser.contexts[0]
    for _ in range(TABS - 1):
        context.new_page().goto(context.pages[0].url)
    time.sleep(10)
    before = cpu_seconds(server)
    time.sleep(IDLE_SECONDS)
    return (cpu_seconds(server) - before) / IDLE_SECONDS


def cpu_seconds(server: psutil.Process) -> float:
    """Return the processor time of a process and its children so far."""
    times = [each.cpu_times() for each in (server, *server.children(recursive=True))]
    return sum(each.user + each.system for each in times)


def upload(browser: Browser, url: str, server: psutil.Process, folder: Path) -> float:
    """Drop a large file, close the tab, and return by how many MB the server has grown."""
    path = folder / "large.pdf"
    writer = PdfWriter(folder / "harbour.pdf")
    writer.add_attachment("noise", os.urandom(UPLOAD_BYTES))
    writer.write(path)
    before = server.memory_info().rss
    context = browser.new_context()
    page = context.new_page()
    page.goto(url)
    page.locator('input[type="file"]').first.set_input_files(path)
    page.get_by_role("textbox").fill(QUESTION.format(7))
    page.get_by_role("button", name="Send message").click(timeout=120_000)
    page.locator("button.lr-mark").first.wait_for(timeout=120_000)
    context.close()
    time.sleep(20)
    return (server.memory_info().rss - before) / 1e6


def make_pdf(folder: Path) -> Path:
    """Write a PDF of many pages; each names an inspector."""
    path = folder / "harbour.pdf"
    canvas = Canvas(str(path), invariant=1)
    for number in range(1, PAGES + 1):
        text = canvas.beginText(56, 780)
        for line in range(44):
            text.textLine(f"Line {line} of day {number} says that the water stood as it stands.")
            if line == number % 44:
                text.textLine(f"Inspector number {number} of the harbour came on day {number}.")
        canvas.drawText(text)
        canvas.showPage()
    canvas.save()
    return path


if __name__ == "__main__":
    main()
