"""The `sangloc` command. Everything heavy is imported by the subcommand that needs it, so that `--help` is instant."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sangloc import settings
from sangloc.errors import SanglocError

if TYPE_CHECKING:
    from rich.console import Console

FAILED, REFUSED, INTERRUPTED = 1, 2, 130


def _console() -> Console:
    from rich.console import Console

    console = Console()
    # Not on a terminal: no wrapping, so that paths and messages can be searched and copied.
    return console if console.is_terminal else Console(width=200)


def _up(_options: argparse.Namespace) -> int:
    from sangloc import stack
    from sangloc.stack.demo import show_users
    from sangloc.stack.progress import Display

    console, home = _console(), settings.home()
    with Display(console) as display:
        stack.up(home, display.step)
    console.print(f"Airflow's pages: {stack.ui_url(home)}", highlight=False, soft_wrap=True)
    show_users(home, console)
    return 0


def _down(_options: argparse.Namespace) -> int:
    from sangloc import stack

    count = stack.down(settings.home())
    print(f"{count} components stopped" if count else "nothing was running")
    return 0


def _status(_options: argparse.Namespace) -> int:
    from rich.table import Table

    from sangloc import stack
    from sangloc.stack.warehouse import rows

    components = stack.status(settings.home())
    table = Table("Component", "Process", "Port", "State")
    for part in components:
        table.add_row(part.name, str(part.pid or "–"), str(part.port or "–"), part.problem or "healthy")
    _console().print(table)
    if any(part.problem for part in components):
        return FAILED
    if waiting := rows(settings.home(), "stack/waiting_lists")[0]["lists"]:
        print(f"{waiting} lists of communes are held: `sangloc approve` shows what waits for an officer")
    return 0


def _sample(options: argparse.Namespace) -> int:
    import dataclasses

    from sangloc import clock, sample
    from sangloc.stack.demo import landing_folder

    out = options.out or landing_folder()
    summary = sample.generate(
        options.province,
        options.people,
        options.seed,
        out,
        options.as_of or clock.today(),
        options.month,
        exams_until=options.exams_until,
    )
    print(json.dumps(dataclasses.asdict(summary), ensure_ascii=False, indent=2))
    return 0


def _sample_forms(options: argparse.Namespace) -> int:
    import dataclasses

    from sangloc import clock, sample
    from sangloc.stack.demo import landing_folder

    truths = sample.write_forms(
        options.province, options.out or landing_folder(), options.period_of or clock.today(), options.seed
    )
    print(json.dumps([dataclasses.asdict(truth) for truth in truths], ensure_ascii=False, indent=2))
    return 0


def _run(options: argparse.Namespace) -> int:
    from sangloc.stack.api import Airflow
    from sangloc.stack.follow import Run, explain, follow
    from sangloc.stack.progress import Display

    airflow = Airflow(settings.home())
    if airflow.unpause(options.dag_id):
        print(f"{options.dag_id} was paused and is not any more")
    before = airflow.runs([options.dag_id])
    run = Run(options.dag_id, airflow.trigger(options.dag_id, options.conf))
    if before:
        print(f"queued behind {len(before)} earlier run(s) of this DAG; `sangloc approve` lists what waits for an approval")
    with Display(_console()) as display:
        failed = follow(airflow, [run], display, per_task=True)
    if failed:
        print(explain(airflow, run), file=sys.stderr)
        return FAILED
    print(f"{run.dag_id} succeeded: {run.run_id}")
    return 0


def _approve(options: argparse.Namespace) -> int:
    from sangloc.stack.api import Airflow

    officer = Airflow(settings.home(), "officer")
    waiting = officer.approvals([options.dag_id] if options.dag_id else None)
    if not waiting:
        where = f"in {options.dag_id}" if options.dag_id else ""
        print(f"nothing waits for an approval {where}".rstrip())
        return FAILED if options.yes or options.no else 0
    for approval in waiting:
        task = approval["task_instance"]
        line = f"{task['dag_id']}  {task['dag_run_id']}  {task['task_id']}: {approval['subject']}"
        if options.all or options.yes or options.no:
            line += f" → {officer.answer(approval, yes=not options.no, note=options.note)}"
        print(line)
    return 0


def _psql(options: argparse.Namespace) -> int:
    from sangloc import stack
    from sangloc.stack import postgres

    url = stack.database_url(settings.home(), options.role)
    program = postgres.program("psql")
    arguments = [str(program), "--no-psqlrc", url] if options.command else [str(program), url]
    if options.command:
        arguments += ["--set", "ON_ERROR_STOP=1", "--command", options.command]
    sys.stdout.flush()
    # The password travels in the environment: a command line is open to every user of the machine.
    address, _, rest = url.partition("://")
    login, _, place = rest.rpartition("@")
    role, _, password = login.partition(":")
    arguments[arguments.index(url)] = f"{address}://{role}@{place}"
    os.execve(program, arguments, {**os.environ, "PGPASSWORD": password})


def _url(options: argparse.Namespace) -> int:
    from sangloc import stack

    print(stack.database_url(settings.home(), options.role))
    return 0


def _export_book(options: argparse.Namespace) -> int:
    import getpass

    _use_stack()
    from sangloc.health_book import export_book

    exams = export_book(options.person_id, options.file, getpass.getuser())
    print(f"{exams} exams of person {options.person_id} written; the file holds personal data and is readable by you only")
    return 0


def _use_stack() -> None:
    """In production the deployment gives the connections; beside the embedded stack they are taken from it."""
    from sangloc import stack

    if "AIRFLOW_CONN_SANGLOC_LOADER" not in os.environ:
        os.environ.update(stack.environment(settings.home()))


def _verify_report(options: argparse.Namespace) -> int:
    _use_stack()
    from sangloc.reporting import verify_report

    verdict = verify_report(options.file)
    for line in verdict.said:
        print(line)
    for line in verdict.differences:
        print(f"differs: {line}")
    for line in verdict.notes:
        print(f"note: {line}")
    if options.manifest and verdict.manifest is not None:
        print(json.dumps(verdict.manifest, ensure_ascii=False, indent=2))
    print(f"equal: SHA-256 {verdict.sha256}" if verdict.equal else f"NOT equal: SHA-256 {verdict.sha256}")
    return 0 if verdict.equal else FAILED


def _mails(options: argparse.Namespace) -> int:
    import getpass

    from sangloc.clock import VIETNAM

    _use_stack()
    from sangloc.reporting import mails_in_trouble, settle_mail

    if options.mail is not None:
        state = settle_mail(options.mail, options.arrived, getpass.getuser())
        print(f"mail {options.mail}: " + {
            "sent": "arrived",
            "pending": "is sent again by the next hourly watch",
            "withdrawn": "is not sent again: a newer version of the report has replaced it",
        }[state])  # fmt: skip
        return 0
    found = mails_in_trouble()
    for mail in found:
        at = mail["sent_at"].astimezone(VIETNAM).isoformat(sep=" ", timespec="minutes") if mail["sent_at"] else "–"
        print(f"{mail['outbox_id']}  {mail['state']}  {at}  {mail['recipient']}  {mail['message_id']}  {mail['subject']}")
    print("--arrived or --again with its number settles one" if found else "no mail waits for a person")
    return 0


def _figure_rows(options: argparse.Namespace) -> int:
    import csv
    import getpass

    _use_stack()
    from sangloc.reporting import rows_behind

    columns, rows = rows_behind(options.submission, options.indicator, options.breakdown, options.key, getpass.getuser())
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerows([columns, *rows])
    return 0


def _demo(options: argparse.Namespace) -> int:
    from sangloc.stack import demo

    demo.run(settings.home(), options.province, options.people, _console())
    return 0


def _json_object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f'not JSON ({error}); expected for example \'{{"period": "2026-Q3"}}\'') from None
    if not isinstance(value, dict):
        raise argparse.ArgumentTypeError('expected a JSON object, for example \'{"period": "2026-Q3"}\'')
    return value


def _people(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of people; expected for example 20000")
    return int(text)


def _iso_date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date; expected for example 2026-11-21") from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sangloc",
        description="Sàng Lọc: the embedded stack, the sample province and the running Airflow from the command line.",
        epilog="State lives in .sangloc/ (SANGLOC_HOME overrides). `sangloc COMMAND --help` shows examples.",
    )
    commands = parser.add_subparsers(dest="name", metavar="COMMAND", required=True)

    def command(name: str, work: Callable[[argparse.Namespace], int], help_: str, *examples: str) -> argparse.ArgumentParser:
        made = commands.add_parser(
            name,
            help=help_,
            description=help_[0].upper() + help_[1:] + ".",
            epilog="examples:\n" + "\n".join(f"  {example}" for example in examples),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        made.set_defaults(work=work)
        return made

    command("up", _up, "start PostgreSQL, Airflow and the mail catcher, or mend what is broken", "sangloc up",
            "SANGLOC_UI_PORT=8090 sangloc up", "SANGLOC_HOME=/data/sangloc sangloc up")  # fmt: skip
    command("down", _down, "stop every process of the stack", "sangloc down")
    command("status", _status, "show each component; exit status 1 when one is not healthy", "sangloc status")

    made = command("sample", _sample, "write a synthetic province: roster and exam files and the truth beside them",
                   "sangloc sample lang_son --people 5000 --seed 1 --out /tmp/landing",
                   "sangloc sample lang_son --people 5000 --seed 1 --out /tmp/landing --month 2")  # fmt: skip
    made.add_argument("province", metavar="PROVINCE", help="folder name under include/provinces, for example lang_son")
    made.add_argument("--people", type=_people, default=20_000, metavar="N", help="how many people (default 20000)")
    made.add_argument("--seed", type=int, default=17, metavar="S", help="the same seed gives the same files (default 17)")
    made.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="landing folder; truth/ comes beside it (default: the stack's own)",
    )
    made.add_argument("--as-of", type=_iso_date, metavar="DATE", help="the day the files are from (default: today)")
    made.add_argument(
        "--exams-until",
        type=_iso_date,
        metavar="DATE",
        help="exams go on until then, in a file for each month (default: --as-of)",
    )
    made.add_argument("--month", type=int, choices=(1, 2), default=1, help="2 writes the next month's roster (default 1)")

    made = command("sample-forms", _sample_forms, "write filled forms for figures from below: some missing, one with faults",
                   "sangloc sample-forms lang_son", "sangloc sample-forms lang_son --period-of 2026-11-14")  # fmt: skip
    made.add_argument("province", metavar="PROVINCE", help="folder name under include/provinces, for example lang_son")
    made.add_argument("--period-of", type=_iso_date, metavar="DATE", help="for the periods that hold this day (default: today)")
    made.add_argument("--seed", type=int, default=17, metavar="S", help="the same seed gives the same files (default 17)")
    made.add_argument("--out", type=Path, metavar="DIR", help="landing folder (default: the stack's own)")

    made = command("run", _run, "start a DAG now and follow it; exit status 0 only when it succeeded",
                   "sangloc run lang_son__roster_refresh",
                   "sangloc run lang_son__report_monthly_byt --conf '{\"period\": \"2026-10\"}'")  # fmt: skip
    made.add_argument("dag_id", metavar="DAG_ID")
    made.add_argument("--conf", type=_json_object, metavar="JSON", help="the values of the DAG's form")

    made = command("approve", _approve, "list what waits for an officer's approval, or answer it as the officer",
                   "sangloc approve", "sangloc approve --all",
                   "sangloc approve lang_son__report_monthly_byt --yes",
                   "sangloc approve lang_son__report_monthly_byt --no --note 'Thiếu số liệu tuyên truyền'")  # fmt: skip
    made.add_argument("dag_id", metavar="DAG_ID", nargs="?", help="only what this DAG asks")
    answer = made.add_mutually_exclusive_group()
    answer.add_argument("--all", action="store_true", help="approve everything that waits")
    answer.add_argument("--yes", action="store_true", help="approve (with DAG_ID)")
    answer.add_argument("--no", action="store_true", help="send back (with DAG_ID and --note)")
    made.add_argument("--note", metavar="TEXT", help="what has to be changed; no names or numbers of persons")

    made = command("psql", _psql, "open psql in the warehouse, or run one statement",
                   "sangloc psql", "sangloc psql -c 'SELECT count(*) FROM roster.person'",
                   "sangloc psql --role report -c 'SELECT count(*) FROM stats.person'")  # fmt: skip
    made.add_argument("-c", dest="command", metavar="SQL", help="run this and end")
    made.add_argument("--role", choices=("owner", "loader", "report"), default="loader", help="as whom (default loader)")

    made = command("url", _url, "print the warehouse's address with its password", "psql $(sangloc url)",
                   "sangloc url --role report")  # fmt: skip
    made.add_argument("--role", choices=("owner", "loader", "report"), default="loader", help="as whom (default loader)")

    made = command("export-book", _export_book, "write one person's health book into a file, as a FHIR R4 Bundle",
                   "sangloc export-book 4711 /secure/book-4711.json")  # fmt: skip
    made.add_argument("person_id", type=int, metavar="PERSON_ID", help="the person's number on the roster")
    made.add_argument("file", type=Path, metavar="FILE", help="a file that does not exist yet")

    made = command("verify-report", _verify_report, "prove that a report is what was made; exit status 1 when it differs",
                   "sangloc verify-report lang_son_monthly_byt_2026-10_v1.pdf",
                   "sangloc verify-report --manifest lang_son_monthly_byt_2026-10_v1.docx")  # fmt: skip
    made.add_argument("file", type=Path, metavar="FILE", help="a report as it was mailed")
    made.add_argument("--manifest", action="store_true", help="print also what its figures came from, as JSON")

    made = command("mails", _mails, "list the mails that may not have arrived, and say what became of one; the ledger notes it",
                   "sangloc mails", "sangloc mails 17 --arrived", "sangloc mails 17 --again")  # fmt: skip
    made.add_argument("mail", type=int, metavar="MAIL", nargs="?", help="the mail's number")
    said = made.add_mutually_exclusive_group()
    said.add_argument("--arrived", action="store_true", help="it reached its recipient")
    said.add_argument("--again", action="store_true", help="it did not; send it")

    made = command("figure-rows", _figure_rows, "write the rows behind a figure as CSV: ids and codes; the ledger notes it",
                   "sangloc figure-rows 12 examined_share",
                   "sangloc figure-rows 12 examined_share --breakdown commune --key 05983",
                   "sangloc figure-rows 12 examined_commune_age --breakdown commune_age --key 05983/60_plus")  # fmt: skip
    made.add_argument("submission", type=int, metavar="SUBMISSION", help="the report's number (`reporting.submission`)")
    made.add_argument("indicator", metavar="INDICATOR", help="an indicator's id (docs/indicators.md)")
    made.add_argument("--breakdown", default="total", metavar="NAME", help="one of its breakdowns (default total)")
    made.add_argument("--key", default="", metavar="KEY", help="which key of the breakdown")

    made = command("demo", _demo, "run a whole province through every DAG and print the summary", "sangloc demo",
                   "sangloc demo --province hai_phong --people 50000")  # fmt: skip
    made.add_argument("--province", default="lang_son", help="folder name under include/provinces (default lang_son)")
    made.add_argument("--people", type=_people, metavar="N", help="size of the sample (default 20000, then as last time)")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; an expected error ends in one message on standard error and exit status 2."""
    # Landing files, reports and logs are nobody else's on this machine; the components started from here inherit it.
    os.umask(0o077)
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.name == "approve" and (options.yes or options.no) and not options.dag_id:
        parser.error("--yes and --no need a DAG_ID; `sangloc approve --all` approves everything")
    if options.name == "approve" and options.no and not options.note:
        parser.error("--no needs a --note that says what has to be changed")
    if options.name == "mails" and (options.mail is None) == (options.arrived or options.again):
        parser.error("a MAIL goes with --arrived or --again; without, all that wait for a person are listed")
    try:
        work: Callable[[argparse.Namespace], int] = options.work
        return work(options)
    except SanglocError as error:
        print(f"sangloc: {error}", file=sys.stderr)
        return REFUSED
    except (PermissionError, NotADirectoryError) as error:
        print(f"sangloc: {error.filename}: {error.strerror}; choose another place, or mend its rights", file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:
        print(
            "\nsangloc: interrupted; run the same command again to go on, or `sangloc down` to stop everything",
            file=sys.stderr,
        )
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone (`sangloc … | head`).
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


if __name__ == "__main__":
    sys.exit(main())
