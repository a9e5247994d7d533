import gzip
import re
from dataclasses import replace
from decimal import Decimal

import pytest

from app.labels.model import WithdrawalReason
from app.statements.model import Check, Outcome, Published, Verdict
from app.web.assets import static_files
from app.web.language import languages
from app.web.render import render_label
from app.web.view import LabelLinks, Withdrawal, stage_rows
from app.web.words import CHECKS, REASONS
from tests.web.sample_labels import CODE, NOW, ORANGES, ORIGIN, PIECE, judged, with_stages
from tests.web.strict_page import Page

LANGUAGES = ("en", "zh-CN")
TITLES = {
    Verdict.FORGED: ("Not genuine", "不是真标签"),
    Verdict.REVOKED: ("Revoked", "已撤销"),
    Verdict.SUPERSEDED: ("Replaced by a corrected label", "已被更正的标签取代"),
    Verdict.SUSPENDED: ("Suspended for now", "暂停使用"),
    Verdict.EXPIRED: ("Genuine, but expired", "真实，但已过期"),
    Verdict.NOT_YET_VALID: ("Genuine, but not yet in force", "真实，但尚未生效"),
    Verdict.VALID: ("Genuine and in force", "真实有效"),
    Verdict.UNDETERMINED: ("Could not be confirmed", "暂时无法确认"),
    Verdict.UNKNOWN: ("No such label", "查无此标签"),
}


