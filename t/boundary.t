# Both sides of every kind of boundary, one second apart, on a server that runs on
# while its clock is set: the half-open intervals of a schedule.
use strict;
use warnings;
use lib 't/lib';
use Test::More;
use IO::Socket::SSL;
use POSIX qw(strftime);
use TlsGate::Httpd;
use TlsGate::Client qw(ask connect_to);
use TlsGate::Stacks qw(imf_date);

my $h = TlsGate::Httpd->new(clock => '2018-05-31T23:59:59Z', conf => <<'CONF');
Listen 127.0.0.1:@tls@
Header always set X-Gate "%{TLSGATE_PHASE}e %{TLSGATE_VERDICT}e"
Timeout 20000000
KeepAliveTimeout 20000000
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1
    TlsGateAnnounce  2018-06-01T00:00Z
    TlsGateTrial     2018-07-10T10:00+01:00/2018-07-10T11:23+01:00
    TlsGateTrial     2018-07-20T14:00Z/PT10M every=PT1H until=2018-07-20T16:05Z
    TlsGateTrial     2018-07-30T00:00Z/2018-07-30T01:00Z
    TlsGateTrial     2018-07-30T01:00Z/2018-07-30T02:00Z
    TlsGateTrial     2018-08-07T08:30Z/2018-08-07T08:40Z
    TlsGateCutoff    2018-08-07T09:40+01:00
    TlsGateGrace     2018-08-07T16:25+01:00/2018-08-21T10:00+01:00
    TlsGateRefuse    2018-11-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule until-refuse>
    TlsGateDeprecate TLSv1
    TlsGateCutoff    2018-10-01T00:00Z
    TlsGateGrace     2018-10-01T00:00Z/2018-11-01T00:00Z
    TlsGateRefuse    2018-11-01T00:00Z
</TlsGateSchedule>
<VirtualHost *:@tls@>
    SSLEngine on
    TlsGate legacy
    TlsGateLog logs/tlsgate.ndjson
    <Location /until-refuse>
        TlsGate until-refuse
    </Location>
</VirtualHost>
CONF
$h->start;

# A second at which every client is let in.
my $OPEN = '2018-06-15T00:00:00Z';

# The answer of exactly that second, over a connection that was already open.
sub at {
    my ($instant, %o) = @_;
    $h->stop_clock($OPEN) unless $o{on};
    my $s = $o{on} || connect_to(port => $h->port, tls => 'TLSv1');
    $h->stop_clock($instant);
    my $r = ask(on => $s, %o) or return;
    is($r->{headers}{date}, imf_date($instant), "asked at $instant");
    return $r;
}

# A new connection at that second: the status of its request, or the alert.
sub knock {
    my ($instant, $tls) = @_;
    my $before = () = $h->sightings;
    $h->stop_clock($instant);
    my $s = connect_to(port => $h->port, tls => $tls) or return alert_of($instant, $before);
    my $r = ask(on => $s) or return 'no answer';
    return $r->{headers}{date} eq imf_date($instant) ? $r->{status} : "$r->{status} at $r->{headers}{date}";
}

# The alert, if it was sent in that second.
sub alert_of {
    my ($instant, $before) = @_;
    my ($alert) = $SSL_ERROR =~ /alert (.*)/ or return "no alert: $SSL_ERROR";
    my ($s) = ($h->wait_sightings($before + 1))[-1];
    return "an alert at $s->{'@timestamp'}" if $s->{'@timestamp'} !~ /^\Q@{[substr $instant, 0, 19]}\E/;
    return "alert $alert, $s->{tlsgate}{phase} $s->{tlsgate}{verdict}, " . ($s->{tls}{established} ? 'established' : 'failed');
}

