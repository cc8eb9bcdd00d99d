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
done_testing;
