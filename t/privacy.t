# How addresses are stored and shown: TlsGatePrivacy ip=full, truncate and hash, for
# IPv4 and IPv6, in the log, the environment and the pages.
use strict;
use warnings;
use lib 't/lib';
use Digest::SHA qw(sha256_hex);
use IO::Socket::IP;
use Socket qw(AF_INET AF_INET6 inet_pton);
use Test::More;
use TlsGate::Client qw(ask json_of);
use TlsGate::Httpd;

my @kinds = qw(full truncate hash inherited);
my $h = TlsGate::Httpd->new(modules => ['remoteip'], conf => <<'CONF');
Listen @full@
Listen @truncate@
Listen @hash@
Listen @inherited@
LogLevel notice tlsgate:trace8
<TlsGateSchedule legacy>
    TlsGateDeprecate cleartext
</TlsGateSchedule>
TlsGate legacy
TlsGateIdentity header:X-Account
TlsGatePrivacy ip=hash
Header always set X-Client "%{TLSGATE_CLIENT}e"
RemoteIPHeader X-Forwarded-For
RemoteIPTrustedProxy 127.0.0.1 ::1
<Location /tlsverification>
    SetHandler tlsgate-verify
</Location>
<Location /rejected>
    TlsGate legacy as=cutoff
</Location>
<VirtualHost *:@full@>
    TlsGatePrivacy ip=full
    TlsGateLog logs/full
</VirtualHost>
<VirtualHost *:@truncate@>
    TlsGatePrivacy ip=truncate
    TlsGateLog logs/truncate
</VirtualHost>
<VirtualHost *:@hash@>
    TlsGatePrivacy ip=hash
    TlsGateLog logs/hash
</VirtualHost>
<VirtualHost *:@inherited@>
    TlsGateLog logs/inherited
</VirtualHost>
<TlsGateSchedule versions>
    TlsGateDeprecate TLSv1
</TlsGateSchedule>
Listen 127.0.0.1:@tls@
<VirtualHost *:@tls@>
    ServerName full.example.com
    SSLEngine on
    TlsGate versions as=refuse
    TlsGatePrivacy ip=full
    TlsGateLog logs/tls-full
</VirtualHost>
<VirtualHost *:@tls@>
    ServerName truncate.example.com
    SSLEngine on
    TlsGate versions as=refuse
    TlsGatePrivacy ip=truncate
    TlsGateLog logs/tls-truncate
</VirtualHost>
<VirtualHost *:@tls@>
    ServerName hash.example.com
    SSLEngine on
    TlsGate versions as=refuse
    TlsGateLog logs/tls-hash
</VirtualHost>
CONF
$h->start;

my %count = map { $_ => 0 } @kinds;

# Sends a request from that address. Returns the answer and its sighting.
sub from {
    my ($kind, $ip, %o) = @_;
    my $r = ask(port => $h->port($kind), %o, headers => [ ($ip ? "X-Forwarded-For: $ip" : ()), @{ $o{headers} || [] } ]);
    return ($r, ($h->wait_sightings(++$count{$kind}, "logs/$kind"))[-1]);
}

# The address, and its network.
my @addresses = (
    [ '192.0.2.237',                             '192.0.2.0' ],
    [ '203.0.113.9',                             '203.0.113.0' ],
    [ '2001:db8:1111:2222:3333:4444:5555:6666',  '2001:db8:1111::' ],
    [ '2001:db8::42:1',                          '2001:db8::' ],
    [ '2001:db8:0:ff00:42:8329:0:99',            '2001:db8::' ],
);
for (@addresses) {
    my ($ip, $network) = @$_;
    my ($r, $s) = from('full', $ip);
    is($s->{client}{ip}, $ip, "full: client.ip is $ip");
    is($s->{tlsgate}{client}, "ip:$ip", "full: tlsgate.client");
    is($r->{headers}{'x-client'}, "ip:$ip", 'full: TLSGATE_CLIENT');

    ($r, $s) = from('truncate', $ip);
    is($s->{client}{ip}, $network, "truncate $ip: client.ip, as RFC 5952 writes it");
    is($s->{tlsgate}{client}, "ip:$s->{client}{ip}", "truncate $ip: tlsgate.client is the same");
    is($r->{headers}{'x-client'}, "ip:$s->{client}{ip}", "truncate $ip: and TLSGATE_CLIENT");

    my $hash = 'ip:sha256:' . substr(sha256_hex($ip), 0, 32);
    for my $kind ('hash', 'inherited') {
        ($r, $s) = from($kind, $ip);
        ok(!exists $s->{client}, "$kind $ip: no client.ip, which would have to be an address");
        is($s->{tlsgate}{client}, $hash, "$kind $ip: tlsgate.client");
        is($r->{headers}{'x-client'}, $hash, "$kind $ip: TLSGATE_CLIENT");
    }
    for my $kind ('truncate', 'hash') {
        for my $path ('/tlsverification', '/rejected') {
            for my $accept ('application/json', 'text/html', 'text/plain') {
                ($r, $s) = from($kind, $ip, path => $path, headers => ["Accept: $accept"]);
                is(index(join("\n", @{ $r->{lines} }, $r->{body}), $ip), -1, "$kind $ip: not in $path as $accept");
                is(json_of($r)->{client}, $s->{tlsgate}{client}, "$kind $ip: the page has the same client")
                    if $path eq '/tlsverification' && $accept =~ /json/;
            }
        }
    }
}

