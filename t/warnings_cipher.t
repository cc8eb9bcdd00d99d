# The warning about schedules of key exchanges and ciphers that leave a server no cipher before TLS 1.3:
# from then on such clients can only be turned away. In httpd -t and at start, by one table.
use strict;
use warnings;
use lib 't/lib';
use Test::More;
use TlsGate::Httpd;

my $RSA  = 'SSLCipherSuite AES128-GCM-SHA256:AES256-SHA:@SECLEVEL=0';
my $BOTH = 'SSLCipherSuite AES128-GCM-SHA256:ECDHE-RSA-AES128-SHA:@SECLEVEL=0';
my ($NEW, $OLD) = ('SSLProtocol -all +TLSv1.2 +TLSv1.3', 'SSLProtocol -all +TLSv1.2');
my $DATES = "TlsGateCutoff 2027-06-01T00:00Z\n";

# The traits and dates of schedules a, b ...; the lines of the host; what is said; undef: nothing.
my @CASES = (
    ['no cipher is left',       ["TlsGateDeprecate kx=RSA\n$DATES"], "$RSA\n$OLD\nTlsGate a", 'schedule a turns away every client from 2027-06-01T00:00:00Z: it excludes every cipher that this server offers them; add one to SSLCipherSuite, such as ECDHE-RSA-AES128-GCM-SHA256, or name TLSv1.3 in SSLProtocol'],
    ['with TLSv1.3',            ["TlsGateDeprecate kx=RSA\n$DATES"], "$RSA\n$NEW\nTlsGate a", 'schedule a turns away every client before TLSv1.3 from 2027-06-01T00:00:00Z: it excludes every cipher that this server offers them; add one to SSLCipherSuite, such as ECDHE-RSA-AES128-GCM-SHA256'],
    ['one is left',             ["TlsGateDeprecate kx=RSA\n$DATES"], "$BOTH\n$NEW\nTlsGate a"],
    ['Refuse alone',            ["TlsGateDeprecate cipher=CBC kx=RSA\nTlsGateRefuse 2027-07-01T00:00Z"], "$BOTH\n$NEW\nTlsGate a", 'schedule a turns away every client before TLSv1.3 from 2027-07-01T00:00:00Z: '],
    ['a trial',                 ["TlsGateDeprecate kx=RSA\nTlsGateTrial 2027-03-01T10:00Z/PT1H"], "$RSA\n$NEW\nTlsGate a", 'schedule a turns away every client before TLSv1.3 from 2027-03-01T10:00:00Z: '],
    ['two together',            ["TlsGateDeprecate kx=RSA\nTlsGateRefuse 2027-07-01T00:00Z", "TlsGateDeprecate cipher=SHA1\n$DATES"], "$BOTH\n$NEW\nTlsGate a b", 'schedule a turns away every client before TLSv1.3 from 2027-07-01T00:00:00Z: '],
    ['as=refuse',               ["TlsGateDeprecate kx=RSA"], "$RSA\n$NEW\nTlsGate a as=refuse", 'schedule a turns away every client before TLSv1.3 now: '],
    ['as=announced',            ["TlsGateDeprecate kx=RSA\n$DATES"], "$RSA\n$NEW\nTlsGate a as=announced"],
    ['only reported',           ["TlsGateDeprecate kx=RSA\n$DATES"], "$RSA\n$NEW\nTlsGate a report-only"],
    ['no date',                 ["TlsGateDeprecate kx=RSA"], "$RSA\n$NEW\nTlsGate a"],
    ['their version goes too',  ["TlsGateDeprecate TLSv1.2 kx=RSA\n$DATES"], "$RSA\n$NEW\nTlsGate a"],
    ['the ciphers of OpenSSL',  ["TlsGateDeprecate kx=RSA kx=DHE cipher=CBC cipher=SHA1 cipher=3DES cipher=RC4\n$DATES"], "SSLCipherSuite DEFAULT\n$NEW\nTlsGate a"],
    ['ciphers without a certificate do not count', ["TlsGateDeprecate kx=RSA\n$DATES"], "SSLCipherSuite AES128-SHA:AECDH-AES128-SHA:\@SECLEVEL=0\n$NEW\nTlsGate a", 'schedule a turns away every client before TLSv1.3 from 2027-06-01T00:00:00Z: '],
);
for my $case (@CASES) {
    my ($name, $schedules, $lines, $said) = @$case;
    my @names = ('a' .. 'z');
    my $conf = join('', map { '<TlsGateSchedule ' . shift(@names) . ">\n$_\n</TlsGateSchedule>\n" } @$schedules);
    my $h = TlsGate::Httpd->new(tls => 0, clock => '2026-12-01T00:00:00Z', conf => "Listen 127.0.0.1:\@tls\@\nSSLSessionCache shmcb:run/ssl_cache(512000)\n$conf<VirtualHost *:\@tls\@>\nServerName a.example.com\nSSLEngine on\n$lines\n</VirtualHost>\n");
    my $told = sub { [ $_[0] =~ /TLSGATE0056: vhost a\.example\.com:\d+: (.*)/g ] };
    for my $where ('httpd -t', 'at start') {
        my $text = $where eq 'httpd -t' ? ($h->configtest)[1] : $h->start->error_log;
        my $got = $told->($text);
        is(scalar @$got, $said ? 1 : 0, "$name, $where: " . ($said ? 'one warning' : 'none')) or diag(explain($got));
        like($got->[0] // '', qr/^\Q$said\E/, "  $said") if $said;
    }
    $h->finish_ok($said ? qr/TLSGATE0056/ : ());
}
done_testing;
