"""Document text on its way into a prompt: fenced; `model.control` breaks its control tokens."""

import hashlib


def fence_mark(text: str) -> str:
    """Return a line to fence `text` with, which `text` cannot hold.

    It is made from the text's own digest: to forge it a document would have to contain its hash.
    """
    return f"=== {hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()[:24]} ==="
