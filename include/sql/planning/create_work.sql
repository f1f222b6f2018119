-- Tables that live until the transaction of one commune's planning ends: its people and the places it has to give.
-- Reads: nothing. Writes: temporary tables due and slot.
CREATE TEMPORARY TABLE due (
    person_id bigint PRIMARY KEY,
    priority smallint NOT NULL,
    group_code text,
    village text,
    rank integer NOT NULL,
    team_id bigint,
    session_date date
) ON COMMIT DROP;
CREATE TEMPORARY TABLE slot (
    team_id bigint NOT NULL,
    site_id bigint NOT NULL,
    session_date date NOT NULL,
    village text,
    starts_at time NOT NULL,
    ends_at time NOT NULL,
    capacity integer NOT NULL,
    PRIMARY KEY (team_id, session_date)
) ON COMMIT DROP
