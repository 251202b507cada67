"""pypdf, the second try: slower than PDFium by far, it repairs some of what PDFium cannot read."""

import io
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from agent.formats.base import Refused

if TYPE_CHECKING:
    from pypdf import PdfReader

LOCKED = "is protected by a password; `longread add --password` asks for it."
OTHER_PASSWORD = "is not opened by this password; check it, or save a copy without one."  # noqa: S105 - a sentence
DAMAGED = "is damaged or no PDF: it cannot be opened; get it again, or print it to a new PDF."
# What a document whose other pages PDFium reads may cost for the few that it does not.
_BUDGET_SECONDS = 15.0
_MAX_ENTRIES = 10_000

# Level from 1, title, index of the page from 0.
Entry = tuple[int, str, int]


class Pypdf:
    """A document as pypdf reads it; on broken files everything but `open` gives less, not errors.

    On broken files pypdf raises far more than its own errors: AttributeError, TypeError,
    AssertionError, NotImplementedError were all met.
    """

    def __init__(self, reader: "PdfReader") -> None:
        self._reader = reader

    @classmethod
    def open(cls, data: bytes, password: str | None) -> "Pypdf":
        """Open a file.

        Raises:
            Refused: if it is damaged or locked.
        """
        from pypdf import PasswordType, PdfReader  # noqa: PLC0415 - needed for few files

        try:
            reader = PdfReader(io.BytesIO(data))
            locked = reader.is_encrypted and (
                reader.decrypt(password or "") == PasswordType.NOT_DECRYPTED
            )
        except Exception as error:
            raise Refused(DAMAGED) from error
        if locked:
            raise Refused(OTHER_PASSWORD if password else LOCKED)
        return cls(reader)

    def labels(self) -> list[str]:
        """Return what the document calls its pages, one for each of them.

        Raises:
            Refused: if not even its pages can be counted.
        """
        try:
            count = len(self._reader.pages)
            labels = [str(label) for label in self._reader.page_labels]
        except Exception as error:
            raise Refused(DAMAGED) from error
        return labels if len(labels) == count else [""] * count

    def text(self, index: int) -> str | None:
        """Return the text of a page, or None if it cannot be read."""
        try:
            return self._reader.pages[index].extract_text()
        except Exception:  # noqa: BLE001 - see the class
            return None

    def outline(self) -> list[Entry]:
        """Return the outline; of a broken one, what comes before the break."""
        entries: list[Entry] = []
        try:
            entries.extend(self._entries(self._reader.outline, 1))
        except Exception:  # noqa: BLE001 - see the class
            return entries
        return entries[:_MAX_ENTRIES]

    def attachments(self) -> list[str]:
        """Return the names of the files within the file."""
        try:
            return [str(name) for name in self._reader.attachments][:_MAX_ENTRIES]
        except Exception:  # noqa: BLE001 - see the class
            return []

    def _entries(self, outline: list[Any], level: int) -> Iterator[Entry]:
        for entry in outline:
            if isinstance(entry, list):  # what stands below the entry before
                yield from self._entries(entry, level + 1)
            else:
                index = self._reader.get_destination_page_number(entry)
                if index is not None and entry.title:
                    yield level, str(entry.title), index


class SecondTry:
    """pypdf for single pages of a document that PDFium opened: opened when first needed.

    It is believed only if it counts as many pages: in a damaged file it may skip one, and then
    would give the text of the next.
    """

    def __init__(self, data: bytes, password: str | None, pages: int) -> None:
        self._data, self._password, self._pages = data, password, pages
        self._opened: Pypdf | None = None
        self._seconds_left = _BUDGET_SECONDS

    def text(self, index: int) -> str | None:
        """Return the text of a page, or None if pypdf cannot read it either, or not in time."""
        if self._seconds_left <= 0:
            return None
        since = time.process_time()
        try:
            self._opened = self._opened or self._open()
            return self._opened.text(index)
        except Refused:
            self._seconds_left = 0.0
            return None
        finally:
            self._seconds_left -= time.process_time() - since

    def _open(self) -> Pypdf:
        opened = Pypdf.open(self._data, self._password)
        if len(opened.labels()) != self._pages:
            raise Refused(DAMAGED)
        return opened
