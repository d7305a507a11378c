"""ASVS V11: what is encrypted, hashed and made by chance."""

import base64

import pytest
from cryptography.fernet import InvalidToken
from django.conf import settings
from django.contrib.auth.hashers import get_hasher, identify_hasher, make_password

from portal.services.api_keys import issue_api_key
from portal.services.factor_keys import factor_box
from portal.tenancy import staff_scope
from tests.portal.test_invitations import House


def test_factors_are_encrypted_with_authentication_and_never_twice_the_same() -> None:
    box = factor_box()
    first, second = (box.encrypt(b"the same seed") for _which in range(2))
    raw = base64.urlsafe_b64decode(first)
    assert raw[0] == 0x80, "the version of Fernet: AES-128-CBC with HMAC-SHA-256"
    assert first != second
    assert (len(raw) - 1 - 8 - 16 - 32) % 16 == 0
    for place in (12, 30, len(raw) - 1):  # the vector, the content, the mark
        changed = bytearray(raw)
        changed[place] ^= 1
        with pytest.raises(InvalidToken):
            box.decrypt(base64.urlsafe_b64encode(bytes(changed)))


def test_passwords_are_hashed_with_argon2id_and_a_salt_of_their_own() -> None:
    assert settings.PASSWORD_HASHERS == ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    first, second = (make_password("zebra paraplu kompas") for _which in range(2))
    assert first.startswith("argon2$argon2id$")
    assert first != second
    assert identify_hasher(first).algorithm == get_hasher().algorithm == "argon2"


@pytest.mark.django_db
def test_keys_and_invitations_have_far_more_than_128_bits() -> None:
    with staff_scope():
        _key, text = issue_api_key("chance", days=1, by=None)
    for token in (text.partition(".")[2], House().invited()):
        assert 6 * len(token) >= 192  # of base64
