"""The same day in TaskRouter through Twilio's SDK for Python, with a key; run by taskrouter.test.mjs."""

import datetime
import json
import os
import time

from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

PLACE = json.loads(os.environ["PLACE"])
TASKS = int(os.environ["TASKS"])
SKILLS = ["billing", "tech", "sales"]


def refused(ask):
    """Status and code of what is refused."""
    try:
        ask()
    except TwilioRestException as error:
        return error.status, error.code
    raise AssertionError("it was not refused")


def until(holds):
    """Waits for what happens by itself."""
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)


def missed(ws, activities, lunch):
    """An offer that nobody answers goes to the next one, and who missed it is away."""
    queue = ws.task_queues.create(friendly_name="Slow", target_workers="slow == true")
    document = json.dumps({"task_routing": {"default_filter": {"queue": queue.sid}}})
    workflow = ws.workflows.create(friendly_name="Slow", configuration=document, task_reservation_timeout=1)
    crew = [
        ws.workers.create(friendly_name=name, attributes='{"slow":true}', activity_sid=activities["Available"])
        for name in ("first", "second")
    ]
    task = ws.tasks.create(workflow_sid=workflow.sid, attributes="{}")
    until(lambda: ws.workers(crew[1].sid).fetch().activity_sid == lunch.sid)
    offers = ws.tasks(task.sid).reservations.list()
    assert [(offer.worker_sid, offer.reservation_status) for offer in offers] == [(one.sid, "timeout") for one in crew]
    assert ws.tasks(task.sid).fetch().assignment_status == "pending"
    counted = ws.task_queues(queue.sid).cumulative_statistics().fetch(minutes=60)
    assert (counted.reservations_timed_out, counted.reservations_accepted) == (2, 0)
    ws.tasks(task.sid).update(assignment_status="canceled", reason="nobody came")


def crowded():
    """The many tasks of another program, page by page."""
    client = Client(PLACE["account_sid"], PLACE["auth_token"])
    client.taskrouter.base_url = PLACE["origin"] + "/twilio/taskrouter"
    tasks = client.taskrouter.workspaces(PLACE["crowded"]).tasks
    sids = [task.sid for task in tasks.stream(page_size=100)]
    assert len(sids) == len(set(sids)) == int(os.environ["MANY"]), "each of them once"
    assert [task.sid for task in tasks.list(page_size=1000, limit=4321)] == sids[:4321]


