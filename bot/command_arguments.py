"""The arguments of the commands: each function declares those of the command that it is named after."""

from __future__ import annotations

import argparse
from pathlib import Path

_OTHER_BACKUP = "a backup that holds what this database does not"


def _workspace(
    parser: argparse.ArgumentParser, meaning: str = "the team ID of the workspace, where there are several"
) -> None:
    parser.add_argument("--workspace", metavar="TEAM", help=meaning)


def backup(parser: argparse.ArgumentParser, replaces: str = _OTHER_BACKUP) -> None:
    """A place, and whether another backup may be replaced."""
    parser.add_argument("place", nargs="?", help="s3://bucket/key or the path of a file; else ECO_BACKUP_S3")
    parser.add_argument("--replace", action="store_true", help=f"also in the place of {replaces}")


def restore(parser: argparse.ArgumentParser) -> None:
    """A place, and what may be replaced."""
    backup(parser, "a database with enrollments, which is kept under another name")
    parser.add_argument("--if-empty", action="store_true", help="do nothing where there are enrollments")


def copy(parser: argparse.ArgumentParser) -> None:
    """Two databases."""
    parser.add_argument("source", metavar="FROM", help="URL of the database that is copied")
    parser.add_argument("target", metavar="TO", help="URL of an empty database")


def forget(parser: argparse.ArgumentParser) -> None:
    """A person, and what else stands for them."""
    parser.add_argument("person", help="Slack user ID")
    parser.add_argument("--also", action="append", default=[], metavar="WORDS", help="a name or an address, too")


def token(parser: argparse.ArgumentParser) -> None:
    """What to do with tokens."""
    what = parser.add_subparsers(dest="what", metavar="add, list or revoke", required=True)
    add = what.add_parser("add", help="make a token and print it, once")
    add.add_argument("name", help="of the program, for the audit: jira")
    _workspace(add)
    add.add_argument("--scope", action="append", choices=("read", "tickets"), help="what it allows; read by default")
    what.add_parser("list", help="list the tokens, without their secrets")
    what.add_parser("revoke", help="end a token").add_argument("name")


def workspaces(parser: argparse.ArgumentParser) -> None:
    """Nothing, or a workspace to erase."""
    parser.add_argument("--erase", metavar="TEAM", help="delete all that is stored of a workspace that removed the app")


def adopt(parser: argparse.ArgumentParser) -> None:
    """The other workspace."""
    parser.add_argument("workspace", nargs="?", help="team ID of the other workspace; without it, lists what there is")
    parser.add_argument(
        "--into", metavar="TEAM", help="the team ID of the workspace that gets it, where there are several"
    )


def check(parser: argparse.ArgumentParser) -> None:
    """Nothing, or `aws` and an account, or `procedures` or `templates` and a folder."""
    what = parser.add_subparsers(dest="what", metavar="aws|procedures|templates")
    meaning = "Check the files of your own procedures, and that ours are whole"
    procedures = what.add_parser("procedures", help=meaning, description=f"{meaning}. Needs no Slack settings.")
    procedures.add_argument("folder", nargs="?", type=Path, metavar="FOLDER", help="the folder; else ECO_PROCEDURES")
    meaning = "Check your own templates with made-up enrollments"
    templates = what.add_parser("templates", help=meaning, description=f"{meaning}. Needs no Slack settings.")
    templates.add_argument("folder", nargs="?", type=Path, metavar="FOLDER", help="the folder; else ECO_TEMPLATES")
    meaning = "Check the AWS side of an enrollment: account, report, bucket, files, stack and role"
    aws = what.add_parser("aws", help=meaning, description=f"{meaning}. Needs no Slack settings.")
    aws.add_argument("account", help="12 digits of the AWS account")
    _workspace(aws, "the team ID of the workspace whose enrollment it is, where there are several")
    aws.add_argument("--external-id", help="the external ID for ECO_AWS_ROLE; else the enrollment's own")
    aws.add_argument("--spot-external-id", help="Spot's external ID, which its role asks for; else the recorded one")
    aws.add_argument("--role-arn", help="the role for Spot; else the recorded one, the stack's, or the usual name")
    aws.add_argument("--full-role-arn", help="the role with Spot's full policy; else the recorded one")
    aws.add_argument("--bucket", help="the bucket of the report; else the recorded one")
    aws.add_argument("--checks", help="what to check; else what the enrollment's procedure names")


def procedures(parser: argparse.ArgumentParser) -> None:
    """Nothing, or enrollments and the procedure that they are moved to."""
    parser.add_argument("accounts", nargs="*", metavar="ACCOUNT", help="12 digits of an account whose enrollment moves")
    parser.add_argument("--on", metavar="REFERENCE", help="also every enrollment on this procedure: KEY or KEY@VERSION")
    parser.add_argument("--to", metavar="REFERENCE", help="the procedure to move to; of a KEY, the newest version")
    _workspace(parser, "only enrollments of the workspace with this team ID")
    parser.add_argument("--apply", action="store_true", help="move them; without it, only say what would change")


def files(parser: argparse.ArgumentParser) -> None:
    """A folder."""
    parser.add_argument("folder", nargs="?", type=Path, default=Path(), metavar="DIR", help="the folder; else this one")


def failed(parser: argparse.ArgumentParser) -> None:
    """Whether to send the messages again, and whose."""
    _workspace(parser, "only messages of the workspace with this team ID")
    parser.add_argument("--retry", action="store_true", help="send them again; emails are sent again in Slack")


def export(parser: argparse.ArgumentParser) -> None:
    """Accounts, and a folder."""
    _workspace(parser)
    parser.add_argument("accounts", nargs="+", metavar="ACCOUNT", help="12 digits of a management account")
    parser.add_argument(
        "--to", type=Path, default=Path(), metavar="DIR", help="the folder for the files; else this one"
    )


def import_file(parser: argparse.ArgumentParser) -> None:
    """A file with enrollments to start, and what applies to rows that do not say."""
    _workspace(parser)
    parser.add_argument(
        "file", type=Path, metavar="FILE", help="CSV, TSV or XLSX with a header and a row an enrollment"
    )
    parser.add_argument("--dry-run", action="store_true", help="start nothing; only say what is wrong and what is new")
    parser.add_argument("--confirm", action="store_true", help="also start the rows that have a warning")
    parser.add_argument("--owner", default="", help="the owner where a row names none: a Slack ID, an email or @name")
    parser.add_argument("--channel", default="", help="the progress channel where a row names none: an ID or #name")
