# The warning about a schedule that requires a post-quantum group where OpenSSL has none: it would
# reject everybody. In httpd -t and at start, by one table; on an OpenSSL that has one it is never said.
use strict;
use warnings;
use lib 't/lib';
use Test::More;
use TlsGate::Client qw(has_post_quantum);
use TlsGate::Httpd;

my $NOW = '2026-12-01T00:00:00Z';
my $HAS = has_post_quantum();

# The dates and the TlsGate line, and from when everybody is rejected; undef: no warning.
my @cases = (
    ['a cutoff',             "TlsGateCutoff 2027-12-14T18:00Z",  'TlsGate s',             ' from 2027-12-14T18:00:00Z'],
    ['a trial before it',    "TlsGateTrial 2027-01-14T18:00Z/PT1H\nTlsGateCutoff 2027-12-14T18:00Z", 'TlsGate s', ' from 2027-01-14T18:00:00Z'],
    ['a trial that is over', "TlsGateTrial 2026-01-14T18:00Z/PT1H\nTlsGateCutoff 2027-12-14T18:00Z", 'TlsGate s', ' from 2027-12-14T18:00:00Z'],
    ['a cutoff in the past', "TlsGateCutoff 2026-11-01T00:00Z",  'TlsGate s',             ' now'],
    ['as=cutoff',            '',                                 'TlsGate s as=cutoff',   ' now'],
    ['as=announced',         "TlsGateCutoff 2026-11-01T00:00Z",  'TlsGate s as=announced', undef],
    ['only reported',        "TlsGateCutoff 2026-11-01T00:00Z",  'TlsGate s report-only', undef],
    ['a host without TLS',   "TlsGateCutoff 2026-11-01T00:00Z",  "SSLEngine off\nTlsGate s", undef, qr/every host that uses it speaks plain HTTP/],
    ['no date',              '',                                 'TlsGate s',             undef],
);
for my $case (@cases) {
    my ($name, $dates, $gate, $from, $other) = @$case;
    my $h = TlsGate::Httpd->new(clock => $NOW, conf => "Listen 127.0.0.1:\@tls\@\nSSLEngine on\n<TlsGateSchedule s>\nTlsGateDeprecate kx=classical\n$dates\n</TlsGateSchedule>\n$gate\n");
    my $warning = qr/main server: schedule s rejects every client(.*?): it deprecates kx=classical, and OpenSSL .*? has no post-quantum group; run httpd with OpenSSL 3\.5 or newer, or write TlsGate s report-only until then/;
    my @expected = $HAS || !defined $from ? () : ($from);
    my (undef, $said) = $h->configtest;
    is_deeply([$said =~ /TLSGATE0055: $warning/g], \@expected, "$name: httpd -t");
    $h->start;
    is_deeply([$h->error_log =~ /TLSGATE0055: $warning/g], \@expected, "$name: at start");
    $h->finish_ok(@expected ? $warning : (), $other // ());
}

# An OpenSSL that has some, and a server that does not use them.
my $TLS = 'this server does not accept TLSv1.3, which post-quantum groups need; name it in SSLProtocol, or write TlsGate s report-only until then';
my $OWN = 'none of the groups that SSLOpenSSLConfCmd, or the configuration of OpenSSL, names is post-quantum; write SSLOpenSSLConfCmd Groups X25519MLKEM768:X25519 in the first virtual host of that address, or write TlsGate s report-only until then';
SKIP: {
    skip 'the OpenSSL here has no post-quantum group', 1 unless $HAS;
    for my $case (
        # the lines of the first host, and of another; what is said of the first at start, and of the other
        [ '', '', undef, undef ],
        [ 'SSLProtocol -all +TLSv1.2', 'SSLProtocol -all +TLSv1.2', $TLS, $TLS ],
        [ '', 'SSLProtocol -all +TLSv1.2', undef, $TLS ],
        [ 'SSLOpenSSLConfCmd Groups X25519:P-256', '', $OWN, $OWN ],
        [ '', 'SSLOpenSSLConfCmd Groups X25519:P-256', undef, undef ],
        [ 'SSLOpenSSLConfCmd Curves X25519:X25519MLKEM768', '', undef, undef ],
    ) {
        my ($first, $other, @said) = @$case;
        my $h = TlsGate::Httpd->new(clock => $NOW, tls => 0, conf => "Listen 127.0.0.1:\@tls\@\nSSLSessionCache shmcb:run/ssl_cache(512000)\n<TlsGateSchedule s>\nTlsGateDeprecate kx=classical\nTlsGateRefuse 2027-12-14T18:00Z\n</TlsGateSchedule>\n"
            . join('', map { "<VirtualHost *:\@tls\@>\nServerName $_->[0].example.com\nSSLEngine on\n$_->[1]\nTlsGate s\n</VirtualHost>\n" } [ first => $first ], [ other => $other ]))->start;
        for my $host (qw(first other)) {
            my $expected = shift @said;
            my @got = $h->error_log =~ /TLSGATE0055: vhost $host\.example\.com:\d+: schedule s rejects every client from 2027-12-14T18:00:00Z: it deprecates kx=classical, and (.*)/g;
            is_deeply(\@got, $expected ? [$expected] : [], "'$first', '$other': of the $host host") or diag(explain(\@got));
        }
        $h->finish_ok(grep { $_ } (map { $_ ? qr/TLSGATE0055/ : undef } $case->[2] // $case->[3]));
    }
}
done_testing;
