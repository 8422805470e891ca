"""Whatever lies in the bucket of an MSP: every item is judged once, and a pass means what it says."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.aws.check_sets import CHECK_SETS
from bot.domain.aws.delivery_facts import GZIP, Delivery, StoredFile, folder, is_placed, manifest_period, month
from bot.domain.aws.facts import Bucket, Owner, Reason, Unseen
from bot.domain.aws.preflight import Verdict
from tests.domain.aws_snapshots import ACCOUNT, NOW, OTHER
from tests.domain.test_delivery_situations import LAST, THIS, look
from tests.support.findings import of

_NAMES = st.sampled_from([THIS, LAST, "20261201-20261231", "20261101-20261201", "2026-11", "{x}", "<!channel>", ""])
_FILES = st.sampled_from(["cur-1.csv.gz", "cur.csv", "a/b/c.gz", "acme-Manifest.json", "x\ny"])
_AGES = st.integers(-5, 100).map(lambda hours: NOW - timedelta(hours=hours))


def files(*parts: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[StoredFile, ...]]:
    """Some files whose keys are made of these parts."""
    keys = st.tuples(*parts).map("".join)
    return st.lists(st.builds(StoredFile, keys, st.integers(1, 9), _AGES), max_size=4).map(tuple)


DELIVERIES = st.builds(
    Delivery,
    bucket=st.sampled_from([None, *(Bucket("", owner, denied) for owner in Owner for denied in (True, False))]),
    accounts=st.lists(st.sampled_from([ACCOUNT, OTHER, "1234-5678-9012"]), unique=True).map(tuple),
    periods=st.lists(_NAMES.filter(bool), unique=True, max_size=5).map(tuple),
    files=files(st.just(folder(ACCOUNT)), _NAMES, st.sampled_from(["/a1/", "/"]), _FILES),
    manifests=files(st.just("manifests/"), _NAMES, st.just("/"), _FILES),
    elsewhere=st.lists(_FILES, max_size=3).map(tuple),
    head=st.sampled_from([GZIP, b"PA", b"", None, Unseen(Reason.DENIED)]),
    complete=st.booleans(),
)


@given(DELIVERIES)
def test_each_item_is_judged_once_and_a_pass_means_what_it_says(found: Delivery) -> None:
    """No fact makes a check fail as a whole, and what was not seen is never right."""
    report = look(found)

    assert list(CHECK_SETS["delivered"].items) == [each.item for each in report.findings]
    assert [] == [each for each in report.findings if each.verdict is not Verdict.PASS and not each.fix]
    right = {each.item for each in report.findings if each.verdict is Verdict.PASS}
    if found.bucket is None or found.bucket.denied or ACCOUNT not in found.accounts:
        assert right <= {"account.identity", "bucket.delivered"}
    if "files.periods" in right:
        assert all((first := month(name)) and first <= NOW.date() for name in found.periods)
    if "files.place" in right:
        assert all(is_placed(each.key, ACCOUNT) for each in found.data)
    if "files.manifests" in right:
        assert set(found.periods) <= {manifest_period(each.key) for each in found.manifests}
    if "files.gzip" in right:
        assert GZIP == found.head
    if "files.newest" in right:
        assert any(NOW - each.at <= timedelta(hours=48) for each in found.data)


def test_the_walk_meets_a_delivery_in_which_all_is_right() -> None:
    """The strategy can make what the rows call right, so that a pass is looked at, too."""
    key = f"{folder(ACCOUNT)}{THIS}/a1/cur-1.csv.gz"
    manifests = (StoredFile(f"manifests/{THIS}/acme-Manifest.json", 1, NOW),)

    report = look(Delivery(Bucket(""), (ACCOUNT,), (THIS,), (StoredFile(key, 1, NOW),), manifests, head=GZIP))

    assert {Verdict.PASS} == {each.verdict for each in report.findings}
    assert "1 manifest" in of(report, "files.manifests").found
