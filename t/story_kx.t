# A schedule for post-quantum key exchange from its announcement to the refusal, replayed with clients of
# many TLS stacks: who can do it never notices, and who cannot is told, tried, cut off and refused
# to the second. What a client can do is read from its hello.
use strict;
use warnings;
use lib 't/lib';
use Test::More;
use TlsGate::Browsers qw(browsers);
use TlsGate::Client qw(has_post_quantum);
use TlsGate::Ctl;
use TlsGate::Groups qw(clients offer_of offered);
use TlsGate::Hello qw(hellos records);
use TlsGate::RawHello qw(shake told);
use TlsGate::Stacks qw(ask_at);

plan skip_all => 'the OpenSSL of this machine has no post-quantum group, which came with 3.5' unless has_post_quantum();

my $ctl = TlsGate::Ctl->new(waits => 1, runs => 0, clock => '2026-12-14T17:00:00Z', conf => <<'CONF');
Listen 127.0.0.1:@tls@ https
SSLEngine on
KeepAlive off
<TlsGateSchedule post-quantum>
    TlsGateDeprecate kx=classical
    TlsGateAnnounce  2026-12-14T18:00Z
    TlsGateTrial     2027-02-02T10:00Z/PT1H
    TlsGateTrial     2027-03-02T10:00Z/PT1H share=25%
    TlsGateCutoff    2027-06-01T09:00Z
    TlsGateRefuse    2027-12-01T00:00Z
    TlsGateInfo      https://developer.example.com/post-quantum
</TlsGateSchedule>
TlsGate post-quantum
TlsGateIdentity header:X-Account
TlsGateLog logs/tlsgate.ndjson
CONF
my $httpd = $ctl->{httpd};
$httpd->start;

# The buckets of the trial for 25 %: SHA-256 of schedule, NUL and client, modulo 100. west: 16, north: 56.
my ($IN_SHARE, $NOT_IN_SHARE) = ('west', 'north');

my @clients = clients();
$_->{offer} = offer_of($_) for @clients;
$_->{ready} = $_->{offer}{tls13} && $_->{offer}{post_quantum} for @clients;
my @ready = grep { $_->{ready} } @clients;
my @classical = grep { !$_->{ready} } @clients;
note("$_->{name}: " . ($_->{ready} ? 'ready' : 'classical')) for @clients;
my %stacks = map { $_->{stack} => 1 } @clients;
cmp_ok(scalar keys %stacks, '>=', 5, 'at least five TLS stacks are installed');
cmp_ok(scalar(grep { $_->{stack} ne 'OpenSSL' } @ready), '>=', 1, 'some are ready') or diag(join(', ', map { $_->{name} } @clients));
cmp_ok(scalar(grep { $_->{stack} ne 'OpenSSL' } @classical), '>=', 1, 'some are not');

# --- what one client gets ---------------------------------------------------------------

# The answer in one word or two: what it was told with it.
sub answer {
    my ($instant, $client, $account) = @_;
    my $r = ask_at($httpd, $instant, $client, port => $httpd->port, version => $client->{pinned},
        headers => [ "X-Account: $account", "User-Agent: $client->{name}" ]);
    return 'no answer' unless $r;
    my %h = %{ $r->{headers} };
    return join(' ', $r->{status}, map { defined $h{$_} ? ("$_: $h{$_}") : () } qw(deprecation sunset retry-after));
}