# what, the first instant, before, from then on; each: status, phase, verdict, Retry-After
my @SERVED = (200, 'announced warn', undef);
my @TRIAL  = (426, 'trial reject');
my @CUTOFF = (426, 'cutoff reject', undef);
my @GRACE  = (200, 'grace warn', undef);
for (
    ['Announce',                          '2018-06-01T00:00:00Z', [200, 'observe observe', undef], \@SERVED],
    ['the start of a trial',              '2018-07-10T09:00:00Z', \@SERVED, [@TRIAL, 4980]],
    ['the end of a trial',                '2018-07-10T10:23:00Z', [@TRIAL, 1], \@SERVED],
    ['the first of a repeating window',   '2018-07-20T14:00:00Z', \@SERVED, [@TRIAL, 600]],
    ['its end',                           '2018-07-20T14:10:00Z', [@TRIAL, 1], \@SERVED],
    ['the second one',                    '2018-07-20T15:00:00Z', \@SERVED, [@TRIAL, 600]],
    ['its end',                           '2018-07-20T15:10:00Z', [@TRIAL, 1], \@SERVED],
    ['the start of a trial that the cutoff follows', '2018-08-07T08:30:00Z', \@SERVED, [@TRIAL, undef]],
    ['the cutoff',                        '2018-08-07T08:40:00Z', [@TRIAL, undef], \@CUTOFF],
    ['the start of grace',                '2018-08-07T15:25:00Z', \@CUTOFF, \@GRACE],
    ['the end of grace',                  '2018-08-21T09:00:00Z', \@GRACE, \@CUTOFF],
    ['Refuse',                            '2018-11-01T00:00:00Z', \@CUTOFF, [426, 'refuse reject', undef]],
) {
    my ($what, $instant, @sides) = @$_;
    my $t = TlsGate::Httpd::epoch($instant);
    for my $side ([strftime('%Y-%m-%dT%H:%M:%SZ', gmtime($t - 1)), $sides[0]], [$instant, $sides[1]]) {
        my ($second, $expected) = @$side;
        my $r = at($second) or do { fail("$what: no answer at $second"); next };
        is_deeply([$r->{status}, $r->{headers}{'x-gate'}, $r->{headers}{'retry-after'}], $expected,
            "$what, at $second: @{[map { $_ // 'no Retry-After' } @$expected]}");
        my $told = $expected->[1] =~ / warn$/;
        is($r->{headers}{deprecation}, $told ? '@1527811200' : undef, '  and Deprecation accordingly');
        is($r->{headers}{sunset}, $told ? 'Tue, 21 Aug 2018 09:00:00 GMT' : undef, '  and Sunset');
    }
}
# path, instant, phase: boundaries that fall together
for (
    ['/', '2018-07-30T00:59:59Z', 'trial reject',   'the last second of the first of two windows in a row'],
    ['/', '2018-07-30T01:00:00Z', 'trial reject',   'the first second of the next'],
    ['/', '2018-07-30T02:00:00Z', 'announced warn', 'after both'],
    ['/', '2018-07-20T16:00:00Z', 'trial reject',   'a repeating window that begins before its until'],
    ['/', '2018-07-20T17:00:00Z', 'announced warn', 'no window begins after it'],
    ['/until-refuse', '2018-09-30T23:59:59Z', 'announced warn', 'before a cutoff at which grace begins'],
    ['/until-refuse', '2018-10-01T00:00:00Z', 'grace warn',     'at that cutoff'],
    ['/until-refuse', '2018-10-31T23:59:59Z', 'grace warn',     'grace up to Refuse'],
    ['/until-refuse', '2018-11-01T00:00:00Z', 'refuse reject',  'at Refuse'],
) {
    my ($path, $instant, $expected, $what) = @$_;
    my $r = at($instant, path => $path);
    is($r && $r->{headers}{'x-gate'}, $expected, "$what: $expected");
}
cmp_ok(at('2018-07-30T00:59:59Z')->{headers}{'retry-after'} // 3601, '>', 1, 'no Retry-After leads into the second of two windows');

# new connections: only Refuse decides in the handshake
for (
    ['2018-07-10T09:00:00Z', 'TLSv1',   426, 'a trial lets them in, to reject their requests'],
    ['2018-08-07T08:40:00Z', 'TLSv1',   426, 'the cutoff too'],
    ['2018-08-07T15:25:00Z', 'TLSv1',   200, 'grace'],
    ['2018-10-31T23:59:59Z', 'TLSv1',   426, 'one second before Refuse'],
    ['2018-11-01T00:00:00Z', 'TLSv1',   'alert protocol version, refuse refuse, failed', 'Refuse'],
    ['2018-11-01T00:00:00Z', 'TLSv1.1', 200, 'Refuse, and a version that is not deprecated'],
    ['2018-11-01T00:00:00Z', 'TLSv1.3', 200, 'Refuse, and a modern client'],
    ['2019-11-01T00:00:00Z', 'TLSv1',   'alert protocol version, refuse refuse, failed', 'a year later'],
) {
    my ($instant, $tls, $expected, $what) = @$_;
    is(knock($instant, $tls), $expected, "a new connection over $tls at $instant, $what: $expected");
}

# a connection that is kept open
$h->set_clock($OPEN);
my $s = connect_to(port => $h->port, tls => 'TLSv1');
is(at('2018-07-10T08:59:58Z', on => $s)->{status}, 200, 'a kept connection is served before a trial');
is(at('2018-07-10T08:59:59Z', on => $s)->{status}, 200, 'and again');
is(at('2018-07-10T09:00:00Z', on => $s)->{status}, 426, 'what is asked on it does not outlive the boundary');
$s = connect_to(port => $h->port, tls => 'TLSv1.2');
is(at('2018-07-10T08:59:59Z', on => $s)->{status}, 200, 'a modern one is served before');
is(at('2018-07-10T09:00:00Z', on => $s)->{status}, 200, 'and after');
$h->set_clock('2018-08-07T08:39:59Z');
$s = connect_to(port => $h->port, tls => 'TLSv1');
is(at('2018-08-07T15:25:00Z', on => $s)->{status}, 200, 'a connection that was opened in a trial is served in grace');
is(at('2018-08-21T09:00:00Z', on => $s)->{status}, 426, 'and rejected after it');

# the clock goes back, as after a correction
like(knock('2018-11-02T00:00:00Z', 'TLSv1'), qr/^alert /, 'refused in November');
is(knock('2018-06-10T00:00:00Z', 'TLSv1'), 200, 'served in June again');
$h->finish_ok;
done_testing;
