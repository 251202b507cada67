"""The reading map: every page of a document as a cell, which opens it.

A canvas: five thousand pages as elements would be slow in every browser.
"""

import base64
from typing import Final

import streamlit as st

from app import session, strings
from app.page_map import STATES, PageMap
from app.pages import Spot

_HTML: Final = '<canvas role="slider" tabindex="0"></canvas>'
_CSS: Final = """
canvas { border-radius: 3px; cursor: pointer; display: block; outline-offset: 2px; width: 100%; }
"""
# States are told apart by more than hue: by lightness, and unreadable ones are half as high.
_SCRIPT: Final = """
export default function ({ parentElement, data, setTriggerValue }) {
  const canvas = parentElement.querySelector("canvas");
  const cells = Uint8Array.from(atob(data.cells), (c) => c.charCodeAt(0));
  // The theme's own: light letters stand on a dark ground.
  const letters = getComputedStyle(document.querySelector(".stApp") ?? document.body).color;
  const colours = Number((letters.match(/[0-9]+/) ?? [0])[0]) > 127
    ? { unread: "#3a3a38", blank: "#2a2a28", unreadable: "#8a8a86", failed: "#f2b8b5",
        partly: "#3f726d", read: "#7cc4bd", cited: "#ffc107", edge: "#ffffff" }
    : { unread: "#e4e1d9", blank: "#f1eee7", unreadable: "#a3a099", failed: "#b3261e",
        partly: "#8db0ad", read: "#1f5f5b", cited: "#ffc107", edge: "#10201f" };
  let at = Math.max(0, data.page - 1), grid = { w: 1, h: 1, row: 1 };
  const draw = () => {
    const width = Math.max(60, canvas.clientWidth);
    const w = Math.max(4, Math.min(width, Math.floor(width / cells.length)));
    const row = Math.max(1, Math.floor(width / w)), rows = Math.ceil(cells.length / row);
    const h = rows === 1 ? 18 : Math.max(6, Math.min(12, Math.floor(84 / rows)));
    grid = { w: rows === 1 ? width / cells.length : w, h, row };
    const ratio = window.devicePixelRatio || 1;
    canvas.width = width * ratio;
    canvas.height = rows * h * ratio;
    canvas.style.height = `${rows * h}px`;
    const pen = canvas.getContext("2d");
    pen.scale(ratio, ratio);
    cells.forEach((cell, n) => {
      const x = (n % row) * grid.w, y = Math.floor(n / row) * h;
      const gap = grid.w > 6 ? 1 : 0;
      pen.fillStyle = colours[data.states[cell % 8]];
      const less = data.states[cell % 8] === "unreadable" ? h / 2 : 0;
      pen.fillRect(x, y + less, grid.w - gap, h - 1 - less);
      if (cell >= 8) {
        pen.fillStyle = colours.cited;
        pen.fillRect(x, y, Math.max(2, grid.w - gap), h - 1);
      }
      if (n === at && data.page) {
        pen.strokeStyle = colours.edge;
        pen.lineWidth = 2;
        pen.strokeRect(x + 1, y + 1, Math.max(2, grid.w - 2), h - 3);
      }
    });
    tell();
  };
  const say = (n) => {
    const cited = cells[n] >= 8 ? `, ${data.cited}` : "";
    return `${data.label} ${n + 1}: ${data.names[cells[n] % 8]}${cited}`;
  };
  const tell = () => {
    canvas.setAttribute("aria-label", data.said);
    canvas.setAttribute("aria-valuemin", 1);
    canvas.setAttribute("aria-valuemax", cells.length);
    canvas.setAttribute("aria-valuenow", at + 1);
    canvas.setAttribute("aria-valuetext", say(at));
  };
  const under = (event) => {
    const box = canvas.getBoundingClientRect();
    const column = Math.floor((event.clientX - box.left) / grid.w);
    const line = Math.floor((event.clientY - box.top) / grid.h);
    const n = line * grid.row + Math.min(column, grid.row - 1);
    return Math.max(0, Math.min(cells.length - 1, n));
  };
  let wait = 0;
  const open = () => setTriggerValue("open", at + 1);
  canvas.onclick = (event) => { at = under(event); draw(); open(); };
  canvas.onmousemove = (event) => { canvas.title = say(under(event)); };
  canvas.onkeydown = (event) => {
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -grid.row, ArrowDown: grid.row,
                    Home: -cells.length, End: cells.length };
    if (!(event.key in steps) && event.key !== "Enter") return;
    event.preventDefault();
    at = Math.max(0, Math.min(cells.length - 1, at + (steps[event.key] ?? 0)));
    data.page = at + 1;
    draw();
    clearTimeout(wait);
    wait = setTimeout(open, event.key === "Enter" ? 0 : 300);
  };
  const watch = new ResizeObserver(draw);
  watch.observe(canvas.parentElement);
  draw();
  return () => { watch.disconnect(); clearTimeout(wait); };
}
"""


def draw_map(made: PageMap, page: int, key: str) -> None:
    """Draw the map of a document; `page` is the one that is open, 0 for none."""
    component = st.components.v2.component("longread_map", html=_HTML, css=_CSS, js=_SCRIPT)

    def open_page() -> None:
        number = getattr(st.session_state[key], "open", None)
        if isinstance(number, int | float) and 1 <= number <= len(made.cells):
            session.open_page(Spot(made.document, int(number)))

    component(
        key=key,
        data={
            "cells": base64.b64encode(made.cells).decode(),
            "states": list(STATES),
            "names": [strings.STATE_NAMES[state] for state in STATES],
            "page": page,
            "label": strings.PAGE,
            "cited": strings.CITED,
            "said": made.said,
        },
        on_open_change=open_page,
    )
