"""Tests of the AWS checks against a local AWS, over HTTP."""
