"""The control room in a real browser: every screen in both languages, by day and night, on a phone.

Chromium comes from Debian (`make browser`); where it is not there, these tests say so and wait.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from regie.interfaces.web.app import make_app
from regie.workspace.making import make_workspace
from regie.workspace.settings import wall_us
from regie.workspace.site import Site
from tests.support.room import PASSWORD, shop, site

CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(
    CHROMIUM is None and not os.environ.get("CI"), reason="Chromium is not here: make browser"
)
PHONE, DESK = 390, 1280
LONG = "Anticonstitutionnellement" * 4
MOST_BYTES = 60_000
CUT = """[...document.querySelectorAll('.scroll:has(.stacked)')]
    .filter(one => one.scrollWidth > one.clientWidth + 1).map(one => one.ariaLabel)"""
HIDDEN = """[...document.querySelectorAll('.menu [aria-current]')].filter(one => {
    const here = one.getBoundingClientRect(), x = here.left + here.width / 2;
    return here.left < 0 || here.right > innerWidth
        || !one.contains(document.elementFromPoint(x, here.top + here.height / 2));
    }).map(one => one.textContent)"""
CARRIED = "performance.getEntries().reduce((sum, one) => sum + (one.encodedBodySize || 0), 0)"
"""Bytes of a page as they come, with its sheet, font, script, icon and frames, kept or not."""


@pytest.fixture(scope="module")
def room(whole_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site over a copy of the small shop, in which favourites wait."""
    folder = shutil.copytree(whole_shop, tmp_path_factory.mktemp("browser") / "shop")
    _name_at_length(folder)
    with site(folder) as opened:
        shop(opened).undo(campaign="favourites", actor="nobody")
        token = opened.invite("administrator", None, wall_us())
        opened.join(token, name=LONG, email="c@example.com", password=PASSWORD,
                    language="fr", at_us=wall_us())  # fmt: skip
        yield opened


def _name_at_length(folder: Path) -> None:
    """One word of 100 letters as the shop's, a campaign's and an audience's name."""
    for file, begins in (
        ("regie.toml", 'name = "'), ("rules/campaigns/miss_you.toml", 'title = { en = "'),
        ("rules/segments.toml", 'title = { en = "'),
    ):  # fmt: skip
        before, _, after = (folder / file).read_text("utf-8").partition(begins)
        rest = after.partition('"')[2]
        (folder / file).write_text(f'{before}{begins}{LONG}"{rest}', "utf-8")


@pytest.fixture(scope="module")
def address(room: Site) -> Iterator[str]:
    """Where that site is served."""
    with served(room) as address:
        yield address


