"""The page is started for this machine alone, or for others with a word about who they are."""

import pytest


@pytest.fixture
def started(monkeypatch):
    """Keep what would be started, instead of starting it."""
    calls = []
    monkeypatch.setattr(
        "app.serve.subprocess.call", lambda command, env: calls.append((command, env)) or 0
    )
    return calls


@pytest.mark.parametrize("address", ["0.0.0.0", "192.168.1.9", "::", "wiki.example"])  # noqa: S104
def test_the_page_is_not_opened_to_others_without_a_word(run, started, address):
    code, out, err = run("app", "--address", address)
    assert (code, out, started) == (2, "", [])
    assert f"on {address} others can reach the page, and nothing asks who they are" in err


@pytest.mark.parametrize("option", [("--user-header", "X-User"), ("--no-accounts",)])
def test_with_a_word_it_is(run, started, option):
    code, _, _ = run("app", "--address", "0.0.0.0", "--host-name", "read.example", *option)  # noqa: S104
    ((command, environment),) = started
    assert code == 0
    assert command[command.index("--server.address") + 1] == "0.0.0.0"  # noqa: S104
    assert environment["LONGREAD_HOST_NAMES"] == "read.example"
    assert environment["STREAMLIT_SERVER_ALLOWED_HOSTS"] == "localhost 127.0.0.1 read.example"
    assert environment.get("LONGREAD_USER_HEADER", "") == ("X-User" if len(option) == 2 else "")


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost", "::1"])
def test_for_this_machine_nothing_is_asked(run, started, address):
    assert run("app", "--address", address)[0] == 0
    assert "LONGREAD_HOST_NAMES" not in started[0][1]
