"""The errors that cross module borders. Their messages name files, keys and counts, never a person's data."""

from __future__ import annotations


class SanglocError(Exception):
    """Base of every error the project raises on purpose."""


class ConfigurationError(SanglocError):
    """A profile, setting or connection is wrong; retrying cannot mend it."""


class RefusedInputError(SanglocError):
    """A file or form is refused as a whole; it has to be corrected by its sender, not retried."""


class QualityGateError(SanglocError):
    """A check of critical severity failed; what depends on the table must not go on."""


class DeliveryUncertainError(SanglocError):
    """A mail may or may not have gone out before a crash; a person has to decide, never a retry."""


class WarehouseError(SanglocError):
    """The database refused a statement. Carries SQLSTATE, table and constraint, never the values."""


class UnexpectedError(SanglocError):
    """Anything not foreseen, with the type and place of the original error but without its text."""
