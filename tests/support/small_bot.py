"""A small application with a real Bolt app, to hold serving against; also a program that serves it.

As a program it takes its settings from the environment, and as arguments a folder and how many seconds a stop may
take: it touches `running` there when a command has come, and answers it when there is a file `go`; with a file
`hang` its application never stops. What happened to the application is written to `events`.
"""

import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from slack_bolt import Ack, App
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient

from bot.serving import run
from bot.serving.program_requests import ApiAnswer, ApiRequest
from bot.settings import load
from bot.telemetry import logs


def authorize() -> AuthorizeResult:
    """Be the same in every workspace, without asking Slack."""
    return AuthorizeResult(enterprise_id=None, team_id="T1", bot_token="xoxb-0000-test", bot_id="B1", bot_user_id="U1")


class SmallBot:
    """Answers /eco with "done", after `work`; records its calls."""

    def __init__(self, api_url: str, work: Callable[[str], None] = lambda text: None) -> None:
        client = WebClient(base_url=api_url, retry_handlers=[])
        self.bolt = App(
            name="small-bot",
            client=client,
            process_before_response=True,
            request_verification_enabled=False,
            token_verification_enabled=False,
            authorize=authorize,
        )
        self.failed: Callable[[str], None] = print
        self.dispatch, self.install = self.bolt.dispatch, None
        self.events: list[str] = []
        self.wrong: list[str] = []
        self.told: list[str] = []
        self.bolt.command("/eco")(self._eco)
        self.at_stop: Callable[[], object] = lambda: None
        self._work = work

    def start(self) -> None:
        """Begin."""
        self.events.append("start")

    def stop(self, timeout: float) -> None:
        """End."""
        self.events.append("stop" if timeout > 0 else "stop without time")
        self.at_stop()

    def problems(self) -> list[str]:
        """The problems that the test has set."""
        return list(self.wrong)

    def notices(self) -> list[str]:
        """What the test has set."""
        return list(self.told)

    def metrics(self) -> str:
        """Say something."""
        return "small_bot 1.0\n"

    def api(self, request: ApiRequest) -> ApiAnswer:
        """Know no other program."""
        return ApiAnswer(401, {"error": "no token"})

    def calendar(self, token: str) -> tuple[int, str]:
        """Have no calendar."""
        return 404, ""

    def _eco(self, ack: Ack, command: dict[str, str]) -> None:
        self._work(command["text"])
        self.events.append(f"answer {command['text']}")
        ack("done")


def main(folder: Path) -> int:
    """Serve until a signal comes."""

    def wait_for_go(text: str) -> None:
        (folder / "running").touch()
        while not (folder / "go").exists():
            time.sleep(0.005)

    settings = load(env_file=None)
    logs.configure(settings.log_level, settings.log_format, settings.secrets)
    bot = SmallBot(settings.slack_api_url, wait_for_go)
    if (folder / "hang").exists():
        bot.at_stop = threading.Event().wait
    code = run(bot, settings, float(sys.argv[2])) if len(sys.argv) > 2 else run(bot, settings)
    (folder / "events").write_text("\n".join(bot.events), "utf-8")
    return code


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
