# HTTP/2 over a deprecated version: only the stream ends, and the
# connection stays open. Clients are curl, h2load, and a few frames written by hand.
use strict;
use warnings;
use lib 't/lib';
use Test::More;
use IO::Socket::SSL;
use JSON::PP;
use TlsGate::Httpd;

for my $client (qw(curl h2load)) {
    plan skip_all => "$client is not installed" if !grep { -x "$_/$client" } split(/:/, $ENV{PATH});
}
# mod_http2 does not support prefork.
my $mpm = ($ENV{TLSGATE_MPM} // '') eq 'worker' ? 'worker' : 'event';
# mod_http2 logs this when a client leaves, or httpd is stopped, before it has closed a stream.
my $h = TlsGate::Httpd->new(clock => '2018-07-10T09:30:00Z', mpm => $mpm, modules => ['http2'],
    tolerates => [qr/http2:warn\] h2_stream\(\S+,CLEANUP\): /], conf => <<'CONF');
Listen 127.0.0.1:@tls@
Listen 127.0.0.1:@old@
Protocols h2 http/1.1
H2Direct off
H2MaxSessionStreams 200
# The clock leaps over months while connections are open.
Timeout 20000000
KeepAliveTimeout 20000000
<TlsGateSchedule tls12>
    TlsGateDeprecate TLSv1 TLSv1.1 TLSv1.2
    TlsGateAnnounce  2018-06-01T00:00Z
    TlsGateTrial     2018-07-10T09:00Z/2018-07-10T10:00Z
    TlsGateCutoff    2018-08-07T08:40Z
    TlsGateInfo      https://example.com/tls
</TlsGateSchedule>
TlsGate tls12
TlsGateLog logs/tlsgate.ndjson
Header always set X-Gate "%{TLSGATE_PHASE}e"
<VirtualHost *:@tls@>
    SSLEngine on
    <Location /open>
        TlsGate off
    </Location>
    <Location /check>
        SetHandler tlsgate-verify
    </Location>
    <Location /html>
        ErrorDocument 426 "our own words"
    </Location>
</VirtualHost>
# mod_ssl serves it on no connection that was opened to another host.
<VirtualHost *:@tls@>
    ServerName other.example.com
    SSLEngine on
    SSLCipherSuite HIGH:@SECLEVEL=0
    ErrorDocument 421 "another connection, please"
</VirtualHost>
# For clients that cannot be told which version to use.
<VirtualHost *:@old@>
    SSLEngine on
    SSLProtocol -all +TLSv1.2
</VirtualHost>
CONF
$h->start;
my $null = $h->dir . '/null';

