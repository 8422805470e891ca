"""`make bench`: run the benchmarks and print what they measured."""

from tests.bench import ack


def main() -> None:
    """Print every figure."""
    print(f"Acknowledgement over HTTP at {ack.RATE} requests a second, 8 connections, SQLite:")
    for times in ack.run():
        print(f"  {times}")


if __name__ == "__main__":
    main()
