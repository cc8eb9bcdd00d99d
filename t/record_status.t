# The status of a line is the one that was sent, by whichever part of httpd sent it, and a request
# has one line.
use strict;
use warnings;
use lib 't/lib';
use Test::More;
use IO::Socket::INET;
use TlsGate::Client qw(ask get);
use TlsGate::Httpd;

my ($curl) = grep { -x } map { "$_/curl" } split(/:/, $ENV{PATH});
plan skip_all => 'there is no curl' unless $curl;
my $mpm = ($ENV{TLSGATE_MPM} // '') eq 'worker' ? 'worker' : 'event';
my $h = TlsGate::Httpd->new(clock => '2018-07-10T09:30:00Z', mpm => $mpm, modules => [qw(proxy proxy_http http2 include)],
    tolerates => [ qr/http2:warn\] h2_stream\(\S+,CLEANUP\): /, qr/core:error\]/, qr/proxy(?:_http)?:error\]/ ], conf => <<'CONF');
Listen 127.0.0.1:@tls@
Listen 127.0.0.1:@backend@
Listen 127.0.0.1:@plain@
Protocols h2c http/1.1
H2Upgrade on
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1
    TlsGateTrial     2018-07-10T09:00Z/2018-07-10T10:00Z
</TlsGateSchedule>
<TlsGateSchedule http>
    TlsGateDeprecate cleartext
    TlsGateAnnounce  2018-06-01T00:00Z
    TlsGateCutoff    2018-08-01T00:00Z
</TlsGateSchedule>
TlsGateLog logs/tlsgate.ndjson
LogFormat "%>s" status
<VirtualHost *:@backend@>
    ErrorDocument 404 "the backend has none"
</VirtualHost>
<VirtualHost *:@tls@>
    SSLEngine on
    TlsGate legacy
    CustomLog logs/status status
    ProxyPass /words/ http://127.0.0.1:@backend@/
    ProxyPass /none/ http://127.0.0.1:1/
    <Location /proxied>
        ErrorDocument 426 /words/index.html
    </Location>
    <Location /missing>
        ErrorDocument 426 /words/nothing
    </Location>
    <Location /down>
        ErrorDocument 426 /none/x
    </Location>
    <Location /file>
        ErrorDocument 426 /index.html
    </Location>
    <Location /elsewhere>
        ErrorDocument 426 http://example.com/
    </Location>
    <Location /no-file>
        ErrorDocument 426 /no/such/file
    </Location>
    <Location /served>
        TlsGate legacy as=announced
        ErrorDocument 404 /words/index.html
    </Location>
    <Location /index.html>
        TlsGate legacy as=announced
    </Location>
</VirtualHost>
<VirtualHost *:@plain@>
    TlsGate http
</VirtualHost>
CONF
$h->start;

my $seen = 0;
sub line { my @s = $h->wait_sightings(++$seen); is(scalar @s, $seen, "$_[0]: one line"); return $s[-1] }

# Path, the status that is sent, headers.
for ([ '/x', 426 ], [ '/proxied', 200 ], [ '/missing', 404 ], [ '/down' ], [ '/file', 426 ], [ '/elsewhere', 302 ], [ '/no-file', 426 ],
    [ '/served', 200 ], [ '/served/x', 200 ], [ '/index.html', 200 ], [ '/index.html', 206, 'Range: bytes=0-2' ],
    [ '/index.html', 304, 'If-None-Match: *' ], [ '/index.html', 416, 'Range: bytes=900-' ],
    [ '/index.html', 412, 'If-Unmodified-Since: Sun, 01 Jan 2006 00:00:00 GMT' ])
{
    my ($path, $status, @headers) = @$_;
    my $r = get($h->port, 'TLSv1', $path, @headers);
    my $name = join(' ', $path, @headers);
    is($r->{status}, $status, "$name: the status") if $status;
    my $line = line($name);
    is($line->{http}{response}{status_code}, $r->{status}, "$name: the line has the status that was sent");
}

# The request that asks for HTTP/2 is served as the first stream.
my $out = `$curl -s --http2 -o /dev/null -w '%{http_code} %{http_version}' http://127.0.0.1:@{[$h->port('plain')]}/index.html`;
is($out, '200 2', 'Upgrade: h2c: served over HTTP/2');
is(line('Upgrade: h2c')->{http}{response}{status_code}, 200, 'Upgrade: h2c: the line is that of the answer');
is(ask(port => $h->port('plain'), path => '/index.html')->{status}, 200, 'the last');
line('no line came later');

$h->finish_ok;
done_testing;
