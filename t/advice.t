# TlsGateAdvice: the first that matches, in the log, in every form of a rejection and
# in what tlsgate-verify says.
use strict;
use warnings;
use lib 't/lib';
use Test::More;
use TlsGate::Client qw(ask json_of);
use TlsGate::Httpd;

my $h = TlsGate::Httpd->new(conf => <<"CONF");
Listen \@tls\@
Listen \@own\@
Listen \@http\@
Listen \@none\@
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1 TLSv1.1 cleartext
</TlsGateSchedule>
TlsGate legacy
TlsGateLog logs/tlsgate.ndjson
<Location /rejected>
    TlsGate legacy as=cutoff
</Location>
<Location /tlsverification>
    SetHandler tlsgate-verify
</Location>
<VirtualHost *:\@none\@>
</VirtualHost>
<VirtualHost *:\@tls\@>
    SSLEngine on
    Include advice.conf
</VirtualHost>
<VirtualHost *:\@http\@>
    Include advice.conf
</VirtualHost>
<VirtualHost *:\@own\@>
    SSLEngine on
    TlsGateAdvice "Ask <support> & \\"friends\\": caf\xc3\xa9"
</VirtualHost>
CONF
$h->write_file('advice.conf', <<'CONF');
TlsGateAdvice "never, since the cause is not known" cause=old
TlsGateAdvice "never, for the same reason" ua=Java cause=pinned
TlsGateAdvice "Java 7 over TLS 1.0" ua=Java/1\.7 protocol=TLSv1
TlsGateAdvice "Java 7" ua=Java/1\.7
TlsGateAdvice "any Java" ua=Java
TlsGateAdvice "curl, at the end" ua=^curl/[0-9.]+$
TlsGateAdvice "the first of two" "ua=two words"
TlsGateAdvice "the second of two" "ua=two words"
TlsGateAdvice "use https" protocol=cleartext
TlsGateAdvice "an old version" protocol=TLSv1.1 protocol=TLSv1
CONF
$h->start;

my $lines = 0;

# The advice in the log, in the three forms of a rejection and of the page.
sub advised {
    my ($name, $port, $tls, $ua, $advice, $html) = @_;
    my @ask = (port => $h->port($port), tls => $tls);
    my @ua = defined $ua ? ("User-Agent: $ua") : ();
    my $utf8 = defined $advice ? $advice : 'What to do';
    utf8::encode($utf8);
    for my $path ('/rejected', '/tlsverification') {
        my $json = ask(@ask, path => $path, headers => [@ua]);
        is(json_of($json)->{advice}, $advice, "$name: $path as JSON");
        for my $type ('text/html', 'text/plain') {
            my $r = ask(@ask, path => $path, headers => [ @ua, "Accept: $type" ]);
            my $text = $type eq 'text/html' ? $html // $utf8 : $utf8;
            my $there = index($r->{body}, $text) >= 0;
            ok(defined $advice ? $there : !$there, "$name: $path as $type") or diag($r->{body});
        }
    }
    ask(@ask, path => '/', headers => [@ua]);
    my @all = $h->wait_sightings($lines += 7);
    is_deeply([ map { $_->{tlsgate}{advice} } @all[ -7 .. -1 ] ], [ ($advice) x 7 ], "$name: the log");
}

advised('ua= and protocol=',           'tls',  'TLSv1',   'Java/1.7.0_80',   'Java 7 over TLS 1.0');
advised('ua= where protocol= differs', 'tls',  'TLSv1.1', 'Java/1.7.0_80',   'Java 7');
advised('ua= as an expression',        'tls',  'TLSv1',   'Java/127',        'any Java');
advised('within a longer name',        'tls',  'TLSv1',   'x Java/1.6 y',    'any Java');
advised('anchored',                    'tls',  'TLSv1',   'curl/7.29.0',     'curl, at the end');
advised('anchored, but there is more', 'tls',  'TLSv1',   'curl/7.29.0 x',   'an old version');
advised('another case',                'tls',  'TLSv1',   'java/1.7',        'an old version');
advised('the first of two',            'tls',  'TLSv1.1', 'has two words',   'the first of two');
advised('no user agent',               'tls',  'TLSv1.1', undef,             'an old version');
advised('cleartext',                   'http', undef,     'Mozilla/5.0',     'use https');
advised('a list of its own',           'own',  'TLSv1',   'Java/1.7.0_80',   "Ask <support> & \"friends\": caf\x{e9}",
    "Ask &lt;support&gt; &amp; &quot;friends&quot;: caf\xc3\xa9");
advised('no advice at all',            'none', undef,     'Java/1.7.0_80',   undef);

unlike(TlsGate::Httpd::slurp($h->dir . '/logs/tlsgate.ndjson'), qr/never/, 'cause= never matches while no cause is known');
ok(!exists json_of(ask(port => $h->port('none'), path => '/rejected'))->{advice}, 'no advice: no member in the problem');
$h->wait_sightings(++$lines);
ok(!exists(($h->sightings)[-1]{tlsgate}{advice}), 'no advice: no member in the log');
$h->finish_ok;
done_testing;
