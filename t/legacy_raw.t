# Hellos that current clients cannot send, as raw bytes: those in SSLv2 format, those
# of SSL 3.0, and hellos cut into many records. A server that refuses their versions
# turns them away with an alert, and each is one sighting. A client that sends half a hello, or
# does not wait for the answer, is not.
use strict;
use warnings;
use lib 't/lib';

use Socket qw(SOL_SOCKET SO_LINGER);
use Test::More;
use TlsGate::Hello qw(hellos ja4 made records understood);
use TlsGate::Httpd;
use TlsGate::RawHello qw(answer dial shake told);

my $h = TlsGate::Httpd->new(
    # A client that has read its alert leaves at once. It is most likely to be gone
    # before the server has recorded it if nothing else runs in the process.
    mpm   => 'prefork',
    clock => '2018-11-01T00:00:00Z',
    tls   => 0,
    conf  => <<'CONF',
Listen @tls@
SSLProtocol all
SSLCipherSuite DEFAULT:@SECLEVEL=0
SSLSessionCache shmcb:run/ssl_cache(512000)
LogLevel ssl:info
<TlsGateSchedule legacy>
    TlsGateDeprecate SSLv3 TLSv1 TLSv1.1
    TlsGateRefuse    2018-11-01T00:00Z
</TlsGateSchedule>
TlsGate legacy
TlsGateLog logs/tlsgate.ndjson
<VirtualHost *:@tls@>
    ServerName caught.example.com
    SSLEngine on
</VirtualHost>
CONF
);
$h->start;

my $hellos  = hellos();
my $sources = 1;

# Each from its own address: the limit on sightings is per address.
sub source { return '127.0.0.' . ++$sources }

# The number of handshakes that mod_ssl has logged as failed.
sub failures { return scalar(() = $h->error_log =~ /\[ssl:info\] AH0(?:1998|2007|2008|1996)/g) }

sub sightings_of { my ($from) = @_; return grep { $_->{client}{ip} eq $from } $h->sightings }