# Runs curl: [ { version, status, connects, headers => { name => value }, body }, … ], one per URL.
sub curl {
    my ($port, $max, @args) = @_;
    my @paths = grep { m{^/} } @args;
    my @options = grep { !m{^/} } @args;
    my @cmd = ('curl', '-sk', '-i', '--http2', '--tls-max', $max, '--ciphers', 'DEFAULT@SECLEVEL=0', @options, '-w',
        "\n==%{http_version} %{http_code} %{num_connects}==\n", map { "https://localhost:$port$_" } @paths);
    open(my $out, '-|', @cmd) or die "curl: $!";
    my $text = do { local $/; <$out> };
    close $out;
    return map {
        my ($head, $body) = /^(.*?)\r\n\r\n(.*)\n==/s;
        my ($version, $status, $connects) = /==(\S+) (\d+) (\d+)$/;
        { version => $version, status => $status, connects => $connects, body => $body,
          headers => { map { /^([^:]+): (.*)/ ? (lc $1, $2) : () } split(/\r\n/, $head // '') } }
    } split(/(?<=\d)==\n/, $text);
}

my ($r) = curl($h->port, '1.2', '/');
is_deeply([@$r{qw(version status)}], [2, 426], 'TLSv1.2 over HTTP/2 is rejected');
is($r->{headers}{$_}, undef, "RFC 9113: no $_ header") for qw(connection upgrade transfer-encoding keep-alive);
is($r->{headers}{'cache-control'}, 'no-store', 'not to be stored');
like($r->{headers}{'retry-after'}, qr/^1[0-9]{3}$/, 'with the end of the trial');
is($r->{headers}{'content-type'}, 'application/problem+json', 'as a problem');
is($r->{headers}{'content-length'}, length $r->{body}, 'of that length');
is($r->{headers}{'x-gate'}, 'trial', 'with what "Header always" adds');
like($r->{body}, qr/"minimum_protocol":"TLSv1\.3"/, 'that names the required version');
($r) = curl($h->port, '1.2', '/', '-H', 'Accept: text/html');
like($r->{body}, qr/^<!DOCTYPE html>.*TLSv1\.3/s, 'or as a page');
is((curl($h->port, '1.2', '/', '-I'))[0]{status}, 426, 'HEAD');
($r) = curl($h->port, '1.2', '/html');
is_deeply([@$r{qw(status body)}], [426, 'our own words'], 'an ErrorDocument wins over the body');

my @r = curl($h->port, '1.2', '/', '/index.html', '/open/none', '/check', '/');
is_deeply([map { $_->{status} } @r], [426, 426, 404, 400, 426], 'each stream has its own decision');
is_deeply([map { $_->{connects} } @r], [1, 0, 0, 0, 0], 'on one connection that stays open');
@r = curl($h->port, '1.3', '/', '/check');
is_deeply([map { @$_{qw(version status)} } @r], [2, 200, 2, 200], 'TLSv1.3 is served');

# --- the client's offer, on each stream --------
my @TOLD = qw(protocol offered_versions offered_max_version given_cipher_suites given_named_groups ja4 ja3 cause cause_detail);
for (['1.2', 'TLSv1.2', 12, 'pinned'], ['1.3', 'TLSv1.3', 13, undef]) {
    my ($max, $version, $ja4, $cause) = @$_;
    my @told = map { JSON::PP->new->utf8->decode($_->{body}) } curl($h->port, $max, '/check', '/check');
    is_deeply([@{ $told[0] }{qw(protocol offered_max_version cause)}], [$version, $version, $cause], "$version, its offer, and the cause");
    like($told[0]{ja4}, qr/^t${ja4}d\d{4}h2_[0-9a-f]{12}_[0-9a-f]{12}$/, "$version: JA4 of a client that speaks HTTP/2");
    is_deeply([@{ $told[1] }{@TOLD}], [@{ $told[0] }{@TOLD}], "$version: the same on another stream");
    next unless $cause;
    my @tested;
    $h->wait_until(sub { (@tested = grep { $_->{tlsgate}{test} } $h->sightings) >= 3 });
    is_deeply([map { $_->{tls}{client}{ja4} } @tested], [($told[0]{ja4}) x 3], 'and the same in the log');
}

# --- what mod_ssl answers before any hook of this module: recorded, and nothing is enforced ---
for (['1.2', 'trial'], ['1.3', '(null)']) {
    my ($max, $gate) = @$_;
    my $before = () = $h->sightings;
    @r = curl($h->port, $max, '/early', '/early/2', '-H', 'Host: other.example.com');
    is_deeply([map { @$_{qw(version status connects body)}, $_->{headers}{'x-gate'} } @r],
        [2, 421, 1, 'another connection, please', $gate, 2, 421, 0, 'another connection, please', $gate], "TLSv$max: 421 on two streams of a connection");
    curl($h->port, '1.2', '/');
    my @lines = $h->wait_sightings($before + ($max eq '1.2' ? 3 : 1));
    is_deeply([map { [$_->{http}{response}{status_code}, @{ $_->{url} }{qw(domain path)}, @{ $_->{tlsgate} }{qw(phase verdict enforced)}, $_->{tls}{version}] }
            sort { $a->{url}{path} cmp $b->{url}{path} } @lines[$before .. $#lines]],
        [[426, 'localhost', '/', 'trial', 'reject', JSON::PP::true(), '1.2'],
            $max eq '1.2' ? map { [421, 'other.example.com', $_, 'trial', 'reject', JSON::PP::false(), '1.2'] } '/early', '/early/2' : ()],
        "TLSv$max: " . ($max eq '1.2' ? 'each is recorded, and not as enforced' : 'neither is recorded'));
}

# --- many streams at a time, on one connection ---
my $n = () = $h->sightings;
my $report = `h2load -n 120 -c 1 -m 40 https://localhost:@{[$h->port('old')]}/ 2>&1`;
like($report, qr/TLS Protocol: TLSv1\.2/, 'many streams over TLSv1.2');
like($report, qr/status codes: 0 2xx, 0 3xx, 120 4xx, 0 5xx/, 'every one of them is rejected');
like($report, qr/120 done, 0 succeeded, 120 failed, 0 errored, 0 timeout/, 'and answered, none aborted');
is((my @s = $h->wait_sightings($n + 120)) - $n, 120, 'and there is one sighting for each');
is_deeply([grep { $_->{tlsgate}{phase} ne 'trial' || $_->{tls}{version} ne '1.2' } @s[$n .. $#s]], [], 'with its version');

# --- frames by hand: one connection across a boundary ---
sub frame { my ($type, $flags, $stream, $payload) = @_; return substr(pack('N', length $payload), 1) . pack('CCN', $type, $flags, $stream) . $payload }

# GET https://localhost/ of RFC 7541 appendix A, indexed, and the authority as a literal.
sub h2_get { my ($s, $stream) = @_; print $s frame(1, 5, $stream, "\x82\x87\x84\x01\x09localhost") }

# The first octets of an answer's header block: :status 200 is indexed, 426 a literal,
# since the client allows no dynamic table.
sub h2_status {
    my ($s, $wanted) = @_;
    while (read($s, my $head, 9) == 9) {
        my ($hi, $lo, $type, $flags, $stream) = unpack('CnCCN', $head);
        read($s, my $payload, $hi << 16 | $lo) if $hi << 16 | $lo;
        print $s frame(4, 1, 0, '') if $type == 4 && !($flags & 1);
        next if $type != 1 || $stream != $wanted;
        $payload =~ s/^[\x20-\x3F]+//;    # a change of the table's size
        return $payload =~ /^\x88/ ? 200 : $payload =~ /^[\x08\x18\x48]\x03(\d{3})/ ? $1 : unpack('H*', $payload);
    }
    return 'nothing';
}
sub h2_connect {
    my ($version) = @_;
    my $s = IO::Socket::SSL->new(PeerAddr => '127.0.0.1', PeerPort => $h->port, Timeout => 120, SSL_version => $version,
        SSL_verify_mode => SSL_VERIFY_NONE, SSL_alpn_protocols => ['h2']) or die "no connection: $SSL_ERROR";
    print $s "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", frame(4, 0, 0, pack('nN', 1, 0));
    return $s;
}
$h->stop_clock('2018-07-10T08:59:59Z');
my %s = map { $_ => h2_connect($_) } qw(TLSv1_2 TLSv1_3);
for (['2018-07-10T08:59:59Z', 1, 200], ['2018-07-10T09:00:00Z', 3, 426], ['2018-07-10T09:59:59Z', 5, 426],
    ['2018-07-10T10:00:00Z', 7, 200], ['2018-08-07T08:40:00Z', 9, 426]) {
    my ($instant, $stream, $status) = @$_;
    $h->stop_clock($instant);
    h2_get($s{$_}, $stream) for keys %s;
    is(h2_status($s{TLSv1_2}, $stream), $status, "the same connection at $instant: $status");
    is(h2_status($s{TLSv1_3}, $stream), 200, '  and one over TLSv1.3: 200');
}

# --- bodies: a POST whose body is never sent, and one whose body is sent in part ---
my $s = h2_connect('TLSv1_2');
for ([11, ''], [13, 'x' x 16000]) {
    my ($stream, $part) = @$_;
    print $s frame(1, 4, $stream, "\x83\x87\x84\x01\x09localhost\x0f\x0d\x0820000000");
    print $s frame(0, 0, $stream, $part) if length $part;
    is(h2_status($s, $stream), 426, 'a POST of 20 MB is rejected after ' . length($part) . ' of them');
}
h2_get($s, 15);
is(h2_status($s, 15), 426, 'and the connection stays open');

$h->set_clock('2018-07-11T00:00:00Z');
($r) = curl($h->port, '1.2', '/');
is_deeply([$r->{status}, @{ $r->{headers} }{qw(deprecation sunset)}], [200, '@1527811200', 'Tue, 07 Aug 2018 08:40:00 GMT'],
    'before the cutoff: served with headers');
($r) = curl($h->port, '1.3', '/');
is_deeply([$r->{status}, @{ $r->{headers} }{qw(deprecation sunset)}], [200, undef, undef], 'TLSv1.3 gets no headers');
my $old = qr/vhost localhost:@{[$h->port('old')]}: schedule tls12 never applies to TLSv1 TLSv1\.1, .*SSLProtocol, or SSLOpenSSLConfCmd, leaves it out/;
$h->finish_ok($old, qr{AH02032: Hostname localhost provided via SNI and hostname other});
done_testing;
