"""The HTML of the page. Everything that was typed by somebody goes through `escape`."""

from __future__ import annotations

import time
from dataclasses import dataclass
from html import escape

from sandbox.clerk_objects import ROLES, JsonObject, display_name, primary_email
from sandbox.faults import Fault
from sandbox.people import role_of
from sandbox.webhooks import Message

FAULTS = (
    ("429", "Answer 429"),
    ("500", "Answer 500"),
    ("garbage", "Answer HTML"),
    ("truncated", "Cut the answer"),
    ("hang", "Never answer"),
    ("half", "Answer half a list"),
)


@dataclass(frozen=True, slots=True)
class Overview:
    """All that the page shows."""

    people: list[JsonObject]
    found: int
    everybody: int
    query: str
    endpoint: str
    paused: bool
    holding: bool
    held: int
    messages: list[Message]
    faults: list[Fault]
    cursor_refused: bool
    notice: str
    error: str
    typed: dict[str, str]


def main_page(view: Overview) -> str:
    notice = f'<p class="notice" role="status">{escape(view.notice)}</p>' if view.notice else ""
    error = f'<p class="notice error" role="alert">{escape(view.error)}</p>' if view.error else ""
    return _document(
        "Sandbox",
        f"""
<header class="top">
  <div>
    <h1>Sandbox</h1>
    <p class="lead">A local stand-in for Clerk. Change people here; the product hears of it by webhook.</p>
  </div>
  <p class="endpoint">Webhooks go to <code>{escape(view.endpoint)}</code></p>
</header>
{notice}{error}
<main class="columns">
  <div class="wide">{_people(view)}{_deliveries(view)}</div>
  <div class="narrow">{_add_form(view)}{_webhooks(view)}{_faults(view)}</div>
</main>""",
    )


def edit_page(user: JsonObject, fields: dict[str, str], error: str = "") -> str:
    name = escape(display_name(user))
    path = f"/people/{escape(user['id'])}"
    problem = f'<p class="notice error" role="alert">{escape(error)}</p>' if error else ""
    verb, word = ("provision", "Switch on again") if user.get("deprovisioned") else ("deprovision", "Deprovision")
    return _document(
        f"Edit {display_name(user)}",
        f"""
<header class="top"><div>
  <p><a href="/">Back to the sandbox</a></p>
  <h1>Edit {name}</h1>
  <p class="lead"><code>{escape(user["id"])}</code></p>
</div></header>
{problem}
<main class="one">
  <form method="post" action="{path}" class="card stack">
    {_person_fields(fields)}
    <p><button class="primary">Save changes</button></p>
  </form>
  <section class="card stack" aria-labelledby="also">
    <h2 id="also">What else can happen</h2>
    <p class="help">A sign-in moves the record's version and changes nothing else. A company's directory can
      switch somebody off without deleting them.</p>
    <div class="row">
      {_button(f"{path}/sign-in", "Sign in once")}
      {_button(f"{path}/{verb}", word)}
    </div>
  </section>
</main>""",
    )


def sentence_page(sentence: str) -> str:
    """A page that says one thing."""
    return _document(
        "Sandbox",
        f'<main class="one"><h1>{escape(sentence)}</h1><p><a href="/">Back to the sandbox</a></p></main>',
    )


