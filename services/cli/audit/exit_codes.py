"""Why an auditor's question has no good answer, as an exit code."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from services.audit.as_of import BadAsOfError
from services.audit.elsewhere.remote import CannotTellError, FoundWrongError
from services.audit.proven_record import NotYetError
from services.audit.refusals import CannotCompareError, MisledError, UnknownNumberError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def exit_codes() -> Iterator[None]:
    """Exit 1 when something is wrong; CannotTellError, and so exit 2, when nobody can tell."""
    try:
        yield
    except (MisledError, FoundWrongError) as error:
        print(f"blotter: {error}", file=sys.stderr)
        sys.exit(1)
    except (UnknownNumberError, BadAsOfError, NotYetError, CannotCompareError) as error:
        raise CannotTellError(str(error)) from None
