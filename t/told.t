# Statements about time, in every place that makes them: both pages in all their forms, a rejection, a
# header, the error log, and tlsgatectl. Each predicts correctly: an exempt client that only its
# request identifies turns Refuse into a cutoff, a trial and a suspension by hand have an end, and a
# clock that is set back turns the past into the future.
use strict;
use warnings;
use lib 't/lib';
use Test::More;
use TlsGate::Client qw(ask connect_to get json_of readable);
use TlsGate::Ctl qw(says);
use TlsGate::Stacks qw(imf_date);

my ($CUTOFF, $REFUSE, $EXEMPT) = map { "${_}Z" } qw(2027-06-01T09:00:00 2027-12-01T00:00:00 2028-01-01T00:00:00);
my @WHY = (qw(--reason because --by ops --yes));

my $ctl = TlsGate::Ctl->new(clock => '2027-05-01T00:00:00Z', conf => <<'CONF');
Listen 127.0.0.1:@tls@
Listen 127.0.0.1:@location@
KeepAliveTimeout 20000000
Timeout 20000000
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateAnnounce  2027-01-01T00:00Z
    TlsGateTrial     2027-03-01T00:00Z/PT1H
    TlsGateTrial     2027-04-01T00:00Z/PT1H
    TlsGateCutoff    2027-06-01T09:00Z
    TlsGateRefuse    2027-12-01T00:00Z
</TlsGateSchedule>
TlsGateIdentity header:X-Account
TlsGateLog logs/tlsgate.ndjson
<VirtualHost *:@tls@>
    SSLEngine on
    TlsGate legacy
    <Location /plan>
        SetHandler tlsgate-schedule
    </Location>
    <Location /check>
        SetHandler tlsgate-verify
    </Location>
</VirtualHost>
<VirtualHost *:@location@>
    SSLEngine on
    <Location /api>
        TlsGate legacy
    </Location>
    <Location /check>
        SetHandler tlsgate-verify
    </Location>
</VirtualHost>
CONF
my $h = $ctl->{httpd};
$h->start;

my @TEXT = ('Accept: text/plain');
my @HTML = ('Accept: text/html');

# Runs a change, and waits until httpd applies it.
sub change {
    my (@command) = @_;
    my $before = () = $h->error_log =~ /is in force/g;
    my $said = $ctl->run(@command, @WHY);
    is($said->{status}, 0, "@command") or diag $said->{err};
    ok($h->wait_until(sub {
        get($h->port, 'TLSv1.2', '/plan');
        my $now = () = $h->error_log =~ /is in force/g;
        $now > $before;
    }), '... and httpd follows');
    return $said;
}

# The phase and the next change according to the schedule page, the verify page, a rejection and
# tlsgatectl, each as [phase, next change, next phase].
sub told {
    my ($at) = @_;
    $h->stop_clock($at);
    my ($plan) = @{ json_of(get($h->port, 'TLSv1.2', '/plan'))->{schedules} };
    my %told = (plan => $plan);
    my $check = get($h->port, 'TLSv1', '/check');
    if ($check) {
        my $verify = json_of($check);
        ($told{verify}) = @{ $verify->{schedules} };
        $told{test} = $verify;
    }
    ($told{schedule}) = @{ $ctl->json_of($ctl->run(qw(schedule legacy --json)))->{schedules} };
    $told{simulate} = $ctl->json_of($ctl->run(qw(simulate legacy --protocol TLSv1 --json)))->{answers}[0]{decided_by};
    return \%told;
}

sub all_tell {
    my ($at, $phase, $change, $next) = @_;
    my $told = told($at);
    for my $who (grep { $told->{$_} } qw(plan verify schedule simulate)) {
        is_deeply([@{ $told->{$who} }{qw(phase next_change next_phase)}], [$phase, $change, $next], "$at, $who: $phase");
    }
    my $text = $change ? "$phase until $change, then $next" : $phase;
    for my $form (\@TEXT, \@HTML) {
        like(readable(get($h->port, 'TLSv1.2', '/plan', @$form)->{body}), qr/\b\Q$text\E\b/, "... on the page, @$form");
        like(readable(get($h->port, 'TLSv1', '/check', @$form)->{body}), qr/legacy: \Q$text\E\b/, "... and in the test") if $told->{verify};
    }
    return $told;
}

sub notices { return [$h->error_log =~ /:notice\] TLSGATE\d{4}: (?:schedule legacy: )?((?:observe|announced|grace|trial|cutoff|refuse|the clock).*)$/mg] }

# Moves the clock and waits for that notice.
sub noticed {
    my ($at, $text) = @_;
    $h->set_clock($at);
    ok($h->wait_until(sub { grep { /^\Q$text\E/ } @{ notices() } }), "$at: $text") or diag join "\n", @{ notices() };
}

