"""`make screenshots`: plays the story in Chromium and writes docs/images with a fingerprint of what each one shows."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, FloatRect, Page, expect

from tests.browser.chromium import HOW_TO_GET_IT, find_chromium, running_chromium
from tests.screenshots.story import Picture, told

IMAGES = Path(__file__).parents[2] / "docs" / "images"
MANIFEST = IMAGES / "screenshots.json"
#: Sharp on today's screens, small enough for a repository: what is large is taken as it is.
SCALE = {"card": 1.0, "form-errors": 1.0, "history": 1.0, "home": 1.0, "check-aws": 1.0, "dark": 1.0, "timeline": 1.0}
MARGIN = 14


def main() -> int:
    """Take every picture anew."""
    executable = find_chromium()
    if executable is None:
        print(HOW_TO_GET_IT, file=sys.stderr)
        return 1
    IMAGES.mkdir(parents=True, exist_ok=True)
    taken: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder, running_chromium(executable) as browser:

        def take(picture: Picture) -> None:
            path = IMAGES / f"{picture.name}.png"
            photograph(browser, story.slack.base_url, picture, path)
            taken[picture.name] = picture.fingerprint
            print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")

        with told(Path(folder), take) as story:
            story.play()
    MANIFEST.write_text(json.dumps(taken, indent=2, sort_keys=True) + "\n", "utf-8")
    return 0


def photograph(browser: Browser, base_url: str, picture: Picture, path: Path) -> None:
    """Look at it as the person does, and cut out what matters."""
    is_page = picture.kind == "page"
    context = browser.new_context(
        viewport={"width": 1200 if is_page else 1120, "height": 700 if is_page else 1500},
        device_scale_factor=SCALE.get(picture.name, 1.5),
        color_scheme="dark" if is_page else "light",
        reduced_motion="reduce",
        locale="en-US",
    )
    page = context.new_page()
    thread, _, reply = picture.ts.partition("/")
    in_thread = f"C0ROLLOUT1/{thread}"
    place = {"home": "home", "page": in_thread, "reply": in_thread}.get(picture.kind, "C0ROLLOUT1")
    address = f"{base_url}/#/{picture.person.name}/{place}"
    if picture.kind == "home":
        with page.expect_response("**/page/do/open_home"):
            page.goto(address)
    else:
        page.goto(address)
    if picture.kind == "form":
        form = page.get_by_role("dialog")
        expect(form).to_be_visible()
        page.evaluate("document.activeElement.blur()")
        form.screenshot(path=path, animations="disabled")
    elif picture.kind == "message":
        page.screenshot(path=path, clip=around(page, f"main article[data-ts='{picture.ts}']"), animations="disabled")
    elif picture.kind == "reply":
        message = page.get_by_role("complementary", name="Thread").locator(f"article[data-ts='{reply}']")
        picture_in_it = message.locator("img.file-picture")
        expect(picture_in_it).to_be_visible()
        picture_in_it.evaluate("(image) => image.decode()")
        message.screenshot(path=path, animations="disabled")
    elif picture.kind == "home":
        expect(page.locator(".home-view .button").first).to_be_visible()
        page.screenshot(path=path, clip=around(page, ".home-view"), animations="disabled")
    else:
        expect(page.get_by_role("complementary", name="Thread").get_by_role("article").first).to_be_visible()
        page.get_by_role("complementary", name="Thread").locator(".scroll").evaluate("(pane) => pane.scrollTo(0, 1e6)")
        page.screenshot(path=path, animations="disabled")
    context.close()


def around(page: Page, selector: str) -> FloatRect:
    """What is drawn in an element, with a margin, and without the empty room beside it."""
    page.locator(selector).scroll_into_view_if_needed()
    box: FloatRect = page.evaluate(
        """([selector, margin]) => {
            const node = document.querySelector(selector);
            const inner = (node.querySelector(".message-main") || node).getBoundingClientRect();
            const last = [...node.querySelectorAll(".block, .thread-summary")].at(-1).getBoundingClientRect();
            const box = node.getBoundingClientRect();
            const [left, width] = [box.left, inner.right - box.left + margin];
            return { x: left, y: box.top, width, height: last.bottom - box.top + margin };
        }""",
        [selector, MARGIN],
    )
    return box


if __name__ == "__main__":
    sys.exit(main())
