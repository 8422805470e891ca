"""Tests of the checks against AWS on this machine, over HTTP."""