# --- an exemption by account
all_tell('2027-05-01T00:00:00Z', 'announced', $CUTOFF, 'cutoff');
my $said = change(qw(exempt add legacy account:A-20 --until), $EXEMPT);
like($said->{out}, qr/^  refuse +\Q$REFUSE\E  ->  \Q$EXEMPT\E$/m, 'the change is shown before it is made');
for my $at ($CUTOFF, $REFUSE, '2027-12-31T23:59:59Z') {
    my $told = all_tell($at, 'cutoff', $EXEMPT, 'refuse');
    is_deeply([@{ $told->{$_} }{qw(refuse rejected_for_good)}], [$EXEMPT, $CUTOFF], "... $_ has the dates in force") for qw(plan verify schedule);
    is($told->{schedule}{timeline}[-1]{from}, $EXEMPT, '... and the timeline');
    is($told->{schedule}{timeline}[-1]{phase}, 'refuse', '... which ends so');
    like(get($h->port, 'TLSv1', '/check', @TEXT)->{body}, qr/^Refused in the handshake from:? +\Q$EXEMPT\E \(in \d+ /m, '... the test has that date too');
    my $r = get($h->port, 'TLSv1', '/');
    is($r->{status}, 426, '... and another client is rejected');
    is(json_of($r)->{phase}, 'cutoff', '... as at a cutoff');
    like(json_of($r)->{detail}, qr/ From \Q$EXEMPT\E on the TLS handshake itself fails\./, '... with the same date');
    $r = get($h->port, 'TLSv1', '/', 'X-Account: A-20');
    is($r->{status}, 200, '... the exempt client is served');
    is($r->{headers}{sunset}, imf_date($EXEMPT), '... until then');
}
for my $row (['', 1], [' --at 2027-11-30T00:00Z', 1], [' --at 2028-01-01T00:00Z', 0]) {
    my ($more, $waits) = @$row;
    my ($s) = @{ $ctl->json_of($ctl->run(split / /, "schedule legacy --json$more"))->{schedules} };
    is(!!$s->{refuse_waits}, !!$waits, "schedule$more: " . ($waits ? 'Refuse waits' : 'Refuse waits no longer'));
}
my $api = get($h->port('location'), 'TLSv1', '/api/');
is(json_of($api)->{phase}, 'cutoff', 'a host where only a location has the schedule rejects');
unlike(json_of($api)->{detail}, qr/handshake/, '... and does not say that handshakes will fail, for they will not');
unlike(get($h->port('location'), 'TLSv1', '/check', @TEXT)->{body}, qr/Refused in the handshake/, '... nor does its test');
noticed('2027-12-31T23:00:00Z', "cutoff since $CUTOFF, next refuse at $EXEMPT");
noticed('2028-01-01T00:00:30Z', "refuse since $EXEMPT, for good");
is_deeply([grep { /since \Q$REFUSE\E/ } @{ notices() }], [], 'no transition on the configured day');
$h->stop_clock($EXEMPT);
ok(!connect_to(port => $h->port, tls => 'TLSv1'), 'then handshakes fail');
my ($plan) = @{ json_of(get($h->port, 'TLSv1.2', '/plan'))->{schedules} };
is_deeply([@$plan{qw(phase next_change)}], ['refuse', undef], 'and the page says so');

# --- the clock is set back
change(qw(exempt remove legacy account:A-20));
my $before = @{ notices() };
noticed('2027-02-01T00:00:00Z', 'the clock went back from 2028-01-01T00:00:');
is_deeply([map { s/ to \S+$//r } @{ notices() }[$before + 1 .. $#{ notices() }]], ['announced, next trial at 2027-03-01T00:00:00Z'],
    'and each schedule with its present phase');
noticed('2027-03-01T00:00:30Z', 'trial since 2027-03-01T00:00:00Z, next announced at 2027-03-01T01:00:00Z');
is(scalar(grep { /^the clock/ } @{ notices() }), 1, 'one message that the clock went back');

# --- by hand
sub next_trial { my ($at, @more) = @_; $h->stop_clock($at); my $t = json_of(get($h->port, 'TLSv1', '/check', @more))->{next_trial}; return $t && "$t->{start}/$t->{end}" }
is(next_trial('2027-02-28T23:00:00Z'), '2027-03-01T00:00:00Z/2027-03-01T01:00:00Z', 'the next trial, as configured');
change(qw(trial legacy --until 2027-03-15T00:00:00Z));
my ($since) = map { $_->{since} } @{ $ctl->document->{overrides} };
is(next_trial('2027-03-10T00:00:00Z'), "$since/2027-03-15T00:00:00Z", 'a trial by hand is the trial that is open');
my $told = all_tell('2027-03-10T00:00:00Z', 'trial', '2027-03-15T00:00:00Z', 'announced');
like(get($h->port, 'TLSv1', '/check', @TEXT)->{body}, qr{^Trial, open or next:? +\Q$since\E to 2027-03-15T00:00:00Z \(now, ends in \d+ days\)$}m, 'and has an end on the page');
like(readable(get($h->port, 'TLSv1', '/plan', @HTML)->{body}), qr{Trial, now +\Q$since\E to 2027-03-15T00:00:00Z}, '... also on that of the schedule');
like(get($h->port, 'TLSv1', '/plan', @TEXT)->{body}, qr{^Trial, now: \Q$since\E to 2027-03-15T00:00:00Z \(now, ends in \d+ days\)$}m, '... in both forms');
like(readable(get($h->port, 'TLSv1', '/plan', @HTML)->{body}), qr{Test a client: open this with it +https://localhost:\d+/check}, '... which leads to the test');
is(next_trial('2027-03-15T00:00:00Z'), '2027-04-01T00:00:00Z/2027-04-01T01:00:00Z', 'after it, the next one');
change(qw(suspend legacy --until 2027-04-01T00:30:00Z));
is(next_trial('2027-03-20T00:00:00Z'), '2027-04-01T00:30:00Z/2027-04-01T01:00:00Z', 'a suspended trial begins when the suspension ends');
change(qw(suspend legacy --until 2027-07-01T00:00:00Z));
is(next_trial('2027-03-20T00:00:00Z'), undef, 'or not at all');
all_tell('2027-06-15T00:00:00Z', 'grace', '2027-07-01T00:00:00Z', 'cutoff');
change(qw(suspend legacy --until 2027-12-24T00:00:00Z));
like(get($h->port, 'TLSv1', '/check', @TEXT)->{body}, qr/^Refused in the handshake from:? +2027-12-24T00:00:00Z \(in \d+ days/m,
    'a suspension across Refuse is shown too');
$h->finish_ok;
done_testing;
