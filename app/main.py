"""The page: what Streamlit runs again on every visit and every click. Chooses the view, no more."""

import streamlit as st

from agent import ReadError
from app import identity, session, strings
from app.safe import to_markdown
from app.settings import load_settings
from app.shared import Visit, forget_shared
from app.views import document, home, library, needle
from app.widgets.style import put_style

wide = session.shows_page()
st.set_page_config(page_title=strings.TITLE, page_icon=None, layout="wide" if wide else "centered")
put_style()
settings = load_settings()
owner = identity.current(settings)
if settings.user_header and not owner:
    st.error(to_markdown(strings.NOBODY))
    st.stop()
try:
    visit = Visit.of(settings, owner)
    followed = session.follow(visit.journal, visit.owner)
    entries = visit.entries()
    opened, unknown = session.open_documents(entries)
    documents = tuple(entry.id for entry in opened)
    if session.has_opened(documents) and documents and settings.embedder:
        visit.journal.meanings.want(documents)
    jobs = visit.journal.conversation(visit.owner, documents) if documents else []
except ReadError as error:
    forget_shared()
    st.error(to_markdown(str(error)))
    st.stop()

if failure := session.take_failure():
    st.error(to_markdown(failure))
if session.shows_needle():
    needle.draw(visit, followed)
elif opened or (followed and followed.state != "done"):
    document.draw(visit, opened, unknown, jobs or [followed] if followed else jobs)
elif session.shows_library():
    library.draw(visit, entries)
else:
    home.draw(settings, entries, unknown, followed)
