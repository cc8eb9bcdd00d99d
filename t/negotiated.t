# What is known only when the handshake is over: the classes of ciphers, and the group. Each row is
# one connection, and what its traits are by the answer of a host that deprecates one. Only a client
# with OpenSSL 3.5 or newer shows what is not classical.
use strict;
use warnings;
use lib 't/lib';
use Test::More;
use TlsGate::Client qw(ask has_post_quantum json_of);
use TlsGate::Httpd;

my $HAS_MLKEM = has_post_quantum();
# OpenSSL accepts some of its groups only where they are named.
my $GROUPS = $HAS_MLKEM ? "SSLOpenSSLConfCmd Groups X25519MLKEM768:SecP384r1MLKEM1024:MLKEM768:X25519:P-256:X448:P-384:P-521" : '';
my @TRAITS = ('kx=classical', map { "cipher=$_" } qw(3DES RC4 CBC SHA1));
my $NAME = join('', map { my $n = s/\W/-/r; "<TlsGateSchedule $n>\n    TlsGateDeprecate $_\n    TlsGateAnnounce 2018-01-01T00:00Z\n</TlsGateSchedule>\n" } @TRAITS);
my $h = TlsGate::Httpd->new(conf => <<"CONF" . $NAME . join('', map { my $n = s/\W/-/r; "<Location /$n>\nTlsGate $n as=cutoff\n</Location>\n" } @TRAITS));
Listen 127.0.0.1:\@tls\@
LogLevel crit
SSLEngine on
SSLCipherSuite ALL:\@SECLEVEL=0
SSLHonorCipherOrder off
$GROUPS
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
like($answer->{body}, qr/Its cipher TLS_RSA_WITH_AES_128_CBC_SHA belongs to a retired class: choose a cipher with AES-GCM or ChaCha20-Poly1305, or TLSv1\.3\./, 'a class of ciphers');
# What its developer has to do, on tlsgate-verify and in a rejection: by the look of the hello, here that of OpenSSL 3.0. Whether
# this server could do better makes no difference.
my $LOOK = 'X25519:P-256:X448:P-521:P-384:ffdhe2048:ffdhe3072:ffdhe4096:ffdhe6144:ffdhe8192';
my $WHY = 'Your client offered no post-quantum group: use a TLS library that has X25519MLKEM768, such as OpenSSL 3.5 or Go 1.24. '
    . 'Its hello looks like that of OpenSSL 3.0 to 3.4: post-quantum key exchange came with OpenSSL 3.5.';
my @how = (port => $h->port, tls => 'TLSv1.3', groups => $LOOK);
my $page = json_of(ask(@how, path => '/check'));
is_deeply([@$page{qw(cause cause_detail looks_like)}], ['old', $WHY, 'OpenSSL 3.0 to 3.4'], 'a library that is known is named, as JSON');
like(ask(@how, path => '/check', headers => ["Accept: $_"])->{body}, qr/\Q$WHY\E/, "... as $_") for 'text/html', 'text/plain';
like(ask(@how, path => '/kx-classical', headers => ["Accept: $_"])->{body}, qr/\Q$WHY\E/, "... in a rejection as $_")
    for 'application/json', 'text/html', 'text/plain';
$page = json_of(ask(port => $h->port, tls => 'TLSv1.3', groups => 'P-384', path => '/check'));
is_deeply([@$page{qw(cause_detail looks_like)}], [$WHY =~ s/ Its hello.*//r, undef], 'one that is not known is not');
# Plain HTTP on a port of TLS: mod_ssl answers, and its SSL is gone before the record is filled.
is(ask(port => $h->port, path => '/kx-classical')->{status}, 400, 'plain HTTP on a port of TLS') for 1, 2;
$h->finish_ok;
done_testing;
