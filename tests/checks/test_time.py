"""Time limits of checks: a check ends in time whatever AWS does, and names the calls that did not answer."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from bot.checks import BotoInspector
from bot.checks.aws_errors import unseen_after
from bot.checks.aws_sessions import ATTEMPTS, CONNECT, READ, Late, own_credentials
from bot.checks.bounded_threads import BoundedThreadPool, Deadline, PoolBusy
from bot.checks.inspector import LIMIT, THREADS
from bot.clock import SystemClock
from bot.domain.aws.calls import Call
from bot.domain.aws.facts import Reason, Unseen
from bot.domain.aws.preflight import Target, Verdict
from tests.support.aws import ACCOUNT, Account, AwsEndpoint, Fault
from tests.support.findings import UNKNOWN, of, trouble
from tests.support.wait_until import eventually

#: Seconds until a look of these tests ends, and within which it must have ended.
SHORT, SOON = 3.0, 6.0

#: The call that hangs -> what then cannot be told.
HANGING: dict[Call, list[str]] = {
    Call.ORGANIZATION: ["account.management"],
    Call.ACCOUNTS: ["account.accounts"],
    Call.REPORTS: ["cur.definition", "bucket.exists", "files.delivered", "role.required"],
    Call.BUCKET: ["bucket.exists"],
    Call.FILES: ["files.delivered"],
    Call.BUCKET_POLICY: ["bucket.policy", "bucket.readers"],
    Call.OWNERSHIP: ["bucket.ownership"],
    Call.ENCRYPTION: ["encryption.delivers", "encryption.reads"],
    Call.STACKS: ["stack.output", "role.exists"],
    Call.ROLES: [],  # the stack says which role it is
    Call.ROLE: ["role.exists"],
    Call.POLICY_VERSION: ["role.describes", "role.lists", "role.reads", "role.required"],
}


@pytest.fixture
def hasty(endpoint: AwsEndpoint, account: Account) -> BotoInspector:
    """An inspector with a short time limit; everything has been imported before."""
    aws = BotoInspector(None, SystemClock(), endpoint=endpoint.url, limit=SHORT)
    assert {} == trouble(BotoInspector(None, SystemClock(), endpoint=endpoint.url).preflight(Target(ACCOUNT)))
    return aws


@pytest.mark.parametrize("call", HANGING)
def test_a_call_that_hangs_holds_up_nothing_else(hasty: BotoInspector, endpoint: AwsEndpoint, call: Call) -> None:
    """Items that depend on it are reported as timed out, the others are judged, and the check ends in time."""
    endpoint.faults[call.value.name] = Fault(hang=True)
    began = time.monotonic()

    report = hasty.preflight(Target(ACCOUNT))

    assert time.monotonic() - began < SOON
    assert dict.fromkeys(HANGING[call], UNKNOWN) == trouble(report)
    assert all("did not answer in time" in of(report, item).found for item in HANGING[call][:1])


def test_a_check_takes_less_than_two_seconds_where_aws_answers_at_once(
    hasty: BotoInspector, account: Account, endpoint: AwsEndpoint
) -> None:
    """Answers after 10 ms, with a key and more calls than a usual account takes; the best of some counts."""
    account.encrypt()
    endpoint.latency = 0.01

    def took() -> float:
        began = time.monotonic()
        report = hasty.preflight(Target(ACCOUNT))
        assert {"encryption.reads"} == set(trouble(report))
        return time.monotonic() - began

    assert min(took() for _ in range(4)) < 2


@pytest.mark.parametrize("call", [Call.KEY, Call.KEY_POLICY])
def test_a_key_that_hangs_holds_up_nothing_else(
    hasty: BotoInspector, account: Account, endpoint: AwsEndpoint, call: Call
) -> None:
    """Only the two items about encryption are open."""
    account.encrypt()
    endpoint.faults[call.value.name] = Fault(hang=True)
    began = time.monotonic()

    report = hasty.preflight(Target(ACCOUNT))

    assert time.monotonic() - began < SOON
    assert dict.fromkeys(["encryption.delivers", "encryption.reads"], UNKNOWN) == trouble(report)


def test_everything_may_hang_at_once(hasty: BotoInspector, endpoint: AwsEndpoint) -> None:
    """Only the identity is known; every other item names the call that timed out."""
    for call in Call:
        if call is not Call.IDENTITY:
            endpoint.faults[call.value.name] = Fault(hang=True)
    began = time.monotonic()

    report = hasty.preflight(Target(ACCOUNT))

    assert time.monotonic() - began < SOON
    assert 1 == report.count(Verdict.PASS)
    assert "organizations:ListAccounts did not answer in time" == of(report, "account.accounts").found


def test_late_threads_are_counted_until_they_end(
    hasty: BotoInspector, endpoint: AwsEndpoint, caplog: pytest.LogCaptureFixture
) -> None:
    """An abandoned call is listed by name, and its thread is free again after it has ended."""
    endpoint.faults["DescribeStacks"] = Fault(hang=True)
    hasty.preflight(Target(ACCOUNT))

    assert [name for name in hasty.running() if name.startswith("DescribeStacks")]
    assert "gave up waiting for DescribeStacks" in caplog.text
    endpoint.close()
    eventually(lambda: hasty.running() == ())


@pytest.fixture
def silent() -> Iterator[str]:
    """A server that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def test_aws_that_accepts_and_never_answers_ends_in_less_than_twenty_seconds(silent: str) -> None:
    """With the real time-outs every attempt ends by itself, and access is reported as timed out."""
    aws = BotoInspector(None, SystemClock(), endpoint=silent)
    began = time.monotonic()

    report = aws.preflight(Target(ACCOUNT))

    assert time.monotonic() - began < 20
    assert 0 == report.count(Verdict.PASS)
    assert "sts:GetCallerIdentity did not answer in time" in of(report, "account.identity").found
    eventually(lambda: aws.running() == ())


