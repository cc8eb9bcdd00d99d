# TlsGateGuard in a server: a trial that rejects too much is stopped, is said, and the cutoff is not.
use strict;
use warnings;
use lib 't/lib';
use Test::More;
use TlsGate::Client qw(get);
use TlsGate::Httpd;

my $h = TlsGate::Httpd->new(clock => '2018-07-10T09:00:00Z', conf => <<'CONF')->start;
Listen 127.0.0.1:@tls@
SSLEngine on
Timeout 20000000
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1
    TlsGateTrial     2018-07-10T09:00Z/2018-07-10T10:00Z
    TlsGateCutoff    2018-08-01T00:00Z
</TlsGateSchedule>
TlsGate legacy
TlsGateGuard 50% min=2 over=PT10S
TlsGateLog logs/tlsgate.ndjson
<Location /status>
    SetHandler tlsgate-status
    Require all granted
</Location>
CONF
sub page { my ($format) = @_; return get($h->port, 'TLSv1.3', "/status?format=$format")->{body} }
sub old { return get($h->port, 'TLSv1', '/index.html')->{status} }
sub collected { my ($at) = @_; $h->stop_clock($at); return ok($h->wait_until(sub { page('json') =~ /"collected": ?"\Q$at\E"/ }), "collected at $at") }

collected('2018-07-10T09:00:10Z');
is(old(), 426, 'a trial') for 1 .. 2;
collected('2018-07-10T09:00:20Z');
is(old(), 426, 'one bucket is not enough') for 1 .. 2;
$h->stop_clock('2018-07-10T09:00:30Z');
ok($h->wait_until(sub { $h->error_log =~ /TLSGATE0087: schedule legacy: TlsGateGuard stops its trial: it rejected 2 of 2 requests, more than 50%.*until 2018-07-10T10:00:00Z/ }), 'the second stops it');
$h->stop_clock('2018-07-10T09:59:59Z');
is(old(), 200, 'served until the last second');
like(page('text'), qr/TlsGateGuard stopped a trial that rejected too much/, 'the page says so');
like(page('prometheus'), qr/^tlsgate_guard_trips_total\{schedule="legacy"\} 1$/m, 'the metric');
is(($h->sightings)[-1]{tlsgate}{override}{kind}, 'guard', 'the log');
ok($h->graceful, 'a graceful restart');
is(old(), 200, '... keeps it');
$h->stop_clock('2018-08-01T00:00:00Z');
is(old(), 426, 'the cutoff is not stopped');
$h->finish_ok(qr/TLSGATE0087/);
done_testing;
