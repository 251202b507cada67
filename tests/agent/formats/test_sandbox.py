"""The walls around the child: which there are; that they hold is a promise (`tests/faults`)."""

import sys
from pathlib import Path

from agent.formats import sandbox
from app.doctor import walls_line

ROOT = Path(__file__).parents[3]


def test_what_cannot_be_built_is_left_out_and_said(monkeypatch):
    monkeypatch.setattr(sandbox.sys, "platform", "darwin")
    assert sandbox.confine([]) == ()
    assert sandbox.version() == 0
    monkeypatch.setattr("app.doctor.walls", lambda: ())
    assert "no walls" in walls_line()
    monkeypatch.setattr("app.doctor.walls", lambda: ("files", "network"))
    assert walls_line().endswith(
        "it reads none of your other files, starts nothing, reaches no network"
    )


def test_parsers_are_made_of_packages_and_of_no_folder_one_works_in():
    readable = sandbox.readable_folders("/x/agent", ["/home/me/papers", "/v/lib/site-packages"])
    assert "/home/me/papers" not in readable
    assert {"/x/agent", "/v/lib/site-packages", sys.prefix} <= set(readable)
