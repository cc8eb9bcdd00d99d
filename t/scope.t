# The schedules that decide: the scope of TlsGate lines, the strictest of several
# schedules, and the traits other than protocols. "Header always" makes each
# answer show the decision.
use strict;
use warnings;
use lib 't/lib';
use Test::More;
use TlsGate::Httpd;
use TlsGate::Client qw(ask get);

my $h = TlsGate::Httpd->new(clock => '2018-07-10T09:30:00Z', conf => <<'CONF');
Listen 127.0.0.1:@tls@
Listen 127.0.0.1:@inherits@
Listen 127.0.0.1:@kx@
Listen 127.0.0.1:@names@
Header always set X-Gate "%{TLSGATE_PROTOCOL}e %{TLSGATE_SCHEDULE}e %{TLSGATE_PHASE}e %{TLSGATE_VERDICT}e %{TLSGATE_CLIENT}e"
<TlsGateSchedule a>
    TlsGateDeprecate TLSv1
</TlsGateSchedule>
<TlsGateSchedule b>
    TlsGateDeprecate TLSv1 TLSv1.1
</TlsGateSchedule>
<TlsGateSchedule main>
    TlsGateDeprecate TLSv1
    TlsGateCutoff    2018-01-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule in-trial>
    TlsGateDeprecate TLSv1
    TlsGateTrial     2018-07-10T09:00Z/2018-07-10T10:00Z
</TlsGateSchedule>
<TlsGateSchedule in-grace>
    TlsGateDeprecate TLSv1
    TlsGateCutoff    2018-07-01T00:00Z
    TlsGateGrace     2018-07-02T00:00Z/2018-08-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule kx>
    TlsGateDeprecate kx=RSA
</TlsGateSchedule>
<TlsGateSchedule dhe>
    TlsGateDeprecate kx=DHE
</TlsGateSchedule>
<TlsGateSchedule agent>
    TlsGateDeprecate "expr=%{HTTP_USER_AGENT} =~ m#^Java/1[.][67]#"
</TlsGateSchedule>
TlsGate main
TlsGateLog logs/tlsgate.ndjson
<VirtualHost *:@inherits@>
    SSLEngine on
    <Location /open>
        TlsGate off
    </Location>
</VirtualHost>
<VirtualHost *:@kx@>
    SSLEngine on
    SSLCipherSuite AES128-SHA:DHE-RSA-AES128-SHA:ECDHE-RSA-AES128-SHA:@SECLEVEL=0
    TlsGate kx as=cutoff
    <Location /dhe>
        TlsGate dhe as=cutoff
    </Location>
    <Location /agent>
        TlsGate agent as=cutoff
    </Location>
</VirtualHost>
<VirtualHost *:@names@>
    SSLEngine on
    ServerName open.example.com
    TlsGate off
</VirtualHost>
<VirtualHost *:@names@>
    SSLEngine on
    ServerName gated.example.com
    TlsGate a as=cutoff
</VirtualHost>
<VirtualHost *:@tls@>
    SSLEngine on
    TlsGate a as=announced
    <Location /inner>
        TlsGate b as=cutoff
    </Location>
    <Location /inner/most>
        TlsGate a as=announced
    </Location>
    <Location /inner/open>
        TlsGate off
    </Location>
    <Location /add>
        TlsGate a as=announced
        TlsGate b as=cutoff
    </Location>
    <Location /line>
        TlsGate a in-trial as=announced
        TlsGate b
    </Location>
    <Location /observe>
        TlsGate a as=observe
    </Location>
    <Location /grace>
        TlsGate a as=grace
    </Location>
    <Location /trial>
        TlsGate a as=trial
    </Location>
    <Location /cutoff>
        TlsGate a as=cutoff
    </Location>
    <Location /refuse>
        TlsGate a as=refuse
    </Location>
    <Location /report>
        TlsGate a as=cutoff report-only
    </Location>
    <Location /report-and-warn>
        TlsGate a as=cutoff report-only
        TlsGate b
    </Location>
    <Location /report-and-reject>
        TlsGate a as=refuse report-only
        TlsGate b as=trial
    </Location>
    <LocationMatch "^/v[0-9]+/orders$">
        TlsGate a as=cutoff
    </LocationMatch>
    <Location ~ "^/old/.*\.xml$">
        TlsGate a as=cutoff
    </Location>
    <Location /strict/cutoff>
        TlsGate a in-trial
        TlsGate b as=cutoff
    </Location>
    <Location /strict/refuse>
        TlsGate a as=cutoff
        TlsGate b as=refuse
    </Location>
    <Location /strict/trial>
        TlsGate a in-grace in-trial
    </Location>
    <Location /strict/observe>
        TlsGate a as=observe
        TlsGate b
    </Location>
    <Location /tie/announced-first>
        TlsGate a in-grace
    </Location>
    <Location /tie/grace-first>
        TlsGate in-grace a
    </Location>
    <Location /tie/cutoff>
        TlsGate b a as=cutoff
    </Location>
