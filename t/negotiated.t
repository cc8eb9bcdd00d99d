# What is known only when the handshake is over: the classes of ciphers, and the group. Each row is
# one connection, and what its traits are by the answer of a host that deprecates one. Only a client
# with OpenSSL 3.5 or newer shows what is not classical.
use strict;
use warnings;
use lib 't/lib';
use Test::More;
use TlsGate::Client qw(ask json_of);
use TlsGate::Httpd;

my $HAS_MLKEM = `openssl s_client -groups X25519MLKEM768 -connect 127.0.0.1:1 2>&1` !~ /SSL_CONF_cmd/;
my @TRAITS = ('kx=classical', map { "cipher=$_" } qw(3DES RC4 CBC SHA1));
my $NAME = join('', map { my $n = s/\W/-/r; "<TlsGateSchedule $n>\n    TlsGateDeprecate $_\n    TlsGateAnnounce 2018-01-01T00:00Z\n</TlsGateSchedule>\n" } @TRAITS);
my $h = TlsGate::Httpd->new(conf => <<"CONF" . $NAME . join('', map { my $n = s/\W/-/r; "<Location /$n>\nTlsGate $n as=cutoff\n</Location>\n" } @TRAITS));
Listen 127.0.0.1:\@tls\@
LogLevel crit
SSLEngine on
SSLCipherSuite ALL:\@SECLEVEL=0
SSLHonorCipherOrder off
TlsGateLog logs/tlsgate.ndjson
CustomLog logs/env "%U %{TLSGATE_GROUP}e"
<Location /check>
    SetHandler tlsgate-verify
    TlsGate kx-classical
</Location>
CONF
$h->start;

# version, ciphers, group of the client; its traits, and the group at IANA
my @ROWS = (
    ['TLSv1',   'AES128-SHA',                    undef,    [qw(kx=classical cipher=CBC cipher=SHA1)], undef],
    ['TLSv1.2', 'ECDHE-RSA-AES128-SHA',          'P-256',  [qw(kx=classical cipher=CBC cipher=SHA1)], 'secp256r1'],
    ['TLSv1.2', 'ECDHE-RSA-AES128-SHA256',       'P-384',  [qw(kx=classical cipher=CBC)],             'secp384r1'],
    ['TLSv1.2', 'ECDHE-RSA-AES256-SHA384',       'X25519', [qw(kx=classical cipher=CBC)],             'x25519'],
    ['TLSv1.2', 'ECDHE-RSA-AES128-GCM-SHA256',   'X448',   [qw(kx=classical)],                        'x448'],
    ['TLSv1.2', 'ECDHE-RSA-CHACHA20-POLY1305',   'P-521',  [qw(kx=classical)],                        'secp521r1'],
    ['TLSv1.2', 'AES128-GCM-SHA256',             undef,    [qw(kx=classical)],                        undef],
    ['TLSv1.2', 'AES128-CCM',                    undef,    [qw(kx=classical)],                        undef],
    ['TLSv1.2', 'CAMELLIA128-SHA',               undef,    [qw(kx=classical cipher=CBC cipher=SHA1)], undef],
    ['TLSv1.3', undef,                           'X25519', [qw(kx=classical)],                        'x25519'],
    ['TLSv1.3', undef,                           'P-256',  [qw(kx=classical)],                        'secp256r1'],
    ['TLSv1.3', undef,                           'X25519MLKEM768', [],                                'X25519MLKEM768'],
    ['TLSv1.3', undef,                           'MLKEM768',       [],                                'MLKEM768'],
    ['TLSv1.3', undef,                           'SecP384r1MLKEM1024', [],                            'SecP384r1MLKEM1024'],
);
for my $row (@ROWS) {
    my ($tls, $ciphers, $groups, $traits, $curve) = @$row;
    my %how = (port => $h->port, tls => $tls, ciphers => $ciphers, groups => $groups);
    my $what = join(' ', grep { defined } $tls, $ciphers, $groups);
    SKIP: {
        skip "$what: the OpenSSL here has no such group", 1 + @TRAITS if !$HAS_MLKEM && ($groups // '') =~ /MLKEM/;
        my %has = map { $_ => 1 } @$traits;
        for my $trait (@TRAITS) {
            my $path = '/' . $trait =~ s/\W/-/r;
            my $status = ask(%how, path => $path)->{status};
            is($status != 404, !!$has{$trait}, "$what: " . ($has{$trait} ? '' : 'not ') . $trait) or diag($status);
        }
        my $page = json_of(ask(%how, path => '/check'));
        is($page->{tls_group}, $curve, "... its group on tlsgate-verify");
    }
}

# The log, the environment and the answer.
my $answer = ask(port => $h->port, tls => 'TLSv1.2', ciphers => 'ECDHE-RSA-AES128-GCM-SHA256', groups => 'P-256', path => '/kx-classical', headers => ['Accept: text/plain']);
is($answer->{status}, 426, 'TLSv1.2: a version is needed as well');
like($answer->{headers}{upgrade}, qr{^TLS/1\.3$}, '... which is TLSv1.3');
like($answer->{body}, qr/Its key exchange by the group secp256r1 can be broken by a quantum computer: use TLSv1\.3 with a post-quantum group such as X25519MLKEM768\./, '... and what is wrong');
my $logged;
ok($h->wait_until(sub { ($logged) = grep { $_->{url}{path} eq '/kx-classical' && ($_->{tls}{curve} // '') eq 'secp256r1' } $h->sightings }),
    'the log has it as tls.curve');
is_deeply([$logged->{tls}{cipher}, $logged->{tlsgate}{cipher}], [qw(TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA ECDHE-RSA-AES128-SHA)],
    '... and the cipher, by its name at IANA and by that of OpenSSL');
is_deeply([@{ $logged->{tlsgate} }{qw(schedule verdict)}], ['kx-classical', 'reject'], '... with the verdict');
is($logged->{tlsgate}{cause}, 'old', '... and the cause: no post-quantum group was offered');
ok($h->wait_until(sub { TlsGate::Httpd::slurp($h->dir . '/logs/env') =~ m{^/kx-classical secp256r1$}m }), 'TLSGATE_GROUP');
$answer = ask(port => $h->port, tls => 'TLSv1.3', groups => 'X25519', path => '/kx-classical');
is($answer->{status}, 403, 'TLSv1.3: no version helps, so it is not 426');
$answer = ask(port => $h->port, tls => 'TLSv1.2', ciphers => 'AES128-SHA', path => '/cipher-CBC', headers => ['Accept: text/plain']);
like($answer->{body}, qr/Its cipher TLS_RSA_WITH_AES_128_CBC_SHA is of a class that is retired: use one with AES-GCM or ChaCha20-Poly1305, or TLSv1\.3\./, 'a class of ciphers');
# Plain HTTP on a port of TLS: mod_ssl answers, and its SSL is gone before the record is filled.
is(ask(port => $h->port, path => '/kx-classical')->{status}, 400, 'plain HTTP on a port of TLS') for 1, 2;
$h->finish_ok;
done_testing;
