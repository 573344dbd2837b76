-- Add points to a lot, and write it down.
\set n random(0, :members - 1)
\set u random(1, 9000000000000000000)
WITH given AS (
    UPDATE loyalty_lot AS lot SET available = available + 5, earned = earned + 5
    FROM bench_member AS member
    WHERE member.n = :n AND lot.id = member.lot_id
    RETURNING lot.installation_id, lot.member_id
)
INSERT INTO loyalty_posting
    (id, installation_id, member_id, kind, key, reason, occurred_at, recorded_at)
SELECT bench_key(:u), installation_id, member_id, 'EARN', 'bench:' || :u,
       '{"code": "ORDER", "order": "1"}', now(), now()
FROM given;
