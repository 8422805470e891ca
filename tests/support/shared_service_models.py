"""Sessions of botocore share one loader: each would read the descriptions of its services from disk anew."""

from __future__ import annotations

from functools import cache

from botocore import loaders

loaders.create_loader = cache(loaders.create_loader)