@contextmanager
def served(opened: Site) -> Iterator[str]:
    """The address of a site, by the server that serves people."""
    import uvicorn

    config = uvicorn.Config(make_app(opened), host="127.0.0.1", port=0, log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        pass
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """The browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def screens(room: Site) -> dict[str, str]:
    """Every screen, and one of each kind that names something."""
    sent = shop(room).state.outbox(run=2)
    brought = shop(room).state.imports("published")[-1]
    return {
        "overview": "/",
        "number": "/number/revenue",
        "goals": "/goals",
        "explore": "/explore?by=segment&country=United+Kingdom",
        "order lines": "/explore/rows",
        "audiences": "/audiences",
        "audience": "/audiences/loyal",
        "audience's form": "/audiences/loyal/edit",
        "campaigns": "/campaigns",
        "campaign": "/campaigns/favourites",
        "campaign's form": "/campaigns/favourites/edit",
        "inbox": "/decide",
        "proposal": "/decide/2/favourites",
        "amend": "/decide/2/favourites/amend",
        "models": "/models",
        "model": "/models/response",
        "ways of choosing": "/policies",
        "way of choosing": "/policies/standard?compared=1&response_weight=1&affinity_weight=0.6"
        "&threshold=0&explore_share=5&holdout_share=10&cap_messages=3&cap_days=7&gone_days=60"
        "&selection_size=4&from_hour=20&to_hour=9&sunday=1",
        "data": "/data",
        "file": f"/data/imports/{brought.id}",
        "lines set aside": f"/data/imports/{brought.id}/quantity",
        "privacy": "/privacy?purpose=profiling",
        "register": "/privacy/papers/register",
        "reports": "/reports",
        "journal": "/decisions",
        "decision": f"/decisions/{sent['decision'][0]}",
        "jobs": "/jobs",
        "settings": "/settings",
        "accounts": "/accounts",
        "my account": "/me",
        "why": f"/w/{sent['token'][0]}",
        "unsubscribe": f"/u/{sent['token'][0]}",
        "nothing": "/nowhere",
    }


def signed_in(chromium: Any, address: str, lang: str, **look: Any) -> Any:
    """A page of somebody who signed in by keyboard, with what it complained of and asked for."""
    context = chromium.new_context(locale={"fr": "fr-FR", "en": "en-GB"}[lang], **look)
    context.add_cookies([{"name": "regie_language", "value": lang, "url": address}])
    page = context.new_page()
    page.said, page.asked = [], []
    page.on("console", lambda m: page.said.append(m.text) if m.type == "error" else None)
    page.on("request", lambda r: page.asked.append(r.url))
    page.goto(f"{address}/sign-in")
    # Autofocus comes after the load event, and on a busy machine well after it.
    page.wait_for_function("document.activeElement.name === 'email'")
    page.keyboard.type("c@example.com")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/")
    return page


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_every_screen_is_sound(chromium: Any, address: str, room: Site, lang: str) -> None:
    page = signed_in(chromium, address, lang, color_scheme="light")
    for name, path in screens(room).items():
        page.goto(address + path)
        assert page.evaluate("document.documentElement.lang") == lang
        for width in (DESK, PHONE):
            page.set_viewport_size({"width": width, "height": 900})
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{name} is {wide} px wide on {width}"
        hidden = page.evaluate(HIDDEN)
        assert not hidden, f"{name}: on a phone nobody sees that {hidden} is where one is"
        cut = page.evaluate(CUT)
        assert not cut, f"{name}: on a phone {cut} goes on beside its edge"
        carried = page.evaluate(CARRIED)
        assert carried <= MOST_BYTES, f"{name} is {carried:,} bytes with all it is drawn with"
        found = violations(page)
        # By night only colours are others.
        page.emulate_media(color_scheme="dark")
        found += violations(page, runOnly=["color-contrast"])
        page.emulate_media(color_scheme="light")
        assert not found, f"{name}, {lang}: {found}"
    said = [one for one in page.said if "404" not in one]  # the page that is not there
    assert not said
    assert all(url.startswith(address) for url in page.asked), "a request left this machine"
    page.context.close()


def test_an_empty_workspace_says_how_to_begin(
    chromium: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGIE_KEYS", str(tmp_path / "keys"))
    folder = tmp_path / "shop"
    make_workspace(
        folder,
        time_zone="Europe/Paris",
        currency="EUR",
        language="en",
        basis="consent",
        name="Shop",
    )
    with site(folder) as opened:
        token = opened.invite("administrator", None, wall_us())
        opened.join(token, name="C", email="c@example.com", password=PASSWORD,
                    language="en", at_us=wall_us())  # fmt: skip
        with served(opened) as address:
            for scheme in ("light", "dark"):
                page = signed_in(chromium, address, "en", color_scheme=scheme)
                assert not violations(page, runOnly=["color-contrast"])
                page.click("a:has-text('Bring a file in')")
                page.wait_for_url("**/data")
                page.goto(f"{address}/reports-new")
                write(page, "title.fr", f"Rapport {scheme}")
                write(page, "title.en", f"Report {scheme}")
                page.click("button[value=save]")
                page.wait_for_selector(f"h1:has-text('Report {scheme}')")
                assert "1970" not in page.content() and "−1" not in page.content()
                assert page.is_visible("text=until a file of orders is in")
                page.context.close()


def violations(page: Any, **options: Any) -> list[tuple[str, str]]:
    """What axe holds against a page: each rule with the first place that breaks it."""
    from axe_playwright_python.sync_playwright import Axe

    answer = Axe().run(page, options={"resultTypes": ["violations"], **options}).response
    return [(one["id"], one["nodes"][0]["html"][:120]) for one in answer["violations"]]


def test_every_letter_on_a_screen_is_of_the_one_font(chromium: Any, address: str) -> None:
    """A sign that the cut font lacks would be drawn by whatever the machine has."""
    told = "".join(one.read_text("utf-8") for one in Path("regie/words/sentences").iterdir())
    letters = "".join(sorted(set(told) - set("\n"))) + "\u202f\u00a0«»œ€−×→▲▼✓✗šőțŁ0123456789"
    page = chromium.new_context(locale="fr-FR").new_page()
    page.goto(f"{address}/sign-in")
    page.evaluate("text => { document.querySelector('h1').textContent = text }", letters)
    page.evaluate("document.fonts.ready")
    assert fonts_of(page, "h1") == {"Regie Sans"}
    widths = page.evaluate(
        """() => [...'0123456789'].map(one => { const h1 = document.querySelector('h1');
        h1.innerHTML = `<span>${one}${one}</span>`; return h1.firstChild.offsetWidth })"""
    )
    assert len(set(widths)) == 1, "figures stand under each other"
    page.context.close()


def fonts_of(page: Any, selector: str) -> set[str]:
    """Names of the fonts that draw an element's text."""
    protocol = page.context.new_cdp_session(page)
    for domain in ("DOM", "CSS"):
        protocol.send(f"{domain}.enable")
    root = protocol.send("DOM.getDocument", {"depth": 0})["root"]["nodeId"]
    node = protocol.send("DOM.querySelector", {"nodeId": root, "selector": selector})["nodeId"]
    fonts = protocol.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]
    return {font["familyName"] for font in fonts}


