"""Signed notes and checkpoints, against the examples of the C2SP specifications and every way to spoil one.

The key and the note are the example of C2SP signed-note, the checkpoint's text that of C2SP tlog-checkpoint
(github.com/C2SP/C2SP, commit 5ba5ee83).
"""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from schemas.note import (
    Checkpoint,
    NoteInvalid,
    Verifier,
    open_checkpoint,
    open_note,
    read_checkpoint,
    read_verifier,
    sign_note,
)

PUBLISHED_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
PUBLISHED_TEXT = "This is an example message.\n"
PUBLISHED = (
    PUBLISHED_TEXT
    + "\n\u2014 example.com/foo "
    + "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
PUBLISHED_CHECKPOINT = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"

NAME = "example.com/made-up"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OURS = Verifier(NAME, KEY.public_key().public_bytes_raw())
TEXT = Checkpoint(NAME, 7, bytes(32)).text()
NOTE = sign_note(TEXT, NAME, KEY)


def test_the_published_note():
    """The published note opens with the published key, which is written as it was read."""
    key = read_verifier(PUBLISHED_KEY)

    assert PUBLISHED_TEXT == open_note(PUBLISHED, key)
    assert PUBLISHED_KEY == str(key)


def test_the_published_checkpoint():
    """The published checkpoint's text is read, and written again as it stands."""
    found = read_checkpoint(PUBLISHED_CHECKPOINT)

    assert ("example.com/behind-the-sofa", 20852163) == (found.origin, found.size)
    assert PUBLISHED_CHECKPOINT == found.text()


def test_what_we_sign_opens():
    """What is signed opens with the public key, also where others signed it too and where the text has empty lines."""
    other = sign_note(TEXT, "example.com/witness", Ed25519PrivateKey.generate()).rpartition("\n\n")[2]

    assert Checkpoint(NAME, 7, bytes(32)) == open_checkpoint(NOTE, OURS) == open_checkpoint(NOTE + other, OURS)
    assert "a\n\nb\n" == open_note(sign_note("a\n\nb\n", NAME, KEY), OURS)


SPOILED = {
    "another size": NOTE.replace("\n7\n", "\n8\n"),
    "another name in the line": NOTE.replace("\u2014 example.com/made-up", "\u2014 example.com/other"),
    "another origin": NOTE.replace("example.com/made-up\n", "example.com/other\n", 1),
    "no signature": TEXT,
    "no signature behind the blank line": TEXT + "\n",
    "a signature cut off": NOTE[:-10] + "\n",
    "no end of the last line": NOTE[:-1],
    "a hyphen in place of the dash": NOTE.replace("\u2014", "-"),
    "a control character": NOTE.replace("\n7\n", "\n7\r\n"),
    "another log's checkpoint": sign_note(TEXT.replace(NAME, "example.com/other"), NAME, KEY),
    "another's key under the name": sign_note(TEXT, NAME, Ed25519PrivateKey.generate()),
    "a size with a nought before it": sign_note(TEXT.replace("\n7\n", "\n07\n"), NAME, KEY),
    "a size that is none": sign_note(TEXT.replace("\n7\n", "\nseven\n"), NAME, KEY),
    "a root that is too short": sign_note(f"{NAME}\n7\nAAAA\n", NAME, KEY),
    "no root": sign_note(f"{NAME}\n7\n", NAME, KEY),
    "an empty line in it": sign_note(f"{TEXT}\nmore\n", NAME, KEY),
    "nothing": "",
}


@pytest.mark.parametrize("note", SPOILED.values(), ids=SPOILED)
def test_what_is_spoiled_is_refused(note):
    """Nothing but a checkpoint of the log, signed by its key, opens."""
    with pytest.raises(NoteInvalid):
        open_checkpoint(note, OURS)


WRONG_KEYS = {
    "a word": "key",
    "no key": f"{NAME}+00000000+",
    "another id": str(OURS).replace(OURS.key_id.hex(), "00000000"),
    "another name": str(OURS).replace(NAME, "example.com/other"),
    "another kind": PUBLISHED_KEY.replace("+Aek", "+Bek"),
    "no name": "+" + str(OURS).partition("+")[2],
}


@pytest.mark.parametrize("written", WRONG_KEYS.values(), ids=WRONG_KEYS)
def test_a_key_that_is_none(written):
    """What is not a verifier key for Ed25519, whole and in itself consistent, is refused."""
    with pytest.raises(NoteInvalid):
        read_verifier(written)
