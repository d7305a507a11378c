"""When a worker counts as stuck: one piece of work that no free child takes, and not merely some work each time."""

from types import SimpleNamespace

from portal.pool_watch import STUCK_SECONDS, Patience, passed_over


def pool(children: int, **work: str) -> SimpleNamespace:
    """As much of a billiard pool as is looked at: work by name, `waits`, `taken` or `done`."""

    def job(state: str) -> SimpleNamespace:
        return SimpleNamespace(ready=lambda: state == "done", accepted=lambda: state != "waits")

    return SimpleNamespace(_pool=list(range(children)), _cache={name: job(state) for name, state in work.items()})


def test_work_is_passed_over_only_while_a_child_is_free() -> None:
    assert passed_over(pool(2, a="taken", b="taken", c="waits")) == set()
    assert passed_over(pool(2, a="taken", b="waits", c="done")) == {"b"}
    assert passed_over(pool(2, a="done")) == set()


def test_the_same_work_passed_over_all_the_time_is_a_lock_that_nobody_gives_back() -> None:
    patience = Patience()
    looks = [patience.is_over(pool(2, a="waits", **{f"b{second}": "taken"}), float(second)) for second in range(13)]
    assert looks.index(True) == STUCK_SECONDS + 1


def test_other_work_at_each_look_is_a_busy_worker() -> None:
    """Many short pieces: at each look one was handed out a moment ago, and all are taken."""
    patience = Patience()
    for second in range(60):
        assert not patience.is_over(pool(2, **{f"short{second}": "waits", "long": "taken"}), float(second))


def test_a_child_that_takes_it_late_starts_the_clock_anew() -> None:
    patience = Patience()
    states = ["waits"] * 9 + ["taken"] + ["waits"] * 9
    assert not any(patience.is_over(pool(2, a=state), float(second)) for second, state in enumerate(states))
