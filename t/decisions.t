# A decision for one location, or by one schedule, leaves no traces in another.
use strict;
use warnings;
use lib 't/lib';

use Test::More;

use TlsGate::Client qw(get);
use TlsGate::Httpd;

my $h = TlsGate::Httpd->new(clock => '2018-07-10T00:00:00Z', conf => <<'CONF');
Listen 127.0.0.1:@tls@
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1
    TlsGateAnnounce  2018-06-01T00:00Z
    TlsGateCutoff    2018-08-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule gone>
    TlsGateDeprecate TLSv1
    TlsGateCutoff    2018-07-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule watched>
    TlsGateDeprecate TLSv1
    TlsGateCutoff    2018-07-01T00:00Z
</TlsGateSchedule>
TlsGateLog logs/tlsgate.ndjson
Header always set X-Phase "%{TLSGATE_PHASE}e"
<VirtualHost *:@tls@>
    SSLEngine on
    AllowEncodedSlashes On
    <Location /api>
        TlsGate legacy
    </Location>
    <Location /both>
        TlsGate gone legacy
    </Location>
    <Location /both/document>
        ErrorDocument 426 "upgrade"
    </Location>
    <Location /watched>
        TlsGate watched report-only
    </Location>
</VirtualHost>
CONF
$h->start;

# --- the first decision is for /api, the second for a place without TlsGate
my $r = get($h->port, 'TLSv1', '/api/..%2findex.html');
is($r->{status}, 200, 'a path that leaves /api when it is decoded is served');
is($r->{headers}{'x-phase'}, '(null)', 'without the variables of /api');
is_deeply([ grep { defined } @{ $r->{headers} }{qw(deprecation sunset)} ], [], 'and without its headers');

# --- one schedule rejects, another would warn
for my $path ('/both', '/both/document') {
    $r = get($h->port, 'TLSv1', $path);
    is($r->{status}, 426, "$path: rejected");
    is_deeply([ grep { defined } @{ $r->{headers} }{qw(deprecation sunset)} ], [], "$path: a rejection has none of the headers for served requests");
}
is($r->{body}, 'upgrade', 'also with an ErrorDocument');

my @seen = map { "$_->{url}{path} $_->{tlsgate}{schedule}" } $h->wait_sightings(2);
is_deeply(\@seen, ['/both gone', '/both/document gone'], 'only requests that are deprecated in their final location are sightings');

like($h->error_log, qr/schedule watched \(report-only\): cutoff, for good/, 'the start says which schedule only reports');
like($h->error_log, qr/schedule legacy: announced, next cutoff/, 'and says nothing of the kind about one that is enforced');
$h->finish_ok;
done_testing;