my ($r, $s) = from('truncate', '192.0.2.237', headers => ['X-Account: acme']);
is($s->{tlsgate}{client}, 'account:acme', 'an account is not changed');
is($s->{client}{ip}, '192.0.2.0', 'the address beside it is');
(undef, $s) = from('hash', '192.0.2.237', headers => ['X-Account: acme']);
ok(!exists $s->{client}, 'beside an account: no client.ip');
is($s->{tlsgate}{address_hash}, 'sha256:' . substr(sha256_hex('192.0.2.237'), 0, 32), '... but its hash, the same as of a handshake from there');
for ([ 'full', headers => ['X-Account: acme'] ], [ 'truncate', headers => ['X-Account: acme'] ], ['hash']) {
    my ($kind, @headers) = @$_;
    (undef, $s) = from($kind, '192.0.2.237', @headers);
    is($s->{tlsgate}{address_hash}, undef, "$kind: no hash beside " . (@headers ? 'an address' : 'itself'));
}

# The peer itself, without a proxy before it.
(undef, $s) = from('truncate');
is($s->{client}{ip}, '127.0.0.0', 'an IPv4 peer: its network');
SKIP: {
    my $connect = sub { return IO::Socket::IP->new(PeerHost => '::1', PeerPort => $h->port($_[0])) };
    skip 'no IPv6 here', 3 unless $connect->('full');
    (undef, $s) = from('full', undef, on => $connect->('full'));
    is($s->{client}{ip}, '::1', 'an IPv6 peer: its address');
    (undef, $s) = from('truncate', undef, on => $connect->('truncate'));
    is($s->{client}{ip}, '::', 'an IPv6 peer: its network, as RFC 5952 writes it');
    is($s->{tlsgate}{client}, "ip:$s->{client}{ip}", 'an IPv6 peer: tlsgate.client');
}

# A failed handshake is stored by the rule of its virtual host, port included: with the
# time, a port would identify the connection in another log.
my %shown = (full => 'ip:127.0.0.1', truncate => 'ip:127.0.0.0', hash => 'ip:sha256:' . substr(sha256_hex('127.0.0.1'), 0, 32));
for my $kind (sort keys %shown) {
    ask(port => $h->port('tls'), tls => 'TLSv1', sni => "$kind.example.com");
    ($s) = $h->wait_sightings(1, "logs/tls-$kind");
    is($s->{tlsgate}{alert}, 'protocol_version', "$kind: a handshake that failed");
    is($s->{tlsgate}{client}, $shown{$kind}, "$kind: its tlsgate.client");
    is_deeply([ sort keys %{ $s->{client} || {} } ], { full => [qw(ip port)], truncate => ['ip'], hash => [] }->{$kind}, "$kind: its client object");
    is($s->{client}{ip}, $shown{$kind} =~ s/^ip://r, "$kind: its client.ip") if $kind ne 'hash';
}
($r, $s) = from('full');
like($s->{client}{port}, qr/^[1-9]\d+$/, 'full: client.port of a request');
for my $kind ('truncate', 'hash', 'inherited') {
    ($r, $s) = from($kind);
    is($s->{client}{port}, undef, "$kind: no client.port");
}
($r, $s) = from('full', '192.0.2.237');
is($s->{client}{port}, undef, "full, through a proxy: the proxy's port is not the client's");

my $stored = join('', map { TlsGate::Httpd::slurp($h->dir . "/logs/$_") } qw(truncate hash inherited error_log));
is_deeply([ grep { index($stored, $_->[0]) >= 0 } @addresses ], [], 'no full address where it is not allowed, nor in the error log');
$h->finish_ok;
done_testing;
