-- The log of mod_tlsgate in ClickHouse, for `tlsgatectl report --from clickhouse://HOST/DATABASE`:
--
--   clickhouse-client --database tlsgate --multiquery <tlsgate.sql
--
-- or, where that is not installed, with curl, one statement after the other: docs/operators.md has the line.
--
-- For ClickHouse 18.16 and newer. Lines are inserted into tlsgate_lines just as httpd wrote them. It keeps
-- nothing: tlsgate_reading_2 takes each line apart as it comes, and what it tells is kept in tlsgate. A
-- line that is not whole is kept there as it is, with the kind `damaged`.
--
-- It can be run again, and is to be after an upgrade: what is kept stays, and a view of an older version is
-- dropped once that of this one reads. A line that comes in that instant is there twice. A column that
-- the table lacks is to be added first: a report says which, with the ALTER TABLE to run. Without it the
-- new view cannot take a line, and ClickHouse refuses what is inserted.

CREATE TABLE IF NOT EXISTS tlsgate_lines
(
    text     String, -- a line of the log, without its newline
    machine  String, -- which wrote it
    log      String, -- the file
    position UInt64  -- of the line in the file, in bytes: it orders the lines of one second
)
ENGINE = Null;

CREATE TABLE IF NOT EXISTS tlsgate
(
    time       DateTime('UTC'), -- of a damaged line: when it came
    kind       String, -- request, failed (a handshake), test, damaged
    client     String,
    address    String,
    user_agent String,
    host       String, -- of the request, or else of the handshake
    method     String,
    path       String,
    status     UInt16,
    protocol   String,
    cipher     String,
    curve      String,
    ja4        String,
    cause      String,
    advice     String,
    schedule   String,
    phase      String,
    verdict    String,
    enforced   UInt8,
    by_hand    String, -- the kind of the change that made the phase
    alert      String,
    machine    String,
    log        String,
    position   UInt64,
    line       String -- of a damaged line: the whole
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (kind, client, time);

-- Its number grows with each change, since a view that exists is left as it is.
CREATE MATERIALIZED VIEW IF NOT EXISTS tlsgate_reading_2 TO tlsgate AS
WITH
    -- Whether it is JSON: each text becomes an empty one, each other value 0, and then each object and array, from
    -- within, as deep as lines are. A text is UTF-8, which the expression knows, and has no NUL and no half surrogate.
    replaceRegexpAll(text, '"(?:[^"\\\\\\x00-\\x1F\\x{D800}-\\x{DFFF}]|\\\\["\\\\/bfnrt]|\\\\u(?:000[1-9a-fA-F]|00[1-9a-fA-F][0-9a-fA-F]|0[1-9a-fA-F][0-9a-fA-F]{2}|[1-9a-cA-CefEF][0-9a-fA-F]{3}|[dD][0-7][0-9a-fA-F]{2}|[dD][89abAB][0-9a-fA-F]{2}\\\\u[dD][c-fC-F][0-9a-fA-F]{2}))*"', '""') AS no_texts,
    '\\{(?:"":(?:""|0)(?:,"":(?:""|0))*)?\\}|\\[(?:(?:""|0)(?:,(?:""|0))*)?\\]' AS innermost,
    replaceRegexpAll(no_texts, '-?(?:0|[1-9][0-9]*)(?:\\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null', '0') AS deep_5,
    replaceRegexpAll(deep_5, innermost, '0') AS deep_4,
    replaceRegexpAll(deep_4, innermost, '0') AS deep_3,
    replaceRegexpAll(deep_3, innermost, '0') AS deep_2,
    replaceRegexpAll(deep_2, innermost, '0') AS deep_1,
    replaceRegexpAll(deep_1, innermost, '0') AS deep_0,
    -- What is not JSON is not looked into any further, nor is visitParamExtractRaw() used: either can end ClickHouse
    -- 18.16 with a segmentation fault.
    if(match(deep_0, '^0[ \\t\\r]*$') AND substring(text, 1, 1) = '{', text, '') AS whole,
    -- A name with its quotes and its colon stands in no text: there the quotes are escaped. The object tlsgate is the last.
    greatest(position(whole, '"tlsgate":{'), 1) AS gate_at,
    substring(whole, 1, gate_at) AS head,
    substring(whole, gate_at) AS gate,
    visitParamExtractString(gate, 'client') AS client,
    visitParamExtractString(gate, 'protocol') AS protocol,
    visitParamExtractString(head, 'domain') AS domain,
    visitParamExtractString(head, 'ip') AS ip,
    visitParamExtractString(head, '@timestamp') AS stamp,
    toDateOrZero(substring(stamp, 1, 10)) AS day,
    multiIf(match(stamp, '-[0-9:]+$'), -60, match(stamp, '[+][0-9:]+$'), 60, 0)
        * (60 * toInt32OrZero(substring(stamp, length(stamp) - 4, 2)) + toInt32OrZero(substring(stamp, length(stamp) - 1, 2))) AS ahead,
    toInt64(toUInt32(day)) * 86400 + 3600 * toUInt8OrZero(substring(stamp, 12, 2))
        + 60 * toUInt8OrZero(substring(stamp, 15, 2)) + toUInt8OrZero(substring(stamp, 18, 2)) - ahead AS seconds,
    client != ''
        AND protocol IN ('unknown', 'cleartext', 'SSLv3', 'TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3')
        AND toString(day) = substring(stamp, 1, 10)
        AND match(stamp, '^[0-9-]{10}[Tt](?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\\.[0-9]+)?(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])$')
        AS is_ours
SELECT
    if(is_ours, toDateTime(toUInt32(seconds)), now()) AS time,
    multiIf(NOT is_ours, 'damaged', position(gate, '"test":true') > 0, 'test',
            position(head, '"established":false') > 0, 'failed', 'request') AS kind,
    client,
    if(ip != '', ip, visitParamExtractString(gate, 'address_hash')) AS address,
    visitParamExtractString(head, 'original') AS user_agent,
    if(domain != '', domain, visitParamExtractString(head, 'server_name')) AS host,
    visitParamExtractString(head, 'method') AS method,
    visitParamExtractString(head, 'path') AS path,
    toUInt16(visitParamExtractUInt(head, 'status_code')) AS status,
    protocol,
    visitParamExtractString(head, 'cipher') AS cipher,
    visitParamExtractString(head, 'curve') AS curve,
    visitParamExtractString(head, 'ja4') AS ja4,
    visitParamExtractString(gate, 'cause') AS cause,
    visitParamExtractString(gate, 'advice') AS advice,
    visitParamExtractString(gate, 'schedule') AS schedule,
    visitParamExtractString(gate, 'phase') AS phase,
    visitParamExtractString(gate, 'verdict') AS verdict,
    position(gate, '"enforced":true') > 0 AS enforced,
    visitParamExtractString(gate, 'kind') AS by_hand,
    visitParamExtractString(gate, 'alert') AS alert,
    machine,
    log,
    position,
    if(is_ours, '', text) AS line
FROM tlsgate_lines
WHERE text != '';

-- That of version 1.
DROP TABLE IF EXISTS tlsgate_reading;