def page_of(
    verdict: Verdict, language: str, published: Published | None = ORANGES, **more: object
) -> bytes:
    withdrawal = more.get("withdrawal")
    return render_label(
        published,
        judged(verdict),
        language,
        code=CODE,
        links=LabelLinks.of(CODE),
        origin=str(more.get("origin", ORIGIN)),
        withdrawal=withdrawal if isinstance(withdrawal, Withdrawal) else None,
        chosen=bool(more.get("chosen")),
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("verdict", list(Verdict))
def test_every_verdict_has_a_sound_page_in_every_language(verdict: Verdict, language: str) -> None:
    raw = page_of(verdict, language)
    page = Page(raw)
    title = TITLES[verdict][LANGUAGES.index(language)]
    assert title in "".join(page.by_tag["h1"])
    assert "".join(page.by_tag["title"]).startswith(title)
    told = languages()[language]
    assert told.coded("verdict sentence", verdict) in page.text
    assert told.coded("verdict advice", verdict) in page.text
    others = set(TITLES) - {verdict}
    assert not [v for v in others if TITLES[v][LANGUAGES.index(language)] in page.by_tag["h1"]]
    assert ("html", "lang", language) in page.attributes
    assert page.tags.count("main") == page.tags.count("h1") == page.tags.count("header") == 1
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    assert "main" in ids
    assert "#main" in page.values("href")
    assert set(page.values("aria-labelledby")) <= set(ids)
    assert page.tags.count("caption") == page.tags.count("table")
    assert {v for tag, name, v in page.attributes if (tag, name) == ("th", "scope")} <= {
        "col",
        "row",
    }
    assert f"/l/{CODE}.json" in page.values("href")


@pytest.mark.parametrize("verdict", list(Verdict))
def test_pages_need_no_script_no_inline_style_and_nobody_else(verdict: Verdict) -> None:
    page = Page(page_of(verdict, "en"))
    assert not {"script", "style", "iframe", "img"} & set(page.tags)
    names = {name for _, name, _ in page.attributes}
    assert "style" not in names
    assert not [name for name in names if name.startswith("on")]
    fetched = [v for tag, name, v in page.attributes if tag == "link" and name == "href"]
    assert set(fetched) == set(static_files())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("published", [ORANGES, PIECE], ids=["oranges", "piece"])
def test_page_and_its_files_weigh_little(published: Published, language: str) -> None:
    page = gzip.compress(page_of(Verdict.VALID, language, published), 6)
    weight = len(page) + sum(len(file.gzipped) for file in static_files().values())
    assert weight <= 9 * 1024


@pytest.mark.parametrize("verdict", list(Verdict))
def test_only_a_label_in_force_shows_its_number_large(verdict: Verdict) -> None:
    large = b'class="big"' in page_of(verdict, "en")
    assert large == (verdict is Verdict.VALID)


@pytest.mark.parametrize("verdict", [Verdict.FORGED, Verdict.UNKNOWN])
def test_the_text_of_a_forgery_is_never_shown(verdict: Verdict) -> None:
    page = page_of(verdict, "en", ORANGES)
    assert page == page_of(verdict, "en", None)
    assert b"Ehime" not in page
    assert b"0.2956" not in page
    assert b"begins with <b>label.example</b>" in page


def test_an_undetermined_label_is_shown_only_if_signature_and_issuer_are_right() -> None:
    assert b"Ehime" in page_of(Verdict.UNDETERMINED, "en")
    stranger = replace(
        judged(Verdict.UNDETERMINED),
        checks=(
            Check("structure", Outcome.PASSED, "well-formed", NOW),
            Check("signature", Outcome.PASSED, "signature-right", NOW),
            Check("issuer", Outcome.ERROR, "issuer-not-known", NOW),
        ),
    )
    page = render_label(
        ORANGES, stranger, "en", code=CODE, links=LabelLinks.of(CODE), origin=ORIGIN
    )
    assert b"Ehime" not in page
    assert "not on the list of trusted certifiers" in page.decode()


def test_verified_is_said_only_where_a_third_party_signed() -> None:
    sample = Page(page_of(Verdict.VALID, "en")).text
    assert "Who signed it" in sample
    assert "the certifier named here is fictitious" in sample
    assert "Who verified it" not in sample
    assert "Verified on" not in sample
    third = replace(ORANGES, issuer_name={"en": "Green Valley"}, issuer_description={})
    assert "Who verified it" in Page(page_of(Verdict.VALID, "en", third)).text
    own = replace(third, producer_name={"en": "Green Valley"})
    assert "Who verified it" not in Page(page_of(Verdict.VALID, "en", own)).text


def test_what_is_illustrative_says_so() -> None:
    assert Page(page_of(Verdict.VALID, "zh-CN")).text.count("示例数据") == 2
    assert "EXAMPLE" in Page(page_of(Verdict.VALID, "en", PIECE)).text
    sourced = replace(ORANGES, illustrative=())
    assert "示例数据" not in Page(page_of(Verdict.VALID, "zh-CN", sourced)).text


def test_units_are_said_in_words() -> None:
    assert "kilograms of carbon dioxide per kilogram" in Page(page_of(Verdict.VALID, "en")).text
    assert "per piece (250 g)" in Page(page_of(Verdict.VALID, "en", PIECE)).text
    chinese = Page(page_of(Verdict.VALID, "zh-CN", PIECE)).text
    assert "每件 （250 g）的排放量，以千克二氧化碳计" in chinese


def test_development_origin_is_said_plainly() -> None:
    assert b"Development:" not in page_of(Verdict.VALID, "en")
    assert b"Development:" in page_of(Verdict.FORGED, "en", None, origin="http://192.168.1.5:8000")
    local = replace(ORANGES, url=f"http://192.168.1.5:8000/l/{CODE}")
    page = page_of(Verdict.VALID, "en", local)
    assert b"Development:" in page
    assert b"begins with <b>192.168.1.5:8000</b>" in page


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reason", WithdrawalReason)
def test_the_reason_of_a_withdrawal_is_given_in_words(reason: str, language: str) -> None:
    words = languages()[language].coded("withdrawal reason", reason)
    assert words != reason
    for verdict in (Verdict.REVOKED, Verdict.SUSPENDED, Verdict.SUPERSEDED):
        page = page_of(verdict, language, withdrawal=Withdrawal(reason, NOW))
        assert words in page.decode()
    assert words not in page_of(Verdict.VALID, language, withdrawal=Withdrawal(reason)).decode()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_check_reason_and_result_has_words(language: str) -> None:
    checks = tuple(
        Check(CHECKS[i % len(CHECKS)], list(Outcome)[i % 4], reason, NOW)
        for i, reason in enumerate((*REASONS, "from-<b>tomorrow"))
    )
    judgement = replace(judged(Verdict.VALID), checks=checks)
    page = render_label(
        ORANGES, judgement, language, code=CODE, links=LabelLinks.of(CODE), origin=ORIGIN
    )
    text = Page(page).text
    for reason in REASONS:
        assert languages()[language].coded("reason", reason) in text
    assert "from-<b>tomorrow" in text


def test_a_superseded_label_leads_to_its_successor() -> None:
    assert f"{ORIGIN}/l/9XK4M2Q7A" in Page(page_of(Verdict.SUPERSEDED, "en")).values("href")


def test_links_of_the_statement_are_followed_only_over_http() -> None:
    bad = replace(ORANGES, renews="javascript:alert(1)", sources=("javascript:alert(2)", ORIGIN))
    page = Page(page_of(Verdict.VALID, "en", bad))
    assert not [v for v in page.values("href") if v and v.startswith("javascript")]
    assert ORIGIN in page.values("href")
    assert "javascript:alert(1)" in page.text


def test_a_chosen_language_is_kept_by_the_pages_own_links() -> None:
    assert "/?lang=en" in Page(page_of(Verdict.VALID, "en", chosen=True)).values("href")
    assert "/" in Page(page_of(Verdict.VALID, "en")).values("href")


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "{{ 7 * 7 }} %(x)s {x} {0.__class__}",
        "orange\u202egnaro\u2066\u200b\x00\x1b",
        "W" * 2000,
        "half a pair \ud800",
    ],
    ids=["script", "attribute", "template", "bidi", "endless", "surrogate"],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_hostile_texts_are_text(name: str, language: str) -> None:
    texts = {"en": name, "zh-CN": name}
    bad = replace(
        ORANGES,
        product_name=texts,
        origin={name: name},
        batch=name,
        producer_name=texts,
        registration=name,
        issuer_name=texts,
        issuer_description=texts,
        text={"en": f"{name} {name}"},
        stages=tuple(
            replace(stage, id=name, name=texts, text=texts, includes=(texts,))
            for stage in ORANGES.stages
        ),
        rule_id=name,
        rule_name=texts,
        standards=(name,),
        gwp=name,
        boundary=name,
        assurance=name,
        excluded=((texts, texts),),
        practices=(texts,),
        illustrative=(name,),
        sources=(name,),
        key=name,
        inventory_digest=name,
    )
    page = Page(page_of(Verdict.VALID, language, bad))
    assert not {"script", "img"} & set(page.tags)
    assert not [name for _, name, _ in page.attributes if name.startswith("on")]
    assert not re.search("[\x00-\x08\x0e-\x1f\u200b\u202a-\u202e\u2066-\u2069\ud800]", page.text)
    assert len("".join(page.by_tag["title"])) < 140


