-- How often something was tried, exact over all servers. One row for each who tries at a door, by the generic cell rate algorithm
-- (ITU-T I.371): no list of tries, no window that begins anew, and the wait is known at once.
CREATE TABLE tries (
    door TEXT NOT NULL CONSTRAINT tries_door_shape CHECK (door ~ '^[a-z_]{1,40}$'),
    who TEXT NOT NULL CONSTRAINT tries_who_shape CHECK (who ~ '^[0-9a-f]{64}$'),
    free_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (door, who)
);
COMMENT ON TABLE tries IS 'Guesses and requests at doors that matter; a row that is past counts for nothing and is swept by tries_take';
COMMENT ON COLUMN tries.door IS 'What is tried: limits::Door';
COMMENT ON COLUMN tries.who IS 'SHA-256 of an account, an address, an e-mail address or a device: the table names nobody';
COMMENT ON COLUMN tries.free_at IS 'When all tries until now will have been made good for, at one in each gap';
CREATE INDEX tries_old ON tries (free_at);

-- Counts a try, or tells the seconds to wait. One statement counts, so that tries side by side are counted one after the other.
CREATE FUNCTION tries_take(at_door TEXT, by_whom TEXT, most INTEGER, within_seconds INTEGER) RETURNS INTEGER LANGUAGE plpgsql AS $$
DECLARE
    gap CONSTANT INTERVAL := make_interval(secs => within_seconds::double precision / most);
    -- As a try of the most that come at once.
    ahead CONSTANT INTERVAL := gap * (most - 1);
    free TIMESTAMPTZ;
BEGIN
    -- A crash may forget the tries of its last half second, and nobody waits for the disk.
    PERFORM set_config('synchronous_commit', 'off', true);
    INSERT INTO tries AS t (door, who, free_at) VALUES (at_door, by_whom, clock_timestamp() + gap)
        ON CONFLICT (door, who) DO UPDATE SET free_at = GREATEST(t.free_at, clock_timestamp()) + gap
        WHERE t.free_at <= clock_timestamp() + ahead;
    IF NOT FOUND THEN
        SELECT t.free_at INTO free FROM tries t WHERE t.door = at_door AND t.who = by_whom;
        RETURN GREATEST(1, COALESCE(ceil(extract(epoch FROM free - ahead - clock_timestamp())), 1)::integer);
    END IF;
    IF random() < 0.01 THEN
        DELETE FROM tries WHERE (door, who) IN (
            SELECT o.door, o.who FROM tries o WHERE o.free_at < clock_timestamp() - interval '1 minute'
            ORDER BY o.free_at LIMIT 500 FOR UPDATE SKIP LOCKED);
    END IF;
    RETURN 0;
END $$;
COMMENT ON FUNCTION tries_take IS '0: counted. Else the seconds to wait, and nothing was counted';

COMMENT ON TABLE coupon_tries IS 'Not used since 004002_tries';
COMMENT ON TABLE credit_tries IS 'Not used since 004002_tries';

-- What may be an attack, counted by the minute from what the log tells.
CREATE TABLE security_counts (
    minute TIMESTAMPTZ NOT NULL CONSTRAINT security_counts_minute_whole CHECK (minute = date_trunc('minute', minute AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'),
    event TEXT NOT NULL CONSTRAINT security_counts_event_shape CHECK (event ~ '^[a-z_]{1,40}$'),
    n BIGINT NOT NULL CONSTRAINT security_counts_n_positive CHECK (n > 0),
    PRIMARY KEY (minute, event)
);
COMMENT ON TABLE security_counts IS 'Events of security on all servers, by minute; kept for a day';
COMMENT ON COLUMN security_counts.event IS 'As in the log: base::Watched';

CREATE TABLE security_alarms (
    event TEXT PRIMARY KEY CONSTRAINT security_alarms_event_shape CHECK (event ~ '^[a-z_]{1,40}$'),
    told_at TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE security_alarms IS 'When the owners were last told of a burst of such events, once an hour at most';
