#!/usr/bin/perl
# Notices in the error log: the phase of each schedule at the start, each
# transition once per server, and once that there is no TlsGateLog. Two servers with
# different MPMs run side by side, so that the parent's ten seconds between two
# checks of the clock are waited for once.
use strict;
use warnings;

use lib 't/lib';
use Test::More;
use TlsGate::Httpd;

my $SCHEDULES = <<'CONF';
<TlsGateSchedule dated>
    TlsGateDeprecate TLSv1
    TlsGateAnnounce  2018-07-01T00:00Z
    TlsGateTrial     2018-07-10T10:00+01:00/2018-07-10T11:23+01:00
    TlsGateCutoff    2018-08-07T09:40+01:00
    TlsGateGrace     2018-08-07T16:25+01:00/2018-08-21T10:00+01:00
    TlsGateRefuse    2018-11-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule announced>
    TlsGateDeprecate TLSv1.1
</TlsGateSchedule>
<TlsGateSchedule later>
    TlsGateDeprecate cleartext
    TlsGateCutoff    2019-01-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule hourly>
    TlsGateDeprecate SSLv3
    TlsGateTrial     2018-08-10T00:00Z/PT1M every=PT1H until=2018-08-12T00:00Z
</TlsGateSchedule>
CONF
my $START = '2018-06-30T00:00:00Z';
my $NO_LOG = qr/no TlsGateLog for/;

sub server {
    my ($mpm, $conf) = @_;
    return TlsGate::Httpd->new(mpm => $mpm, clock => $START,
        conf => "Listen 127.0.0.1:\@plain\@\nSSLEngine on\n$SCHEDULES$conf")->start;
}

# The notices about one schedule, in order.
sub notices {
    my ($httpd, $name) = @_;
    return [$httpd->error_log =~ /:notice\] TLSGATE\d{4}: schedule \Q$name\E(?: \([^)]*\))?: (.*)$/mg];
}

sub count_of { my ($httpd, $pattern) = @_; return scalar(() = "@{[$httpd->error_log, $httpd->output]}" =~ /$pattern/g) }

# Sets all clocks and waits until each server has logged a match.
sub move_all {
    my ($instant, $pattern, @servers) = @_;
    $_->set_clock($instant) for @servers;
    for my $httpd (@servers) {
        ok($httpd->wait_until(sub { count_of($httpd, $pattern) }), "$httpd->{mpm}: noticed at $instant");
    }
}

my @servers = (server('prefork', "TlsGate dated\n"), server('event', "<Location /x>\nTlsGate dated\n</Location>\n"));

my @said = ('observe, next announced at 2018-07-01T00:00:00Z');
for my $httpd (@servers) {
    my $mpm = $httpd->{mpm};
    is_deeply(notices($httpd, 'dated'), \@said, "$mpm: at start, the phase and the next change in UTC, once");
    is_deeply(notices($httpd, 'announced'), ['announced, for good'], "$mpm: a schedule without dates");
    is_deeply(notices($httpd, 'later'), ['announced, next cutoff at 2019-01-01T00:00:00Z'], "$mpm: only a cutoff");
    is(count_of($httpd, $NO_LOG), 1, "$mpm: one message that there is no TlsGateLog");
    is(count_of($httpd, qr/ since /), 0, "$mpm: no transition yet");
    is(count_of($httpd, qr/schedule later \(no TlsGate line names it\): /), 1, "$mpm: a message about an unused schedule");
}

# Three transitions in one step of the clock are three lines.
move_all('2018-07-11T00:00:00Z', qr/dated: announced since 2018-07-10T10:23:00Z/, @servers);
push @said, 'announced since 2018-07-01T00:00:00Z, next trial at 2018-07-10T09:00:00Z',
    'trial since 2018-07-10T09:00:00Z, next announced at 2018-07-10T10:23:00Z',
    'announced since 2018-07-10T10:23:00Z, next cutoff at 2018-08-07T08:40:00Z';
is_deeply(notices($_, 'dated'), \@said, "$_->{mpm}: each transition, in order") for @servers;
is_deeply(notices($_, 'announced'), ['announced, for good'], "$_->{mpm}: nothing about other schedules") for @servers;

# The next check repeats none of them; a long series of transitions in one step is cut.
move_all('2018-08-15T00:00:00Z', qr/hourly \(no TlsGate line names it\): announced, after more transitions than are reported/, @servers);
push @said, 'cutoff since 2018-08-07T08:40:00Z, next grace at 2018-08-07T15:25:00Z',
    'grace since 2018-08-07T15:25:00Z, next cutoff at 2018-08-21T09:00:00Z';
for my $httpd (@servers) {
    my $mpm = $httpd->{mpm};
    is_deeply(notices($httpd, 'dated'), \@said, "$mpm: each transition exactly once");
    my @hourly = @{ notices($httpd, 'hourly') };
    is($hourly[0], 'announced, next trial at 2018-08-10T00:00:00Z', "$mpm: a trial that repeats");
    is(scalar(grep { / since / } @hourly), 10, "$mpm: a step over 96 transitions reports ten");
}

# A graceful restart is a start: it logs the present phase of each schedule.
for my $httpd (@servers) {
    my $mpm = $httpd->{mpm};
    ok($httpd->graceful, "$mpm: graceful restart");
    is_deeply(notices($httpd, 'dated'), [@said, 'grace, next cutoff at 2018-08-21T09:00:00Z'],
        "$mpm: the present phase again, and no transition twice");
    is(count_of($httpd, $NO_LOG), 2, "$mpm: that there is no TlsGateLog, again");
    $httpd->finish_ok(qr/<TlsGateSchedule "hourly">: all its trials are in the past and it has no TlsGateCutoff/);
}

# --- when it is not logged
for my $case (
    ['with a TlsGateLog',            "TlsGate dated\nTlsGateLog logs/tlsgate.ndjson\n"],
    ['with a TlsGateLog of a vhost',
        "<VirtualHost *:81>\nTlsGate dated\nTlsGateLog logs/vhost.ndjson\n</VirtualHost>\n"],
    ['if nothing is gated',          ''],
) {
    my ($name, $conf) = @$case;
    my $httpd = server('event', $conf);
    is(count_of($httpd, $NO_LOG), 0, "$name: nothing about TlsGateLog");
    is(count_of($httpd, qr/\] TLSGATE\d{4}: schedule \S+(?: \([^)]*\))?: /), 4, "$name: a line for each schedule");
    $httpd->finish_ok;
}

done_testing;
