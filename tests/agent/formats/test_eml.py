"""What EML promises beyond the contract."""

import time

import pytest

from agent.errors import DocumentError
from agent.formats import parse
from agent.formats.isolate import parse_file
from tests.agent.formats.make import run
from tests.agent.formats.make_eml import message

HEAD = b"From: a@b.example\r\nDate: Fri, 01 Nov 1907 12:00:00 +0100\r\nSubject: x\r\n"


def _text(data: bytes, name: str = "mail.eml") -> str:
    return parse(data, name, lambda _done, _of: None).text


@pytest.mark.parametrize(
    ("part", "words"),
    [
        (b"Content-Transfer-Encoding: quoted-printable\r\n\r\nG=C3=B6te=\r\nborg", "Göteborg"),
        (b"Content-Transfer-Encoding: base64\r\n\r\nR8O2dGVib3Jn", "Göteborg"),
        (b"Content-Type: text/plain; charset=latin-1\r\n\r\nG\xf6teborg", "Göteborg"),
        (b"Content-Type: text/plain; charset=us-ascii\r\n\r\nG\xc3\xb6teborg", "Göteborg"),
        (b"Content-Type: text/plain; charset=nonsense\r\n\r\nG\xc3\xb6teborg", "Göteborg"),
        (b"Content-Type: text/plain; charset=koi8-r\r\n\r\n\xed\xcf\xd2\xc5", "Море"),
        (b"Content-Type: text/html\r\n\r\n<meta charset=koi8-r><p>\xed\xcf\xd2\xc5", "Море"),
        (b"Content-Transfer-Encoding: base64\r\n\r\nR8O2dGVib3J", "Göteb"),
        (b"Content-Type: multipart/mixed\r\n\r\nno boundary", "multipart/mixed"),
        (b"Content-Type: ???\r\n\r\nwords", "words"),
    ],
)
def test_a_body_is_read_in_whatever_it_is_written(part, words):
    assert words in _text(HEAD + part)


@pytest.mark.parametrize(
    ("subject", "title"),
    [
        (b"=?utf-8?q?G=C3=B6te?=\r\n =?utf-8?q?borg?= and more", "Göteborg and more"),
        (b"=?iso-8859-1?b?R/Z0ZWJvcmc=?=", "Göteborg"),
        (b"=?nonsense?q?G=C3=B6teborg?=", "Göteborg"),
        (b"=?utf-8?b?broken!?=", "=?utf-8?b?broken!?="),
        (b"G\xc3\xb6teborg", "Göteborg"),
    ],
)
def test_a_subject_is_read_in_whatever_it_is_written(subject, title):
    data = b"Subject: " + subject + b"\r\nFrom: a@b.example\r\nDate: today\r\n\r\nwords"
    document = parse(data, "mail.eml", lambda _done, _of: None)
    assert f"Subject: {title}\n" in document.text
    assert [heading.title for heading in document.headings] == [title]


def test_a_message_without_a_subject_is_called_a_message():
    data = b"From: a@b.example\r\nDate: today\r\nReceived: x\r\n\r\nwords"
    document = parse(data, "mail.eml", lambda _done, _of: None)
    assert [page.label for page in document.pages] == ["message"]
    assert document.headings == ()


def test_an_empty_plain_part_gives_way_to_the_page():
    mail = message("x", " ")
    mail.add_alternative("<p>The page.</p>", subtype="html")
    assert "The page." in _text(mail.as_bytes())


def test_an_invitation_is_named_and_its_page_is_read():
    mail = message("x", " ")
    mail.add_alternative("<p>The page.</p>", subtype="html")
    mail.add_alternative("BEGIN:VCALENDAR", subtype="calendar")
    text = _text(mail.as_bytes())
    assert "The page." in text
    assert "without a name (text/calendar, 16 bytes)" in text


def test_text_that_tells_of_mail_is_no_mail():
    words = b"From: here on we walked.\nDate: unknown.\nThen we slept.\n\nSubject: none."
    assert parse(words, "walk.txt", lambda _done, _of: None).format == "text"


def test_what_calls_itself_text_and_is_none_is_an_attachment():
    part = b"Content-Type: text/plain\r\n\r\n" + bytes(range(256)) * 9
    assert "without a name (text/plain, 2,304 bytes)" in _text(HEAD + part)


@pytest.mark.parametrize("levels", [5, 10_000])
def test_messages_nested_as_deep_as_they_like_are_bounded(levels, tmp_path):
    nested = (HEAD + b"Content-Type: message/rfc822\r\n\r\n") * levels + HEAD + b"\r\nat last"
    path = tmp_path / "deep.eml"
    path.write_bytes(nested)
    if levels == 5:
        document, _ = run(parse_file(path))
        assert "at last" in document.text
        assert len(document.pages) == 6
        return
    with pytest.raises(DocumentError, match="nested too deeply to be read"):
        run(parse_file(path))


def test_parts_nested_10_000_deep_are_bounded():
    started = time.process_time()
    parts = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
        for n in range(10_000)
    )
    with pytest.raises(DocumentError, match="nested too deeply to be read"):
        _text(HEAD + parts + b"\r\nwords")
    assert time.process_time() - started < 20


def test_a_page_saved_as_one_file_is_read():
    data = (
        b"From: <Saved by a browser>\r\nSubject: Vinga\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n"
        b"<html><body><h1>The light</h1></body></html>\r\n--b\r\nContent-Type: image/png\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\nAAAA\r\n--b--\r\n"
    )
    text = _text(data, "page.mht")
    assert "The light" in text
    assert "(image/png, 3 bytes)" in text
