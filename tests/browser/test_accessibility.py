"""Every view, wide and narrow, light and dark: it fits, and axe finds nothing serious."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.browser.test_page import QUESTION, ask, open_sample

_FADE_MS = 600
_MOST_TABS = 80


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (390, "dark"), (1280, "dark")])
def test_every_view_fits_the_window_and_the_rules_of_accessibility(visitor, width, scheme):
    with visitor(width=width, scheme=scheme) as page:
        _look(page, "home")
        open_sample(page)
        _look(page, "document")
        ask(page, QUESTION)
        expect(page.locator("button.lr-mark").first).to_be_visible()
        _look(page, "answer")
        page.locator("button.lr-mark").first.click()
        expect(page.locator(".lr-lit")).to_have_count(1)
        _look(page, "page")
        page.goto(page.url.split("?")[0] + "?view=library")
        expect(page.get_by_role("heading", name="Library")).to_be_visible()
        _look(page, "library")
        page.goto(page.url.split("?")[0] + "?view=needle")
        page.get_by_role("button", name="Start the test").click()
        expect(page.get_by_role("cell", name="1/1")).to_have_count(20)
        _look(page, "needle")


def test_from_the_sample_to_the_lit_words_and_the_test_by_keys_alone(visitor):
    with visitor() as page:
        _tab_to(page, page.get_by_role("button", name="Try the sample report"))
        page.keyboard.press("Enter")
        box = page.get_by_role("textbox", name="Ask, or drop another document")
        expect(box).to_be_visible()
        _tab_to(page, box)
        page.keyboard.type(QUESTION)
        page.keyboard.press("Enter")
        mark = page.locator("button.lr-mark").first
        expect(mark).to_be_visible()
        _tab_to(page, mark)
        page.keyboard.press("Enter")
        expect(page.locator(".lr-lit")).to_have_count(1)
        _tab_to(page, page.get_by_role("button", name="Settings"))
        page.keyboard.press("Enter")
        needle = page.get_by_role("button", name="Needle test")
        expect(needle).to_be_visible()
        _tab_to(page, needle)
        page.keyboard.press("Enter")
        start = page.get_by_role("button", name="Start the test")
        expect(start).to_be_visible()
        _tab_to(page, start)
        page.keyboard.press("Enter")
        expect(page.get_by_role("cell", name="1/1")).to_have_count(20)


def _tab_to(page: Page, wanted: Locator) -> None:
    """Go from one control to the next until the wanted one has the focus."""
    for _ in range(_MOST_TABS):
        if wanted.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no key leads to {wanted}")


def _look(page: Page, view: str) -> None:
    # What is about to be drawn anew is grey for a moment, too pale for anybody's rules.
    state = "data-test-script-state"
    expect(page.get_by_test_id("stApp")).to_have_attribute(state, "notRunning")
    page.wait_for_timeout(_FADE_MS)
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0, view
    found = Axe().run(page).response["violations"]
    serious = [
        (view, each["id"], each["nodes"][0]["html"][:200])
        for each in found
        if each["impact"] in {"serious", "critical"}
    ]
    assert serious == []
