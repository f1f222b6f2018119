"""The sample province: made-up people, their rosters and exams as a province would receive them, and the truth."""

from sangloc.sample.forms import FormTruth, write_forms
from sangloc.sample.province import Summary, generate

__all__ = ["FormTruth", "Summary", "generate", "write_forms"]
