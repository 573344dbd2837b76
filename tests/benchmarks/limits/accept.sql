-- Store one delivery.
\set u random(1, 9000000000000000000)
INSERT INTO loyalty_inboxevent (id, installation_id, name, digest, body, status, attempts,
                                due_at, traceback, received_at)
VALUES (bench_key(:u), ':installation', 'OrderPaid', sha256(int8send(:u)), ':body', 'WAITING', 0,
        now(), '', now())
ON CONFLICT ON CONSTRAINT inbox_event_stored_once DO NOTHING;
