# Why a client used something deprecated, as the log, the rejection and tlsgate-verify
# report it: old, pinned, server-capped, fallback and capable, for requests and for
# failed handshakes, and the advice for each. If every version is
# deprecated, no cause is given.
use strict;
use warnings;
use lib 't/lib';
use IO::Socket::SSL;
use Test::More;
use TlsGate::Client qw(ask json_of);
use TlsGate::Httpd;
use TlsGate::Stacks qw(stacks);

my $h = TlsGate::Httpd->new(clock => '2018-07-01T00:00:00Z', conf => <<'CONF');
Listen 127.0.0.1:@all@
Listen 127.0.0.1:@refuses@
Listen 127.0.0.1:@lags@
Listen 127.0.0.1:@rsa@
Listen 127.0.0.1:@gone@
Listen 127.0.0.1:@every@
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1 TLSv1.1
</TlsGateSchedule>
<TlsGateSchedule tls12>
    TlsGateDeprecate TLSv1 TLSv1.1 TLSv1.2
</TlsGateSchedule>
<TlsGateSchedule weak>
    TlsGateDeprecate kx=RSA
</TlsGateSchedule>
<TlsGateSchedule gone>
    TlsGateDeprecate any
</TlsGateSchedule>
<TlsGateSchedule every>
    TlsGateDeprecate TLSv1 TLSv1.1 TLSv1.2 TLSv1.3
</TlsGateSchedule>
TlsGateLog logs/tlsgate.ndjson
TlsGateAdvice "an old library" cause=old
TlsGateAdvice "a setting" cause=pinned
TlsGateAdvice "our own server" cause=server-capped
TlsGateAdvice "something between" cause=fallback
TlsGateAdvice "the order of ciphers" cause=capable
TlsGateAdvice "whatever the cause"
<Location /check>
    SetHandler tlsgate-verify
</Location>
<VirtualHost *:@all@>
    SSLEngine on
    TlsGate legacy
    <Location /rejected>
        TlsGate legacy as=cutoff
    </Location>
</VirtualHost>
<VirtualHost *:@refuses@>
    SSLEngine on
    TlsGate legacy as=refuse
</VirtualHost>
# A server that does not support what its own schedule requires.
<VirtualHost *:@lags@>
    SSLEngine on
    SSLProtocol -all +TLSv1 +TLSv1.1 +TLSv1.2
    TlsGate tls12
    <Location /rejected>
        TlsGate tls12 as=cutoff
    </Location>
</VirtualHost>
# A server that prefers what its schedule deprecates.
<VirtualHost *:@rsa@>
    SSLEngine on
    SSLProtocol -all +TLSv1.2
    SSLHonorCipherOrder on
    SSLCipherSuite AES128-SHA:@SECLEVEL=0
    TlsGate weak
    <Location /rejected>
        TlsGate weak as=cutoff
    </Location>
</VirtualHost>
<VirtualHost *:@gone@>
    SSLEngine on
    SSLCipherSuite ECDHE-RSA-AES128-SHA:AES128-SHA:@SECLEVEL=0
    TlsGate gone
    <Location /rejected>
        TlsGate gone as=cutoff
    </Location>
</VirtualHost>
<VirtualHost *:@every@>
    SSLEngine on
    SSLCipherSuite ECDHE-RSA-AES128-SHA:AES128-SHA:@SECLEVEL=0
    TlsGate every
    <Location /rejected>
        TlsGate every as=cutoff
    </Location>
</VirtualHost>
CONF
$h->start;

my %PORT = map { $_ => $h->port($_) } qw(all refuses lags rsa gone every);

