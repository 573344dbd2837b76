-- Write the rows of :batch first orders, and mark as many events done.
\set u random(1, 9000000000000000000)
\set m random(0, 1000000)
BEGIN;
INSERT INTO loyalty_order (id, installation_id, saleor_id, number, currency, charged_peak,
                           state_digest, points, postings, receipt, recorded_at)
SELECT bench_key(:u::bigint + i), installation_id, 'bench:' || (:u::bigint + i), '', '', 0, '', 0, 0, '{}', now()
FROM generate_series(1, :batch) AS i JOIN bench_member ON n = (:m::int + i) % :members;
WITH orders AS (
    UPDATE loyalty_order AS known
    SET number = '1001', member_id = member.member_id, programme_version_id = member.version_id,
        state_at = now(), state_digest = sha256('x'), currency = 'USD', charged_peak = 110,
        paid_at = now(), points = 100, postings = 1, receipt =
        '{"lines": [{"line": "T3JkZXJMaW5lOjE=", "points": 34}, {"line": "T3JkZXJMaW5lOjI=",
         "points": 33}, {"line": "T3JkZXJMaW5lOjM=", "points": 33}]}'
    FROM generate_series(1, :batch) AS i JOIN bench_member AS member ON n = (:m::int + i) % :members
    WHERE known.id = bench_key(:u::bigint + i)
    RETURNING known.id, known.installation_id, known.member_id
), postings AS (
    INSERT INTO loyalty_posting
        (id, installation_id, member_id, kind, key, reason, occurred_at, recorded_at)
    SELECT id, installation_id, member_id, 'EARN', 'order:' || id || ':1',
           '{"code": "ORDER", "order": "1001"}', now(), now()
    FROM orders
), lots AS (
    INSERT INTO loyalty_lot
        (id, installation_id, member_id, order_id, matures_at, earned, pending, available, held,
         spent, owed, repaid, expired, clawed_back)
    SELECT id, installation_id, member_id, id, now(), 100, 0, 100, 0, 0, 0, 0, 0, 0 FROM orders
), movements AS (
    INSERT INTO loyalty_movement (id, posting_id, member_id, lot_id, source, target, points)
    SELECT id, id, member_id, id, 'OUTSIDE', 'AVAILABLE', 100 FROM orders
)
UPDATE loyalty_inboxevent SET status = 'DONE', processed_at = now(), due_at = now()
WHERE id IN (SELECT id FROM loyalty_inboxevent WHERE status = 'WAITING' AND due_at <= now()
             ORDER BY due_at LIMIT :batch FOR UPDATE SKIP LOCKED);
END;
