// A client of Node.js, one connection: node_client.js PORT SERVER_NAME [GROUPS]. Standard input is sent
// to the server of this machine, and its answer is written to standard output.
'use strict';

const tls = require('tls');
const [port, servername, groups] = process.argv.slice(2);

const socket = tls.connect({
    host: '127.0.0.1',
    port: Number(port),
    servername,
    rejectUnauthorized: false, // the server of a test signs for itself
    ...(groups && { ecdhCurve: groups }),
});
socket.on('error', () => process.exit(1));
socket.on('end', () => process.exit(0));
socket.pipe(process.stdout);
process.stdin.on('data', (data) => socket.write(data));
