"""What people do: ask, follow a mark to its words, refresh, come back, share a machine."""

import os
import signal
from pydoc_data.topics import topics

from playwright.sync_api import Page, expect

QUESTION = "How many bookings were charged twice?"
HOSTILE = (
    b"The treasure of Skerry Point <img src=http://evil.test/a.png> lies "
    b"![x](http://evil.test/b.png) <script src=http://evil.test/c.js></script> under rock.\n"
)
LONG = "\n\n".join(
    f"{topic}\n\n{text}" for _ in range(4) for topic, text in topics.items()
).encode()


def ask(page: Page, question: str) -> None:
    box = page.get_by_role("textbox", name="Ask, or drop another document")
    box.fill(question)
    box.press("Enter")


def open_sample(page: Page) -> None:
    page.get_by_role("button", name="Try the sample report").click()
    expect(page.get_by_role("button", name="Summarise")).to_be_visible()


def drop(page: Page, name: str, content: bytes, question: str) -> None:
    page.locator('input[type="file"]').first.set_input_files(
        {"name": name, "mimeType": "text/plain", "buffer": content}
    )
    expect(page.get_by_role("button", name=f"Remove {name}")).to_be_visible()
    page.get_by_role("textbox", name="Drop a document here and ask").fill(question)
    page.get_by_role("button", name="Send message").click()  # which it can be once it is uploaded


def test_from_the_first_visit_to_the_words_on_the_page(visitor):
    with visitor() as page:
        open_sample(page)
        ask(page, QUESTION)
        page.locator("button.lr-mark").first.click()
        lit = page.locator(".lr-lit")
        expect(lit).to_have_count(1)
        picture = page.get_by_role("img", name="with these words marked: Between 3 June")
        expect(picture).to_be_visible()
        inside, around = lit.bounding_box(), picture.bounding_box()
        assert around["x"] < inside["x"] < around["x"] + around["width"]
        assert around["y"] < inside["y"] < around["y"] + around["height"]
        # The address leads back to the very source, after a refresh too.
        assert "cite=" in page.url
        page.reload()
        expect(page.locator(".lr-lit")).to_have_count(1)
        expect(page.get_by_role("heading", name=QUESTION)).to_be_visible()


def test_the_map_opens_pages_by_the_mouse_and_by_keys(visitor):
    with visitor() as page:
        open_sample(page)
        ask(page, QUESTION)
        reading = page.get_by_role("slider", name="Reading map of")
        expect(reading).to_have_attribute("aria-valuemax", "16")
        box = reading.bounding_box()
        reading.click(position={"x": box["width"] * 2.5 / 16, "y": box["height"] / 2})
        expect(page.get_by_text("Page 3 (label iii)")).to_be_visible()
        page.get_by_role("slider", name="Reading map of").focus()
        page.keyboard.press("ArrowRight")
        expect(page.get_by_role("img", name="Page 4 of")).to_be_visible()
        expect(reading).to_have_attribute("aria-valuenow", "4")


def test_a_refresh_and_a_killed_worker_lose_nothing(visitor, server):
    with visitor() as page:
        drop(page, "topics.txt", LONG, "List all functions that return None")
        expect(page.get_by_role("button", name="Stop")).to_be_visible()
        killed = server.worker()
        os.kill(killed, signal.SIGKILL)
        page.reload()
        expect(page.get_by_role("heading", name="List all functions")).to_be_visible()
        expect(page.get_by_role("table")).to_be_visible(timeout=60_000)
        assert server.worker() not in {0, killed}


def test_stop_answers_at_once_and_what_was_found_stays(visitor):
    with visitor() as page:
        drop(page, "again.txt", LONG + b"Once more.", "List all methods of a class")
        page.get_by_role("button", name="Stop").click()
        expect(page.get_by_text("Stopped before the answer was complete.")).to_be_visible()


def test_two_people_see_their_own(visitor):
    with visitor() as mine, visitor() as theirs:
        drop(mine, "mine.txt", b"The mill burned down in 1902.\n", "When did the mill burn down?")
        expect(mine.locator("mark")).to_have_text("The mill burned down in 1902.")
        theirs.goto(mine.url)
        expect(theirs.get_by_text("No document here begins with")).to_be_visible()
        assert "mill" not in theirs.content()
        mine.get_by_role("button", name="Save").click()
        address = mine.get_by_role("link", name="Markdown").get_attribute("href")
        base = mine.url.split("?")[0]
        said, refused = mine.request.get(base + address), theirs.request.get(base + address)
        assert "The mill burned down in 1902." in said.text()
        assert (refused.status, "mill" in refused.text()) == (404, False)


def test_a_restart_finds_everything_where_it_was(visitor, server):
    with visitor() as page:
        open_sample(page)
        ask(page, QUESTION)
        expect(page.locator("button.lr-mark").first).to_be_visible()
        server.kill()
        server.start()
        page.reload()
        expect(page.get_by_role("heading", name=QUESTION)).to_be_visible()
        page.locator("button.lr-mark").first.click()
        expect(page.locator(".lr-lit")).to_have_count(1)


def test_nothing_that_a_document_says_makes_the_browser_ask_anyone(visitor):
    with visitor() as page:  # which looks at every request
        drop(page, "<img src=x>.txt", HOSTILE, "Where lies the treasure of Skerry Point?")
        expect(page.locator("mark")).to_contain_text("http://evil.test/a.png")
        page.locator("button.lr-mark").first.click()
        expect(page.locator(".lr-sheet mark")).to_contain_text("http://evil.test/b.png")
        assert page.locator("img[src*=evil], script[src*=evil], a[href*=evil]").count() == 0
