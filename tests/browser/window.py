"""One browser window on the sandbox page, in the words of what people do there."""

from __future__ import annotations

from collections.abc import Mapping

from playwright.sync_api import Locator, Page, expect

#: Milliseconds that are waited for anything: the bot's clock ticks once a second, and a machine may be busy.
PATIENCE = 20_000


class Window:
    """A window in which one person acts."""

    def __init__(self, page: Page, base_url: str) -> None:
        self.page = page
        self._base_url = base_url
        #: What the page's script could not do; stays empty.
        self.faults: list[str] = []
        page.on("pageerror", lambda fault: self.faults.append(str(fault)))
        page.on("console", lambda said: self.faults.append(said.text) if said.type == "error" else None)

    def open(self, person: str = "ana", channel: str = "C0ROLLOUT1") -> Window:
        """Look at a channel as somebody."""
        self.page.goto(f"{self._base_url}/#/{person}/{channel}")
        expect(self.main.get_by_role("heading", level=1)).to_be_visible()
        return self

    @property
    def main(self) -> Locator:
        """The middle of the page."""
        return self.page.get_by_role("main")

    @property
    def thread(self) -> Locator:
        """The pane of the thread."""
        return self.page.get_by_role("complementary", name="Thread")

    @property
    def inspector(self) -> Locator:
        """The pane of the inspector."""
        return self.page.get_by_role("complementary", name="Inspector")

    @property
    def form(self) -> Locator:
        """The form that is open."""
        return self.page.get_by_role("dialog")

    @property
    def composer(self) -> Locator:
        """The field of the channel."""
        return self.main.get_by_role("combobox")

    @property
    def card(self) -> Locator:
        """The newest card in the channel."""
        heading = self.page.get_by_role("heading", name="Eco enrollment:")
        return self.main.get_by_role("article").filter(has=heading).last

    def act_as(self, name: str) -> None:
        """Become somebody else."""
        select = self.page.get_by_label("Act as")
        select.select_option(label=select.get_by_role("option").filter(has_text=name).inner_text())

    def type(self, text: str) -> None:
        """Write into the channel and send it."""
        self.composer.fill(text)
        self.composer.press("Enter")

    def field(self, label: str) -> Locator:
        """A field of the open form, by its label."""
        return self.form.get_by_label(label, exact=True).or_(self.form.get_by_label(f"{label} (optional)", exact=True))

    def block(self, label: str) -> Locator:
        """A field with its label, hint and error."""
        named = self.page.get_by_text(label, exact=True)
        return self.form.locator(".input-block").filter(has=named.or_(self.page.get_by_text(f"{label} (optional)")))

    def fill(self, entries: Mapping[str, str]) -> None:
        """Type into fields of the open form."""
        for label, text in entries.items():
            self.field(label).fill(text)

    def choose(self, label: str, option: str) -> None:
        """Pick from a menu of the open form."""
        self.form.get_by_role("combobox", name=label, exact=True).click()
        self.form.get_by_role("option", name=option).first.click()

    def submit(self, button: str) -> None:
        """Press the button of the form."""
        self.form.get_by_role("button", name=button, exact=True).click()

    def submit_away(self, button: str) -> None:
        """Press the button of the form, which closes then."""
        self.submit(button)
        expect(self.form).to_have_count(0)

    def press(self, button: str, where: Locator | None = None) -> None:
        """Press a button of the card, or of something else."""
        (where or self.card).get_by_role("button", name=button).first.click()

    def use(self, tool: str) -> None:
        """Press what shows on the last message of the channel while the mouse is over it."""
        message = self.main.get_by_role("article").last
        message.hover()
        message.get_by_role("button", name=tool).click()

    def jump(self, lever: str) -> None:
        """Use the time machine."""
        self.page.get_by_role("group", name="Time machine").get_by_role("button", name=lever).click()
