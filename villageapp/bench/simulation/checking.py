"""What must hold when every fault is over and everybody has exchanged twice."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from villageapp.bench.simulation.centre import OFFICE
from villageapp.bench.simulation.laptops import Laptop
from villageapp.bench.simulation.oracle import Field, Value, Violation, heads_of, values_in
from villageapp.bench.simulation.world import World
from villageapp.domain.forms import FORMS
from villageapp.errors import NotFound, SyncError, Trouble
from villageapp.models.records import CLASS_OF_ENTITY
from villageapp.server import project, quarantine
from villageapp.services import syncing
from villageapp.sync import chain, rows, states, store
from villageapp.sync.change import DELETED
from villageapp.sync.digest import Buckets, digest

Alive = set[tuple[Field, Value]]
Expected = dict[Field, set[Value]]
Log = dict[tuple[str, int], tuple[int, bytes]]
Stamps = tuple[int, str, int, str]
"""Of a record: time and author of its first change, then of its last."""
REBUILT = 0.25
"""How often the server makes all records again at the end."""


def come_to_rest(world: World) -> None:
    """All faults end, everybody exchanges twice, and whoever was revoked is released by a person."""
    world.tell("everything is repaired")
    world.deliver_late()
    world.centre.dies = world.centre.full_at = None
    alive = survivors(world)
    _check_nothing_lost(world, alive)
    for _ in range(2):
        everybody_exchanges(world)
    if release(world):
        for _ in range(2):
            everybody_exchanges(world)
    if left := values_in(world.centre.kept_apart()):
        raise Violation(f"what cannot be released: {sorted(left)[:5]}")
    check_all(world, alive)


def survivors(world: World) -> Alive:
    """Every value on any disk that there still is."""
    found: Alive = set()
    for laptop in world.laptops.values():
        found |= set(values_in(laptop.changes()))
    found |= set(values_in(world.centre.changes())) | set(values_in(world.centre.kept_apart()))
    return found | set(values_in(world.newer.written))


def _check_nothing_lost(world: World, alive: Alive) -> None:
    known = world.oracle.everything()
    if lost := known - world.maybe_lost - alive:
        raise Violation(f"confirmed values are on no disk: {sorted(lost)[:5]}")
    if invented := alive - known:
        raise Violation(f"values that nobody typed: {sorted(invented)[:5]}")


def everybody_exchanges(world: World) -> None:
    """One good exchange of each."""
    world.newer.sync()
    for laptop in world.laptops.values():
        world.time.pass_by(60_000)
        world.tell(f"{laptop.name} syncs on a good line")
        world.sync(laptop, [])


def release(world: World) -> bool:
    """A person lets in what waits of laptops, branch by branch; whether anything waited."""
    released = False
    waiting = {replica_id for replica_id, _ in world.centre.kept_apart()}
    known = waiting | set(world.centre.vector())
    for replica_id in sorted(waiting):
        world.tell(f"{replica_id} is released")
        left = 1
        try:
            while left:
                left = quarantine.release(world.centre.province, replica_id, OFFICE)["left"]
                released = True
        except (Trouble, NotFound) as error:
            world.events[-1] += f" -> {error.code}"
    if released:
        world.released |= waiting | (set(world.centre.vector()) - known)
    return released


def check_all(world: World, alive: Alive) -> None:
    """Raises Violation."""
    expected = world.oracle.expected(alive)
    counted = values_in(world.centre.changes())
    unclear = world.oracle.ambiguous() | {field for (field, _), count in counted.items() if count > 1}
    unclear |= asked_again(world)
    world.centre.project()
    _check_log(world, alive, {(field, value) for field, values in expected.items() for value in values})
    state = _check_server(world, expected, unclear)
    server = Server(world.centre.log(), state, unclear, stamps_of(world))
    for laptop in world.laptops.values():
        if not laptop.revoked:
            _check_laptop(world, laptop, expected, server)
    _check_receipts(world)


def stamps_of(world: World) -> dict[tuple[str, str], Stamps]:
    """As the log says it."""
    found: dict[tuple[str, str], list[tuple[int, str]]] = defaultdict(list)
    for _, change in world.centre.changes():
        found[change.entity, change.record_id].append((change.hlc, change.actor))
    return {key: (*min(each), *max(each)) for key, each in found.items()}


def asked_again(world: World) -> set[Field]:
    """Where a change names, as replaced or as seen by a deletion, what has had another number since. Then both values
    stand, and a person is asked once more.

    So it is where work of a revoked laptop was released (or the other way round): a revoked laptop is not told of it. And
    so it is where somebody replaced a value of a log that was given up since (``foreign_fork``), and its author, who had
    never sent it, then comes with it under a new number: only fields that name a clock which is in no log any more.
    """
    if not world.released and not world.counted["log_adopted"]:
        return set()
    changes = world.centre.changes()
    clocks = {change.clock(replica_id) for replica_id, change in changes}
    found = set()
    if world.released:
        found = {
            (c.entity, c.record_id, DELETED) for r, c in changes if r in world.released or DELETED in c.fields
        }
    for _, c in changes:
        found |= {
            (c.entity, c.record_id, name) for name, bases in c.bases.items() if not clocks.issuperset(bases)
        }
    return found


@dataclass(frozen=True, slots=True)
class Server:
    """What every laptop must have, too."""

    log: Log
    state: str
    unclear: set[Field]
    """Fields about which the oracle cannot say more than that all have the same."""
    stamps: Mapping[tuple[str, str], Stamps]
    """When and by whom each record was written first and last, by entity and record id."""

    def is_unclear(self, entity: str, record_id: str) -> bool:
        """Whether anything of a record is."""
        return any(field[:2] == (entity, record_id) for field in self.unclear)


def _check_log(world: World, alive: Alive, standing: Alive) -> None:
    """The server has every value once, and every chain verifies. When a log was adopted, what a colleague says again
    may come from its author, too, and what had been replaced knowingly is not said again."""
    counted = values_in(world.centre.changes())
    is_adopted = bool(world.counted["log_adopted"])
    if missing := (standing if is_adopted else alive) - set(counted):
        raise Violation(f"the server lacks {sorted(missing)[:5]}")
    doubled = [value for value, count in counted.items() if count > 1 and _is_unique(value)]
    if doubled and not is_adopted:
        raise Violation(f"the server has twice {sorted(doubled)[:5]}")
    for laptop in world.laptops.values():
        _check_chains(laptop)


def _is_unique(value: tuple[Field, Value]) -> bool:
    """Whether a value was typed only once for certain: the fresh ones are."""
    return value[1][1].startswith('"v')


def _check_chains(laptop: Laptop) -> None:
    """Every segment is signed by its author and follows the one before."""
    with laptop.work.reading() as connection:
        identity = store.read_identity(connection)
        certificates = store.certificates(connection, identity.province_key)
        found = connection.exec_driver_sql(
            "SELECT header, body, signature FROM segment ORDER BY replica_id, first_seq"
        ).all()
    ends: dict[str, tuple[int, bytes]] = defaultdict(lambda: (0, chain.NO_HASH))
    for row in found:
        sealed = chain.Sealed(*row)
        header = sealed.read_header()
        author = certificates.get(header.replica_id)
        try:
            chain.judge(sealed, header, identity.workspace, author, *ends[header.replica_id])
        except SyncError as error:
            raise Violation(
                f"{laptop.name}: the chain of {header.replica_id} breaks: {error.code}"
            ) from error
        ends[header.replica_id] = header.last_seq, sealed.hash


def _check_server(world: World, expected: Expected, unclear: set[Field]) -> str:
    """Its records, its sums, and now and then its records made again; the state hash."""
    records = world.centre.records()
    _compare("the server", heads_of(records), expected, unclear)
    doubtful = {field[:2] for field in unclear}
    for entity, record_id, record in records:
        if (entity, record_id) in doubtful:
            continue
        if record.deleted != world.oracle.is_deleted((entity, record_id), expected):
            raise Violation(f"the server: {entity} {record_id} deleted is {record.deleted}")
    state = digest(iter(records))
    kept = world.centre.digest()
    if kept is not None and kept != Buckets.of(records).content:
        raise Violation("the server's sums are not those of its records")
    if world.chance.random() < REBUILT:
        project.rebuild(world.centre.province.engine, world.centre.workspace)
        if digest(iter(world.centre.records())) != state:
            raise Violation("made again from the log, the server's records are others")
    return state


def _check_laptop(world: World, laptop: Laptop, expected: Expected, server: Server) -> None:
    with laptop.work.reading() as connection:
        records = list(states.load_all(connection))
        left = connection.exec_driver_sql(
            "SELECT (SELECT count(*) FROM outbox), (SELECT count(*) FROM quarantine)"
        ).one()
    if tuple(left) != (0, 0):
        raise Violation(f"{laptop.name}: unsealed and quarantined: {tuple(left)}")
    _compare(laptop.name, heads_of(records), expected, server.unclear)
    if laptop.log() != server.log:
        raise Violation(f"{laptop.name} and the server have different logs")
    if digest(iter(records)) != server.state:
        raise Violation(f"{laptop.name} and the server have different states")
    for entity, record_id, record in records:
        if server.is_unclear(entity, record_id):
            continue
        if record.deleted != world.oracle.is_deleted((entity, record_id), expected):
            raise Violation(f"{laptop.name}: {entity} {record_id} deleted is {record.deleted}")
    _check_rows(laptop, expected, {(e, i): r.deleted for e, i, r in records}, server)
    _check_conflicts(laptop, expected, server.unclear)


def _compare(who: str, found: Expected, expected: Expected, unclear: set[Field]) -> None:
    lines = [
        f"{field}: stands {sorted(found.get(field, ()))}, expected {sorted(expected.get(field, ()))}"
        for field in sorted(found.keys() | expected.keys())
        if field not in unclear and found.get(field) != expected.get(field)
    ]
    if lines:
        raise Violation(f"{who}: " + "; ".join(lines[:4]))


def _check_rows(
    laptop: Laptop, expected: Expected, deleted: dict[tuple[str, str], bool], server: Server
) -> None:
    """The rows that screens read show one of the standing values, and who wrote first and last."""
    with laptop.work.reading() as connection:
        for entity in sorted({entity for entity, _ in deleted} & CLASS_OF_ENTITY.keys()):
            for row in rows.all_rows(connection, entity):
                if bool(row[5]) != deleted.get((entity, row[0])):
                    raise Violation(f"{laptop.name}: the row of {entity} {row[0]} has another deleted")
                if tuple(row[1:5]) != server.stamps[entity, row[0]]:
                    raise Violation(f"{laptop.name}: {entity} {row[0]} has other times {tuple(row[1:5])}")
                for name, value in rows.wire_values(entity, row).items():
                    if (entity, row[0], name) in server.unclear:
                        continue
                    standing = {text for _, text in expected.get((entity, row[0], name), ())}
                    if name != DELETED and json.dumps(value, ensure_ascii=False) not in standing:
                        raise Violation(f"{laptop.name}: {entity} {row[0]} shows {name} {value!r}")


def _check_conflicts(laptop: Laptop, expected: Expected, unclear: set[Field]) -> None:
    """Every field with several values is listed, with all of them and with who wrote them."""
    listed = {
        field: c
        for c in syncing.conflicts(laptop.work)
        if c.field != DELETED and (field := (c.entity, c.record_id, c.field)) not in unclear
    }
    wanted = {
        field: {text for _, text in values}
        for field, values in expected.items()
        if field[2] != DELETED and field not in unclear and len({text for _, text in values}) > 1
    }
    shown = {f: {json.dumps(v.value, ensure_ascii=False) for v in c.values} for f, c in listed.items()}
    known = {f: texts for f, texts in wanted.items() if f[0] in FORMS and f[2] in FORMS[f[0]].by_name}
    if {f: t for f, t in shown.items() if f in known} != known or shown.keys() != wanted.keys():
        raise Violation(f"{laptop.name}: listed {shown}, expected {wanted}")
    if any(not v.by for c in listed.values() for v in c.values):
        raise Violation(f"{laptop.name}: a conflict without a name")


def _check_receipts(world: World) -> None:
    """The light is green everywhere."""
    for laptop in world.laptops.values():
        if laptop.revoked:
            continue
        state = syncing.sync_state(laptop.work)
        if state.pending or state.segments_waiting:
            raise Violation(f"{laptop.name}: {state.pending} changes without a receipt")
