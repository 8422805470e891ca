"""The files.* methods: the steps of an upload, and files.info."""

from __future__ import annotations

from .api_chat import postable, thread_of
from .call_arguments import Arguments
from .core import Core
from .file_rendering import file_json, is_snippet
from .local_errors import SlackError
from .rendering import escape_as_slack
from .workspace_model import Json, StoredFile, StoredMessage


def get_upload_url(core: Core, args: Arguments) -> Json:
    """files.getUploadURLExternal."""
    name = args.required("filename", "missing_argument")
    length = args.number("length", 0)
    if length <= 0:
        raise SlackError("missing_argument")
    file = StoredFile(core.workspace.new_id("F"), name, length, int(core.workspace.seconds()))
    file.alternative = args.text("alt_txt")
    core.workspace.files[file.id] = file
    return {"upload_url": f"{core.base_url}/upload/v1/{file.id}", "file_id": file.id}


def complete_upload(core: Core, args: Arguments) -> Json:
    """files.completeUploadExternal: shares the files in one message, in a thread if asked to."""
    entries = args.items("files", "invalid_arguments")
    if not entries:
        raise SlackError("invalid_arguments")
    files = [_uploaded(core, entry) for entry in entries]
    channel_id = args.text("channel_id") or args.text("channels").split(",")[0]
    if channel_id:
        _share(core, args, files, channel_id)
    for file, entry in zip(files, entries, strict=True):
        file.title = str(entry.get("title") or file.name)
        file.complete = True
    core.workspace.changed()
    return {"files": [file_json(core, file) for file in files]}


def info(core: Core, args: Arguments) -> Json:
    """files.info."""
    file = core.workspace.files.get(args.text("file"))
    if file is None or not file.complete or not is_visible(core, file):
        raise SlackError("file_not_found")
    if file.deleted:
        raise SlackError("file_deleted")
    answer: Json = {"file": file_json(core, file)}
    if file.content is not None and is_snippet(file):
        answer["content"] = file.content.decode(errors="replace")
    return answer


def is_visible(core: Core, file: StoredFile) -> bool:
    """Whether the app sees the file: its own, one that came in a form, or one of a channel that it can look into."""
    channels = [core.workspace.conversations[share["channel"]] for share in file.shares]
    return not channels or any(not c.is_private or core.bot_user_id in c.members for c in channels)


def _uploaded(core: Core, entry: Json) -> StoredFile:
    file = core.workspace.files.get(str(entry.get("id")))
    if file is None or file.content is None or file.complete:
        raise SlackError("file_not_found")
    return file


def _share(core: Core, args: Arguments, files: list[StoredFile], channel_id: str) -> None:
    try:
        channel = postable(core, channel_id)
    except SlackError as refusal:
        # This method has one name for all else that keeps the bot from posting.
        known = refusal.error in ("channel_not_found", "not_in_channel")
        raise SlackError(refusal.error if known else "posting_to_channel_denied") from refusal
    message = core.workspace.add_message(
        StoredMessage(
            ts=core.workspace.new_ts(),
            channel=channel.id,
            user=core.bot_user_id,
            text=escape_as_slack(args.text("initial_comment")),
            thread_ts=thread_of(core, channel, args.text("thread_ts")),
            files=[file.id for file in files],
        )
    )
    for file in files:
        file.shares.append({"channel": channel.id, "ts": message.ts})
