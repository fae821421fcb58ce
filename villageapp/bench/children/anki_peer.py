"""Two Anki collections that sync through Anki's own server: the baseline of our sync.

Runs under an interpreter that has ``anki`` and nothing of ours. Reads one JSON command a line, answers with
one JSON object a line: ``open``, ``add``, ``edit``, ``push``, ``pull``, ``join``, ``close``.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

_NO_CHANGES = 0
_MOST_TRIES = 5
_USER, _PASSWORD = "bench", "bench"


class Peer:
    """The sending collection and the receiving one."""

    def __init__(self) -> None:
        self._anki: Any = importlib.import_module("anki.collection")
        self._errors: Any = importlib.import_module("anki.errors")
        self._folder = Path()
        self._sender: Any = None
        self._receiver: Any = None
        self._auth: Any = None
        self._type: Any = None

    def open(self, folder: str, endpoint: str, fields: int) -> dict[str, Any]:
        """New collections with one note type; both equal to the server's from here on (full sync once)."""
        self._folder = Path(folder)
        self._sender, self._receiver = (
            self._anki.Collection(str(Path(folder) / f"{name}.anki2")) for name in ("sender", "receiver")
        )
        self._auth = self._sender.sync_login(_USER, _PASSWORD, endpoint)
        self._make_type(fields)
        self._full(self._sender, upload=True)
        self._full(self._receiver, upload=False)
        return {}

    def _make_type(self, fields: int) -> None:
        models = self._sender.models
        made = models.new("visit")
        for number in range(fields):
            models.add_field(made, models.new_field(f"f{number}"))
        template = models.new_template("card")
        template["qfmt"], template["afmt"] = "{{f0}}", "{{f1}}"
        models.add_template(made, template)
        models.add_dict(made)
        self._type = models.by_name("visit")

    def _full(self, collection: Any, *, upload: bool) -> None:
        collection.close_for_full_sync()
        collection.full_upload_or_download(auth=self._auth, server_usn=None, upload=upload)
        collection.reopen(after_full_sync=True)

    def add(self, notes: str) -> dict[str, Any]:
        """Add the notes of a JSON file (a list of lists of field texts) to the sending collection."""
        requests = []
        for texts in json.loads(Path(notes).read_text(encoding="utf-8")):
            note = self._sender.new_note(self._type)
            note.fields = texts
            requests.append(self._anki.AddNoteRequest(note, 1))
        self._sender.add_notes(requests)
        return {"notes": self._sender.note_count()}

    def edit(self, count: int, text: str) -> dict[str, Any]:
        """Change the last field of the first so many notes of the sending collection."""
        notes = [self._sender.get_note(number) for number in self._sender.find_notes("")[:count]]
        for note in notes:
            note.fields[-1] = text
        self._sender.update_notes(notes)
        return {"notes": len(notes)}

    def join(self) -> dict[str, Any]:
        """A new collection takes everything over; again from the start when the line breaks."""
        cpu, wall = time.process_time(), time.perf_counter()
        tries = 0
        while True:
            tries += 1
            path = self._folder / f"joined-{time.monotonic_ns()}.anki2"
            joined = self._anki.Collection(str(path))
            try:
                joined.sync_collection(self._auth, False)
                self._full(joined, upload=False)
                took = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
                return {**took, "notes": joined.note_count(), "tries": tries}
            except (self._errors.NetworkError, self._errors.SyncError):
                if tries == _MOST_TRIES:
                    raise
            finally:
                joined.close()

    def push(self) -> dict[str, Any]:
        """Sync the sending collection."""
        return self._sync(self._sender)

    def pull(self) -> dict[str, Any]:
        """Sync the receiving collection."""
        return self._sync(self._receiver)

    def _sync(self, collection: Any) -> dict[str, Any]:
        cpu, wall = time.process_time(), time.perf_counter()
        answer = collection.sync_collection(self._auth, False)
        took = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
        if answer.required != _NO_CHANGES:
            raise RuntimeError(f"Anki asked for another kind of sync: {answer}")
        return {**took, "notes": collection.note_count()}

    def close(self) -> dict[str, Any]:
        """Close both."""
        for collection in (self._sender, self._receiver):
            if collection is not None:
                collection.close()
        return {}


def main() -> int:
    """Answer commands until ``close``."""
    peer = Peer()
    known: dict[str, Callable[..., dict[str, Any]]] = {
        name: getattr(peer, name) for name in ("open", "add", "edit", "push", "pull", "join", "close")
    }
    for line in sys.stdin:
        command = json.loads(line)
        name = command.pop("do")
        print(json.dumps(known[name](**command)), flush=True)
        if name == "close":
            break
    return 0


if __name__ == "__main__":
    sys.exit(main())
