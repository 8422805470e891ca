"""What an enrollment has recorded of the AWS side is found by the account alone."""

import sqlalchemy as sa

from bot.domain.aws.preflight import Target
from bot.repository import search
from bot.repository import tables as t
from bot.repository.database import Database
from tests.repository.keeping import start

ACCOUNT = "123456789012"
ARN = f"arn:aws:iam::{ACCOUNT}:role/Spot"


def test_external_id_role_and_bucket_of_the_accounts_enrollment_are_found(database: Database) -> None:
    """Whatever workspace it is in; an unknown account has none."""
    start(database, workspace="T9", account_id=ACCOUNT, role_arn=ARN, bucket="acme-cur", external_id="eco-1")

    with database.read() as connection:
        assert Target(ACCOUNT, "eco-1", ARN, "acme-cur") == search.aws_target(connection, ACCOUNT)
        assert Target("999988887777") == search.aws_target(connection, "999988887777")


def test_a_cancelled_enrollment_has_nothing_to_say(database: Database) -> None:
    """What was recorded for one that was given up may be wrong."""
    kept = start(database, account_id=ACCOUNT, role_arn=ARN, bucket="acme-cur")
    with database.write() as connection:
        connection.execute(sa.update(t.enrollments).where(t.enrollments.c.id == kept.id).values(status="cancelled"))

    with database.read() as connection:
        assert Target(ACCOUNT) == search.aws_target(connection, ACCOUNT)


def test_the_checks_are_those_of_the_enrollments_procedure(database: Database) -> None:
    """Of its watched step; a management account's where the procedure watches none."""
    start(database, account_id=ACCOUNT, procedure_reference="aws-member-account")
    start(database, account_id="111111111111", procedure_reference="aws-several-organizations")

    with database.read() as connection:
        assert "member" == search.aws_target(connection, ACCOUNT).checks
        assert "aws" == search.aws_target(connection, "111111111111").checks
