"""What a person reads on a page under test."""


def plain(markdown):
    """Return what is read where a label or a message holds escaped text."""
    return markdown.replace("\\", "").replace("\u2060", "")


def drawn(page):
    """Return the HTML of everything that was read, in order."""
    return "".join(each.value for each in page.html if "<style>" not in each.value)
