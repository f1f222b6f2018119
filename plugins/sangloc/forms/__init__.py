"""Figures from below: forms that the system makes for communes, facilities and departments, and what comes back in them."""

from sangloc.forms.definition import Form, folder_of
from sangloc.forms.issue import issue_forms
from sangloc.forms.load import new_units, summarise, take_in
from sangloc.forms.reader import Answers, Fault, read_answers, read_form
from sangloc.forms.writer import write_form

__all__ = [
    "Answers",
    "Fault",
    "Form",
    "folder_of",
    "issue_forms",
    "new_units",
    "read_answers",
    "read_form",
    "summarise",
    "take_in",
    "write_form",
]