def main():
    client = Client(PLACE["key_sid"], PLACE["secret"], PLACE["account_sid"])
    client.taskrouter.base_url = PLACE["origin"] + "/twilio/taskrouter"
    assert [one.sid for one in client.taskrouter.workspaces.list()] == [PLACE["workspace"]], "only what the key was granted"
    made = client.taskrouter.workspaces.create(friendly_name="Python's", multi_task_enabled=True, template="FIFO")
    assert {one.friendly_name for one in client.taskrouter.workspaces.list()} == {"Shop", "Python's"}
    ws = client.taskrouter.workspaces(made.sid)
    assert isinstance(made.date_created, datetime.datetime), made.date_created

    activities = {one.friendly_name: one.sid for one in ws.activities.list()}
    lunch = ws.activities.create(friendly_name="Lunch", available=False)
    assert ws.activities(lunch.sid).update(friendly_name="Break").friendly_name == "Break"
    ws.update(timeout_activity_sid=lunch.sid)
    assert ws.fetch().timeout_activity_name == "Break"

    workers = [
        ws.workers.create(
            friendly_name=f"{skill} {no}", attributes=json.dumps({"skills": [skill]}), activity_sid=activities["Available"]
        )
        for no, skill in enumerate(SKILLS + SKILLS)
    ]
    queues = {skill: ws.task_queues.create(friendly_name=skill, target_workers=f"skills HAS '{skill}'") for skill in SKILLS}
    assert queues["tech"].fetch().max_reserved_workers == 1
    found = ws.task_queues.list(evaluate_worker_attributes='{"skills":["tech"]}')
    assert {one.friendly_name for one in found} >= {"tech"} and "sales" not in {one.friendly_name for one in found}
    filters = [
        {"filter_friendly_name": skill, "expression": f"topic == '{skill}'", "targets": [{"queue": queues[skill].sid, "timeout": 3600}]}
        for skill in SKILLS
    ]
    document = json.dumps({"task_routing": {"filters": filters}}, indent=2)
    workflow = ws.workflows.create(friendly_name="Three ways", configuration=document, task_reservation_timeout=600)
    assert workflow.configuration == document

    topics = {}
    for no in range(TASKS):
        topic = SKILLS[no % 3]
        task = ws.tasks.create(
            workflow_sid=workflow.sid, attributes=json.dumps({"topic": topic, "no": no}), priority=no % 4, task_channel="chat"
        )
        assert (task.task_queue_friendly_name, task.task_channel_unique_name, task.priority) == (topic, "chat", no % 4)
        topics[task.sid] = topic
    listed = ws.tasks.list(page_size=9)
    assert [task.sid for task in listed] == list(topics), "every task once, in the order of making"
    assert isinstance(listed[0].date_updated, datetime.datetime) and listed[0].age >= 0
    urgent = [task.priority for task in ws.tasks.stream(ordering="Priority:desc,DateCreated:asc", page_size=33)]
    assert urgent == sorted((no % 4 for no in range(TASKS)), reverse=True)
    page = ws.tasks.page(page_size=90)
    again = page.next_page().previous_page()
    assert [task.sid for task in again] == [task.sid for task in ws.tasks.page(page_size=90)]
    assert len(ws.tasks.list(limit=20)) == 20
    assert ws.tasks.list(has_addons=True) == []

    assert refused(ws.tasks("WT00000000000000000000000000000009").fetch) == (404, 20404)
    assert refused(lambda: client.taskrouter.workspaces("WS00000000000000000000000000000009").fetch()) == (404, 20404)
    assert refused(lambda: ws.workers.create(friendly_name="x", attributes="[]")) == (400, 20001)
    assert refused(lambda: ws.workers(workers[0].sid).update(if_match='"77"', friendly_name="y")) == (412, 20412)
    stranger = Client(PLACE["account_sid"], "wrong")
    stranger.taskrouter.base_url = client.taskrouter.base_url
    assert refused(lambda: stranger.taskrouter.workspaces(made.sid).fetch()) == (401, 20003)

    shy = workers[0]
    offer = ws.workers(shy.sid).reservations.list(reservation_status="pending")[0]
    assert refused(lambda: ws.tasks(offer.task_sid).reservations(offer.sid).update(instruction="dequeue")) == (400, 40140)
    ws.tasks(offer.task_sid).reservations(offer.sid).update(reservation_status="rejected", worker_activity_sid=lunch.sid)
    assert shy.fetch().activity_name == "Break"

    done = {}
    while len(done) < TASKS:
        before = len(done)
        for worker in workers:
            for offer in ws.workers(worker.sid).reservations.list(reservation_status="pending"):
                own = ws.tasks(offer.task_sid).reservations(offer.sid)
                assert own.update(reservation_status="accepted").reservation_status == "accepted"
                assert own.update(reservation_status="wrapping").reservation_status == "wrapping"
                assert own.update(reservation_status="completed").reservation_status == "completed"
                assert offer.task_sid not in done, "a task is done once"
                done[offer.task_sid] = worker
        assert len(done) > before, f"nobody is offered anything, {len(done)} are done"
    for sid, worker in done.items():
        assert worker.friendly_name.startswith(topics[sid]), "only who has the skill"
    assert all(worker.sid != shy.sid for worker in done.values()), "nobody in a break is asked"
    assert len(ws.tasks.list(assignment_status=["completed"])) == TASKS
    assert listed[0].delete() is True
    assert refused(listed[0].fetch) == (404, 20404)
    assert len(ws.tasks.list()) == TASKS - 1

    whole = ws.cumulative_statistics().fetch(minutes=60)
    assert (whole.tasks_created, whole.tasks_completed, whole.tasks_deleted) == (TASKS, TASKS, 1)
    assert (whole.reservations_accepted, whole.reservations_rejected, whole.tasks_canceled) == (TASKS, 1, 0)
    assert isinstance(whole.start_time, datetime.datetime) and whole.wait_duration_until_accepted["max"] >= 0
    for skill in SKILLS:
        counted = ws.task_queues(queues[skill].sid).cumulative_statistics().fetch(minutes=60)
        assert counted.tasks_entered == sum(1 for topic in topics.values() if topic == skill)
    crew = ws.workers.statistics().fetch(minutes=60)
    assert crew.cumulative["reservations_accepted"] == TASKS
    ended = ws.events.list(event_type="task.completed", minutes=60, page_size=33)
    assert {event.resource_sid for event in ended} == set(topics), "every task's end is told once"
    assert len(ended) == TASKS and isinstance(ended[0].event_date, datetime.datetime)
    assert ws.events(ended[0].sid).fetch().event_data["task_assignment_status"] == "completed"
    missed(ws, activities, lunch)
    crowded()
    print(f"drove {len(done)} tasks")


main()
