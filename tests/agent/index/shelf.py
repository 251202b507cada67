"""Documents put into a library's database row by row, for tests."""

import contextlib


def put(store, identity, *passages, language="en"):
    """Add a document made of the given passages, each on its own page; return its row."""
    with store.writing() as connection:
        connection.execute("DELETE FROM document WHERE id = ?", (identity,))
        row = connection.execute(
            "INSERT INTO document (id, name, format, engine, recipe, language, tokens,"
            " pages, imported, digest, passage_words, added)"
            " VALUES (?, ?, 'text', '', '', ?, 0, ?, 0, '', x'', julianday('now'))",
            (identity, identity, language, len(passages)),
        ).lastrowid
        start = 0
        for number, text in enumerate(passages):
            end = start + len(text)
            connection.execute(
                "INSERT INTO page (document, number, label, start, end, text)"
                " VALUES (?, ?, '', ?, ?, ?)",
                (row, number + 1, start, end, text),
            )
            connection.execute(
                "INSERT INTO passage (document, number, start, end, tokens, heading_path)"
                " VALUES (?, ?, ?, ?, 1, '')",
                (row, number, start, end),
            )
            start = end
        return row


@contextlib.contextmanager
def counted(store):
    """Yield a list of the write transactions that were committed meanwhile."""
    commits = []
    writing = store.writing

    @contextlib.contextmanager
    def count():
        with writing() as connection:
            yield connection
        commits.append(connection)

    store.writing = count
    yield commits
    store.writing = writing
