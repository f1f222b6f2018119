"""What people read of a mail: the same in both bodies, what changed since last time, nothing fetched from anywhere."""

from __future__ import annotations

import email
import email.policy
import re
from decimal import Decimal
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Any

import psycopg
import pytest

from postbox import Postbox
from sangloc import provinces, reporting
from sangloc.reporting import since
from sangloc.reporting.figures import Value
from sangloc.reporting.letters import as_html

MONTHLY = ("lang_son", "monthly_byt")
FACTS = {"kind": "misinformation", "area": "20", "urgency": "immediate", "summary": "Tin đồn sai về việc thu phí khám.",
         "assessment": "Lan truyền trên mạng xã hội, chưa ảnh hưởng đến buổi khám."}  # fmt: skip


@pytest.fixture(autouse=True)
def joined(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANGLOC_JOINED_ON", "2026-09-01")
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "https://sangloc.example/")


def at(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("SANGLOC_NOW", f"{text}+07:00")


def review(number: int) -> str:
    reporting.take_snapshot(number)
    reporting.render(number)
    reporting.request_review(number)
    return reporting.review_text(number)["summary"]


def deliver(number: int) -> None:
    reporting.record_decision(number, "approve", "officer", None)
    reporting.enqueue_delivery(number)
    reporting.deliver(number, "delivery")


class Words(HTMLParser):
    """The text of a page below its head, and where its links lead."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found, self.links, self.fetched = [""], list[str](), list[str]()
        self.feed(page.partition("</head>")[2])
        self.text = " ".join("".join(self.found).split())

    def handle_data(self, data: str) -> None:
        self.found.append(data)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found.append(" " if tag not in ("span", "strong", "a") else "")
        self.links += [value or "" for name, value in attributes if name == "href"]
        self.fetched += [
            f"{tag} {name}" for name, value in attributes if name in ("src", "background") or "url(" in (value or "")
        ]
        self.fetched += [tag] if tag in ("img", "link", "script", "iframe", "style") else []


def bodies(mail: Any) -> tuple[EmailMessage, str, Words]:
    message = email.message_from_bytes(mail.content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    alternative = message if message.get_content_type() == "multipart/alternative" else next(iter(message.iter_parts()))
    assert [part.get_content_type() for part in alternative.iter_parts()] == ["text/plain", "text/html"]
    plain, html = (message.get_body((kind,)) for kind in ("plain", "html"))
    assert plain is not None and html is not None
    return message, plain.get_content(), Words(html.get_content())


def test_both_bodies_of_every_mail_say_the_same(
    rows: Any, warehouse: psycopg.Connection, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(monkeypatch, "2026-11-02T08:00:00")
    reporting.expect("lang_son")
    number = reporting.open_submission(*MONTHLY, "run")
    review(number)
    reporting.deliver(number, "review")
    deliver(number)
    incident = reporting.open_submission("lang_son", "incident", "by hand", incident=FACTS)
    review(incident)
    reporting.record_decision(incident, "send_back", "officer", 'Thiếu "địa bàn" <xem lại> & sửa')
    reporting.send_board("lang_son")
    at(monkeypatch, "2026-11-03T08:00:00")
    reporting.remind("lang_son")
    reporting.each_hour("lang_son")
    kinds, links = set(), set[str]()
    for mail in postbox.mails:
        message, plain, page = bodies(mail)
        links |= set(page.links)
        kinds.add(re.sub(r"[^a-z]+", " ", message["Message-ID"].split(".", 1)[1].split("@")[0]))
        assert page.fetched == []
        assert page.text.startswith(" ".join(message["Subject"].split()))
        for line in filter(None, plain.splitlines()):
            words, _, link = line.removeprefix("- ").partition(": https://")
            assert " ".join(words.split()) in page.text, line
            assert not link or f"https://{link}" in page.links
    assert len(kinds) >= 5, kinds
    assert f"https://sangloc.example/sangloc/reports/{number}" in links


def test_text_becomes_html_and_nothing_in_it_becomes_more() -> None:
    page = as_html(
        "A & B", 'Một <b>đoạn</b> "văn"\ncó hai dòng.\n\nDanh sách:\n- Hạn gửi: 17:00\n- Xem https://a.example/x?a=1&b=2.\n'
    )
    assert "<b>đoạn" not in page and "&lt;b&gt;đoạn&lt;/b&gt; &quot;văn&quot;<br>" in page
    assert ">Hạn gửi:</span> <strong>17:00</strong></li>" in page
    assert '<a href="https://a.example/x?a=1&amp;b=2"' in page and "b=2</a>.</li>" in page
    assert page.count("<ul") == 1 and page.count("<h2") == 1


def test_the_same_mail_is_the_same_bytes(province: str, postbox: Postbox, warehouse: psycopg.Connection) -> None:
    context = {"province": "x", "subject": "x", "recipient": "x", "sent": "x", "message_id": "x", "number": 1}
    for _ in range(2):
        assert reporting.send_notice("lang_son", "trial", ["a@x.example"], "in_doubt", context)
        warehouse.execute("UPDATE reporting.outbox SET state = 'withdrawn'")
    first, second = (mail.content for mail in postbox.mails)
    assert re.sub(rb"Date: .*", b"", first) == re.sub(rb"Date: .*", b"", second)


# What changed since last time ---------------------------------------------------------------------------------------------


def name(indicator: str) -> str:
    return reporting.indicators()[indicator].name_vi


@pytest.mark.parametrize(
    ("october", "november", "said"),
    [
        (12, 20, "12 → 20 (tăng 8)"),
        (20, 12, "20 → 12 (giảm 8)"),
        (12, 12, "12 (không đổi)"),
        # 15 this year less 12 would be the 3 before.
        (3, 12, "dưới 5 → (không công bố)"),
        (12, 3, "12 → dưới 5"),
    ],
)
def test_the_officer_reads_what_rises_and_falls(
    rows: Any, warehouse: psycopg.Connection, postbox: Postbox, monkeypatch: pytest.MonkeyPatch, october: int, november: int,
    said: str,
) -> None:  # fmt: skip
    people = [rows.person(rows.communes[0]) for _ in range(60)]
    for person in people[:october]:
        rows.exam(person, "2026-10-05")
    at(monkeypatch, "2026-11-02T08:00:00")
    first = reporting.open_submission(*MONTHLY, "october")
    text = review(first)
    assert "chưa có báo cáo kỳ trước để so sánh" in text
    deliver(first)
    for person in people[october : october + november]:
        rows.exam(person, "2026-11-05")
    at(monkeypatch, "2026-12-02T08:00:00")
    text = review(reporting.open_submission(*MONTHLY, "november"))
    assert "Thay đổi so với báo cáo tháng 10 năm 2026:\n" in text
    assert f"- {name('people_examined_period')}: {said}\n" in text
    link = "https://sangloc.example/dags/lang_son__report_monthly_byt/runs/november/tasks/approval/required_actions"
    assert link in text


@pytest.mark.parametrize(
    ("indicator", "before", "after", "said"),
    [
        ("doctors_per_station", ("180", "92"), ("276", "92"), ("1,9", "3", "tăng 1,1 bác sĩ")),
        ("doctors_per_station", ("92", "92"), ("46", "92"), ("1", "0,5", "giảm 0,5 bác sĩ")),
        # What units measure is cut off as in the documents, so that it does not read as reached.
        ("insurance_cover", ("93.456", "100"), ("94.96", "100"), ("93,4%", "94,9%", "tăng 1,5 điểm phần trăm")),
        ("insurance_cover", ("99.5", "100"), ("100", "100"), ("99,5%", "100%", "tăng 0,5 điểm phần trăm")),
        # The difference is that of the shares as they are printed.
        ("examined_share", ("1234", "10000"), ("1236", "10000"), ("12,3%", "12,4%", "tăng 0,1 điểm phần trăm")),
    ],
)
def test_averages_and_per_cent_move_as_documents_print_them(
    indicator: str, before: tuple[str, str], after: tuple[str, str], said: tuple[str, str, str]
) -> None:
    old, new = (Value(Decimal(part), Decimal(whole), False, False) for part, whole in (before, after))
    moved = since._movement(reporting.indicators()[indicator], old, new)
    assert (moved.before, moved.after, moved.moved) == said


# The ad-hoc report --------------------------------------------------------------------------------------------------------


def test_an_ad_hoc_report_reaches_its_own_recipients_within_its_hours(
    rows: Any, warehouse: psycopg.Connection, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(monkeypatch, "2026-11-22T22:00:00")
    number = reporting.open_submission("lang_son", "incident", "by hand", incident=FACTS)
    review(number)
    subject = reporting.review_text(number)["subject"]
    assert subject.startswith("[Tỉnh Lạng Sơn] HỎA TỐC – Đề nghị xem, phê duyệt: ")
    at(monkeypatch, "2026-11-23T21:59:00")
    reporting.record_decision(number, "approve", "officer", None)
    reporting.enqueue_delivery(number)
    assert reporting.deliver(number, "delivery")["late"] is False
    duty = provinces.load("lang_son").obligation("incident")
    assert [to for _, to in postbox.arrived] == [recipient.address for recipient in duty.recipients]
    due = warehouse.execute("SELECT due_at - opened_at = interval '24 hours' FROM reporting.submission").fetchone()
    assert due == (True,)
    message, plain, _ = bodies(postbox.mails[0])
    assert message["Subject"].startswith("Sở Y tế tỉnh Lạng Sơn: HỎA TỐC – ")
    # What happened stands in the report alone.
    assert FACTS["summary"] not in plain and FACTS["assessment"] not in plain


@pytest.mark.parametrize(
    "wrong", [{"urgency": "soon"}, {"assessment": "gọi 0912345678"}, {"assessment": "x" * 1001}, {"assessment": ["x"]}]
)
def test_an_ad_hoc_reports_further_facts_are_checked(
    province: str, warehouse: psycopg.Connection, wrong: dict[str, Any]
) -> None:
    from sangloc.errors import RefusedInputError

    with pytest.raises(RefusedInputError, match=f"incident {next(iter(wrong))}") as refused:
        reporting.open_submission("lang_son", "incident", "by hand", incident=FACTS | wrong)
    assert "0912" not in str(refused.value)
