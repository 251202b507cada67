"""What a person reads on a page under test."""


def plain(markdown):
    """Return what is read where a label or a message holds escaped text."""
    return markdown.replace("\\", "").replace("\u2060", "")
