-- What the scripts beside this file need: numbered members, and keys that grow with time.
CREATE TABLE bench_number (n int, member_id uuid);
CREATE TABLE bench_member (
    n int PRIMARY KEY, member_id uuid, installation_id uuid, lot_id uuid, version_id uuid);

CREATE FUNCTION bench_number_members() RETURNS void LANGUAGE sql AS $$
    INSERT INTO bench_member
    SELECT DISTINCT ON (number.n)
           number.n, lot.member_id, lot.installation_id, lot.id, version.id
    FROM bench_number AS number
    JOIN loyalty_lot AS lot USING (member_id)
    JOIN loyalty_programmeversion AS version USING (installation_id)
    ORDER BY number.n, lot.expires_at
$$;

-- The same all through a transaction.
CREATE FUNCTION bench_key(bigint) RETURNS uuid STABLE LANGUAGE sql AS $$
    SELECT (lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint), 12, '0')
            || lpad(to_hex($1), 16, '0') || '0000')::uuid
$$;
