"""Certificates as files: replayed by the command, and every kind of tampering is noticed and named."""

import hashlib
import zlib
from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from benchmark.models import CertificateBody, ReleasedDocument
from benchmark.services.certificates import stored_proofs
from benchmark.stats.disclosure.plain import PlainError, from_bytes, to_bytes
from benchmark.stats.disclosure.policy import profile
from benchmark.stats.disclosure.proofs import Proof, check_proof, proof_bytes, read_proof
from benchmark.stats.disclosure.scenes import EarlierRelease
from portal.tenancy import worker_scope
from tests.benchmark.frozen import computed, small_round

pytestmark = pytest.mark.django_db


@pytest.fixture
def proofs() -> dict[str, bytes]:
    computed(small_round())
    with worker_scope():
        return {one.kpi: one.body for one in stored_proofs("small-2025")}


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("verify_certificate", *arguments, stdout=out)
    return out.getvalue()


def test_the_stored_certificates_of_a_round_are_sound(proofs: dict[str, bytes]) -> None:
    said = run("--round", "small-2025", "--patterns")
    assert said.strip().endswith("3 of 3 certificates are sound.")
    for kpi, body in proofs.items():
        checked = check_proof(read_proof(body))
        assert checked.sound
        assert checked.replayed == checked.witnesses >= checked.claims > 0
        assert f"small-2025/1 {kpi}" in said
    assert "1 of 1" in run("--round", "small-2025", "--edition", "1", "--kpi", "aht")


def test_exported_files_need_no_database(proofs: dict[str, bytes], tmp_path: Path) -> None:
    run("--round", "small-2025", "--export", str(tmp_path / "out"))
    files = sorted((tmp_path / "out").iterdir())
    assert {path.stem: path.read_bytes() for path in files} == proofs
    assert all(path.stat().st_mode & 0o077 == 0 for path in files)
    assert "3 of 3" in run(*map(str, files))


def test_a_file_is_read_back_to_the_same_bytes(proofs: dict[str, bytes]) -> None:
    for body in proofs.values():
        assert proof_bytes(read_proof(body)) == body


@pytest.mark.parametrize("place", [0, 9, 400, -40, -1])
def test_one_changed_byte_is_noticed(proofs: dict[str, bytes], tmp_path: Path, place: int) -> None:
    data = bytearray(proofs["aht"])
    data[place] ^= 1
    (tmp_path / "aht.proof").write_bytes(bytes(data))
    with pytest.raises(CommandError, match="1 certificates prove nothing"):
        run(str(tmp_path / "aht.proof"))
    with pytest.raises(PlainError, match="changed after it was made"):
        read_proof(bytes(data))


def altered_digit(proof: Proof) -> Proof:
    at = proof.document.rindex(b'"value":') + 8
    digit = proof.document[at : at + 1]
    return replace(proof, document=proof.document[:at] + (b"8" if digit != b"8" else b"7") + proof.document[at + 1 :])


def without_witnesses(proof: Proof) -> Proof:
    return replace(proof, certificate=replace(proof.certificate, witnesses=()))


def without_a_claim(proof: Proof) -> Proof:
    last = proof.certificate.claims[-1]
    left = tuple(one for one in proof.certificate.witnesses if last.version not in one.versions.tolist())
    return replace(proof, certificate=replace(proof.certificate, claims=proof.certificate.claims[:-1], witnesses=left))


def witness_that_moves_nothing(proof: Proof) -> Proof:
    first, *rest = proof.certificate.witnesses
    values, scenes = proof.table.values, 1 + len(proof.earlier)
    still = replace(
        first,
        value=np.tile(values.value[first.versions], (scenes, 1)),
        numerator=None if values.numerator is None else np.tile(values.numerator[first.versions], (scenes, 1)),
        denominator=None if values.denominator is None else np.tile(values.denominator[first.versions], (scenes, 1)),
    )
    return replace(proof, certificate=replace(proof.certificate, witnesses=(still, *rest)))


def another_answer(proof: Proof) -> Proof:
    value = proof.table.values.value.copy()
    value[np.flatnonzero(np.isfinite(value))[3]] *= 3
    return replace(proof, table=replace(proof.table, values=replace(proof.table.values, value=value)))