# A client of OpenSSL. Options: version (IO::Socket::SSL's), ciphers, plain (without the
# extensions and signature algorithms that only newer libraries send), scsv, npn (the extension that came before ALPN).
sub client {
    my ($port, %o) = @_;
    # SSL_OP_NO_EXTENDED_MASTER_SECRET, SSL_OP_NO_ENCRYPT_THEN_MAC; SSL_CTRL_SET_SIGALGS_LIST; SSL_MODE_SEND_FALLBACK_SCSV.
    my $prepare = sub {
        Net::SSLeay::CTX_set_options($_[0], 1 << 0 | 1 << 19) if $o{plain};
        Net::SSLeay::CTX_ctrl($_[0], 98, 0, 'RSA+SHA256') if $o{plain};
        Net::SSLeay::CTX_set_mode($_[0], 0x80) if $o{scsv};
    };
    return IO::Socket::SSL->new(PeerAddr => '127.0.0.1', PeerPort => $port, Timeout => 120, SSL_version => $o{version},
        SSL_verify_mode => SSL_VERIFY_NONE, SSL_hostname => '', SSL_cipher_list => ($o{ciphers} // 'DEFAULT') . ':@SECLEVEL=0',
        SSL_create_ctx_callback => $prepare, $o{npn} ? (SSL_npn_protocols => ['http/1.1']) : ());
}

my $seen = 0;

# The next sighting.
sub sighting { my @all = $h->wait_sightings(++$seen); return $all[$seen - 1] // { tlsgate => {} } }

sub cause_and_advice { my ($o) = @_; return [ @$o{qw(cause advice)} ] }

my $OLD = qr/its TLS library shows no sign of supporting anything newer: update the library\.$/;
my $PINNED = qr/Your library can do TLSv1\.[23] but is configured not to: it offered TLSv1(?:\.[12])? at most\.$/;
my $NO_KX = qr/Your client offered nothing better: allow ciphers with ECDHE and AES-GCM in it, or update its TLS library\. Its hello looks like that of OpenSSL 1\.1\.1 or newer, which supports better ciphers: a setting may disable them\.$/;
my $CAPABLE = qr/Your client offered a better key exchange: it is enough to put that first/;

# --- requests: the log, the rejection and the page ----------------------------------
# server, client, cause and advice in the log; in the answer: cause, advice, sentence
my @OLD_CLIENT = (version => 'TLSv1', ciphers => 'AES128-SHA', plain => 1);
for (
    [ 'all',  'a client that supports nothing newer', [@OLD_CLIENT],                      'old',    'an old library', $OLD ],
    (IO::Socket::SSL->can_npn ? [ 'all', 'the same with NPN', [ @OLD_CLIENT, npn => 1 ], 'old', 'an old library', $OLD ] : ()),
    [ 'all',  'OpenSSL, held at TLSv1',        [ version => 'TLSv1' ],             'pinned', 'a setting',      $PINNED ],
    [ 'all',  'OpenSSL, held at TLSv1.1',      [ version => 'TLSv1_1' ],           'pinned', 'a setting',      $PINNED ],
    [ 'lags', 'TLSv1.3 offered, TLSv1.2 negotiated', [ version => 'SSLv23:!TLSv1:!TLSv1_1' ], 'server-capped', 'our own server', undef ],
    [ 'lags', 'at most TLSv1.2 offered',       [ version => 'TLSv1_2', plain => 1, ciphers => 'AES128-SHA' ], 'old', 'an old library', $OLD ],
    [ 'lags', 'OpenSSL, held at TLSv1.2',      [ version => 'TLSv1_2' ],           'pinned', 'a setting',      $PINNED ],
    [ 'lags', 'TLSv1 offered',                 [@OLD_CLIENT],                      'old',    'an old library', $OLD ],
    [ 'rsa',  'ECDHE offered, RSA negotiated', [ version => 'TLSv1_2' ],           'capable', 'the order of ciphers', $CAPABLE ],
    [ 'rsa',  'DHE offered, RSA chosen',       [ version => 'TLSv1_2', ciphers => 'AES128-SHA:DHE-RSA-AES128-SHA' ], 'capable',
        'the order of ciphers', $CAPABLE ],
    [ 'rsa',  'only RSA offered',              [ version => 'TLSv1_2', ciphers => 'AES128-SHA:AES256-SHA' ], 'old', 'an old library', $NO_KX ],
    map({ ([ $_, "$_: a client that supports nothing newer", [@OLD_CLIENT],                undef, 'whatever the cause', undef ],
           [ $_, "$_: OpenSSL, held at TLSv1.1",      [ version => 'TLSv1_1' ],     undef, 'whatever the cause', undef ],
           [ $_, "$_: OpenSSL, with TLSv1.3",         [ version => 'TLSv1_3' ],     undef, 'whatever the cause', undef ]) } 'gone', 'every'),
) {
    my ($server, $who, $as, $cause, $advice, $sentence) = @$_;
    my $told = $sentence ? [ $cause, $advice ] : [ undef, 'whatever the cause' ];
    for my $path ('/index.html', '/rejected', '/check') {
        my $s = client($PORT{$server}, @$as) or do { fail("$who: no connection: $SSL_ERROR"); next };
        my $r = ask(on => $s, path => $path);
        is_deeply(cause_and_advice(sighting()->{tlsgate}), [ $cause, $advice ], "$who, $path: " . ($cause // 'no cause') . ' in the log, with its advice');
        next if $path eq '/index.html';
        my $j = json_of($r);
        is_deeply(cause_and_advice($j), $told, "$who, $path: " . ($sentence ? 'and in the answer' : 'neither the cause nor its advice in the answer'));
        my $detail = $path eq '/check' ? $j->{cause_detail} : $j->{detail};
        like($detail, $sentence, "$who, $path: in a sentence") if $sentence;
        unlike($detail // '', qr/[Yy]our (?:client|library)|offered/, "$who, $path: nor a sentence") unless $sentence;
        unlike($r->{body}, qr/server-capped|our own server/, "$who, $path: nothing about this server");
    }
}
my $modern = client($PORT{all}, version => 'TLSv1_3');
is_deeply(cause_and_advice(json_of(ask(on => $modern, path => '/check'))), [ undef, undef ], 'a modern client has no cause');

# --- real libraries of that age, and newer ones ------------------------------------
my %CAUSE = ('node-forge' => 'old');
for my $stack (grep { $_->{path} } stacks()) {
    my $cause = $CAUSE{ $stack->{name} } // 'pinned';
    TlsGate::Stacks::ask($stack, port => $PORT{all}, version => 'TLSv1');
    is(sighting()->{tlsgate}{cause}, $cause, "$stack->{name} over TLSv1: $cause");
}

# --- handshakes that fail -----------------------------------------------------------
# The clock is stopped at a second in which nothing else is recorded.
$h->set_clock('2018-07-02T00:00:00Z');
for (
    [ 'refuses', 'a client that supports nothing newer', [@OLD_CLIENT],          'old',    'protocol_version',       'an old library' ],
    [ 'refuses', 'OpenSSL, held at TLSv1',        [ version => 'TLSv1' ], 'pinned', 'protocol_version',       'a setting' ],
    [ 'refuses', 'a retry over TLSv1',            [ version => 'TLSv1', scsv => 1 ], 'fallback', undef, 'something between' ],
    [ 'all',     'a retry over TLSv1, where nothing refuses it', [ version => 'TLSv1', scsv => 1 ], 'fallback', 'inappropriate_fallback',
        'something between' ],
    [ 'lags',    'a retry over TLSv1.1',          [ version => 'TLSv1_1', scsv => 1 ], 'fallback', 'inappropriate_fallback', 'something between' ],
    map({ ([ $_, "$_: a retry over TLSv1",           [ version => 'TLSv1', scsv => 1 ], undef, 'inappropriate_fallback', 'whatever the cause' ],
           [ $_, "$_: no shared cipher",             [ @OLD_CLIENT, ciphers => 'AES256-SHA' ],  undef, 'handshake_failure', 'whatever the cause' ],
           [ $_, "$_: no shared cipher, of a newer library", [ version => 'TLSv1', ciphers => 'AES256-SHA' ], undef, undef, 'whatever the cause' ]) }
        'gone', 'every'),
) {
    my ($server, $who, $as, $cause, $alert, $advice) = @$_;
    is(client($PORT{$server}, @$as), undef, "$who: no connection");
    my ($came) = $SSL_ERROR =~ /alert (.*)/;
    my $s = sighting();
    is_deeply([ $s->{tls}{established} ? 1 : 0, @{ $s->{tlsgate} }{qw(cause advice alert)} ],
        [ 0, $cause, $advice, $alert // ($came // 'none') =~ tr/ /_/r ], "$who: " . ($cause // 'no cause') . ', with its advice and the alert');
}
# A retry over the newest version of the server does not count as one: it is let in.
my $retry = client($PORT{lags}, version => 'TLSv1_2', scsv => 1);
is(ask(on => $retry, path => '/index.html')->{status}, 200, 'a retry that offers all versions of the server is let in');
isnt(sighting()->{tlsgate}{cause}, 'fallback', 'and fallback is not the cause of a request');
is(scalar($h->sightings), $seen, 'each has exactly one line');
$h->finish_ok;
done_testing;
