# What a reload would reject or serve at once: said by httpd -t, and by tlsgatectl check with the
# phase of each schedule. A date in the past by mistake is no error, so somebody has to say it.
use strict;
use warnings;
use lib 't/lib';
use Test::More;
use TlsGate::Ctl qw(says);

my $NOW     = '2018-07-01T00:00:00Z';
my $RUNNING = <<'CONF';
SSLEngine on
TlsGate legacy
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateAnnounce  2018-06-01T00:00Z
    TlsGateCutoff    2018-08-07T08:40Z
</TlsGateSchedule>
TlsGate over
<TlsGateSchedule over>
    TlsGateDeprecate kx=DHE
    TlsGateCutoff    2015-01-01T00:00Z
</TlsGateSchedule>
CONF

sub changed { my ($from, $to) = @_; return $RUNNING =~ s/$from/$to/r }

# What replaces the running configuration; what httpd -t warns of; what check says of the reload;
# its exit status; the place, where a TlsGate line makes it.
my $new_schedule = "TlsGate new\n<TlsGateSchedule new>\nTlsGateDeprecate cleartext kx=RSA\nTlsGateTrial 2018-06-30T00:00Z/P2D\n</TlsGateSchedule>\n";
my @cases = (
    ['nothing', $RUNNING, undef, undef, 0],
    ['a later cutoff', changed('2018-08-07', '2018-09-07'), undef, undef, 1],
    ['a cutoff with the year before', changed('2018-08-07', '2017-08-07') =~ s/2018-06-01/2017-06-01/r,
        'legacy', 'announced -> cutoff: TLS 1.0 and 1.1 are rejected at once', 1],
    ['one more version after the cutoff', changed('kx=DHE', 'kx=DHE TLSv1.2'),
        'over', 'cutoff: TLS 1.2 is rejected at once', 1],
    ['everything after the cutoff', changed('kx=DHE', 'any'),
        'over', 'cutoff: everything is rejected at once', 1],
    ['an expression after the cutoff', changed('kx=DHE', 'kx=DHE "expr=true"'),
        'over', 'cutoff: what its expression matches is rejected at once', 1],
    ['a new schedule in a trial', $RUNNING . $new_schedule,
        'new', 'none -> trial: plain HTTP and RSA key exchange are rejected at once', 1, 'main server'],
    ['the same, only reported', $RUNNING . $new_schedule =~ s/TlsGate new/TlsGate new report-only/r, undef, undef, 1],
    ['the same, named by nobody', $RUNNING . $new_schedule =~ s/TlsGate new\n//r, undef, undef, 1],
    ['its line is as=cutoff', changed('TlsGate legacy', 'TlsGate legacy as=cutoff'),
        'legacy', 'announced -> as=cutoff: TLS 1.0 and 1.1 are rejected at once', 1, 'main server'],
    ['its line is only reported', changed('TlsGate over', 'TlsGate over report-only'), undef,
        ['over', 'cutoff -> cutoff, report-only: DHE key exchange is served again'], 1, 'main server'],
    ['another schedule rejects the same', changed('TlsGate over', 'TlsGate again') . "<TlsGateSchedule again>\nTlsGateDeprecate kx=DHE\nTlsGateCutoff 2016-01-01T00:00Z\n</TlsGateSchedule>\n", undef, undef, 1],
    ['one version less after the cutoff', changed('kx=DHE', 'TLSv1') =~ s/2015-01-01/2019-01-01/r, undef,
        ['over', 'cutoff -> announced: DHE key exchange is served again'], 1],
    ['a schedule less', $RUNNING =~ s/TlsGate over.*//sr, undef,
        ['over', 'cutoff -> none: DHE key exchange is served again'], 1, 'main server'],
);
my $ctl = TlsGate::Ctl->new(clock => $NOW, conf => $RUNNING);
for my $case (@cases) {
    my ($name, $conf, $warned, $change, $status, $where) = @$case;
    my ($schedule, $text) = ref $change ? @$change : ($warned, $change);
    $ctl->{httpd}->write_conf("TlsGateState \$DIR/state/state.json\n$conf");
    my (undef, $said) = $ctl->{httpd}->configtest;
    my @warnings = $said =~ /TLSGATE0053: [^\n]*<TlsGateSchedule "([^"]*)">: a reload now changes it([^;]*);/g;
    is_deeply(\@warnings, $warned ? [$warned, ($where ? " at $where" : '') . ", $text"] : [], "$name: httpd -t");
    my $got = says($ctl->run('check'), $status, $text ? qr/^a reload now:\n  \Q$schedule\E@{[$where ? ' at main server' : '']}: \Q$text\E$/m : qr/^(?!.*a reload now:)/s, qr/^/, '... check');
    my $json = $ctl->json_of($ctl->run('check', '--json'));
    is_deeply($json->{letters}, [], '... without a log there is nothing to make letters of');
    is_deeply($json->{reload}, $text ? [{ schedule => $schedule, effect => $text =~ /rejected/ ? 'rejects' : 'serves', text => $text, at => $where && [$where] }] : [],
        '... for programs');
}

