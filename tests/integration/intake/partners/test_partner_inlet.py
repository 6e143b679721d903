"""What partners send over HTTP is committed once, answered plainly, never dropped in silence."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from events.codec import decode
from events.intake import ReferralAnswerReceived, ReportSubmitted, ReportSupplemented
from services.intake.partners import registry
from services.runtime.clock import now
from services.runtime.kafka import Record
from tests.integration.intake.partners.conftest import BATCH, SOUND, STRUCTURED, event

if TYPE_CHECKING:
    from tests.integration.intake.partners.conftest import Inlet

DANGER = {"description": "a man with a knife", "safety": {"weapon": "yes"}}


async def stored(inlet: Inlet) -> list[Any]:
    """The events, in the order in which they were committed."""
    rows = await inlet.rows("select body from events order by recorded_at, stream_id, version")
    return [decode(bytes(body)) for (body,) in rows]


async def replies(inlet: Inlet) -> list[dict[str, Any]]:
    rows = await inlet.rows(
        "select body from messages where topic = 'blotter.replies.harbour' order by recorded_at"
    )
    return [json.loads(bytes(body))["data"] for (body,) in rows]


async def pending(inlet: Inlet) -> list[tuple[Any, ...]]:
    return await inlet.rows(
        "select report_number, purpose, called_at, rules from handoffs"
        " where acknowledged_at is null"
    )


async def test_an_event_in_each_mode_is_committed_and_its_receipt_says_so(an_inlet: Inlet) -> None:
    binary = {
        "ce_specversion": "1.0",
        "ce_id": "b%20%C3%A9",
        "ce_source": "/partners/harbour/cad",
        "ce_type": "partner.incident-reported.v1",
    }
    answers = [
        await an_inlet.post(event("a")),
        await an_inlet.post(SOUND, "application/json", **binary),
        await an_inlet.post([event("c"), event("d")], BATCH),
    ]
    assert [answer.status_code for answer in answers] == [202] * 3
    told = [each for answer in answers for each in answer.json()["events"]]
    assert [each["id"] for each in told] == ["a", "b é", "c", "d"]
    assert all(each["status"] == "accepted" and not each["warnings"] for each in told)
    events = await stored(an_inlet)
    assert {e.data.report_number for e in events} == {each["report_number"] for each in told}
    assert {(e.actor.who, e.actor.on_behalf_of, e.actor.through) for e in events} == {
        ("partner", "harbour", "http")
    }
    assert {r["id"] for r in await replies(an_inlet)} == {"a", "b é", "c", "d"}


async def test_a_repeat_changes_nothing_by_either_road_and_has_the_same_receipt(
    an_inlet: Inlet,
) -> None:
    first, again = await an_inlet.post(event()), await an_inlet.post(event())
    assert first.json()["receipt"] == again.json()["receipt"]
    (told,), (repeated,) = first.json()["events"], again.json()["events"]
    assert (told["repeated"], repeated["repeated"]) == (False, True)
    assert told["report_number"] == repeated["report_number"]
    value = json.dumps(event()).encode()
    header = (("content-type", STRUCTURED.encode()),)
    record = Record(an_inlet.topics.inbound("harbour"), 0, 0, None, value, header, 1)
    async with an_inlet.intake.pool.connection() as connection, connection.transaction():
        await an_inlet.kafka(connection, [record])
    assert len(await stored(an_inlet)) == len(await replies(an_inlet)) == 1


async def test_a_changed_event_supplements_its_report_and_both_contents_stay_known(
    an_inlet: Inlet,
) -> None:
    (first,) = await an_inlet.sent(event())
    changed = event(data=SOUND | {"description": "and now from the roof"})
    (second,) = await an_inlet.sent(changed)
    assert (first["revision"], second["revision"]) == (1, 2)
    assert first["report_number"] == second["report_number"]
    (back,) = await an_inlet.sent(event())
    assert (back["repeated"], back["revision"]) == (True, 1)
    report, supplement = await stored(an_inlet)
    assert isinstance(report.data, ReportSubmitted)
    assert isinstance(supplement.data, ReportSupplemented)
    assert (supplement.stream_id, supplement.version) == (report.stream_id, 2)
    asked = (await an_inlet.asked("one")).json()
    assert [content["revision"] for content in asked["contents"]] == [1, 2]
    assert [r["revision"] for r in await replies(an_inlet)] == [1, 2]


async def test_a_dispatcher_is_told_where_although_the_changed_event_does_not_say_it_again(
    an_inlet: Inlet,
) -> None:
    there = {"location": {"latitude": 37.377, "longitude": -77.505}}
    await an_inlet.sent(event(data=SOUND | there))
    await an_inlet.sent(event(data=SOUND | DANGER))
    assert await an_inlet.rows("select type, latitude, longitude from handoffs") == [
        ("swan", 37.377, -77.505)
    ]


async def test_an_emergency_in_a_changed_event_keeps_its_report_from_the_public(
    an_inlet: Inlet,
) -> None:
    await an_inlet.sent(event())
    # What partners share is not shown to begin with; here somebody decided otherwise.
    await an_inlet.rows("update reports set shown = true returning 1")
    await an_inlet.sent(event(data=SOUND | {"description": "and now from the roof"}))
    assert await an_inlet.rows("select shown from reports") == [(True,)]
    await an_inlet.sent(event(data=SOUND | DANGER))
    assert len(await pending(an_inlet)) == 1
    assert await an_inlet.rows("select shown from reports") == [(False,)]


async def test_contents_that_change_within_one_batch_follow_each_other(an_inlet: Inlet) -> None:
    contents = [event(data={"description": str(number)}) for number in (1, 2, 3, 2)]
    told = await an_inlet.sent(*contents)
    assert [each["revision"] for each in told] == [1, 2, 3, 2]
    assert [each["repeated"] for each in told] == [False, False, False, True]
    assert [e.version for e in await stored(an_inlet)] == [1, 2, 3]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"source": "/partners/harbour/other"}, "another source"),
        ({"type": "partner.call-shed.v1"}, "another type"),
        ({"source": "/partners/somebody"}, "source is not /partners/harbour"),
        ({"type": "partner.incident-reported.v2"}, "read as partner.incident-reported.v1"),
        ({"type": "partner.gossip.v1"}, "unknown event type"),
        ({"dataschema": "https://x/partner.call-shed.v1.json"}, "dataschema"),
        ({"purpose": "fun"}, "purpose is neither"),
        ({"purpose": "live", "data": SOUND | {"purpose": "exercise"}}, "purpose is said twice"),
        ({"data": {}}, "neither description nor type"),
    ],
)
async def test_what_contradicts_is_rejected_with_its_reason_and_kept(
    an_inlet: Inlet, change: dict[str, Any], reason: str
) -> None:
    await an_inlet.sent(event())
    (told,) = await an_inlet.sent(event(**change))
    assert told["status"] == "rejected"
    assert reason in told["reason"]
    ((letter, kept),) = await an_inlet.rows("select id, reason from dead_letters")
    assert (str(letter), kept) == (told["dead_letter"], told["reason"])
    assert [r["status"] for r in await replies(an_inlet)] == ["accepted", "rejected"]
    assert len(await stored(an_inlet)) == 1


async def test_a_rejected_event_does_not_take_the_id_from_its_mended_self(an_inlet: Inlet) -> None:
    (rejected,) = await an_inlet.sent(event(type="partner.incident-reported.v7"))
    (accepted,) = await an_inlet.sent(event())
    assert (rejected["status"], accepted["status"]) == ("rejected", "accepted")
    asked = (await an_inlet.asked("one")).json()
    assert asked["status"] == "accepted"
    assert [content["status"] for content in asked["contents"]] == ["accepted", "rejected"]


async def test_a_shed_call_keeps_the_time_it_rang_and_its_danger_is_offered_back(
    an_inlet: Inlet,
) -> None:
    rang = datetime(2026, 3, 1, 7, 11, 9, tzinfo=UTC)
    call = {"called_at": rang.isoformat(), "number": "E-26-118203", "reason": "overload"}
    (told,) = await an_inlet.sent(event(type="partner.call-shed.v1", data=DANGER | {"call": call}))
    assert told["emergency"]["outcome"] == "divert"
    assert told["emergency"]["instruction"] == an_inlet.intake.profile.emergency.divert
    ((number, purpose, called_at, _),) = await pending(an_inlet)
    assert (number, purpose, called_at) == (told["report_number"], "live", rang)
    (report,) = await stored(an_inlet)
    assert report.data.shed_call.called_at == rang
    assert report.data.shed_call.number == "E-26-118203"
    (reply,) = await replies(an_inlet)
    assert reply["emergency"]["outcome"] == "divert"


async def test_a_shed_call_without_its_time_is_kept_all_the_same(an_inlet: Inlet) -> None:
    sent = "2026-03-01T07:20:00+00:00"
    (told,) = await an_inlet.sent(
        event(type="partner.call-shed.v1", time=sent, data={"call": {"called_at": "noonish"}})
    )
    assert told["status"] == "accepted"
    assert any("call.called_at" in warning for warning in told["warnings"])
    (report,) = await stored(an_inlet)
    assert report.data.shed_call.called_at == datetime.fromisoformat(sent)


async def test_danger_that_comes_with_a_change_is_offered_and_only_by_what_is_new(
    an_inlet: Inlet,
) -> None:
    await an_inlet.sent(event())
    assert not await pending(an_inlet)
    await an_inlet.sent(event(data=DANGER))
    assert len(await pending(an_inlet)) == 1
    await an_inlet.rows("update handoffs set acknowledged_at = now() returning 1")
    await an_inlet.sent(event(data=DANGER | {"description": "the same knife"}))
    assert not await pending(an_inlet)
    worse = DANGER | {"safety": {"weapon": "yes", "injury": "yes"}}
    await an_inlet.sent(event(data=worse))
    assert len(await pending(an_inlet)) == 1


async def test_an_unusable_event_that_speaks_of_danger_is_opened_for_a_person_once(
    an_inlet: Inlet,
) -> None:
    broken = event(type="partner.gossip.v1", data=DANGER)
    told = [(await an_inlet.sent(broken))[0] for _ in range(3)]
    assert {each["status"] for each in told} == {"rejected"}
    assert {each["emergency"]["outcome"] for each in told} == {"divert"}
    ((number, *_),) = await pending(an_inlet)
    assert {each["report_number"] for each in told} == {number}
    (report,) = await stored(an_inlet)
    assert "unknown event type" in report.data.warnings[0]
    drill = broken | {"purpose": "exercise"}
    await an_inlet.sent(drill)
    assert len(await pending(an_inlet)) == 1


async def test_an_exercise_alarms_nobody_and_does_not_stand_in_the_way_of_the_real_thing(
    an_inlet: Inlet,
) -> None:
    (drill,) = await an_inlet.sent(event(purpose="exercise", data=DANGER))
    assert (drill["purpose"], drill["emergency"]["outcome"]) == ("exercise", "divert")
    assert [row[1] for row in await pending(an_inlet)] == ["exercise"]
    (real,) = await an_inlet.sent(event(data=DANGER))
    assert (real["purpose"], real["revision"], real["repeated"]) == ("live", 1, False)
    assert real["report_number"] != drill["report_number"]
    asked = (await an_inlet.asked("one", purpose="exercise")).json()
    assert asked["report_number"] == drill["report_number"]
    assert [r["purpose"] for r in await replies(an_inlet)] == ["exercise", "live"]


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"purpose": "live"},
        {"data": {"description": "x", "kept": {"purpose": "exercise"}}},
        {"type": "partner.gossip.v1", "data": DANGER},
    ],
)
async def test_a_token_for_exercises_can_do_nothing_for_real(
    an_inlet: Inlet, change: dict[str, Any]
) -> None:
    answer = await an_inlet.post(event(**change), token=an_inlet.exercise_token)
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/exercise-only")
    assert not await stored(an_inlet)
    drill = await an_inlet.post(event(purpose="exercise"), token=an_inlet.exercise_token)
    assert drill.status_code == 202


async def test_an_import_that_turns_out_to_be_live_is_not_taken_for_a_repeat(
    an_inlet: Inlet,
) -> None:
    (past,) = await an_inlet.sent(event(purpose="import", data=DANGER))
    assert [row[1] for row in await pending(an_inlet)] == ["import"]
    (live,) = await an_inlet.sent(event(purpose="live", data=DANGER))
    assert (past["report_number"], live["revision"]) == (live["report_number"], 2)
    assert [row[1] for row in await pending(an_inlet)] == ["live"]
    (again,) = await an_inlet.sent(event(purpose="import", data=DANGER))
    assert again["repeated"]


async def test_a_referral_is_answered_by_the_partner_it_lies_with_and_by_nobody_else(
    an_inlet: Inlet,
) -> None:
    (told,) = await an_inlet.sent(event("report"))
    number = told["report_number"]
    facts = {"report_number": number, "answer": "completed", "number": "WO-17", "words": "mended"}
    answer = event("answer", type="partner.referral-answered.v1", data=facts)
    (refused,) = await an_inlet.sent(answer)
    assert "nothing of this number is referred to you" in refused["reason"]
    unknown = facts | {"report_number": "618-033-991"}
    assert (await an_inlet.sent(answer | {"data": unknown}))[0]["reason"] == refused["reason"]

    await an_inlet.rows("update partners set answers_for = '{boats}' returning 1")
    await an_inlet.rows(
        "insert into projections.case_status_reports (key, received_position, report_number,"
        " received_at, channel, purpose, emergency, desk, position)"
        f" values ('k', 1, '{number}', now(), 'partner', 'live', 'none', 'boats', 1) returning 1"
    )
    (accepted,) = await an_inlet.sent(answer)
    assert (accepted["status"], accepted["report_number"]) == ("accepted", number)
    (again,) = await an_inlet.sent(answer)
    assert again["repeated"]
    (changed,) = await an_inlet.sent(answer | {"data": facts | {"answer": "declined"}})
    assert "send a new event" in changed["reason"]
    (drill,) = await an_inlet.sent(answer | {"purpose": "exercise"})
    assert drill["status"] == "rejected"
    received = [e for e in await stored(an_inlet) if isinstance(e.data, ReferralAnswerReceived)]
    assert [(e.version, e.data.answer, e.data.number) for e in received] == [
        (2, "completed", "WO-17")
    ]


async def test_one_event_that_cannot_be_stored_leaves_the_others_of_its_batch_alone(
    an_inlet: Inlet,
) -> None:
    large = event("large", data={f"f{n}": n for n in range(4000)} | SOUND)
    told = await an_inlet.sent(event("before"), large, event("after"))
    assert [each["status"] for each in told] == ["accepted", "rejected", "accepted"]
    assert "too large" in told[1]["reason"]
    assert len(await stored(an_inlet)) == 2


async def test_an_erased_person_is_not_made_anew_by_a_changed_event(an_inlet: Inlet) -> None:
    await an_inlet.sent(event())
    await an_inlet.rows("update subject_keys set wrapped = null, destroyed_at = now() returning 1")
    (told,) = await an_inlet.sent(event(data=SOUND | {"description": "more about them"}))
    assert told["status"] == "rejected"
    assert "its own id" in told["reason"]


async def test_a_storm_of_retries_loses_nothing_and_doubles_nothing(an_inlet: Inlet) -> None:
    events = [event(f"e{number}", data={"description": f"no. {number}"}) for number in range(40)]

    async def storm(shift: int) -> set[str]:
        numbers = set()
        for index in range(len(events)):
            chosen = [events[(index + shift) % 40], events[(index * 7 + shift) % 40]]
            numbers |= {told["report_number"] for told in await an_inlet.sent(*chosen)}
        return numbers

    found = await asyncio.gather(*(storm(shift) for shift in range(16)))
    assert all(numbers == found[0] for numbers in found)
    assert len(found[0]) == len(await stored(an_inlet)) == len(await replies(an_inlet)) == 40


async def test_rivals_with_different_contents_under_one_id_all_count(an_inlet: Inlet) -> None:
    contents = [event(data={"description": str(number)}) for number in range(12)]
    told = await asyncio.gather(*(an_inlet.sent(each) for each in contents * 2))
    assert {each["revision"] for (each,) in told} == set(range(1, 13))
    assert len({each["report_number"] for (each,) in told}) == 1
    assert [e.version for e in await stored(an_inlet)] == list(range(1, 13))


async def test_tokens_are_kept_as_hashes_rotated_and_revoked(an_inlet: Inlet) -> None:
    rows = await an_inlet.rows("select * from partner_tokens")
    assert an_inlet.token not in repr(rows)
    async with an_inlet.intake.pool.connection() as connection:
        soon = now() + timedelta(hours=1)
        new = await registry.rotate(connection, "harbour", now(), soon)
        assert (await registry.sender_of(connection, an_inlet.token, now())) is not None
        assert (await registry.sender_of(connection, an_inlet.token, soon)) is None
        assert (await registry.sender_of(connection, new.secret, soon)) is not None
        assert (await registry.sender_of(connection, an_inlet.exercise_token, soon)) is not None
        assert await registry.revoke(connection, "harbour", None, now()) == 3
    assert (await an_inlet.post(event(), token=new.secret)).status_code == 401
    assert (await an_inlet.post(event())).status_code == 401


@pytest.mark.parametrize(
    ("body", "media_type", "status"),
    [
        (b"not json", STRUCTURED, 400),
        (b"", STRUCTURED, 400),
        (b"[]", BATCH, 422),
        (b"{}", BATCH, 400),
        (b"[" * 100_000, BATCH, 400),
        (json.dumps([event()] * 501).encode(), BATCH, 422),
        (b"<event/>", "application/cloudevents+xml", 415),
        (b"a=b", "application/x-www-form-urlencoded", 415),
        (b'{"description": "no attributes"}', "application/json", 400),
        (b"x" * (1024 * 1024 + 1), STRUCTURED, 413),
    ],
)
async def test_what_is_no_event_is_a_problem_that_says_nothing_was_kept(
    an_inlet: Inlet, body: bytes, media_type: str, status: int
) -> None:
    answer = await an_inlet.post(body, media_type)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert "outcome" in answer.json()["emergency"]
    assert not await an_inlet.rows("select 1 from dead_letters")


async def test_danger_is_told_to_whoever_asks_and_whatever_is_wrong(an_inlet: Inlet) -> None:
    danger = json.dumps(event(data=DANGER)).encode()
    for answer in (
        await an_inlet.post(danger, token="wrong"),
        await an_inlet.post(danger[:-1]),
        await an_inlet.post(danger, "text/plain"),
    ):
        assert answer.json()["emergency"]["outcome"] == "divert", answer.text


async def test_with_postgres_away_the_answer_still_tells_of_danger(an_inlet: Inlet) -> None:
    await an_inlet.intake.pool.close()
    answer = await an_inlet.post(event(data=DANGER))
    assert (answer.status_code, answer.json()["emergency"]["outcome"]) == (503, "divert")


async def test_nobody_is_told_of_another_partner_s_events(an_inlet: Inlet) -> None:
    await an_inlet.sent(event("mine"))
    async with an_inlet.intake.pool.connection() as connection:
        await registry.add(connection, "utility", "Utility", [], now())
        other = await registry.make_token(connection, "utility", now())
    answer = await an_inlet.client.get(
        "/api/v1/partner/events/mine", headers={"authorization": f"Bearer {other.secret}"}
    )
    assert answer.status_code == 404
    assert (await an_inlet.asked("mine")).status_code == 200
    assert (await an_inlet.client.get("/api/v1/partner/events/mine")).status_code == 401
