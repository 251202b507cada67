"""Which documents an address opens."""

from streamlit.testing.v1 import AppTest


def open_from_address():
    # AppTest runs this function as a script of its own.
    import streamlit as st  # noqa: PLC0415

    from agent.entries import Entry  # noqa: PLC0415
    from app import session  # noqa: PLC0415

    identities = ("aa11", "aa22", "bb33")
    opened, unknown = session.open_documents(
        [Entry(identity, identity, "text", 1, 1, 0.0) for identity in identities]
    )
    st.session_state["opened"] = [entry.id for entry in opened]
    st.session_state["unknown"] = list(unknown)


def test_a_name_in_the_address_opens_the_only_document_that_begins_so():
    page = AppTest.from_function(open_from_address, default_timeout=20)
    page.query_params["doc"] = ["bb", "aa", "AA2", "cc", "bb33", ""]
    page.run()
    assert page.session_state["opened"] == ["bb33", "aa22"]
    assert page.session_state["unknown"] == ["aa", "cc"]


def open_twice():
    import streamlit as st  # noqa: PLC0415

    from app import session  # noqa: PLC0415

    st.session_state["opened_now"] = session.has_opened(st.query_params.get_all("doc"))


def test_documents_are_opened_once_until_others_are():
    page = AppTest.from_function(open_twice, default_timeout=20)
    said = []
    for documents in ([], [], ["aa"], ["aa"], ["aa", "bb"], []):
        page.query_params["doc"] = documents
        said.append(page.run().session_state["opened_now"])
    assert said == [True, False, True, False, True, True]
