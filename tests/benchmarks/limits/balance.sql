-- Read what a member has.
\set n random(0, :members - 1)
SELECT sum(available), sum(pending), sum(held), sum(owed), min(expires_at)
FROM loyalty_lot
WHERE member_id = (SELECT member_id FROM bench_member WHERE n = :n)
  AND (pending > 0 OR available > 0 OR held > 0 OR owed > 0);
