// A client of node-forge, TLS in JavaScript alone: one connection, pinned to one
// version of TLS. It knows none above 1.1, as many a library that is still in use.
//
//     node forge_client.js HOST PORT SERVER_NAME TLSv1|TLSv1.1
//
// What stands on standard input goes to the server, what the server answers to
// standard output, until it closes the connection.
'use strict';

const net = require('net');
const forge = require('node-forge');

const versions = {
    'TLSv1': forge.tls.Versions.TLS_1_0,
    'TLSv1.1': forge.tls.Versions.TLS_1_1,
};

function fail(why) {
    process.stderr.write('forge_client: ' + why + '\n');
    process.exit(1);
}

const [host, port, name, version] = process.argv.slice(2);
if (!versions[version]) {
    fail('usage: forge_client.js HOST PORT SERVER_NAME TLSv1|TLSv1.1');
}
const socket = net.connect(Number(port), host);
const tls = forge.tls.createConnection({
    server: false,
    virtualHost: name,
    verify: () => true, // the server of a test signs for itself
    connected: () => process.stdin.on('data', (data) => tls.prepare(data.toString('binary'))),
    tlsDataReady: (c) => socket.write(c.tlsData.getBytes(), 'binary'),
    dataReady: (c) => process.stdout.write(c.data.getBytes(), 'binary'),
    closed: () => socket.end(),
    error: (c, error) => fail(error.message),
});

// There is no option for it.
tls.version = Object.assign({}, versions[version]);
socket.on('connect', () => tls.handshake());
socket.on('data', (data) => tls.process(data.toString('binary')));
socket.on('end', () => process.exit(0));
socket.on('error', (error) => fail(error.message));
