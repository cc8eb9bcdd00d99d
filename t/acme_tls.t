# The ACME challenge over TLS: a hello that offers acme-tls/1 and nothing else by ALPN is
# never refused and never recorded, whatever is deprecated, and reaches mod_md as before.
use strict;
use warnings;
use lib 't/lib';
use File::Path qw(make_path);
use IO::Socket::SSL;
use Test::More;
use TlsGate::Client qw(ask);
use TlsGate::Httpd;
use TlsGate::RawHello qw(shake told);

my $schedule = <<'CONF';
<TlsGateSchedule too-old>
    TlsGateDeprecate TLSv1 TLSv1.1 TLSv1.2
    TlsGateRefuse    2018-01-01T00:00Z
</TlsGateSchedule>
TlsGateLog logs/tlsgate.ndjson
CONF

# --- hellos -------------------------------------------------------------------------------
my $h = TlsGate::Httpd->new(conf => $schedule . <<'CONF')->start;
Listen 127.0.0.1:@tls@
<VirtualHost *:@tls@>
    SSLEngine on
    TlsGate too-old
</VirtualHost>
CONF

my $lines = 0;
for (
    # what, answer, lines, hello
    [ 'TLSv1.2 at most, acme-tls/1',     'TLSv1.2',  0, alpn => ['acme-tls/1'] ],
    [ 'a list of TLSv1.2, acme-tls/1',   'TLSv1.2',  0, versions => ['TLSv1.2'], alpn => ['acme-tls/1'] ],
    [ 'TLSv1.3, acme-tls/1',             'TLSv1.3',  0, versions => ['TLSv1.3'], alpn => ['acme-tls/1'] ],
    [ 'TLSv1, acme-tls/1: RFC 8737 wants TLS 1.2', 'alert 70', 1, legacy => 'TLSv1', alpn => ['acme-tls/1'] ],
    [ 'acme-tls/1, no shared cipher',    'alert 40', 0, alpn => ['acme-tls/1'], ciphers => [4] ],
    [ 'acme-tls/1 before http/1.1',      'alert 70', 1, alpn => [ 'acme-tls/1', 'http/1.1' ] ],
    [ 'acme-tls/1 after http/1.1',       'alert 70', 1, alpn => [ 'http/1.1', 'acme-tls/1' ] ],
    [ 'acme-tls/1 twice',                'alert 70', 1, alpn => [ 'acme-tls/1', 'acme-tls/1' ] ],
    [ 'http/1.1',                        'alert 70', 1, alpn => ['http/1.1'] ],
    [ 'a longer name',                   'alert 70', 1, alpn => ['acme-tls/1x'] ],
    [ 'a shorter name',                  'alert 70', 1, alpn => ['acme-tls/'] ],
    [ 'in capitals',                     'alert 70', 1, alpn => ['ACME-TLS/1'] ],
    [ 'no ALPN',                         'alert 70', 1 ],
) {
    my ($what, $expected, $n, @hello) = @$_;
    is(told(shake(port => $h->port, sni => 'localhost', @hello)), $expected, "$what: $expected");
    is(scalar(() = $h->wait_sightings($lines += $n)), $lines, "$what: " . ($n ? 'a line' : 'no line'));
}
$h->finish_ok;
is(scalar(() = $h->sightings), $lines, 'no further line follows');

# --- mod_md -------------------------------------------------------------------------------
my $libexec = `apxs -q LIBEXECDIR` =~ s/\s+\z//r;
SKIP: {
    skip 'mod_md is not installed', 1 unless -e "$libexec/mod_md.so";

    # Manual: mod_md sends no requests to a certificate authority.
    $h = TlsGate::Httpd->new(modules => [qw(watchdog md)], conf => $schedule . <<'CONF');
Listen 127.0.0.1:@tls@
Protocols http/1.1 acme-tls/1
MDStoreDir md
MDRenewMode manual
MDCertificateAuthority http://127.0.0.1:1/directory
MDCertificateAgreement accepted
MDCAChallenges tls-alpn-01
MDPortMap https:@tls@
MDomain localhost
<VirtualHost *:@tls@>
    ServerName localhost
    ServerAdmin ops@example.com
    SSLEngine on
    TlsGate too-old
</VirtualHost>
CONF
    $h->start;

    # The certificate that mod_md would have made for the challenge.
    my $dir = $h->dir . '/md/challenges/localhost';
    make_path($dir);
    system("openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=challenge -addext subjectAltName=DNS:localhost "
         . "-keyout $dir/acme-tls-alpn-01-privkey.pem -out $dir/acme-tls-alpn-01-pubcert.pem 2>/dev/null") == 0 or die "openssl\n";
    system('chmod', '-R', 'a+rX', $h->dir . '/md');

    # The name in the certificate that a TLSv1.2 client with that ALPN gets.
    my $sees = sub {
        my $s = IO::Socket::SSL->new(PeerAddr => '127.0.0.1', PeerPort => $h->port, SSL_verify_mode => SSL_VERIFY_NONE,
            SSL_version => 'TLSv1_2', SSL_hostname => 'localhost', SSL_alpn_protocols => [@_]) or return 'no handshake';
        return $s->peer_certificate('cn') . ' by ' . ($s->alpn_selected // 'nothing');
    };
    is($sees->('acme-tls/1'), 'challenge by acme-tls/1', 'mod_md answers the challenge over TLSv1.2');
    is($sees->('acme-tls/1', 'http/1.1'), 'no handshake', 'not if it is one of two');
    is($sees->('http/1.1'), 'no handshake', 'and others are refused');
    is(ask(port => $h->port, tls => 'TLSv1.3')->{status}, 200, 'a modern client is served');
    is(scalar(() = $h->wait_sightings(2)), 2, 'two lines');
    $h->finish_ok;
}
done_testing;