</VirtualHost>
CONF
$h->start;

# path, version, status, decided: "schedule phase verdict", or undef if not deprecated here
for (
    ['/',                     'TLSv1',   200, 'a announced warn',    'of the vhost'],
    ['/',                     'TLSv1.1', 200, undef,                 'not its trait'],
    ['/inner',                'TLSv1',   426, 'b cutoff reject',     'an inner scope replaces the outer'],
    ['/inner/x',              'TLSv1.1', 426, 'b cutoff reject',     'also below'],
    ['/innermost',            'TLSv1',   200, 'a announced warn',    'not beside it'],
    ['/inner/most',           'TLSv1',   404, 'a announced warn',    'the innermost'],
    ['/inner/most',           'TLSv1.1', 404, undef,                 'adds nothing of the outer'],
    ['/inner/open',           'TLSv1',   404, undef,                 'off'],
    ['/add',                  'TLSv1',   426, 'b cutoff reject',     'lines of one scope add up'],
    ['/line',                 'TLSv1',   200, 'a announced warn',    'as= is for all names of its line'],
    ['/observe',              'TLSv1',   200, 'a observe observe',   'as=observe'],
    ['/grace',                'TLSv1',   200, 'a grace warn',        'as=grace'],
    ['/trial',                'TLSv1',   426, 'a trial reject',      'as=trial'],
    ['/cutoff',               'TLSv1',   426, 'a cutoff reject',     'as=cutoff'],
    ['/refuse',               'TLSv1',   426, 'a refuse reject',     'as=refuse: the connection is open, so the request is rejected'],
    ['/report',               'TLSv1',   200, 'a cutoff reject',     'report-only serves'],
    ['/report-and-warn',      'TLSv1',   200, 'a cutoff reject',     'report-only is shown though it has no effect'],
    ['/report-and-reject',    'TLSv1',   426, 'b trial reject',      'an enforced rejection outranks a reported one'],
    ['/v2/orders',            'TLSv1',   426, 'a cutoff reject',     'LocationMatch'],
    ['/v2/orders/1',          'TLSv1',   404, 'a announced warn',    'LocationMatch: no match'],
    ['/old/a.xml',            'TLSv1',   426, 'a cutoff reject',     'Location ~'],
    ['/strict/cutoff',        'TLSv1',   426, 'b cutoff reject',     'cutoff before trial'],
    ['/strict/refuse',        'TLSv1',   426, 'b refuse reject',     'refuse before cutoff'],
    ['/strict/trial',         'TLSv1',   426, 'in-trial trial reject', 'trial before grace and announced'],
    ['/strict/observe',       'TLSv1',   200, 'b announced warn',    'announced before observe'],
    ['/tie/announced-first',  'TLSv1',   200, 'a announced warn',    'announced and grace: the first'],
    ['/tie/grace-first',      'TLSv1',   200, 'in-grace grace warn', 'grace and announced: the first'],
    ['/tie/cutoff',           'TLSv1',   426, 'b cutoff reject',     'two cutoffs: the first'],
    ['/cutoff',               'TLSv1.2', 200, undef,                 'a modern client'],
) {
    my ($path, $tls, $status, $decided, $what) = @$_;
    $status = 404 if $status == 200 && $path ne '/';
    my $r = get($h->port, $tls, $path);
    is($r->{status}, $status, "$what: $tls $path is answered with $status");
    is($r->{headers}{'x-gate'}, defined $decided ? "$tls $decided ip:127.0.0.1" : join(' ', ('(null)') x 5),
        "$what: $tls $path is " . ($decided // 'not deprecated'));
}
is(get($h->port('inherits'), 'TLSv1', '/')->{status}, 426, 'a vhost inherits from the server');
is(get($h->port('inherits'), 'TLSv1', '/open/x')->{status}, 404, 'but not in a location that is off');

# SNI, Host, status: the vhost that answers decides, whichever the handshake was for
for (
    [undef,   'open',  200],
    [undef,   'gated', 426],
    ['open',  'open',  200],
    ['gated', 'gated', 426],
    ['open',  'gated', 426],
    ['gated', 'open',  200],
) {
    my ($sni, $host, $status) = @$_;
    my $r = ask(port => $h->port('names'), tls => 'TLSv1', host => "$host.example.com", sni => $sni && "$sni.example.com");
    is($r->{status}, $status, 'SNI ' . ($sni // 'none') . ", Host $host: $status");
}

my ($reported) = grep { $_->{url}{path} eq '/report' } $h->wait_sightings(29);
is_deeply([@{ $reported->{tlsgate} }{qw(verdict phase)}, $reported->{http}{response}{status_code}],
    ['reject', 'cutoff', 404], 'report-only: logged with what would have happened');
ok(!$reported->{tlsgate}{enforced}, 'and as not enforced');
my ($enforced) = grep { $_->{url}{path} eq '/cutoff' } $h->sightings;
ok($enforced->{tlsgate}{enforced}, 'a rejection is logged as enforced');
is((grep { $_->{url}{path} eq '/inner/open' } $h->sightings), 0, 'off: not logged at all');

# path, client's ciphers, status
for (
    ['/',    'AES128-SHA',           426, 'kx=RSA'],
    ['/',    'DHE-RSA-AES128-SHA',   200, 'DHE is not RSA'],
    ['/',    'ECDHE-RSA-AES128-SHA', 200, 'nor is ECDHE'],
    ['/dhe', 'DHE-RSA-AES128-SHA',   426, 'kx=DHE'],
    ['/dhe', 'ECDHE-RSA-AES128-SHA', 404, 'ECDHE is not DHE'],
    ['/dhe', 'AES128-SHA',           404, 'nor is RSA'],
) {
    my ($path, $ciphers, $status, $what) = @$_;
    my $r = ask(port => $h->port('kx'), tls => 'TLSv1.2', path => $path, ciphers => $ciphers);
    is($r->{status}, $status, "$what: $ciphers $path: $status");
    next if $status != 426;
    my $name = 'TLS_' . ($ciphers =~ s/^(?:(DHE)-)?(?:RSA-)?AES128-SHA$/($1 ? "$1_" : '') . 'RSA_WITH_AES_128_CBC_SHA'/er);
    like($r->{body}, qr/key exchange.* $name .*ECDHE and AES-GCM, or TLSv1\.3/, "$what: the answer names the requirement");
}
is(get($h->port('kx'), 'TLSv1.3', $_)->{status}, $_ eq '/' ? 200 : 404, "TLSv1.3 has neither: $_") for '/', '/dhe';

# path, User-Agent, status, on one connection: the condition is evaluated per request
my $s = TlsGate::Client::connect_to(port => $h->port('kx'), tls => 'TLSv1.3');
for (['curl/8', 404], ['Java/1.8', 404], ['Java/1.7', 403]) {
    my ($agent, $status) = @$_;
    is(ask(on => $s, path => '/agent', headers => ["User-Agent: $agent"])->{status}, $status, "expr=: $agent: $status");
}
$h->finish_ok;
done_testing;
