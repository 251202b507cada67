"""Addresses of our own beside the page: whether the server serves, and conversations as files.

Streamlit's own `/media` asks nobody who they are; here each file is its owner's.
"""

from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from agent import LibraryError
from app import strings
from app.export import KINDS
from app.identity import of_request
from app.settings import load_settings
from app.shared import shared_journal

# In a file of its own: the page's headers allow no script within it.
_PRINT: Final = "addEventListener('load', () => print());"


async def healthz(_request: Request) -> JSONResponse:
    """Say that the server serves."""
    return JSONResponse({"status": "ok"})


async def print_script(_request: Request) -> Response:
    """Return what opens the dialogue to print."""
    return Response(_PRINT, media_type="text/javascript")


def conversation(request: Request) -> Response:
    """Return the conversation that a job ends, or a list that it made, as a file."""
    kind, number = request.path_params["kind"], request.path_params["number"]
    if kind not in KINDS:
        return PlainTextResponse(strings.NO_SUCH_FILE, 404)
    try:
        settings = load_settings()
        journal, owner = shared_journal(settings), of_request(settings, request)
        job = journal.job(owner, number) if owner else None
        if job is None:
            return PlainTextResponse(strings.NO_SUCH_FILE, 404)
        jobs = [
            each for each in journal.conversation(owner, job.documents) if each.made <= job.made
        ]
    except LibraryError as error:
        return PlainTextResponse(str(error), 503)
    write, media_type = KINDS[kind]
    headers = {"cache-control": "private, no-store"}
    if kind != "html":
        headers["content-disposition"] = f'attachment; filename="longread-{number}.{kind}"'
    return Response(write(jobs), media_type=media_type, headers=headers)


ROUTES: Final = [
    Route("/healthz", healthz),
    Route("/export/print.js", print_script),
    Route("/export/{number:int}.{kind}", conversation),
]
