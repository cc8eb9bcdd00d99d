// The question of `tlsgatectl report` to DuckDB, which reads the same log: node duckdb.js DIRECTORY LOG
// THREADS. It says how many seconds the answer took, and those of all processors, without the start. Days and
// failed handshakes, which are in the report too, are not asked for: each would be one more query.
'use strict';
const { DuckDBInstance } = require(require('path').resolve(process.argv[2]));

const columns = `{
    '@timestamp': 'TIMESTAMP',
    client: 'STRUCT(ip VARCHAR)',
    user_agent: 'STRUCT(original VARCHAR)',
    url: 'STRUCT("domain" VARCHAR)',
    tls: 'STRUCT(established BOOLEAN, client STRUCT(server_name VARCHAR, ja4 VARCHAR))',
    tlsgate: 'STRUCT(client VARCHAR, advice VARCHAR, protocol VARCHAR, "schedule" VARCHAR, test BOOLEAN, cause VARCHAR)'
}`;
const sql = `
    SELECT tlsgate.client, count(*), min("@timestamp"), max("@timestamp"),
        histogram(tlsgate.protocol), histogram(tlsgate.cause),
        list(DISTINCT user_agent.original), list(DISTINCT client.ip),
        list(DISTINCT coalesce(url."domain", tls.client.server_name)), list(DISTINCT tlsgate."schedule"),
        arg_max(tls.client.ja4, "@timestamp"), arg_max(tlsgate.advice, "@timestamp")
    FROM read_ndjson('${process.argv[3]}', columns = ${columns}, ignore_errors = true)
    WHERE tls.established AND NOT tlsgate.test GROUP BY 1 ORDER BY 2 DESC, 1`;

(async () => {
    const instance = await DuckDBInstance.create(':memory:', { threads: process.argv[4] });
    const connection = await instance.connect();
    const begun = performance.now(), before = process.cpuUsage();
    await connection.runAndReadAll(sql);
    const seconds = (performance.now() - begun) / 1000, spent = process.cpuUsage(before);
    console.log(seconds, (spent.user + spent.system) / 1e6);
})();
