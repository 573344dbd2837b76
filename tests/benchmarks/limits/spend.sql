-- Take points from a lot that has them, and write it down.
\set n random(0, :members - 1)
\set u random(1, 9000000000000000000)
WITH paid AS (
    UPDATE loyalty_lot AS lot SET available = available - 5, spent = spent + 5
    FROM bench_member AS member
    WHERE member.n = :n AND lot.id = member.lot_id AND available >= 5
    RETURNING lot.installation_id, lot.member_id
)
INSERT INTO loyalty_posting
    (id, installation_id, member_id, kind, key, reason, occurred_at, recorded_at)
SELECT bench_key(:u), installation_id, member_id, 'SPEND', 'bench:' || :u,
       '{"code": "REDEMPTION"}', now(), now()
FROM paid;