def test_a_text_in_another_language_is_marked_as_such() -> None:
    page = page_of(Verdict.VALID, "en", replace(ORANGES, product_name={"zh-CN": "爱媛橙"}))
    assert '<bdi lang="zh-CN">爱媛橙</bdi>' in page.decode()
    nameless = page_of(Verdict.VALID, "en", replace(ORANGES, product_name={}))
    assert ">—</h2>" in nameless.decode()


@pytest.mark.parametrize(
    "values",
    [
        ["1"] * 3,
        ["0.1320", "0.0871", "0.0412", "0.0201", "0.0152"],
        ["1"] * 40,
        ["0.000000001"],
        ["1000000000000", "0.000000001"],
        ["0", "5"],
        ["7", "-2.5"],
        ["1000000000000", "-999999999999.999999999"],
    ],
)
def test_shares_add_up_to_exactly_a_hundred(values: list[str]) -> None:
    rows = stage_rows(with_stages(*values))
    shares = [row.share for row in rows if row.share is not None]
    assert sum(shares) == Decimal("100.0")
    assert len(shares) == len(values)
    assert all(share.as_tuple().exponent == -1 for share in shares)


@pytest.mark.parametrize("values", [["0"], ["0", "0"], ["1", "-1"], ["-3"]])
def test_no_share_is_given_of_a_total_that_is_not_above_zero(values: list[str]) -> None:
    assert [row.share for row in stage_rows(with_stages(*values))] == [None] * len(values)
    assert b"Shares are given only" in page_of(Verdict.VALID, "en", with_stages(*values))


@pytest.mark.parametrize(
    "values",
    [["0"], ["1", "-1"], ["-3"], ["7", "-2.5", "0"], ["1000000000000", "0.000000001"], ["1"] * 40],
)
def test_bars_stay_inside_and_are_as_long_as_their_values(values: list[str]) -> None:
    for row in stage_rows(with_stages(*values)):
        assert Decimal(0) <= row.bar_from <= row.bar_from + row.bar_length <= Decimal("100.01")
        assert row.is_negative == (row.stage.value < 0)
    assert Page(page_of(Verdict.VALID, "en", with_stages(*values))).tags.count("svg") > len(values)


@pytest.mark.parametrize(
    "value", ["0", "0.000000001", "1000000000000", "-0.5", "0.12345678901234567890"]
)
def test_every_signed_digit_is_shown(value: str) -> None:
    text = Page(page_of(Verdict.VALID, "en", with_stages(value))).text
    assert f" {value} " in text
    assert "E-" not in text
    rounded = replace(with_stages(value).stages[0], text={"en": "0.1 kgCO2/kg"})
    page = Page(page_of(Verdict.VALID, "en", replace(with_stages(value), stages=(rounded,))))
    assert f"exactly {value}" in page.text


def test_a_comparison_says_when_it_does_not_compare() -> None:
    assert "cannot be compared directly" in Page(page_of(Verdict.VALID, "en", PIECE)).text
    assert PIECE.comparison is not None
    same = replace(PIECE, comparison=replace(PIECE.comparison, boundary=PIECE.boundary))
    assert "cannot be compared" not in Page(page_of(Verdict.VALID, "en", same)).text
