"""`make bench`: run the benchmarks and print what they measured."""

import importlib
import sys

from tests.bench.setting import setting

for name in sys.argv[1:]:
    with setting(True) as bench:
        for s in importlib.import_module(f"tests.bench.{name}").run(bench):
            print(s.markdown())
