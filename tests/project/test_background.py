"""The loops that look for work."""

from leadkeeper.project import background
from leadkeeper.project.background import once_in


def test_a_job_that_found_nothing_rests_and_one_that_did_goes_on(monkeypatch):
    now, found, looks = [100.0], [5, 5, 0, 0], []
    monkeypatch.setattr(background.time, "monotonic", lambda: now[0])

    def job() -> int:
        looks.append(now[0])
        return found.pop(0)

    look = once_in(3600, job)
    for moment in (100.0, 101.0, 102.0, 103.0, 3701.0, 3702.0, 3703.0):
        now[0] = moment
        look()
    assert looks == [100.0, 101.0, 102.0, 3702.0]
