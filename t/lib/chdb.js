// chdb, which is a current ClickHouse as a library, answers over HTTP like a server: node chdb.js DIRECTORY PORT
'use strict';
const { Session } = require(require('path').resolve(process.argv[2]));
const fs = require('fs'), http = require('http'), os = require('os'), path = require('path');

const session = new Session();
const rows = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'tlsgate-chdb-')), 'rows');
process.on('exit', () => fs.rmSync(path.dirname(rows), { recursive: true, force: true }));

function answer(database, sql) {
    const insert = /^(INSERT INTO \w+) (FORMAT \w+)\n/.exec(sql.subarray(0, 200).toString('latin1'));
    session.query('CREATE DATABASE IF NOT EXISTS ' + database);
    session.query('USE ' + database);
    if (insert) {
        fs.writeFileSync(rows, sql.subarray(insert[0].length));
        return session.query(`${insert[1]} FROM INFILE '${rows}' ${insert[2]}`);
    }
    const format = / FORMAT (\w+)$/.exec(sql.toString());
    return session.query(sql.toString().replace(/ FORMAT \w+$/, ''), format ? format[1] : 'TabSeparated');
}

http.createServer((request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
        const database = new URL(request.url, 'http://localhost').searchParams.get('database') || 'default';
        try {
            response.end(answer(database, Buffer.concat(parts)));
        } catch (error) {
            response.statusCode = 500;
            response.end(String(error.message));
        }
    });
}).listen(Number(process.argv[3]), '127.0.0.1');
