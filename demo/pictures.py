"""The pictures of README, taken anew from the demo in a browser.

python -m demo.pictures

Needs Playwright and Chromium, as the tests do. Writes docs/users.png and docs/audits.png, and two moving
pictures: docs/call.gif, a support call, and docs/onboarding.gif, a file of new people.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
WIDTH, HEIGHT = 1440, 900
_FILM_WIDTH = 900
_COLOURS = 64
_STARTS_WITHIN = 120.0
_SETTLED = "[data-testid=stApp][data-test-script-state=notRunning]"


class Film:
    """A moving picture: what a page shows, one look after the other."""

    def __init__(self) -> None:
        self._frames: list[Image.Image] = []
        self._seconds: list[float] = []

    def look(self, png: bytes, seconds: float) -> None:
        """Add a screenshot that stays for so long."""
        frame = Image.open(io.BytesIO(png)).convert("RGB")
        height = round(frame.height * _FILM_WIDTH / frame.width)
        small = frame.resize((_FILM_WIDTH, height), Image.Resampling.LANCZOS)
        self._frames.append(small.quantize(_COLOURS))
        self._seconds.append(seconds)

    def save(self, path: Path) -> None:
        """Write it as a GIF that begins again at its end."""
        first, *others = self._frames
        first.save(
            path,
            save_all=True,
            append_images=others,
            duration=[round(seconds * 1_000) for seconds in self._seconds],
            loop=0,
            optimize=True,
        )


@contextmanager
def demo() -> Iterator[str]:
    """The address of a demo of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "console", "demo", "--port", str(port), "--no-browser"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as process:
        try:
            _wait_for(url := f"http://127.0.0.1:{port}")
            yield url
        finally:
            process.terminate()


def _wait_for(url: str) -> None:
    end = time.monotonic() + _STARTS_WITHIN
    while time.monotonic() < end:
        try:
            if httpx.get(f"{url}/healthz").is_success:
                return
        except httpx.HTTPError:
            time.sleep(0.3)
    raise SystemExit("The demo didn't start.")


def settled(page: Page) -> bytes:
    """A screenshot of the page, once it is drawn."""
    page.locator(_SETTLED).wait_for()
    page.mouse.move(0, 0)  # nothing is explained that nobody points at
    page.wait_for_timeout(600)  # for what moves into its place
    return page.screenshot()


def opened(browser: Browser, url: str, name: str, password: str) -> Page:
    """A page of somebody who has signed in."""
    page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
    page.goto(url)
    page.get_by_role("textbox", name="Operator name").fill(name)
    page.get_by_role("textbox", name="Password").fill(password)
    page.get_by_role("button", name=re.compile("^Sign in$")).click()
    page.get_by_text("Sign out").first.wait_for(state="attached")
    page.locator(_SETTLED).wait_for()
    return page


def pictures(page: Page, url: str) -> None:
    """The pages that README shows."""
    for name, address in (("users", "/users?pool=staff"), ("audits", "/audits?pool=staff")):
        page.goto(url + address)
        page.get_by_role("heading", level=1).first.wait_for()
        page.wait_for_timeout(3_000)
        if (read := page.get_by_role("button", name="Read the pool now")).count():
            read.click()
            read.wait_for(state="detached")
            page.wait_for_timeout(3_000)
        (DOCS / f"{name}.png").write_bytes(settled(page))


def call(page: Page, url: str) -> Film:
    """Megan lost her phone: found by name, understood, and her authenticator taken away."""
    film = Film()
    page.goto(f"{url}/users?pool=staff")
    page.get_by_role("heading", level=1).first.wait_for()
    film.look(settled(page), 1.5)
    page.keyboard.press("Control+k")
    box = page.get_by_role("dialog").get_by_role("searchbox", name="What to find")
    box.wait_for()
    box.fill("megan huges")
    found = page.get_by_role("dialog").get_by_role("button", name="megan.hughes").first
    found.wait_for()
    film.look(settled(page), 2.5)
    found.click()
    page.get_by_role("heading", name=re.compile("megan", re.IGNORECASE)).first.wait_for()
    page.wait_for_timeout(2_000)
    film.look(settled(page), 4.0)
    page.get_by_role("tab", name="Security").click()
    film.look(settled(page), 2.5)
    page.locator(".st-key-user-factors-show button").click()
    page.get_by_text("They are asked for the authenticator app").first.wait_for()
    film.look(settled(page), 3.5)
    page.locator(".st-key-user-lost-app button").click()
    asked = page.get_by_role("dialog")
    asked.get_by_role("textbox", name="To confirm").fill("megan.hughes@brightwater.example")
    asked.get_by_role("textbox", name="Reason").fill("Lost the phone; called back on the known number")
    asked.get_by_role("textbox", name="Ticket").fill("OPS-1042")
    film.look(settled(page), 4.5)
    asked.get_by_role("button", name="Remove the app").click()
    page.locator(".st-key-console-done").get_by_text("no longer counts").wait_for()
    film.look(settled(page), 4.5)
    return film


def onboarding(page: Page, url: str) -> Film:
    """New people from a file: checked, corrected, previewed, made."""
    film = Film()
    page.goto(f"{url}/onboarding?pool=staff")
    page.get_by_role("heading", level=1).first.wait_for()
    film.look(settled(page), 1.5)
    page.locator("input[type=file]").set_input_files(ROOT / "demo" / "new-starters.csv")
    page.get_by_role("button", name="Check the file").wait_for()
    film.look(settled(page), 3.0)
    page.get_by_role("button", name="Check the file").click()
    page.get_by_text("Rows to look at").wait_for()
    film.look(settled(page), 4.0)
    while (leave := page.get_by_role("button", name="Leave these rows out")).count():
        leave.first.click()
        page.wait_for_timeout(1_500)
        page.locator(_SETTLED).wait_for()
    film.look(settled(page), 2.0)
    page.get_by_role("button", name="Go on to the preview").click()
    start = page.get_by_role("button", name=re.compile("^Create ")).first
    start.wait_for()
    film.look(settled(page), 3.5)
    start.click()
    page.get_by_role("button", name=re.compile("^Hand over")).wait_for(timeout=120_000)
    film.look(settled(page), 4.0)
    return film


def main() -> None:
    """Take them all."""
    names = ("chromium-headless-shell", "chromium")
    chromium = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    with demo() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium)
        page = opened(browser, url, "ann", "ann-may-do-all")
        pictures(page, url)
        call(page, url).save(DOCS / "call.gif")
        onboarding(page, url).save(DOCS / "onboarding.gif")
        browser.close()


if __name__ == "__main__":
    main()