def test_a_manager_decides_by_keyboard_alone(chromium: Any, address: str, room: Site) -> None:
    page = signed_in(chromium, address, "fr", viewport={"width": DESK, "height": 900})
    page.goto(f"{address}/decide")
    for _ in range(40):
        page.keyboard.press("Tab")
        if "Vos favoris" in page.evaluate("document.activeElement.textContent"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/decide/2/favourites")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.value") == "approve":
            break
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    page.wait_for_selector("button[value=undo]")
    assert set(shop(room).state.outbox(run=2, campaign="favourites")["state"]) == {"approved"}
    page.click("button[value=undo]")
    page.wait_for_selector("button[value=approve]")
    page.context.close()


def reach(page: Any, name: str, value: str = "") -> None:
    """Go on by Tab until a field or button of that name has the focus, which can be seen."""
    for _ in range(250):
        page.keyboard.press("Tab")
        if page.evaluate(
            "([name, value]) => { const here = document.activeElement; return here.name === name"
            " && (!value || here.value === value) }", [name, value],
        ):  # fmt: skip
            seen = "getComputedStyle(document.activeElement).outlineStyle"
            assert page.evaluate(seen) in ("solid", "auto"), f"nobody sees that {name} is next"
            return
    raise AssertionError(f"{name} {value} is not reached by Tab")


def write(page: Any, name: str, text: str) -> None:
    """Another text in a field, by keyboard."""
    reach(page, name)
    page.keyboard.press("Control+a")
    page.keyboard.type(text)


def wait_for(page: Any, heard: list[Any]) -> None:
    """Let the browser go on until something was heard of it, half a minute at most."""
    for _ in range(300):
        if heard:
            return
        page.wait_for_timeout(100)
    raise AssertionError("the window to choose a file did not open")