# Everybody at that second: clients that are ready get the page and hear nothing; the others get this,
# by the newest version that they offer.
my %expected_lines;
sub everybody {
    my ($instant, $what, $tls13, $tls12, $account) = @_;
    my (%got, %expected);
    for my $client (@clients) {
        $got{ $client->{name} } = answer($instant, $client, $account // $IN_SHARE);
        $expected{ $client->{name} } = $client->{ready} ? '200' : $client->{offer}{tls13} ? $tls13 : $tls12 // $tls13;
        $expected_lines{ $client->{name} }++ unless $client->{ready};
    }
    is_deeply(\%got, \%expected, "$instant: $what") or diag(explain(\%got));
}

# Browsers, which must never notice; each page is another one to their caches.
sub browsers_are_served {
    my ($instant) = @_;
    $httpd->stop_clock($instant);
    for my $browser (browsers()) {
        SKIP: {
            skip "$browser->{name} is not installed", 1 unless $browser->{path};
            like($browser->{shown}->($browser, 'https://localhost:' . $httpd->port . "/?$instant"), qr/static page/, "$instant: $browser->{name} is served");
        }
    }
}

my $SOON  = 'deprecation: @1797271200 sunset: Tue, 01 Jun 2027 09:00:00 GMT';
my $LATER = 'deprecation: @1797271200 sunset: Wed, 01 Sep 2027 09:00:00 GMT';

# --- announced ----------------------------------------------------------------------------
everybody('2026-12-14T17:59:59Z', 'not announced', '200');
everybody('2026-12-14T18:00:00Z', 'announced', "200 $SOON");

# --- an hour's trial for everybody, and one for a quarter of the customers ------------------
everybody('2027-02-02T09:59:59Z', 'before the trial', "200 $SOON");
everybody('2027-02-02T10:00:00Z', 'the trial begins', '403 retry-after: 3600', '426 retry-after: 3600');
browsers_are_served('2027-02-02T10:00:01Z');
everybody('2027-02-02T10:59:59Z', 'its last second', '403 retry-after: 1', '426 retry-after: 1');
everybody('2027-02-02T11:00:00Z', 'it is over', "200 $SOON");
everybody('2027-03-02T09:59:59Z', 'before the trial with a share', "200 $SOON");
everybody('2027-03-02T10:00:00Z', 'who is in the share', '403 retry-after: 3600', '426 retry-after: 3600');
everybody('2027-03-02T10:00:00Z', 'who is not', "200 $SOON", undef, $NOT_IN_SHARE);
everybody('2027-03-02T10:59:59Z', 'who is in the share, in its last second', '403 retry-after: 1', '426 retry-after: 1');
everybody('2027-03-02T11:00:00Z', 'it is over', "200 $SOON");

# --- twelve days before the cutoff it is postponed --------------------------------------------
$httpd->set_clock('2027-05-20T12:00:00Z');
my $said = $ctl->run(qw(postpone post-quantum --cutoff 2027-09-01T09:00Z --reason), 'two partners need the summer', '--yes');
is($said->{status}, 0, 'tlsgatectl postpone') or diag($said->{err});
everybody('2027-05-20T12:01:00Z', 'the new date is told', "200 $LATER");
everybody('2027-06-01T08:59:59Z', 'before the cutoff as configured', "200 $LATER");
everybody('2027-06-01T09:00:00Z', 'after it', "200 $LATER");

# --- the cutoff -------------------------------------------------------------------------------
everybody('2027-09-01T08:59:59Z', 'the last second', "200 $LATER");
everybody('2027-09-01T09:00:00Z', 'cut off', '403', '426');
browsers_are_served('2027-09-01T09:00:01Z');

# --- refused in the handshake -------------------------------------------------------------------
everybody('2027-11-30T23:59:59Z', 'the last second in which they hear why', '403', '426');
everybody('2027-12-01T00:00:00Z', 'refused', 'no answer');
browsers_are_served('2027-12-01T00:00:01Z');

# --- the log knows who they were, and nobody else ----------------------------------------------
my $lines = 0;
$lines += $_ for values %expected_lines;
my @log = $httpd->wait_sightings($lines);
my (%seen, %alerts);
for (@log) {
    if (defined $_->{tlsgate}{alert}) { $alerts{ $_->{tlsgate}{alert} }++ }
    else { $seen{ $_->{user_agent}{original} // 'nobody' }++ }
}
$expected_lines{ $_->{name} }-- for @classical;    # the last one came without a request
is_deeply(\%seen, \%expected_lines, 'the log has each request of a client that is not ready, and no other') or diag(explain(\%seen));
is_deeply(\%alerts, { handshake_failure => scalar(grep { $_->{offer}{tls13} } @classical), protocol_version => scalar(grep { !$_->{offer}{tls13} } @classical) },
    '... and each refusal with its alert') or diag(explain(\%alerts));
is_deeply([ grep { /MLKEM/ } map { $_->{tls}{curve} // () } @log ], [], 'none of them used a post-quantum group');

# --- clients that are not installed: what they once sent ------------------------------------------
my %stored = %{ hellos() };
delete @stored{ grep { $stored{$_}{format} ne 'hello' || /fallback|sslv3/ } keys %stored };
my $source = 0;
for my $name (sort keys %stored) {
    my $offer = offered($stored{$name});
    my $expected = !$offer->{tls13} ? 'alert 70' : $offer->{post_quantum} ? 'TLSv1.3' : 'alert 40';
    my $got = told(shake(port => $httpd->port, from => '127.0.1.' . ++$source, bytes => records($stored{$name}, 16384)));
    is($got, $expected, "the hello of $name: $expected");
}
$httpd->finish_ok;
done_testing;
