# tlsgate-schedule: the public plan of a host, for programs and for people.
use strict;
use warnings;
use lib 't/lib';
use Test::More;
use TlsGate::Httpd;
use TlsGate::Client qw(ask get json_of policy_of readable);

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
    name => 'legacy', stopped => undef, deprecates => ['TLSv1', 'TLSv1.1', 'kx=RSA'], phase => 'announced',
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
    like(readable($html->{body}), qr/\Q$fact/, "the page says $fact");
    like($text->{body}, qr/\Q$fact/, "the text says $fact");
}
unlike("$html->{body}$text->{body}", qr/secret12|used-nowhere/, 'neither reveals a secret');
unlike($html->{body}, qr/<script|src=/, 'the page needs no script');
like($html->{body}, qr/a=1&amp;b=2/, 'and is escaped');
is($html->{headers}{'content-security-policy'}, policy_of($html->{body}), 'and may load nothing');
is($_->{headers}{'cache-control'}, 'no-store', 'a page that counts from now is not stored') for $html, $text;
is($html->{headers}{vary}, 'Accept', 'a cache keeps the forms apart');
like(get($h->port('none'), 'TLSv1.2', '/plan', 'Accept: text/plain')->{body}, qr/Nothing is announced/, 'an empty plan says so');

# --- what people read
my $read = readable($html->{body});
like($read, qr/TLS 1\.0, 1\.1 and RSA key exchange.*Phase now.*Rejected for good from.*Announced.*Trial.*Cutoff.*Grace.*SSL 3\.0.*What the words mean/s, 'what is retired, when, and the words');
like($read, qr/trial such requests are rejected for a limited time/, 'a phase in words');
unlike($html->{body}, qr/class="(?:past|now)"/, 'before the first window none is past');
like($html->{body}, qr{<tr><th scope="row">Trial</th><td><time datetime="2018-07-20T14:00:00Z">Fri 20 Jul 2018, 14:00</time> to <time datetime="2018-07-20T14:10:00Z">14:10 UTC</time> <span class="far">\(in 50 days\)</span>.*every hour until <time datetime="2018-07-21T14:00:00Z">Sat 21 Jul 2018, 14:00 UTC</time>, for 25% of the clients},
    'a trial that repeats');
unlike($read, qr/Am I affected/, 'there is no test page to lead to');
# instant, class of the first trial and of the one that repeats
for (
    ['2018-07-10T08:59:59Z', '', '', 'in 1 s'],
    ['2018-07-10T09:00:00Z', 'now', '', 'now, ends in 1 h 23 min'],
    ['2018-07-10T10:22:59Z', 'now', '', 'now, ends in 1 s'],
    ['2018-07-10T10:23:00Z', 'past', '', 'over'],
    ['2018-07-20T14:00:00Z', 'past', 'now', 'over'],
    ['2018-07-20T14:10:00Z', 'past', '', 'over'],
    ['2018-07-21T13:59:59Z', 'past', '', 'over'],
    ['2018-07-21T14:00:00Z', 'past', 'past', 'over'],
) {
    my ($instant, $first, $repeats, $far) = @$_;
    $h->stop_clock($instant);
    my @rows = get($h->port, 'TLSv1.2', '/plan', 'Accept: text/html')->{body} =~ m{<tr(?: class="(\w+)")?><th scope="row">Trial</th>}g;
    is_deeply([ map { $_ // '' } @rows ], [$first, $repeats], "$instant: trials look as they are: '$first', '$repeats'");
    like(get($h->port, 'TLSv1.2', '/plan', 'Accept: text/plain')->{body}, qr/^Trial: 2018-07-10T09:00:00Z to 2018-07-10T10:23:00Z \(\Q$far\E\)$/m, "... and so in words: $far");
}
$h->set_clock('2018-06-01T00:00:00Z');

for (['GET', 200], ['HEAD', 200], ['POST', 405], ['PUT', 405], ['DELETE', 405], ['OPTIONS', 200]) {
    my ($method, $status) = @$_;
    my $r = ask(port => $h->port, tls => 'TLSv1.2', path => '/plan', method => $method);
    is($r->{status}, $status, "$method: $status");
    is_deeply([sort grep { $_ ne 'TRACE' } split(/,\s*/, $r->{headers}{allow})], [qw(GET HEAD OPTIONS)], "$method: Allow")
        if $status == 405;
}
is((grep { $_->{http}{response}{status_code} == 426 } $h->sightings), 0, 'no request was rejected');
$h->finish_ok(qr{schedule refused never applies to SSLv3});
done_testing;