def test_everything_is_done_by_keyboard_alone(chromium: Any, address: str, tmp_path: Path) -> None:
    page = signed_in(chromium, address, "fr", viewport={"width": DESK, "height": 900})
    page.goto(f"{address}/explore")
    page.keyboard.press("Tab")
    skip = page.evaluate("document.activeElement.getBoundingClientRect().left")
    assert skip >= 0, "the link to the content shows itself first"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null"), "past the menu"
    page.goto(f"{address}/explore")
    reach(page, "measure")
    page.keyboard.press("ArrowDown")
    chosen = page.evaluate("document.activeElement.value")
    reach(page, "from")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/explore?measure={chosen}*")

    page.goto(f"{address}/audiences/loyal/edit")
    write(page, "words.fr", "Qui revient souvent")
    reach(page, "deed", "save")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Qui revient souvent")

    page.goto(f"{address}/campaigns/favourites/edit")
    write(page, "title.fr", "Vos favoris du clavier")
    reach(page, "deed", "save")
    page.keyboard.press("Space")
    page.wait_for_selector("h1:has-text('Vos favoris du clavier')")

    page.goto(f"{address}/reports-new")
    write(page, "title.fr", "Rapport du clavier")
    write(page, "title.en", "By keyboard")
    reach(page, "sign_off")
    page.keyboard.press("Space")
    reach(page, "deed", "save")
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('Rapport du clavier')")

    orders = tmp_path / "orders.csv"
    orders.write_text("order,item,quantity,at,unit_price\nk1,85123A,1,2011-12-01 10:00,2.55\n")
    # Listened for before the key is pressed: a busy browser would open a window of its own.
    choosers: list[Any] = []
    page.on("filechooser", lambda one: choosers.append(one))  # noqa: PLW0108
    page.goto(f"{address}/data")
    reach(page, "file")
    page.keyboard.press("Enter")
    wait_for(page, choosers)
    choosers[0].set_files(orders)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/data/uploads/*")
    page.context.close()


def test_a_count_follows_what_is_typed(chromium: Any, address: str) -> None:
    page = signed_in(chromium, address, "fr", viewport={"width": DESK, "height": 900})
    page.goto(f"{address}/audiences-new")
    page.select_option("[name='r.add']", "count")
    page.click("button[value='add:r']")
    low = "[name='r.0.low']"
    page.fill(low, "1")
    fresh, late = "#counted:not(.late)", "#counted.late"
    counts = []
    for typed in ("1", "3", "x"):
        page.fill(low, typed)
        assert page.query_selector(late), "what is out of date shows it"
        page.wait_for_selector(fresh)
        counts.append(page.inner_text("#counted"))
    assert "personnes" in counts[0] and "Au moins 3" in counts[1], "nobody pressed a button"
    assert counts[0].split(" personnes")[0] != counts[1].split(" personnes")[0]
    assert counts[2] == "Complétez la règle, puis recomptez."
    page.route("**/audiences-new", lambda route: route.abort())
    page.fill(low, "2")
    page.wait_for_timeout(300)
    assert page.query_selector(late), "no answer: still out of date"
    page.unroute("**/audiences-new")
    page.click("#recount")
    page.wait_for_selector(fresh)
    assert "Au moins 2" in page.inner_text("#counted")
    page.unroute_all()
    page.goto(f"{address}/campaigns/favourites/edit")
    counts = []
    for typed in ("1", "40"):
        page.fill("[name='r.0.low']", typed)
        assert page.query_selector(late), "a campaign's too"
        page.wait_for_selector(fresh)
        counts.append(page.inner_text("#counted"))
    assert "personnes" in counts[0] and counts[0] != counts[1]
    page.context.close()


def test_a_receiver_says_no_on_a_phone(chromium: Any, address: str, room: Site) -> None:
    token = str(shop(room).state.outbox(run=2, campaign="favourites")["token"][-1])
    key = shop(room).state.message_of(token)[1]  # type: ignore[index]
    context = chromium.new_context(locale="fr-FR", viewport={"width": PHONE, "height": 800})
    page = context.new_page()
    page.goto(f"{address}/w/{token}")
    page.click("text=Se désabonner")
    page.wait_for_selector("text=C’est fait")
    assert shop(room).consent(key)["prospecting"] is False
    context.close()


def test_first_paint_is_quick(chromium: Any, address: str, room: Site) -> None:
    page = signed_in(chromium, address, "fr", viewport={"width": DESK, "height": 900})
    page.goto(f"{address}/decide")
    paint = page.evaluate(
        """() => new Promise(done => new PerformanceObserver(list => done(
        list.getEntriesByName("first-contentful-paint")[0].startTime))
        .observe({type: "paint", buffered: true}))"""
    )
    # Ten times the goal: a loaded machine must not fail a build; bench/ measures the goal itself.
    assert paint < 3000
    page.context.close()
