# tlsgate-schedule: the public plan of a host, for programs and for people.
use strict;
use warnings;
use lib 't/lib';
use Test::More;
use TlsGate::Httpd;
use TlsGate::Client qw(ask get json_of);

my $page = "<Location /plan>\nSetHandler tlsgate-schedule\n</Location>\n";
my $h = TlsGate::Httpd->new(tolerates => [ qr/schedule \S+ (?:deprecates TLSv1\.\d but not|refuses every client)/ ], clock => '2018-05-31T23:59:00Z', conf => <<"CONF");
Listen 127.0.0.1:\@tls\@
Listen 127.0.0.1:\@none\@
Listen 127.0.0.1:\@location\@
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1 TLSv1.1 kx=RSA
    TlsGateAnnounce  2018-06-01T00:00Z
    TlsGateTrial     2018-07-10T09:00Z/2018-07-10T10:23Z
    TlsGateTrial     2018-07-20T14:00Z/PT10M every=PT1H until=2018-07-21T14:00Z share=25%
    TlsGateCutoff    2018-08-07T09:40+01:00
    TlsGateGrace     2018-08-07T16:25+01:00/2018-08-21T10:00+01:00
    TlsGateInfo      https://example.com/tls?a=1&b=2
</TlsGateSchedule>
<TlsGateSchedule secret12>
    TlsGateDeprecate TLSv1.2
    TlsGateAnnounce  2030-01-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule undated>
    TlsGateDeprecate any
</TlsGateSchedule>
<TlsGateSchedule refused>
    TlsGateDeprecate SSLv3
    TlsGateRefuse    2018-11-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule used-nowhere>
    TlsGateDeprecate TLSv1
</TlsGateSchedule>
TlsGateLog logs/tlsgate.ndjson
<VirtualHost *:\@tls\@>
    SSLEngine on
    TlsGate legacy secret12
    TlsGate refused
    $page
</VirtualHost>
<VirtualHost *:\@none\@>
    SSLEngine on
    $page
</VirtualHost>
<VirtualHost *:\@location\@>
    SSLEngine on
    <Location /api>
        TlsGate legacy undated
    </Location>
    <Location /api/inner>
        TlsGate legacy
    </Location>
    $page
</VirtualHost>
CONF
$h->start;
sub names { my ($r) = @_; return join(' ', map { $_->{name} } @{ json_of($r)->{schedules} }) }

is(names(get($h->port, 'TLSv1', '/plan')), 'refused', 'a schedule that is not announced yet is hidden');
$h->set_clock('2018-06-01T00:00:00Z');
for my $tls (qw(TLSv1 TLSv1.1 TLSv1.2 TLSv1.3)) {
    my $r = get($h->port, $tls, '/plan');
    is_deeply([$r->{status}, $r->{headers}{'content-type'}], [200, 'application/json'], "$tls: served");
    is(names($r), 'legacy refused', "$tls: the announced schedules, in the order of the lines");
    unlike($r->{body}, qr/secret12|2030|TLSv1\.2|used-nowhere/, "$tls: and no secret");
}
is(names(get($h->port('none'), 'TLSv1', '/plan')), '', 'a host without TlsGate has no plan');
is(names(get($h->port('location'), 'TLSv1', '/plan')), 'legacy undated', 'schedules of locations, each once');

my ($legacy, $refused) = @{ json_of(get($h->port, 'TLSv1.3', '/plan'))->{schedules} };
is_deeply($legacy, {
    name => 'legacy', deprecates => ['TLSv1', 'TLSv1.1', 'kx=RSA'], phase => 'announced',
    next_change => '2018-07-10T09:00:00Z', next_phase => 'trial', announce => '2018-06-01T00:00:00Z',
    trials => [
        { start => '2018-07-10T09:00:00Z', end => '2018-07-10T10:23:00Z', share_percent => 100, every_seconds => undef, until => undef },
        { start => '2018-07-20T14:00:00Z', end => '2018-07-20T14:10:00Z', share_percent => 25, every_seconds => 3600, until => '2018-07-21T14:00:00Z' },
    ],
    cutoff => '2018-08-07T08:40:00Z', grace => [{ start => '2018-08-07T15:25:00Z', end => '2018-08-21T09:00:00Z' }],
    refuse => undef, rejected_for_good => '2018-08-21T09:00:00Z', info => 'https://example.com/tls?a=1&b=2',
}, 'the whole schedule, in UTC');
is_deeply([@$refused{qw(announce trials refuse rejected_for_good info)}],
    [undef, [], '2018-11-01T00:00:00Z', '2018-11-01T00:00:00Z', undef], 'unset members are null');

# instant, phase, next change
for (
    ['2018-07-10T09:00:00Z', 'trial',     '2018-07-10T10:23:00Z'],
    ['2018-08-07T08:40:00Z', 'cutoff',    '2018-08-07T15:25:00Z'],
    ['2018-08-07T15:25:00Z', 'grace',     '2018-08-21T09:00:00Z'],
    ['2018-08-21T09:00:00Z', 'cutoff',    undef],
) {
    my ($instant, $phase, $next) = @$_;
    $h->set_clock($instant);
    my $r = get($h->port, 'TLSv1', '/plan');
    my ($s) = @{ json_of($r)->{schedules} };
    is_deeply([$r->{status}, @$s{qw(phase next_change)}], [200, $phase, $next], "$instant: $phase, also for a client that is rejected");
}
$h->set_clock('2018-06-01T00:00:00Z');
my $html = get($h->port, 'TLSv1.2', '/plan', 'Accept: text/html,application/xhtml+xml,*/*;q=0.8');
is($html->{headers}{'content-type'}, 'text/html; charset=utf-8', 'a browser gets a page');
my $text = get($h->port, 'TLSv1.2', '/plan', 'Accept: text/plain');
is($text->{headers}{'content-type'}, 'text/plain; charset=utf-8', 'or text');
for my $fact ('legacy', 'TLSv1 TLSv1.1 kx=RSA', 'announced', '2018-07-10T09:00:00Z', '2018-08-07T08:40:00Z',
    '2018-08-21T09:00:00Z', '25%', 'refused', '2018-11-01T00:00:00Z') {
    like($html->{body}, qr/\Q$fact/, "the page says $fact");
    like($text->{body}, qr/\Q$fact/, "the text says $fact");
}
unlike("$html->{body}$text->{body}", qr/secret12|used-nowhere/, 'neither reveals a secret');
unlike($html->{body}, qr/<script|src=/, 'the page needs no script');
like($html->{body}, qr/a=1&amp;b=2/, 'and is escaped');
is($html->{headers}{vary}, 'Accept', 'a cache keeps the forms apart');
like(get($h->port('none'), 'TLSv1.2', '/plan', 'Accept: text/plain')->{body}, qr/Nothing is announced/, 'an empty plan says so');

for (['GET', 200], ['HEAD', 200], ['POST', 405], ['PUT', 405], ['DELETE', 405], ['OPTIONS', 200]) {
    my ($method, $status) = @$_;
    my $r = ask(port => $h->port, tls => 'TLSv1.2', path => '/plan', method => $method);
    is($r->{status}, $status, "$method: $status");
    is_deeply([sort grep { $_ ne 'TRACE' } split(/,\s*/, $r->{headers}{allow})], [qw(GET HEAD OPTIONS)], "$method: Allow")
        if $status == 405;
}
is((grep { $_->{http}{response}{status_code} == 426 } $h->sightings), 0, 'no request was rejected');
$h->finish_ok(qr{schedule refused never meets a client of SSLv3});
done_testing;
