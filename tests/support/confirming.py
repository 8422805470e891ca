"""Confirming every warning, as a person would who presses on."""


class Everything(frozenset[str]):
    """The warnings that somebody has confirmed: whatever is asked."""

    def issuperset(self, *_: object) -> bool:
        return True
