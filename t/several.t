# Several schedules of one host: what is told about when a client breaks counts all of them, and a
# path that is retired concerns no other.
use strict;
use warnings;
use lib 't/lib';

use Test::More;
use TlsGate::Client qw(ask get json_of);
use TlsGate::Httpd;

my $h = TlsGate::Httpd->new(clock => '2027-02-09T00:00:00Z', conf => <<'CONF')->start;
Listen 127.0.0.1:@tls@
Listen 127.0.0.1:@retired@
Listen 127.0.0.1:@reversed@
<TlsGateSchedule old>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateTrial     2027-02-10T00:00Z/PT1H
    TlsGateTrial     2027-02-10T01:00Z/PT1H share=30%
    TlsGateCutoff    2027-03-01T00:00Z
    TlsGateGrace     2027-03-02T00:00Z/2027-03-03T00:00Z
    TlsGateRefuse    2027-04-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule mid>
    TlsGateDeprecate TLSv1.1 TLSv1.2
    TlsGateTrial     2027-02-10T02:00Z/PT1H
    TlsGateCutoff    2027-05-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule gone>
    TlsGateDeprecate any
    TlsGateCutoff    2027-02-15T00:00Z
</TlsGateSchedule>
TlsGateIdentity header:X-Account
<VirtualHost *:@tls@>
    SSLEngine on
    TlsGate old mid
    <Location /verify>
        SetHandler tlsgate-verify
    </Location>
    <Location /gone>
        TlsGate gone
    </Location>
</VirtualHost>
<VirtualHost *:@reversed@>
    SSLEngine on
    TlsGate mid old
</VirtualHost>
<VirtualHost *:@retired@>
    SSLEngine on
    TlsGate gone
    <Location /verify>
        SetHandler tlsgate-verify
    </Location>
</VirtualHost>
CONF

sub rejection { my ($tls) = @_; return get($h->port, $tls, '/', 'X-Account: A') }
sub verify { my ($tls, $port) = @_; return get($h->port($port // 'tls'), $tls, '/verify', 'X-Account: A', 'Accept: application/json') }

# --- rejected for good: by whichever schedule is first
$h->stop_clock('2027-02-10T02:45:00Z');
my $r = rejection('TLSv1.1');
is($r->{status}, 426, 'a trial of the second schedule');
is(json_of($r)->{rejected_for_good}, '2027-03-03T00:00:00Z', '... tells when the first one rejects for good');
like(json_of($r)->{detail}, qr/until 2027-02-10T03:00:00Z\. Such requests are rejected for good from 2027-03-03T00:00:00Z\./, '... in words');
is(json_of(get($h->port('reversed'), 'TLSv1.1', '/'))->{rejected_for_good}, '2027-03-03T00:00:00Z', '... in whatever order they are named');
is(json_of(rejection('TLSv1.2'))->{rejected_for_good}, '2027-05-01T00:00:00Z', 'who has only the second one is told of that');
is(json_of(verify('TLSv1.1'))->{rejected_for_good}, '2027-03-03T00:00:00Z', 'the test page says the same');

# --- a trial that goes on in another schedule's
for (['2027-02-09T23:59:59Z', '2027-02-10T00:00:00Z'], ['2027-02-10T00:30:00Z', '2027-02-10T00:00:00Z'], ['2027-02-10T02:30:00Z', '2027-02-10T02:00:00Z']) {
    my ($now, $start) = @$_;
    $h->stop_clock($now);
    my $trial = json_of(verify('TLSv1.1'))->{next_trial};
    is($trial->{start}, $start, "$now: the trial's beginning");
    my $in_share = $now ge '2027-02-10T02' || $trial->{end} ne '2027-02-10T01:00:00Z';
    is($trial->{end}, $in_share ? '2027-02-10T03:00:00Z' : '2027-02-10T01:00:00Z', '... and its end, after all windows that follow');
    next if $now lt '2027-02-10';
    my $seconds = rejection('TLSv1.1')->{headers}{'retry-after'};
    is($seconds, $now =~ /T00/ ? ($in_share ? 9000 : 1800) : 1800, '... as Retry-After has it');
}

# --- a path that is retired
$h->stop_clock('2027-02-16T00:00:00Z');
is(get($h->port, 'TLSv1.3', '/gone')->{status}, 403, 'a path is retired for everybody');
$r = verify('TLSv1.3');
is($r->{status}, 200, 'but nobody has to change for the others');
is_deeply([@{ json_of($r) }{qw(deprecated schedules rejected_for_good)}], [JSON::PP::false, [], undef], '... as the page says');
is_deeply([map { $_->{name} } @{ json_of(verify('TLSv1.1'))->{schedules} }], [qw(old mid)], '... to an old client as well');
unlike(get($h->port, 'TLSv1.3', '/verify', 'Accept: text/plain')->{body}, qr/everything/, '... which does not call everything retired');
is(verify('TLSv1.3', 'retired')->{status}, 400, 'where the host is retired, it says so');
$h->finish_ok;
done_testing;