# --- the TlsGate lines of hosts and locations
{
    my $schedules = <<'CONF';
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateCutoff    2018-06-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule other>
    TlsGateDeprecate TLSv1.1 TLSv1.2
    TlsGateCutoff    2018-08-07T08:40Z
</TlsGateSchedule>
<TlsGateSchedule some>
    TlsGateDeprecate TLSv1.3
    TlsGateStatus    403
    TlsGateTrial     2018-06-30T00:00Z/P2D share=10%
</TlsGateSchedule>
CONF
    # What stands in the hosts a and b.
    my $conf = sub { my ($in_a, $in_b, $more) = @_;
        return $schedules . ($more // '') . join '', map { "<VirtualHost *:1>\nServerName $_->[0].example.com\nSSLEngine on\n$_->[1]\n</VirtualHost>\n" } ['a', $in_a], ['b', $in_b];
    };
    my $location = sub { "<Location $_[0]>\nTlsGate $_[1]\n</Location>" };
    my ($now, $again) = ('TLS 1.0 and 1.1 are rejected at once', 'TLS 1.0 and 1.1 are served again');
    # name, hosts before, after, the rows of check: schedule, place, text; what httpd -t advises
    my @lines = (
        ['off becomes a line', ['TlsGate off', 'TlsGate off'], ['TlsGate off', 'TlsGate legacy'], [['legacy', 'b', "none -> cutoff: $now"]], 'TlsGate lines'],
        ['a line becomes off', ['TlsGate legacy', 'TlsGate legacy'], ['TlsGate off', 'TlsGate legacy'], [['legacy', 'a', "cutoff -> none: $again"]]],
        ['a line goes to the other host', ['TlsGate legacy', ''], ['', 'TlsGate legacy'], [['legacy', 'b', "none -> cutoff: $now"], ['legacy', 'a', "cutoff -> none: $again"]], 'TlsGate lines'],
        ['as= at one of two', ['TlsGate other', 'TlsGate other'], ['TlsGate other as=refuse', 'TlsGate other'],
            [['other', 'a', 'announced -> as=refuse: TLS 1.1 and 1.2 are rejected at once']], 'TlsGate lines'],
        ['report-only is taken away', ['TlsGate legacy report-only', 'TlsGate other'], ['TlsGate legacy', 'TlsGate other'],
            [['legacy', 'a', "cutoff, report-only -> cutoff: $now"]], 'TlsGate lines'],
        ['another schedule at a host where one rejects already', ['TlsGate legacy', ''], ["TlsGate legacy\nTlsGate other as=cutoff", ''],
            [['other', 'a', 'none -> as=cutoff: TLS 1.2 is rejected at once']], 'TlsGate lines'],
        ['a location opens what its host rejects', ['TlsGate legacy', ''], ["TlsGate legacy\n" . $location->('/v1', 'off'), ''],
            [['legacy', 'a <Location /v1>', "cutoff -> none: $again"]]],
        ['a location less', ["TlsGate legacy\n" . $location->('/v1', 'off'), ''], ['TlsGate legacy', ''],
            [['legacy', 'a <Location /v1>', "none -> cutoff: $now"]], 'TlsGate lines'],
        ['a location within another', [$location->('/v1', 'legacy'), ''], [$location->('/v1', 'legacy') . "\n" . $location->('/v1/old', 'legacy report-only'), ''],
            [['legacy', 'a <Location /v1/old>', "cutoff -> cutoff, report-only: $again"]]],
        ['a location that is an expression', [$location->('~ "^/v[12]"', 'off'), ''], [$location->('~ "^/v[12]"', 'legacy'), ''],
            [['legacy', 'a <Location ^/v[12]>', "none -> cutoff: $now"]], 'TlsGate lines'],
        ['more of the clients', ['TlsGate some', 'TlsGate some'], ['TlsGate some as=trial', 'TlsGate some'],
            [['some', 'a', 'trial for 10% of the clients -> as=trial: TLS 1.3 is rejected at once']], 'TlsGate lines'],
        ['nothing', ['TlsGate legacy', 'TlsGate other'], ['TlsGate legacy', 'TlsGate other'], []],
    );
    my $ctl;
    for my $case (@lines) {
        my ($name, $before, $after, $rows, $advice) = @$case;
        $ctl = TlsGate::Ctl->new(clock => $NOW, conf => $conf->(@$before));
        my $place = sub { my ($where) = @_; return $where && 'vhost ' . $where =~ s/^(.)/$1.example.com:1/r };
        $ctl->{httpd}->write_conf("TlsGateState \$DIR/state/state.json\n" . $conf->(@$after));
        my @told = map { { schedule => $_->[0], effect => $_->[2] =~ /rejected/ ? 'rejects' : 'serves', at => $_->[1] && [$place->($_->[1])], text => $_->[2] } } @$rows;
        is_deeply($ctl->json_of($ctl->run('check', '--json'))->{reload}, \@told, "$name: for programs");
        my @shown = map { "  $_->[0]" . ($_->[1] ? ' at ' . $place->($_->[1]) : '') . ": $_->[2]" } @$rows;
        is_deeply([grep { /rejected at once|served again/ } split /\n/, $ctl->run('check')->{out} =~ s/^(?:(?!  ).)*TLSGATE[^\n]*\n//gmr], \@shown, '... as text');
        my (undef, $said) = $ctl->{httpd}->configtest;
        my @warnings = map { s/; if that is not meant, look at its /; /r } $said =~ /TLSGATE0053: [^\n]*(<TlsGateSchedule [^\n]*)/g;
        is_deeply(\@warnings, [map { qq(<TlsGateSchedule "$_->[0]">: a reload now changes it) . ($_->[1] ? ' at ' . $place->($_->[1]) : '') . ", $_->[2]; $advice" }
            grep { $_->[2] =~ /rejected/ } @$rows], '... httpd -t');
    }

    # many hosts are counted
    my $many = sub { my ($line) = @_; return join '', map { "<VirtualHost *:1>\nServerName h$_.example.com\nSSLEngine on\nTlsGate $line\n</VirtualHost>\n" } 1 .. 9 };
    $ctl = TlsGate::Ctl->new(clock => $NOW, conf => $conf->('TlsGate legacy', '', $many->('off')));
    $ctl->{httpd}->write_conf("TlsGateState \$DIR/state/state.json\n" . $conf->('TlsGate legacy', '', $many->('legacy')));
    says($ctl->run('check'), 1, qr/^  legacy at vhost h1\.example\.com:1, vhost h2\.example\.com:1, vhost h3\.example\.com:1 and 6 more: none -> cutoff: /m, qr/^/, 'of many hosts some are named');
}

# --- what was changed by hand counts, before and after
my @why = ('--reason', 'x', '--yes');
for (
    ['a cutoff in the past, of what is suspended', ['suspend', 'legacy', '--for', '7d'], changed('2018-08-07', '2017-08-07') =~ s/2018-06-01/2017-06-01/r, undef],
    ['a line as=cutoff, which no suspension holds', ['suspend', 'legacy', '--for', '7d'], changed('TlsGate legacy', 'TlsGate legacy as=cutoff'),
        'legacy at main server: announced -> as=cutoff: TLS 1.0 and 1.1 are rejected at once'],
    ['another cutoff, for which the postponement was not made', ['postpone', 'over', '--cutoff', '2019-01-01T00:00Z'], changed('2015-01-01', '2016-01-01'),
        'over: announced -> cutoff: DHE key exchange is rejected at once'],
    ['the cutoff to which it was postponed', ['postpone', 'over', '--cutoff', '2019-01-01T00:00Z'], changed('2015-01-01', '2019-01-01'), undef],
) {
    my ($name, $by_hand, $conf, $text) = @$_;
    my $changed = TlsGate::Ctl->new(clock => $NOW, conf => $RUNNING);
    says($changed->run(@$by_hand, @why), 0, qr/./, qr/^/, "$by_hand->[0] $by_hand->[1]");
    $changed->{httpd}->write_conf("TlsGateState \$DIR/state/state.json\n$conf");
    says($changed->run('check'), 1, $text ? qr/^a reload now:\n  \Q$text\E$/m : qr/^(?!.*a reload now:)/s, qr/^/, "... $name: check");
    my (undef, $said) = $changed->{httpd}->configtest;
    is(scalar(() = $said =~ /TLSGATE0053/g), $text ? 1 : 0, '... httpd -t');
}

# --- what TlsGateGuard stopped, while a trial is open
{
    my $trial = "TlsGate legacy-tls\n<TlsGateSchedule legacy-tls>\nTlsGateDeprecate TLSv1 TLSv1.1\nTlsGateAnnounce 2018-06-01T00:00Z\nTlsGateTrial 2018-06-30T23:00Z/2018-07-01T01:00Z\n</TlsGateSchedule>\n";
    my %stop = (schedule => 'legacy-tls', at => '2018-06-30T23:10:00Z', until => '2018-07-01T01:00:00Z', requests => 5230, rejected => 412, share => 500);
    my $stays = 'grace, next announced at 01:00Z (in 1 h)';
    my $over = 'trial, next announced at 01:00Z (in 1 h)';
    for (
        ['the same', 'TlsGateGuard 5%', {}, 'TlsGateGuard 5%', $stays, 0, 0],
        ['another share', 'TlsGateGuard 5%', {}, 'TlsGateGuard 7%', $stays, 0, 1],
        ['no guard', 'TlsGateGuard 5%', {}, '', $over, 1, 1],
        ['a guard with report-only', 'TlsGateGuard 5%', {}, 'TlsGateGuard 5% report-only', $over, 1, 1],
        ['hold is taken out', 'TlsGateGuard 5% hold', { until => undef }, 'TlsGateGuard 5%', $over, 1, 1],
        ['with hold the same', 'TlsGateGuard 5% hold', { until => undef }, "TlsGateGuard 5% hold\nTlsGateLedger 10 state/ledger", $stays, 0, 0],
        ['hold is put in, which does not concern an earlier stop', 'TlsGateGuard 5%', {}, 'TlsGateGuard 5% hold', $stays, 0, 1],
        ['a cutoff as well', 'TlsGateGuard 5%', {}, "TlsGateGuard 5%\nTlsGate legacy-tls as=cutoff", $stays, 'as=cutoff', 1],
    ) {
        my ($name, $runs, $trip, $next, $phase, $rejects, $status) = @$_;
        my $stopped = TlsGate::Ctl->new(TZ => 'UTC', clock => $NOW, conf => "SSLEngine on\n$runs\n$trial", trips => [{ %stop, %$trip }]);
        $stopped->{httpd}->stop_clock($NOW);
        my $conf = "SSLEngine on\n$next\n$trial";
        $conf =~ s/^TlsGate legacy-tls\n//m if $rejects eq 'as=cutoff';
        $stopped->{httpd}->write_conf("TlsGateState \$DIR/state/state.json\n$conf");
        my $text = $rejects ? 'grace -> ' . ($rejects eq '1' ? 'trial' : $rejects) . ': TLS 1.0 and 1.1 are rejected at once' : undef;
        my $where = $rejects && $rejects ne '1' ? ' at main server' : '';
        says($stopped->run('check'), $status, $text ? qr/^a reload now:\n  legacy-tls$where: \Q$text\E\nby httpd/m : qr/^(?!.*a reload now:)/s, qr/^/, "stopped, and a reload brings $name");
        like($stopped->run('check')->{out}, qr/if it were loaded now:\n  legacy-tls  \Q$phase\E/, '... the phase then');
        my $json = $stopped->json_of($stopped->run('check', '--json'));
        is_deeply([map { "$_->{schedule} $_->{effect} $_->{text}" } @{ $json->{reload} }], $text ? ["legacy-tls rejects $text"] : [], '... for programs');
        is($json->{phases}[0]{phase}, $phase =~ /^(\w+)/ && $1, '... and its phase');
    }
    my $back = TlsGate::Ctl->new(TZ => 'UTC', clock => $NOW, conf => "SSLEngine on\nTlsGateGuard 5%\n$trial", trips => [\%stop]);
    $back->{httpd}->stop_clock($NOW);
    says($back->run('resume', 'legacy-tls', @why), 0, qr/./, qr/^/, 'it is taken back');
    says($back->run('check'), 0, qr/\A(?!.*a reload).*^  legacy-tls  \Q$over\E/ms, undef, '... and check knows that');
}

# Where each schedule stands by httpd.conf.
$ctl->{httpd}->write_conf("TlsGateState \$DIR/state/state.json\n$RUNNING");
says($ctl->run('check'), 0, qr/^by httpd\.conf, if it were loaded now:\n  legacy +announced, next cutoff at 2018-08-07 08:40Z[^\n]* \(in 37 days\)\n  over +cutoff, for good$/m, undef, 'the phases');
is_deeply($ctl->json_of($ctl->run('check', '--json'))->{phases},
    [{ schedule => 'legacy', use => 'enforced', phase => 'announced', next => 'cutoff', at => '2018-08-07T08:40:00Z' },
     { schedule => 'over', use => 'enforced', phase => 'cutoff', next => undef, at => undef }], '... for programs');
$ctl->{httpd}->write_conf("TlsGateState \$DIR/state/state.json\n" . changed('TlsGate legacy', 'TlsGate legacy report-only') =~ s{TlsGate over}{}r);
says($ctl->run('check'), 1, qr/^  legacy  announced, next cutoff at [^\n]*; report-only\n  over    cutoff, for good; no TlsGate line names it$/m, qr/^/, 'who is not turned away');
is_deeply([map { $_->{use} } @{ $ctl->json_of($ctl->run('check', '--json'))->{phases} }], [qw(report-only none)], '... for programs');

# Where no plan was written, or it cannot be read, nothing is known of what a reload changes.
my @unknown = (['before the first start with a TlsGateState', sub { unlink "$ctl->{state}.plan" }],
    ['a plan that cannot be read', sub { $ctl->write("$ctl->{state}.plan", '{') }]);
for (@unknown) {
    my ($name, $make) = @$_;
    $make->();
    my (undef, $said) = $ctl->{httpd}->configtest;
    unlike($said, qr/a reload/, "$name: httpd -t says nothing of a reload");
}

# Without a state file nothing is known about what runs; the phases are shown all the same.
$ctl = TlsGate::Ctl->new(clock => $NOW, conf => $RUNNING, runs => 0);
$ctl->{httpd}->write_conf($RUNNING);
says($ctl->run_as({}, TlsGate::Ctl::program(), '--httpd', $ctl->{wrapper}, 'check'), 0, qr/\A(?!.*a reload).*^  over +cutoff, for good$/ms, undef, 'without TlsGateState');

# A configuration that is not there.
says($ctl->run_as({}, TlsGate::Ctl::program(), '--httpd', $ctl->{wrapper}, '--config', '/nonexistent.conf', 'check'), 2, qr/Could not open/,
    qr/httpd rejects its configuration: correct what it says above, or name another one with --config FILE/, 'a file that is not there');
done_testing;
