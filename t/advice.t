# TlsGateAdvice: the first match by cause, user agent and protocol applies, in the log, in every form of a rejection and
# in the answers of tlsgate-verify.
use strict;
use warnings;
use lib 't/lib';
use IO::Socket::SSL;
use Test::More;
use TlsGate::Client qw(ask json_of);
use TlsGate::Httpd;

my $h = TlsGate::Httpd->new(conf => <<"CONF");
Listen 127.0.0.1:\@tls\@
Listen 127.0.0.1:\@own\@
Listen 127.0.0.1:\@http\@
Listen 127.0.0.1:\@none\@
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
TlsGateAdvice "an old Java" ua=Java cause=old
TlsGateAdvice "Java 9, pinned" ua=Java/9 cause=pinned
TlsGateAdvice "pinned, and TLS 1.0" ua=^wget cause=pinned protocol=TLSv1
TlsGateAdvice "never: it is another cause" cause=fallback
TlsGateAdvice "never: nor this" cause=server-capped
TlsGateAdvice "never: nor that" cause=capable
TlsGateAdvice "Java 7 over TLS 1.0" ua=Java/1\.7 protocol=TLSv1
TlsGateAdvice "Java 7" ua=Java/1\.7
TlsGateAdvice "any Java" ua=Java
TlsGateAdvice "curl, at the end" ua=^curl/[0-9.]+$
TlsGateAdvice "the first of two" "ua=two words"
TlsGateAdvice "the second of two" "ua=two words"
TlsGateAdvice "an old library" cause=old
TlsGateAdvice "use https" protocol=cleartext
TlsGateAdvice "an old version" protocol=TLSv1.1 protocol=TLSv1
CONF
$h->start;

my $lines = 0;

# A client that sends nothing newer than TLS 1.0: no elliptic curves, and none of the extensions
# that OpenSSL adds by itself (SSL_OP_NO_EXTENDED_MASTER_SECRET, SSL_OP_NO_ENCRYPT_THEN_MAC).
sub old_client {
    my ($port) = @_;
    return IO::Socket::SSL->new(PeerAddr => '127.0.0.1', PeerPort => $port, Timeout => 120, SSL_version => 'TLSv1',
        SSL_verify_mode => SSL_VERIFY_NONE, SSL_hostname => '', SSL_cipher_list => 'AES128-SHA:@SECLEVEL=0',
        SSL_create_ctx_callback => sub { Net::SSLeay::CTX_set_options($_[0], 1 << 0 | 1 << 19) }) || die "no connection: $SSL_ERROR";
}

# The advice in the log, in the three forms of a rejection and of the page. The version
# `old` is TLSv1 by a client that knows no better.
sub advised {
    my ($name, $port, $tls, $ua, $advice, $html) = @_;
    my $ask = sub {
        return ask(port => $h->port($port), tls => $tls, ($tls // '') eq 'old' ? (on => old_client($h->port($port))) : (), @_);
    };
    my @ua = defined $ua ? ("User-Agent: $ua") : ();
    my $utf8 = $advice // '';
    utf8::encode($utf8);
    for my $path ('/rejected', '/tlsverification') {
        my $json = $ask->(path => $path, headers => [@ua]);
        is(json_of($json)->{advice}, $advice, "$name: $path as JSON");
        for my $type ('text/html', 'text/plain') {
            my $r = $ask->(path => $path, headers => [ @ua, "Accept: $type" ]);
            my $text = $type eq 'text/html' ? $html // $utf8 : $utf8;
            my $there = defined $advice ? index($r->{body}, $text) >= 0
                : $type eq 'text/html' ? $r->{body} !~ /class="advice"/ : $r->{body} =~ /^What to do\n(?:Use https|Test your client)/m;
            ok($there, "$name: $path as $type") or diag($r->{body});
        }
    }
    $ask->(path => '/', headers => [@ua]);
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
advised('cause=pinned with ua=',       'tls',  'TLSv1.1', 'Java/9',          'Java 9, pinned');
advised('all three conditions',        'tls',  'TLSv1',   'wget/1.14',       'pinned, and TLS 1.0');
advised('of which one differs',        'tls',  'TLSv1.1', 'wget/1.14',       'an old version');
advised('the cause differs',           'tls',  'old',     'wget/1.14',       'an old library');
advised('cause=old with ua=',          'tls',  'old',     'Java/9',          'an old Java');
advised('cause=old alone',             'tls',  'old',     undef,             'an old library');
advised('cleartext has no cause',      'http', undef,     'Mozilla/5.0',     'use https');
advised('a list of its own',           'own',  'TLSv1',   'Java/1.7.0_80',   "Ask <support> & \"friends\": caf\x{e9}",
    "Ask &lt;support&gt; &amp; &quot;friends&quot;: caf\xc3\xa9");
advised('no advice at all',            'none', undef,     'Java/1.7.0_80',   undef);

unlike(TlsGate::Httpd::slurp($h->dir . '/logs/tlsgate.ndjson'), qr/never/, 'cause= matches no other cause');
ok(!exists json_of(ask(port => $h->port('none'), path => '/rejected'))->{advice}, 'no advice: no member in the problem');
$h->wait_sightings(++$lines);
ok(!exists(($h->sightings)[-1]{tlsgate}{advice}), 'no advice: no member in the log');
$h->finish_ok;
done_testing;