def _document(title: str, body: str) -> str:
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{escape(title)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/static/sandbox.css">
<script type="module" src="/static/sandbox.js"></script>
</head>
<body>{body}
</body>
</html>
"""


def _people(view: Overview) -> str:
    count = f"{view.everybody:,} {'person' if view.everybody == 1 else 'people'}"
    shown = ""
    if len(view.people) < view.found:
        shown = f'<p class="help">The newest {len(view.people)} of {view.found:,}. Search to see others.</p>'
    elif not view.people:
        shown = f'<p class="help">{"Nobody matches." if view.query else "Nobody here yet: add a person."}</p>'
    rows = "".join(_person_row(user) for user in view.people)
    return f"""
<section aria-labelledby="people">
  <div class="heading">
    <h2 id="people">People</h2>
    <span class="count" data-live="count">{count}</span>
    <form class="search" role="search">
      <input type="search" name="q" value="{escape(view.query)}"
        aria-label="Find people" placeholder="Find people">
      <button>Find</button>
    </form>
  </div>
  <div data-live="people">
  <table class="people">
    <thead><tr><th scope="col">Person</th><th scope="col">Role</th><th scope="col">State</th>
      <th scope="col"><span class="unseen">Actions</span></th></tr></thead>
    <tbody>{rows}</tbody>
  </table>{shown}
  </div>
</section>"""


def _person_row(user: JsonObject) -> str:
    name = escape(display_name(user))
    path = f"/people/{escape(user['id'])}"
    contact = escape(primary_email(user) or "no e-mail")
    role = role_of(user)
    if user.get("banned"):
        state = '<span class="chip danger">Banned</span>'
    elif user.get("deprovisioned"):
        state = '<span class="chip warning">Deprovisioned</span>'
    else:
        state = '<span class="chip success">Active</span>'
    ban, word = ("unban", "Unban") if user.get("banned") else ("ban", "Ban")
    return f"""
<tr>
  <td><div class="person"><span class="avatar" aria-hidden="true">{_initials(user)}</span>
    <div class="who"><strong title="{name}">{name}</strong>
      <span title="{contact}">{contact}</span></div></div></td>
  <td>{f'<span class="chip">{escape(role)}</span>' if role else '<span class="help">none</span>'}</td>
  <td>{state}</td>
  <td><div class="row end">
    <form action="{path}"><button class="quiet" aria-label="Edit {name}">Edit</button></form>
    {_button(f"{path}/{ban}", word, f"{word} {name}", "quiet")}
    {_button(f"{path}/delete", "Delete", f"Delete {name}", "quiet danger")}
  </div></td>
</tr>"""


def _add_form(view: Overview) -> str:
    return f"""
<section class="card first" aria-labelledby="add">
  <h2 id="add">Add a person</h2>
  <form method="post" action="/people" class="stack">
    {_person_fields({"role": "member", **view.typed})}
    <p><button class="primary">Add person</button></p>
  </form>
</section>"""


def _person_fields(fields: dict[str, str]) -> str:
    def text(name: str, label: str, kind: str = "text") -> str:
        value = escape(fields.get(name, ""))
        return f"""<div class="field"><label for="{name}">{label}</label>
      <input id="{name}" name="{name}" type="{kind}" value="{value}"
        autocomplete="off" spellcheck="false"></div>"""

    current = fields.get("role", "")
    options = [("", "None"), *((role, role) for role in ROLES)]
    if current not in ("", *ROLES):
        options.append((current, current))
    choices = "".join(
        f'<option value="{escape(value)}"{" selected" if value == current else ""}>{escape(label)}</option>'
        for value, label in options
    )
    return f"""<div class="pair">{text("first_name", "First name")}{text("last_name", "Last name")}</div>
    {text("email", "E-mail", "email")}
    <div class="pair">{text("username", "Username")}
    <div class="field"><label for="role">Role</label>
      <select id="role" name="role">{choices}</select></div></div>"""


def _webhooks(view: Overview) -> str:
    if view.holding:
        many = "message" if view.held == 1 else "messages"
        holding = f"""<p>Holding: {view.held} {many} so far.</p>
    <div class="row">{_button("/webhooks/release", "Release in order")}
      {_button("/webhooks/release-reversed", "Release reversed")}</div>"""
    else:
        holding = f"""<div class="row">{_button("/webhooks/hold", "Hold messages")}</div>
    <p class="help">Collects the next messages, to release them in order or reversed.</p>"""
    return f"""
<section class="card stack first" aria-labelledby="webhooks">
  <h2 id="webhooks">Webhooks</h2>
  <form method="post" action="/webhooks/pause" class="switch">
    <input type="checkbox" id="paused" name="paused" data-send aria-describedby="paused-help"\
{" checked" if view.paused else ""} autocomplete="off">
    <label for="paused">Pause webhooks</label>
    <noscript><button>Apply</button></noscript>
  </form>
  <p class="help" id="paused-help">What changes while they are paused is never sent,
    unless you repeat it in the list of deliveries.</p>
  <div class="stack" data-live="holding">{holding}</div>
</section>"""


def _faults(view: Overview) -> str:
    buttons = "".join(f'<button name="kind" value="{kind}">{label}</button>' for kind, label in FAULTS)
    coming = "".join(f"<li>{escape(_describe(fault))}</li>" for fault in view.faults)
    if view.cursor_refused:
        coming += "<li>The cursor (<code>starting_after</code>) is refused</li>"
    clear = '<button name="kind" value="clear" class="quiet">Behave again</button>' if coming else ""
    cursor = "Take the cursor again" if view.cursor_refused else "Refuse the cursor"
    return f"""
<section class="card stack last" aria-labelledby="faults">
  <h2 id="faults">Faults of the Backend API</h2>
  <form method="post" action="/faults" class="stack">
    <div class="field short"><label for="times">Number of requests</label>
      <input id="times" name="times" type="number" min="1" max="1000" value="1" inputmode="numeric"></div>
    <div class="row">{buttons}</div>
    <div class="row"><button name="kind" value="cursor">{cursor}</button></div>
    <div data-live="faults">{f'<ul class="coming">{coming}</ul>{clear}' if coming else ""}</div>
  </form>
</section>"""


def _describe(fault: Fault) -> str:
    label = dict(FAULTS)[fault.kind]
    many = "request" if fault.times == 1 else f"{fault.times} requests"
    return f"{label}: next {many}"


def _deliveries(view: Overview) -> str:
    if view.messages:
        rows = "".join(_delivery_row(message) for message in view.messages)
        content = f"""<table class="deliveries">
    <thead><tr><th scope="col">Message</th><th scope="col">State</th><th scope="col">Made</th>
      <th scope="col"><span class="unseen">Actions</span></th></tr></thead>
    <tbody>{rows}</tbody></table>"""
    else:
        content = '<p class="help">Nothing was sent since the sandbox was started.</p>'
    return f"""
<section aria-labelledby="deliveries">
  <div class="heading"><h2 id="deliveries">Deliveries</h2><span class="count">newest first</span></div>
  <div data-live="deliveries">{content}</div>
</section>"""


_STATES = {
    "waiting": ("", "Waiting"),
    "delivered": ("success", "Delivered"),
    "retrying": ("warning", "Will retry"),
    "failed": ("danger", "Given up"),
    "lost": ("danger", "Not sent"),
    "held": ("warning", "Held"),
}


def _delivery_row(message: Message) -> str:
    tone, word = _STATES[message.state]
    made = time.localtime(message.made_at)
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S%z", made)
    said = ""
    if message.attempts:
        last = message.attempts[-1]
        said = str(last.status or last.error)
        if len(message.attempts) > 1:
            said += f", {len(message.attempts)} attempts"
    name = escape(f"Repeat {message.type} {message.about}".strip())
    return f"""
<tr>
  <td><div class="who"><strong>{escape(message.type)}</strong><span>{escape(message.about)}</span></div></td>
  <td><span class="chip {tone}">{word}</span> <span class="help">{escape(said)}</span></td>
  <td><time datetime="{stamp}">{time.strftime("%H:%M:%S", made)}</time></td>
  <td><div class="row end">{_button(f"/deliveries/{message.id}/repeat", "Repeat", name, "quiet")}</div></td>
</tr>"""


def _button(action: str, text: str, name: str = "", look: str = "") -> str:
    """A form of one button. `name` is escaped already, `action` and `text` are ours."""
    label = f' aria-label="{name}"' if name else ""
    look = f' class="{look}"' if look else ""
    return f'<form method="post" action="{action}"><button{look}{label}>{text}</button></form>'


def _initials(user: JsonObject) -> str:
    names = [str(user[key]) for key in ("first_name", "last_name") if user.get(key)] or [display_name(user)]
    return escape("".join(name[0] for name in names).upper())
