"""What is removed is gone: no word of it is left in any file of the library's folder."""

import contextlib
import hashlib
import itertools
import random
import re
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from agent.document import Document, Heading, Page
from agent.errors import LibraryError
from agent.library import Library


def marked(number, random_):
    """Return a document whose words, label, title and name all end in its number."""
    words = [
        f"word{random_.randrange(50)}mark{number:03}" for _ in range(random_.choice([3, 30, 2000]))
    ]
    text = " ".join(words)
    cuts = sorted({0, len(text), *(random_.randrange(len(text)) for _ in range(6))})
    pages = tuple(
        Page(n, f"label mark{number:03}", start, end)
        for n, (start, end) in enumerate(itertools.pairwise(cuts), 1)
    )
    identity = hashlib.sha256(text.encode()).hexdigest()
    headings = (Heading(1, f"title mark{number:03}", 0),)
    return Document(identity, f"name mark{number:03}.txt", "text", "e", text, pages, headings)


def numbers_in(home):
    """Return the numbers of all documents of which anything stands in a file of the folder.

    The mark is long enough not to arise by chance from times and digests.
    """
    held = b"".join(path.read_bytes() for path in sorted(home.rglob("*")) if path.is_file())
    return {int(number) for number in re.findall(rb"mark(\d{3})", held)}


@pytest.fixture
def full(tmp_path):
    """Return a library of 60 documents of mixed sizes, and these."""
    random_ = random.Random(3)  # the same each time
    library = Library(tmp_path)
    documents = [marked(number, random_) for number in range(60)]
    for document in documents:
        library.keep(document)
    return library, documents


def chores(home):
    with contextlib.closing(sqlite3.connect(home / "library.db")) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM chore")]


def test_nothing_of_the_removed_is_left_in_any_file(full):
    library, documents = full
    order = random.Random(4).sample(range(60), 60)  # the same each time
    assert numbers_in(library.home) == set(order)
    library.remove(documents[order[0]].id)
    assert numbers_in(library.home) == set(order[1:])
    names = library.remove_all([documents[number].id for number in order[1:40]])
    assert names == [documents[number].name for number in order[1:40]]
    assert numbers_in(library.home) == set(order[40:])
    assert chores(library.home) == []
    for number in order[40:]:
        assert library.document(documents[number].id) == documents[number]


def test_deleting_alone_would_leave_traces(full):
    """The negative control: `secure_delete` without `wipe` leaves copies between living rows."""
    library, documents = full
    random_ = random.Random(4)  # the same each time
    gone = random_.sample(range(60), 40)
    with library._store.writing() as connection:
        for number in gone:
            connection.execute("DELETE FROM document WHERE id = ?", (documents[number].id,))
    assert numbers_in(library.home) & set(gone)


def test_of_several_all_are_removed_or_none(full):
    library, documents = full
    with pytest.raises(LibraryError, match="no document has the id 'ffff'"):
        library.remove_all([documents[0].id, "ffff"])
    assert library.document(documents[0].id) == documents[0]


READER = """
import sys
from agent.library import Library
library = Library(sys.argv[1])
with library._store.reading() as connection:
    before = connection.execute("SELECT count(*) FROM page").fetchone()
    print("reading", flush=True)
    sys.stdin.readline()
    assert connection.execute("SELECT count(*) FROM page").fetchone() == before
    texts = [text for (text,) in connection.execute("SELECT text FROM page WHERE document = 1")]
    print("".join(texts), flush=True)
"""


def test_a_reader_in_another_process_keeps_its_moment_and_leaves_no_trace_when_it_ends(full):
    library, documents = full
    with subprocess.Popen(
        [sys.executable, "-c", READER, library.home],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as reader:
        assert reader.stdout.readline() == "reading\n"
        library.remove(documents[0].id)
        assert len(library.documents()) == 59
        assert chores(library.home) == ["vacuum"]  # said, not forgotten: the reader still reads
        out, _ = reader.communicate("go on\n", timeout=60)
    assert out == documents[0].text + "\n"
    library.remove(documents[1].id)
    assert numbers_in(library.home) == set(range(2, 60))
    assert chores(library.home) == []


def test_removing_and_searching_at_once_fails_nobody(full):
    library, documents = full

    def search():
        for _ in range(40):
            assert library.search("word7mark059", [documents[59].id], 3) is not None

    with ThreadPoolExecutor(3) as pool:
        readers = [pool.submit(search) for _ in range(2)]
        for document in documents[:5]:
            Library(library.home).remove(document.id)
        for reader in readers:
            reader.result()
    assert len(library.documents()) == 55