def another_policy(proof: Proof) -> Proof:
    return replace(proof, policy=replace(profile("standard"), bounded_scale_fraction=0.6))


def another_trend(proof: Proof) -> Proof:
    return replace(proof, held=frozenset({"all"}))


@pytest.mark.parametrize(
    ("tamper", "what"),
    [
        (altered_digit, "problem"),
        (another_answer, "problem"),
        (another_trend, "problem"),
        (without_witnesses, "uncovered"),
        (without_a_claim, "uncovered"),
        (witness_that_moves_nothing, "mismatches"),
        (another_policy, "mismatches"),
    ],
)
def test_a_proof_that_was_put_together_again_is_seen_through(
    proofs: dict[str, bytes], tmp_path: Path, tamper: Callable[[Proof], Proof], what: str
) -> None:
    """Whoever rewrites the file has the checksum right; the replay finds it out all the same."""
    forged = proof_bytes(tamper(read_proof(proofs["satisfaction"])))
    checked = check_proof(read_proof(forged))
    assert not checked.sound
    found = {"problem": len(checked.problems), "uncovered": checked.uncovered, "mismatches": checked.mismatches}
    assert found[what] > 0
    (tmp_path / "forged.proof").write_bytes(forged)
    with pytest.raises(CommandError, match="prove nothing"):
        run(str(tmp_path / "forged.proof"))


def test_an_altered_digit_is_told_in_words(proofs: dict[str, bytes]) -> None:
    (problem,) = check_proof(altered_digit(read_proof(proofs["satisfaction"]))).problems
    assert "differs from the frozen answers" in problem


def test_a_certificate_of_other_figures_is_noticed(proofs: dict[str, bytes]) -> None:
    with worker_scope():
        row = ReleasedDocument.objects.get(kpi="owner")
        ReleasedDocument.objects.filter(pk=row.pk).update(body=bytes(row.body).replace(b'"edition":1', b'"edition":2'))
        mixed = CertificateBody.objects.filter(certificate__kpi="aht")
        mixed.update(body=zlib.compress(proofs["satisfaction"]))
    with pytest.raises(CommandError, match="2 certificates"):
        run("--round", "small-2025")


def test_earlier_releases_are_part_of_the_file(proofs: dict[str, bytes]) -> None:
    proof = read_proof(proofs["satisfaction"])
    earlier = read_proof(proofs["satisfaction"])
    both = replace(proof, earlier=[EarlierRelease(earlier.table, from_bytes(to_bytes(released_of(earlier))))])
    again = read_proof(proof_bytes(both))
    assert len(again.earlier) == 1
    assert np.array_equal(again.earlier[0].table.values.value, proof.table.values.value, equal_nan=True)
    assert proof.release(again.earlier[0].released) == proof.document


def released_of(proof: Proof) -> object:
    from benchmark.stats.disclosure.released import pattern_of

    return pattern_of(proof.document, hashlib.sha256(proof.document).hexdigest())


def test_only_what_a_proof_is_made_of_is_written() -> None:
    data = {"a": (1, 2.5, None, True, "é"), "b": np.arange(100.0), "c": np.array([np.nan, np.inf]), "d": -np.inf}
    again = from_bytes(to_bytes(data))
    assert again["a"] == data["a"]
    assert np.array_equal(again["b"], data["b"])
    assert np.array_equal(again["c"], data["c"], equal_nan=True)
    assert again["d"] == -np.inf
    with pytest.raises(TypeError):
        to_bytes({"a": object()})
    for wrong in (b"", b"x" * 40, to_bytes(data)[:-1], to_bytes(data) + b"1"):
        with pytest.raises(PlainError):
            from_bytes(wrong)


def test_the_command_says_what_it_needs(proofs: dict[str, bytes]) -> None:
    for arguments in (
        (),
        ("a.proof", "--round", "x"),
        ("a.proof", "--export", "b"),
        ("--round", "none"),
        ("no.proof",),
    ):
        with pytest.raises(CommandError):
            run(*arguments)
