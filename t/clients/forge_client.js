// A client of node-forge, TLS in JavaScript alone, started once for many connections: see
// t/lib/TlsGate/Kept.pm for its input and output. It knows no version above TLSv1.1, like
// many libraries that are still in use.
'use strict';

const net = require('net');
const forge = require('node-forge');

const versions = {
    'TLSv1': forge.tls.Versions.TLS_1_0,
    'TLSv1.1': forge.tls.Versions.TLS_1_1,
};

let read = Buffer.alloc(0);
let asks = false;

// Calls done with everything the server sent, once the connection has ended, however it ended.
function ask(host, port, name, version, request, done) {
    const answer = [];
    const socket = net.connect(port, host);
    const tls = forge.tls.createConnection({
        server: false,
        virtualHost: name,
        verify: () => true, // the server of a test signs for itself
        connected: (c) => c.prepare(request),
        tlsDataReady: (c) => socket.write(c.tlsData.getBytes(), 'binary'),
        dataReady: (c) => answer.push(c.data.getBytes()),
        closed: () => socket.end(),
        error: () => socket.destroy(),
    });

    // No option does this.
    tls.version = Object.assign({}, versions[version]);
    socket.on('connect', () => tls.handshake());
    socket.on('data', (data) => tls.process(data.toString('binary')));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => done(Buffer.from(answer.join(''), 'binary')));
}

function next() {
    const end = read.indexOf('\n');
    if (asks || end < 0) {
        return;
    }
    const [host, port, name, version, length] = read.toString('latin1', 0, end).split(' ');
    const rest = end + 1 + Number(length);
    if (read.length < rest) {
        return;
    }
    const request = read.toString('latin1', end + 1, rest);
    read = read.subarray(rest);
    asks = true;
    ask(host, Number(port), name, version, request, (answer) => {
        process.stdout.write(answer.length + '\n');
        process.stdout.write(answer);
        asks = false;
        next();
    });
}

process.stdin.on('data', (data) => {
    read = Buffer.concat([read, data]);
    next();
});
process.stdin.on('end', () => process.exit(0));