# Sends those bytes. Returns the answer and its sighting.
sub seen {
    my ($bytes) = @_;
    my $from = source();
    my $told = told(shake(port => $h->port, from => $from, bytes => $bytes));
    $h->wait_until(sub { sightings_of($from) });
    my @lines = sightings_of($from);
    is(scalar @lines, 1, "$from: one sighting");
    return ($told, $lines[0] // {});
}

# --- the answer to each, and its sighting -----------------------------------------
for my $c (
    # hello                       answer      alert                maximum    versions                       cause
    [ 'sslscan-sslv2',           'alert 70', 'protocol_version',  'SSLv2',   [],                            'old' ],
    [ 'java-sslv2hello-sslv3',   'alert 40', 'handshake_failure', 'SSLv3',   ['SSLv3'],                     'old' ],
    [ 'java-sslv2hello-tlsv1',   'alert 70', 'protocol_version',  'TLSv1',   ['TLSv1'],                     'old' ],
    [ 'sslscan-sslv3',           'alert 40', 'handshake_failure', 'SSLv3',   ['SSLv3'],                     'old' ],
    [ 'nss-sslv3',               'alert 40', 'handshake_failure', 'SSLv3',   ['SSLv3'],                     'old' ],
    [ 'java-sslv3',              'alert 40', 'handshake_failure', 'SSLv3',   ['SSLv3'],                     'pinned' ],
    [ 'node-forge-tlsv1',        'alert 70', 'protocol_version',  'TLSv1',   ['TLSv1'],                     'old' ],
    [ 'gnutls-tlsv1',            'alert 70', 'protocol_version',  'TLSv1',   ['TLSv1'],                     'pinned' ],
    [ 'go-tlsv1.1',              'alert 70', 'protocol_version',  'TLSv1.1', ['TLSv1.1'],                   'pinned' ],
    [ 'mbedtls-fallback-tlsv1.1', 'alert 70', 'protocol_version', 'TLSv1.1', [qw(TLSv1 TLSv1.1)],           'fallback' ],
) {
    my ($name, $answer, $alert, $max, $versions, $cause) = @$c;
    my $hello = $hellos->{$name};
    my ($told, $line) = seen(records($hello, 16384));
    is($told, $answer, "$name: $answer");
    my %got = (%{ $line->{tlsgate} || {} }, ja4 => $line->{tls}{client}{ja4}, name => $line->{tls}{client}{server_name});
    is_deeply(
        { %got{qw(alert verdict phase schedule cause client_hello ja4 name)} },
        {   alert => $alert, verdict => 'refuse', phase => 'refuse', schedule => 'legacy', cause => $cause,
            client_hello => { max_version => $max, versions => $versions }, ja4 => ja4($hello),
            name => defined understood($hello)->{data}{0} ? 'caught.example.com' : undef },
        "$name: the sighting") or diag(explain($line));
    ok(JSON::PP::is_bool($line->{tls}{established}) && !$line->{tls}{established}, "$name: tls.established is false");
    is($line->{http}, undef, "$name: there was no request");
}

# --- cut into records ------------------------------------------------------------------
for my $size (1, 3, 4, 5, 50) {
    for my $name ('openssl-tlsv1', 'nss-sslv3') {
        my $hello = $hellos->{$name};
        my ($told, $line) = seen(records($hello, $size, 0x0300));
        is($told, $name eq 'nss-sslv3' ? 'alert 40' : 'alert 70', "$name, $size bytes a record: turned away");
        is($line->{tls}{client}{ja4}, ja4($hello), "$name, $size bytes a record: read as a whole");
    }
}
my $modern = records($hellos->{'openssl-tlsv1-to-tlsv1.3'}, 1);
is(told(shake(port => $h->port, from => source(), bytes => $modern)), 'TLSv1.3', 'a modern hello, 1 byte a record: served');

# --- in SSLv2 format, with a version that is accepted ------------------------------------
is(told(shake(port => $h->port, from => source(), bytes => records($hellos->{'java-sslv2hello-tlsv1.2'}))),
    'TLSv1.2', 'SSLv2 format that offers TLS 1.2: served');

# --- clients without a sighting ------------------------------------------------------------
# Sends those bytes and leaves. Returns when mod_ssl has logged its end.
sub leaves {
    my ($what, $bytes) = @_;
    my ($before, $from) = (failures(), source());
    my $socket = dial(port => $h->port, from => $from);
    syswrite($socket, $bytes);
    shutdown($socket, 1);
    answer($socket);
    close $socket;
    ok($h->wait_until(sub { failures() > $before }), "$what: it is over");
    is(scalar(my @lines = sightings_of($from)), 0, "$what: no sighting");
}

my $whole  = records($hellos->{'openssl-tlsv1'}, 16384);
my $sslv2  = records($hellos->{'java-sslv2hello-tlsv1'});
my $pieces = records($hellos->{'openssl-tlsv1'}, 1);
leaves('half a hello in one record',  substr($whole,  0, length($whole) / 2));
leaves('half a hello in SSLv2 format', substr($sslv2,  0, length($sslv2) / 2));
leaves('half a hello, 1 byte a record', substr($pieces, 0, 6 * int(length($pieces) / 12)));
leaves('a whole record less a byte',  substr($whole,  0, -1));

# The server is stopped while the client sends all of its hello and leaves, so that nothing is
# left to chance: with a FIN, or with a RST.
sub is_gone {
    my ($what, $bytes, $reset) = @_;
    my ($before, $from) = (failures(), source());
    kill STOP => -$h->{pid};
    my $socket = dial(port => $h->port, from => $from);
    syswrite($socket, $bytes);
    setsockopt($socket, SOL_SOCKET, SO_LINGER, pack('i i', 1, 0)) if $reset;
    close $socket;
    kill CONT => -$h->{pid};
    ok($h->wait_until(sub { failures() > $before }), "$what: it is over");
    is(scalar(my @lines = sightings_of($from)), 0, "$what: no sighting");
}
is_gone('a whole hello, then gone',              $whole);
is_gone('a whole hello in SSLv2 format, then gone', $sslv2);
is_gone('a whole hello, then reset',             $whole, 1);

# --- messages that are not hellos -------------------------------------------------------------
leaves('a certificate before any hello', pack('C n n/a', 22, 0x0301, pack('N', 11 << 24 | 3) . "\0\0\0"));
leaves('an alert before any hello',      pack('C n n/a', 21, 0x0301, "\2\0"));
leaves('SSLv2 format, too short to be one', pack('n C n C', 0x8004, 1, 0x0301, 0));
leaves('a list of ciphers that ends past the hello',
    records(do { my $x = made(legacy => 0x0301, ciphers => [47]); substr($x->{bytes}, 39, 2) = "\0\xF0"; $x }, 16384));

# The server still records, and there is no line except those expected above.
seen($whole);
is(scalar(my @all = $h->sightings), 21, 'all sightings');
$h->finish_ok;
done_testing;
