"""Report numbers: nine digits in three groups, the last a check digit; easy to read aloud.

A plain counter would reveal how many reports exist, so it is permuted: n → n·k mod 10⁸ with k
coprime to ten is one-to-one. The check digit is Damm's (2004): it detects every single wrong digit
and every swap of neighbours.
"""

from __future__ import annotations

from stdnum import damm
from stdnum.exceptions import ValidationError

SIZE = 10**8
MULTIPLIER = 61_803_399


def report_number(counter: int) -> str:
    """The number for the `counter`th report, e.g. `618-033-994`."""
    digits = f"{counter * MULTIPLIER % SIZE:08d}"
    digits += damm.calc_check_digit(digits)
    return f"{digits[:3]}-{digits[3:6]}-{digits[6:]}"


def normalise(given: str) -> str | None:
    """The number in canonical form from any spelling; None when no such number can exist."""
    digits = "".join(
        character for character in given if character.isdecimal() and character.isascii()
    )
    try:
        valid = len(digits) == 9 and damm.validate(digits)
    except ValidationError:
        return None
    return f"{digits[:3]}-{digits[3:6]}-{digits[6:]}" if valid else None
