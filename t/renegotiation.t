# What a connection is, is read again after httpd renegotiated it, because a <Location> has other
# ciphers or wants a certificate: the request that it was renegotiated for, and those after it,
# are decided on what they come over.
use strict;
use warnings;
use lib 't/lib';
use Test::More;
use TlsGate::Client qw(ask connect_to);
use TlsGate::Httpd;

my $h = TlsGate::Httpd->new(clock => '2027-01-01T00:00:00Z', conf => <<'CONF');
Listen 127.0.0.1:@kx@
Listen 127.0.0.1:@announced@
Listen 127.0.0.1:@cert@
<TlsGateSchedule rsa>
    TlsGateDeprecate kx=RSA
    TlsGateCutoff    2026-01-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule soon>
    TlsGateDeprecate kx=RSA
    TlsGateAnnounce  2026-01-01T00:00Z
    TlsGateCutoff    2028-01-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule old>
    TlsGateDeprecate TLSv1 TLSv1.1 TLSv1.2
    TlsGateCutoff    2028-01-01T00:00Z
</TlsGateSchedule>
TlsGateLog logs/tlsgate.ndjson
Header always set X-Cipher "%{SSL_CIPHER}s %{TLSGATE_VERDICT}e"
<VirtualHost *:@kx@>
    SSLEngine on
    TlsGate rsa
    <Location /api>
        SSLCipherSuite AES128-SHA:@SECLEVEL=0
    </Location>
    <Location /modern>
        SSLCipherSuite ECDHE-RSA-AES128-SHA:@SECLEVEL=0
    </Location>
    <Location /open>
        TlsGate off
        SSLCipherSuite AES128-SHA:@SECLEVEL=0
    </Location>
</VirtualHost>
<VirtualHost *:@announced@>
    SSLEngine on
    TlsGate soon
    <Location /api>
        SSLCipherSuite AES128-SHA:@SECLEVEL=0
    </Location>
    <Location /modern>
        SSLCipherSuite ECDHE-RSA-AES128-SHA:@SECLEVEL=0
    </Location>
</VirtualHost>
<VirtualHost *:@cert@>
    SSLEngine on
    TlsGate old
    TlsGateIdentity cert:subject
    SSLCACertificateFile $DIR/client.pem
    <Location /account>
        SSLVerifyClient require
    </Location>
</VirtualHost>
CONF
{
    my $dir = $h->dir;
    local $ENV{OPENSSL_CONF} = '/dev/null';
    TlsGate::Clock::stopped_at('2009-01-01T00:00:00Z', sub {
        system("openssl req -x509 -newkey rsa:2048 -nodes -days 36500 -subj /CN=customer -keyout $dir/client.key -out $dir/client.pem 2>/dev/null")
    }) == 0 or die "no certificate\n";
}
$h->start;

my $seen = 0;
my $ECDHE = 'ECDHE-RSA-AES256-SHA';
my $RSA = 'AES128-SHA';
# As the log spells them.
my %IANA = ($ECDHE => 'TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA', $RSA => 'TLS_RSA_WITH_AES_128_CBC_SHA');

# On one connection: path, status, cipher, verdict in the variables, what the line says of the cipher, or undef: no line.
sub converse {
    my ($name, $port, $options, @steps) = @_;
    my $s = connect_to(port => $h->port($port), tls => 'TLSv1.2', %$options) or return fail("$name: no connection");
    for (@steps) {
        my ($path, $status, $verdict, @line) = @$_;
        my $r = ask(on => $s, path => $path);
        is($r && $r->{status}, $status, "$name $path: the status");
        like($r->{headers}{'x-cipher'} // '', qr/ \Q$verdict\E$/, "$name $path: the variables");
        my @s = $h->wait_sightings($seen += @line ? 1 : 0);
        is(scalar @s, $seen, "$name $path: lines");
        is_deeply([ $s[-1]{tls}{cipher}, $s[-1]{tlsgate}{client}, $s[-1]{url}{path}, $s[-1]{http}{response}{status_code} ],
            [ $IANA{$line[0]}, $line[1], $path, $status ], "$name $path: the line") if @line;
    }
}

my $IP = 'ip:127.0.0.1';
my @BOTH = (ciphers => "$ECDHE:ECDHE-RSA-AES128-SHA:$RSA");
converse('kx', 'kx', {@BOTH}, [ '/index.html', 200, '(null)' ], [ '/api', 426, 'reject', $RSA, $IP ]);
converse('kx, served before', 'kx', {@BOTH}, [ '/open', 404, '(null)' ], [ '/index.html', 426, 'reject', $RSA, $IP ]);
converse('kx, and back', 'announced', {@BOTH}, [ '/index.html', 200, '(null)' ], [ '/api', 404, 'warn', $RSA, $IP ],
    [ '/index.html', 200, 'warn', $RSA, $IP ], [ '/modern', 404, '(null)' ], [ '/index.html', 200, '(null)' ],
    [ '/api', 404, 'warn', $RSA, $IP ]);
converse('kx, from the start', 'announced', { ciphers => $RSA }, [ '/index.html', 200, 'warn', $RSA, $IP ]);
converse('a certificate', 'cert', { ciphers => $ECDHE, cert => $h->dir . '/client.pem', key => $h->dir . '/client.key' },
    [ '/index.html', 200, 'warn', $ECDHE, $IP ], [ '/account', 404, 'warn', $ECDHE, 'cert:CN=customer' ],
    [ '/index.html', 200, 'warn', $ECDHE, 'cert:CN=customer' ]);

# A rejection would come before that certificate is asked for.
$h->finish_ok(qr/TLSGATE0080: .* TlsGateIdentity cert:subject: SSLVerifyClient in a section/);
done_testing;
