"""What a person reads on a page under test, once it has come to rest."""

import time

from app.jobs.journal import Journal
from app.settings import load_settings

_PATIENCE_SECONDS = 60


def plain(markdown):
    """Return what is read where a label or a message holds escaped text."""
    return markdown.replace("\\", "").replace("\u2060", "")


def drawn(page):
    """Return the HTML of everything that was read, in order."""
    return "".join(each.value for each in page.html if "<style>" not in each.value)


def settled(page):
    """Wait until all jobs are done, and draw the page again, as its own clock would."""
    end = time.monotonic() + _PATIENCE_SECONDS
    while Journal(load_settings().home).open_jobs():
        assert time.monotonic() < end
        time.sleep(0.02)
    return page.run()


def ask(page, question, **files):
    """Ask, with files or without, and wait for the answer."""
    box = page.chat_input[0]
    for name, content in files.items():
        box.upload(name.replace("_", "."), content)
    return settled(box.set_value(question).run())