@pytest.fixture
def dripping() -> Iterator[str]:
    """A server that sends a byte now and then without end, which no read time-out stops."""
    closing = threading.Event()

    def drip(connection: socket.socket) -> None:
        with connection:
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            while not closing.wait(0.05):
                connection.sendall(b"<")

    def serve(server: socket.socket) -> None:
        while not closing.is_set():
            try:
                connection, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=drip, args=(connection,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, args=(server,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        closing.set()
        server.shutdown(socket.SHUT_RDWR)
        thread.join(10)


def test_aws_that_never_comes_to_an_end_is_left_alone(dripping: str) -> None:
    """The deadline ends what time-outs of calls cannot; the thread is listed until its call has ended."""
    aws = BotoInspector(None, SystemClock(), endpoint=dripping, limit=0.5)
    began = time.monotonic()

    delivered = aws.delivered_files(Target(ACCOUNT))

    assert time.monotonic() - began < SOON
    assert "sts:GetCallerIdentity did not answer in time" in delivered.problem
    assert ["GetCallerIdentity"] == [name.partition(" ")[0] for name in aws.running()]


def test_after_the_deadline_nothing_more_is_asked(endpoint: AwsEndpoint) -> None:
    """A late thread does not read further pages: it ends at its next call."""
    access = own_credentials(endpoint.url, Deadline(0))

    with pytest.raises(Late):
        access.ask(Call.IDENTITY)

    assert [] == endpoint.requests
    assert Unseen(Reason.TIMED_OUT, Call.FILES, "Late") == unseen_after(Late(), Call.FILES)


def test_each_call_ends_before_the_look_does() -> None:
    """All attempts of a call, with the waits between them, fit into a check, and that into the promised time."""
    longest_wait_between_tries = 1

    assert ATTEMPTS * (CONNECT + READ) + longest_wait_between_tries < LIMIT < 20


# --- The crew ---


def test_work_is_done_side_by_side() -> None:
    """Two functions that wait for each other both end."""
    pool, meet = BoundedThreadPool(2), threading.Barrier(2)

    first, second = pool.start("a", lambda: meet.wait(10)), pool.start("b", lambda: meet.wait(10))

    assert {0, 1} == {first.result(10), second.result(10)}


def test_a_full_crew_takes_nothing_on_and_a_free_place_is_used_again() -> None:
    """The number of threads is bounded even if all of them hang."""
    pool, release = BoundedThreadPool(1), threading.Event()
    held = pool.start("held", release.wait)

    with pytest.raises(PoolBusy):
        pool.start("refused", release.wait).result(10)
    assert ("held #1",) == pool.running()

    release.set()
    assert held.result(10)
    eventually(lambda: pool.running() == ())
    assert 7 == pool.start("next", lambda: 7).result(10)


def test_who_is_patient_gets_the_next_free_place() -> None:
    """Several checks at a time wait for threads instead of failing."""
    pool, release = BoundedThreadPool(1), threading.Event()
    pool.start("held", release.wait)
    release.set()

    assert 7 == pool.start("patient", lambda: 7, 10).result(10)


def test_what_goes_wrong_in_a_thread_is_told_to_who_waits() -> None:
    """An exception is set on the future, also one that is no `Exception`."""
    with pytest.raises(SystemExit):
        BoundedThreadPool(1).start("exit", lambda: (_ for _ in ()).throw(SystemExit(1))).result(10)


def test_a_look_that_finds_no_place_says_so(hasty: BotoInspector, endpoint: AwsEndpoint) -> None:
    """While earlier checks occupy all threads, the next one reports a time-out."""
    endpoint.faults["GetCallerIdentity"] = Fault(hang=True)
    waiting = [threading.Thread(target=hasty.delivered_files, args=(Target(ACCOUNT),)) for _ in range(THREADS)]
    for thread in waiting:
        thread.start()
    eventually(lambda: len(hasty.running()) == THREADS)

    delivered = hasty.delivered_files(Target(ACCOUNT))

    assert "did not answer in time (earlier looks still wait)" in delivered.problem
    for thread in waiting:
        thread.join(20)


def test_a_deadline_counts_down_and_stays_at_nothing() -> None:
    """The remaining seconds, by the given clock, never negative."""
    now = [100.0]
    deadline = Deadline(3, lambda: now[0])

    assert (3, False) == (deadline.left(), deadline.passed)
    now[0] = 104
    assert (0, True) == (deadline.left(), deadline.passed)
