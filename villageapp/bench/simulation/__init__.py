"""A whole province in one process, ruled by a seed: laptops, a server, sticks, and everything that goes wrong.

Real are the encrypted stores, the services, the exchange, the stick files, the server's storage on a real
PostgreSQL, and its projection. Simulated are the clock, chance, and the line between laptop and server. A seed
always gives the same schedule, so whatever fails can be run again (``running.replay``). What must hold at the
end, and what each fault is, stands in ``docs/sync-tests.md``.
"""
