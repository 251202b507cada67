"""Messages, written by Python's own email package."""

from email.message import EmailMessage

from tests.agent.formats.make import HIDDEN, Sample


def message(subject: str, words: str = "", **headers: str) -> EmailMessage:
    """Return a message from the pilot with a text part of `words`."""
    mail = EmailMessage()
    mail["From"] = "The Pilot <pilot@vinga.example>"
    mail["To"] = "lamp@vinga.example"
    mail["Date"] = "Fri, 01 Nov 1907 12:00:00 +0100"
    mail["Subject"] = subject
    mail["Message-ID"] = "<1@vinga.example>"
    for name, value in headers.items():
        mail[name] = value
    if words:
        mail.set_content(words)
    return mail


def _harbour() -> bytes:
    inner = message("The lamp")
    inner.set_content(
        "<html><body><h2>Oil</h2><p>It was lit.</p><table><tr><td>Year<td>Oil<tr><td>1907<td>9 l"
        f"</table><p hidden>{HIDDEN}</p></body></html>",
        subtype="html",
    )
    outer = message(
        "Hamnen i Göteborg: how deep it is, how it was dredged and by whom",
        "It was dredged in Göteborg.\n\n" + "And back.\n" * 70,
        Cc="Åsa <asa@vinga.example>",
    )
    outer.add_alternative(f"<p>{HIDDEN}</p>", subtype="html")
    outer.add_attachment(b"x" * 1_204, maintype="application", subtype="pdf", filename="tjäder.pdf")
    outer.add_attachment(inner)
    return outer.as_bytes()


_SUBJECT = "Hamnen i Göteborg: how deep it is, how it was dredged and by whom"
HARBOUR_EML = _harbour()
SAMPLE = Sample(
    "harbour.eml",
    HARBOUR_EML,
    "eml",
    labels=(_SUBJECT, f"{_SUBJECT} 2", "The lamp"),
    headings=((1, _SUBJECT), (2, "The lamp"), (4, "Oil")),
    must_include=(
        (
            "From: The Pilot <pilot@vinga.example>\nTo: lamp@vinga.example\n"
            "Cc: Åsa <asa@vinga.example>\nDate: Fri, 01 Nov 1907 12:00:00 +0100\n"
            f"Subject: {_SUBJECT}\n\nIt was dredged in Göteborg.\n"
        ),
        (
            "(Message within this one: The lamp)\n\n"
            "Attachments (not read):\ntjäder.pdf (application/pdf, 1,204 bytes)\n\nFrom: "
        ),
        (
            "Subject: The lamp\n\nOil\n\nIt was lit.\n\n"
            "| Year | Oil |\n| --- | --- |\n| 1907 | 9 l |\n"
        ),
    ),
)
