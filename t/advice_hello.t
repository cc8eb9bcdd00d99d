# TlsGateAdvice ja4= and group=: by what the ClientHello tells, so also for clients that are refused in the handshake and have no
# User-Agent. In the log, in each form of a rejection and of tlsgate-verify.
use strict;
use warnings;
use lib 't/lib';
use Test::More;
use TlsGate::Client qw(ask json_of);
use TlsGate::Hello qw(hellos ja4 records);
use TlsGate::Httpd;
use TlsGate::RawHello qw(shake told);

my $hellos = hellos();
my %ja4 = map { $_ => ja4($hellos->{$_}) } qw(java-tlsv1 node-forge-tlsv1 openssl-tlsv1);
my $h = TlsGate::Httpd->new(conf => <<"CONF");
Listen 127.0.0.1:\@tls\@
Listen 127.0.0.1:\@refuses\@
Listen 127.0.0.1:\@weak\@
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1 TLSv1.1
</TlsGateSchedule>
<TlsGateSchedule weak>
    TlsGateDeprecate kx=RSA
</TlsGateSchedule>
TlsGateLog logs/tlsgate.ndjson
TlsGateAdvice "by user agent" ua=^Known/
TlsGateAdvice "node-forge is too old" ja4=$ja4{'node-forge-tlsv1'} cause=old
TlsGateAdvice "java, as a prefix" ja4=@{[substr $ja4{'java-tlsv1'}, 0, 11]}
TlsGateAdvice "never: another cause" ja4=t10 cause=server-capped
TlsGateAdvice "never: another protocol" ja4=t1 protocol=SSLv3
TlsGateAdvice "never: not the beginning" ja4=t00
TlsGateAdvice "the draft of Kyber" group=X25519Kyber768Draft00
TlsGateAdvice "brainpool" group=brainpoolP512r1 group=sect571r1
TlsGateAdvice "P-521 alone" group=secp521r1 ja4=t10i
TlsGateAdvice "no server name" ja4=t10i ja4=t11i
TlsGateAdvice "secp256r1 over TLSv1.1" group=SECP256R1 protocol=TLSv1.1
TlsGateAdvice "whoever"
<Location /rejected>
    TlsGate legacy as=cutoff
</Location>
<Location /check>
    SetHandler tlsgate-verify
</Location>
<VirtualHost *:\@tls\@>
    ServerName one.example.com
    SSLEngine on
    TlsGate legacy
</VirtualHost>
<VirtualHost *:\@weak\@>
    SSLEngine on
    TlsGate weak as=refuse
</VirtualHost>
<VirtualHost *:\@refuses\@>
    SSLEngine on
    TlsGate legacy as=refuse
</VirtualHost>
CONF
$h->start;
my $lines = 0;

# --- refused: the hello is all that is known

sub refused {
    my ($name, $advice, @hello) = @_;
    is(told(shake(port => $h->port('refuses'), @hello)), 'alert 70', "$name is refused");
    my ($line) = reverse $h->wait_sightings(++$lines);
    is_deeply([ @{ $line->{tlsgate} }{qw(verdict advice)} ], [ 'refuse', $advice ], '... and the log has the advice for it');
}

refused('Java',       'java, as a prefix',     bytes => records($hellos->{'java-tlsv1'}, 16384));
refused('node-forge', 'node-forge is too old', bytes => records($hellos->{'node-forge-tlsv1'}, 16384));
refused('OpenSSL 3',  'whoever',               bytes => records($hellos->{'openssl-tlsv1'}, 16384));
refused('a client with two curves',      'whoever',            legacy => 'TLSv1', sni => 'one.example.com');
refused('a client with the draft',       'the draft of Kyber', legacy => 'TLSv1', sni => 'one.example.com', groups => [ 0x6399, 29 ]);
refused('the draft for another group',   'whoever',            legacy => 'TLSv1', sni => 'one.example.com', groups => [ 0x639A, 29 ]);
refused('the first of two groups',       'brainpool',          legacy => 'TLSv1', groups => [ 23, 28 ]);
refused('the second',                    'brainpool',          legacy => 'TLSv1', groups => [ 14 ]);
refused('both conditions',               'P-521 alone',        legacy => 'TLSv1', groups => [ 25 ]);
refused('one of two JA4s',               'no server name',     legacy => 'TLSv1.1');
refused('the group alone',               'whoever',            legacy => 'TLSv1', sni => 'one.example.com', groups => [ 25 ]);
refused('group= and protocol=',          'secp256r1 over TLSv1.1', legacy => 'TLSv1.1', sni => 'one.example.com');

# Not by its version.
is(told(shake(port => $h->port('weak'), legacy => 'TLSv1.2', ciphers => [0x2F], groups => [ 0x6399, 23 ])), 'alert 40', 'a client with kx=RSA alone is refused');
my ($weak) = reverse $h->wait_sightings(++$lines);
is_deeply([ @{ $weak->{tlsgate} }{qw(schedule verdict advice)} ], [ 'weak', 'refuse', 'the draft of Kyber' ], '... and the log has the advice for it');

# --- served or rejected

# The advice in both pages, in their three forms, and in the log.
sub advised {
    my ($name, $advice, @how) = @_;
    for my $path ('/rejected', '/check') {
        is(json_of(ask(port => $h->port('tls'), path => $path, @how))->{advice}, $advice, "$name: $path as JSON");
        for my $type ('text/html', 'text/plain') {
            my %how = @how;
            my $answer = ask(port => $h->port('tls'), path => $path, %how, headers => [ @{ $how{headers} || [] }, "Accept: $type" ]);
            like($answer->{body}, qr/\Q$advice\E/, "$name: $path as $type");
        }
    }
    my @last = ($h->wait_sightings($lines += 6))[ -6 .. -1 ];
    is_deeply([ map { $_->{tlsgate}{advice} } @last ], [ ($advice) x 6 ], "$name: the log");
}

advised('no server name',      'no server name',         tls => 'TLSv1',   groups => 'P-256');
advised('both conditions',     'P-521 alone',            tls => 'TLSv1',   groups => 'P-521:P-256');
advised('negotiated',          'secp256r1 over TLSv1.1', tls => 'TLSv1.1', groups => 'P-256', sni => 'one.example.com');
advised('not on offer',        'whoever',                tls => 'TLSv1.1', groups => 'P-384', sni => 'one.example.com');
advised('a user agent before', 'by user agent',          tls => 'TLSv1',   groups => 'P-521', headers => ['User-Agent: Known/1']);

unlike(TlsGate::Httpd::slurp($h->dir . '/logs/tlsgate.ndjson'), qr/never/, 'a line with a condition that does not hold is never used');
$h->finish_ok;
done_testing;
