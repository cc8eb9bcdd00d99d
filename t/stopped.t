# What tlsgatectl says of a trial that TlsGateGuard stopped, beside a record as a httpd keeps it: status and schedule tell it,
# resume and undo say what they take back and what comes back, a trial by hand runs in spite of it, and postpone names only what
# goes on.
use strict;
use warnings;
use lib 't/lib';
use Test::More;
use TlsGate::Ctl qw(says);

my $DAY = '2018-07-10T09';
my $SCHEDULE = "    TlsGateAnnounce 2018-06-01T00:00Z\n    TlsGateTrial 2018-07-10T09:00Z/2018-07-10T10:00Z\n    TlsGateTrial 2018-07-12T09:00Z/2018-07-12T10:00Z\n    TlsGateCutoff 2018-08-01T00:00Z\n</TlsGateSchedule>\n";
my $CONF = "Listen 127.0.0.1:\@tls\@\nSSLEngine on\nTlsGate legacy other\n<TlsGateSchedule legacy>\n    TlsGateDeprecate TLSv1\n$SCHEDULE<TlsGateSchedule other>\n    TlsGateDeprecate kx=RSA\n$SCHEDULE";
my $GUARD = "TlsGateGuard 5%\n";
my @WHY = (qw(--reason known --by ops --yes));

sub trip { my (%o) = @_; return { schedule => 'legacy', at => "$DAY:10:00Z", until => '2018-07-10T10:00:00Z', requests => 5230, rejected => 412, share => 500, %o } }

# At 09:20, beside a httpd whose guard stopped that.
sub beside {
    my ($trips, %o) = @_;
    my $ctl = TlsGate::Ctl->new(TZ => 'UTC', clock => "$DAY:20:00Z", conf => $GUARD . $CONF, trips => $trips, %o);
    $ctl->{httpd}->stop_clock("$DAY:20:00Z");
    return $ctl;
}
sub at { my ($ctl, $clock) = @_; $ctl->{httpd}->stop_clock($clock); return $ctl }
sub done { my ($ctl, @what) = @_; my $said = $ctl->run(@what, @WHY); is($said->{status}, 0, "@what") or diag($said->{err}); return $said->{err} =~ s/\s+/ /gr }
sub dry { my ($ctl, @what) = @_; my $said = $ctl->run(@what, '--dry-run', @WHY); is($said->{status}, 0, "@what --dry-run") or diag($said->{err}); return ($said->{err} =~ s/\s+/ /gr, $said->{out} =~ s/\s+/ /gr) }
sub kinds { my ($ctl) = @_; return join(' ', sort map { "$_->{schedule}:$_->{kind}" } @{ $ctl->document->{overrides} }) }
sub timeline {
    my ($ctl) = @_;
    my ($schedule) = @{ $ctl->json_of($ctl->run(qw(schedule legacy --json)))->{schedules} };
    return join(' ', map { "$_->{phase}@" . ($_->{from} =~ s/^2018-|:00Z$//gr) } grep { $_->{from} } @{ $schedule->{timeline} });
}
sub problems { my ($ctl) = @_; return map { s/\s+/ /gr } $ctl->run('status')->{out} =~ /^  (legacy: TlsGateGuard .*\n    -> .*)$/mg }

# --- it is told
my $REST = '12T10:00 cutoff@08-01T00:00';
{
    my $ctl = beside([trip()]);
    is_deeply([problems($ctl)], ['legacy: TlsGateGuard stopped its trial at 09:10Z: it rejected 412 of 5230 requests, 7.87%, more than 5%; old clients are served until 10:00Z (in 40 min) -> see who they are on the page tlsgate-status; to let trials go on: tlsgatectl resume legacy --reason TEXT'], 'status');
    my $json = $ctl->json_of($ctl->run(qw(status --json)));
    is_deeply([map { $_->{stopped} } @{ $json->{schedules} }], [{ at => "$DAY:10:00Z", until => '2018-07-10T10:00:00Z', requests => 5230, rejected => 412, rejected_percent => 7.87, allowed_percent => 5 }, undef], '... as JSON, of the one that it is about');
    is_deeply([map { "$_->{phase} $_->{since}" } @{ $json->{schedules} }], ["grace $DAY:10:00Z", "trial $DAY:00:00Z"], '... which made the phase');
    is(timeline($ctl), "announced\@06-01T00:00 trial\@07-10T09:00 grace\@07-10T09:10 announced\@07-10T10:00 trial\@07-12T09:00 announced\@07-$REST", 'the timeline');
    is_deeply([problems(at($ctl, "$DAY:59:59Z"))], [map { s/in 40 min/in 1 s/r } problems(at($ctl, "$DAY:20:00Z"))], 'to the second before its end');
    is_deeply([problems(at($ctl, '2018-07-10T10:00:00Z'))], [], '... and not then');
    my $held = beside([trip(until => undef)]);
    like((problems($held))[0], qr/more than 5%; no further trial runs -> see/, 'with hold');
    is(timeline($held), 'announced@06-01T00:00 trial@07-10T09:00 grace@07-10T09:10 announced@07-10T10:00 grace@07-12T09:00 announced@07-' . $REST, '... the timeline');
    is_deeply([problems(at($held, '2018-08-01T00:00:00Z'))], [], 'after the cutoff it is no problem');
}

# --- resume, and undo of it
for (['', '2018-07-10T10:00:00Z', 'old clients are served until 10:00Z \(in 40 min\)'], [' with hold', undef, 'no further trial runs']) {
    my ($name, $until, $words) = @$_;
    my $ctl = beside([trip(until => $until)]);
    my ($err, $out) = dry($ctl, qw(resume legacy));
    like($out, qr/^resume legacy adds resume of what TlsGateGuard stopped, by ops: known TLS 1\.0: served \S+ rejected/, "the preview of a resume$name");
    unlike($err, qr/TlsGateGuard/, '... has no more to say');
    done($ctl, qw(resume legacy));
    is_deeply([problems($ctl)], [], '... it is no problem any more');
    is(timeline($ctl), "announced\@06-01T00:00 trial\@07-10T09:00 grace\@07-10T09:10 trial\@07-10T09:20 announced\@07-10T10:00 trial\@07-12T09:00 announced\@07-$REST", '... the timeline has both');
    says($ctl->run('resume', 'legacy', @WHY), 1, undef, qr/nothing to end/, '... a second one ends nothing');
    ($err, $out) = dry($ctl, 'undo');
    like($err, qr/legacy: the trial that TlsGateGuard stopped at 09:10Z is stopped again: $words/, 'the preview of an undo');
    like($out, qr/ends resume of what TlsGateGuard stopped, by ops: known TLS 1\.0: rejected with \S+ \S+ served until/, '... and its effect');
    done($ctl, 'undo');
    is(kinds($ctl), '', '... leaves no entry');
    is(scalar(problems($ctl)), 1, '... and it is stopped');
    unlike(done($ctl, 'undo'), qr/warning: .*stopped again/, 'undo of the undo');
    is(kinds($ctl), 'legacy:resume', '... takes it back');
}
{
    my $ctl = beside([trip()]);
    done($ctl, qw(resume legacy));
    $ctl->{trips} = [];
    like((dry($ctl, 'undo'))[0], qr/legacy: httpd no longer remembers a stopped trial, so none is stopped again; to serve old clients: tlsgatectl suspend legacy/, 'undo of what httpd has forgotten');
    $ctl->{trips} = [trip(at => "$DAY:20:01Z")];
    like((dry($ctl, 'undo'))[0], qr/legacy: the trial that TlsGateGuard stopped at 09:20:01Z stays stopped/, '... of a trial that was stopped since');
    $ctl->{acts} = 0;
    like((dry($ctl, 'undo'))[0], qr/legacy: a trial that TlsGateGuard stopped is stopped again wherever an httpd still remembers the stop/, '... where no httpd says anything');
}

# --- resume of a suspend or a trial by hand
{
    my $ctl = beside([trip()]);
    unlike(done($ctl, qw(suspend legacy --for PT5M)), qr/TlsGateGuard/, 'a suspend takes nothing back');
    is(scalar(problems($ctl)), 1, '... it is still stopped');
    like((dry($ctl, qw(resume legacy)))[0], qr/legacy: TlsGateGuard stopped its trial at 09:10Z, and that stop is lifted too/, 'resume says what it takes back, too');
    unlike((dry(at($ctl, "$DAY:25:00Z"), qw(resume legacy)))[0], qr/too/, '... but not beside a suspend that has ended');
    unlike((dry(at($ctl, "$DAY:25:01Z"), qw(resume legacy)))[0], qr/too/, '... nor beside one that ended before');
    like((dry(at($ctl, "$DAY:24:59Z"), qw(resume legacy)))[0], qr/too/, '... to the second');
    done($ctl, qw(resume legacy));
    is(kinds($ctl), 'legacy:resume', '... both are done');
    like(done($ctl, 'undo'), qr/is stopped again: old clients are served until 10:00Z/, 'undo of both');
    is(kinds($ctl), 'legacy:suspend', '... brings both back');
    is(scalar(problems($ctl)), 1, '... as they were');
    says($ctl->run(qw(resume other), @WHY), 1, undef, qr/other is neither suspended nor in a trial by hand, and TlsGateGuard has not stopped a trial of it: nothing to end/, 'another schedule has nothing to end');
    like(done($ctl, qw(resume legacy other)), qr/other is neither/, '... beside one that has');
}
{
    my $ctl = beside([trip()]);
    done($ctl, qw(postpone legacy --cutoff 2018-09-01T00:00Z));
    done($ctl, qw(suspend other --for PT5M));
    my ($err) = dry($ctl, qw(resume --all --confirm-all));
    like($err, qr/legacy: TlsGateGuard stopped its trial at 09:10Z, and that stop is lifted too/, 'resume --all says it beside a postponement');
    unlike($err, qr/other: TlsGateGuard|other: if/, '... of what was stopped');
    unlike(done($ctl, qw(resume --all --confirm-all)), qr/nothing to end/, '... with something to end');
    is(kinds($ctl), 'legacy:resume', '... and ends all');
    says($ctl->run(qw(resume --all --confirm-all), @WHY), 1, undef, qr/no schedule is suspended.*nothing to end/s, '... once');
    my $stopped = beside([trip()]);
    unlike((dry($stopped, qw(resume --all --confirm-all)))[0], qr/too/, '... and where it is the only one says no more');
    done($stopped, qw(resume --all --confirm-all));
    is(kinds($stopped), 'legacy:resume', '... and takes it back');
}
for (['a guard', $GUARD, 0, 'legacy:resume', qr/legacy: if TlsGateGuard stopped a trial, that stop is lifted too/], ['no guard', '', 0, '', qr/written/], ['a guard that stopped nothing', $GUARD, 1, '', qr/written/]) {
    my ($name, $guard, $acts, $kinds, $says) = @$_;
    my $ctl = beside([], conf => $guard . $CONF);
    done($ctl, qw(suspend legacy --for PT5M));
    $ctl->{acts} = $acts;
    like(done($ctl, qw(resume legacy)), $says, ($acts ? 'a httpd with ' : 'no httpd says anything, and there is ') . $name);
    is(kinds($ctl), $kinds, '... and it is taken back if it may be there');
}

# --- a document that is lost, where no httpd tells: what may have been stopped is taken back with the rest
for ([$GUARD, 'legacy:resume other:resume', 1], ['', '', 0]) {
    my ($guard, $kinds, $says) = @$_;
    my $ctl = beside([], conf => $guard . $CONF);
    done($ctl, qw(suspend legacy --for PT5M));
    unlink $ctl->{state};
    $ctl->{acts} = 0;
    my $err = done($ctl, qw(resume --all --confirm-all));
    is(kinds($ctl), $kinds, 'resume --all of a document that is lost, with ' . ($guard ? 'a guard' : 'no guard'));
    is(scalar(() = $err =~ /(?:legacy|other): if TlsGateGuard stopped a trial, that stop is lifted too/g), 2 * $says, '... and says so of each');
}

{
    my $ctl = beside([], runs => 0);
    my @bare = (TlsGate::Ctl::program(), '--state', $ctl->{state}, '--httpd', '/nonexistent/httpd');
    $ctl->write($ctl->{state}, '{"version":1,"overrides":[],"exemptions":[]}');
    says($ctl->run_as({}, @bare, qw(resume --all --confirm-all), @WHY), 1, undef, qr/nothing to end/, 'resume --all where no plan says which schedules there are');
    done($ctl, qw(suspend legacy --for PT5M));
    unlink $ctl->{state};
    $ctl->{acts} = 0;
    says($ctl->run_as({}, @bare, qw(resume --all --confirm-all), @WHY), 0, qr/then has 0 overrides and 0 exemptions$/m, qr/the document is gone.*written: /s, '... and where the document is lost as well');
    is_deeply([map { "$_->{command} $_->{schedule} $_->{outcome}" } $ctl->audit], ['suspend legacy begun', 'suspend legacy written', 'resume * begun', 'resume * written'], '... every schedule is meant, as the audit says');
}

# --- a name that nothing knows, or only what is left of a schedule
{
    my $ctl = beside([trip(), trip(schedule => 'gone')]);
    my $said = $ctl->run(qw(resume lgacy), @WHY);
    says($said, 2, qr/\A\z/, qr/there is no schedule "lgacy"; did you mean legacy\?; there are: legacy, other$/m, 'a name that is mistyped');
    unlike($said->{err}, qr/any more|nothing to end/, '... was never there');
    says($ctl->run(qw(resume legacy lgacy), @WHY), 2, qr/\A\z/, qr/there is no schedule "lgacy"/, '... beside one that is there');
    is($ctl->document, undef, '... and nothing is written');
    like(done($ctl, qw(resume gone)), qr/the schedule "gone" no longer exists/, 'one of which only a stop is left');
    is(kinds($ctl), 'gone:resume', '... is resumed');
    done($ctl, qw(suspend other --for PT5M));
    $ctl->{httpd}->write_conf("TlsGateState \$DIR/state/state.json\n" . $CONF =~ s/^TlsGate legacy other$/TlsGate legacy/mr =~ s/<TlsGateSchedule other>.*//sr);
    $ctl->plan_runs;
    like(done($ctl, qw(resume other)), qr/the schedule "other" no longer exists/, 'one of which only a suspend is left');
    says($ctl->run(qw(resume other), @WHY), 2, qr/\A\z/, qr/there is no schedule "other"; there are: legacy$/m, '... once');
}

# --- a trial by hand in spite of it
{
    my $ctl = beside([trip()]);
    my $spite = qr/legacy: TlsGateGuard stopped its trial, and this one runs in spite of that/;
    like((dry($ctl, qw(trial legacy --until 09:59:59Z)))[0], qr/$spite; afterwards old clients are served until 10:00Z \(in 40 min\); to lift the stop: tlsgatectl resume legacy --reason TEXT/, 'a trial by hand');
    like((dry($ctl, qw(trial legacy --until 10:00Z)))[0], qr/$spite; to lift the stop/, '... that is as long');
    unlike((dry($ctl, qw(trial other --until 10:00Z)))[0], qr/TlsGateGuard/, '... of another schedule');
    done($ctl, qw(trial legacy --for PT10M));
    is_deeply([problems($ctl)], [], '... and while it runs nothing is wrong');
    is(timeline($ctl), "announced\@06-01T00:00 trial\@07-10T09:00 grace\@07-10T09:10 trial\@07-10T09:20 grace\@07-10T09:30 announced\@07-10T10:00 trial\@07-12T09:00 announced\@07-$REST", '... the timeline');
    is(scalar(problems(at($ctl, "$DAY:30:00Z"))), 1, '... afterwards it is stopped');
    at($ctl, "$DAY:25:00Z");
    like((dry($ctl, qw(resume legacy)))[0], qr/that stop is lifted too/, 'resume ends both');
    like((dry($ctl, qw(postpone legacy --cutoff 2018-09-01T00:00Z)))[0], qr/legacy: its trial goes on until its end, 2018-07-10T09:30:00Z/, 'postpone says that it goes on');
    unlike((dry(at($ctl, "$DAY:30:00Z"), qw(postpone legacy --cutoff 2018-09-01T00:00Z)))[0], qr/goes on/, '... but not of one that has ended');
    like((dry(at($ctl, "$DAY:29:59Z"), qw(postpone legacy --cutoff 2018-09-01T00:00Z)))[0], qr/goes on/, '... to the second');
    my $held = beside([trip(until => undef)]);
    like((dry($held, qw(trial legacy --for PT5M)))[0], qr/$spite; afterwards no further trial runs; to lift/, 'with hold');
    done($held, qw(resume legacy));
    unlike((dry($held, qw(trial legacy --for PT5M)))[0], qr/in spite/, '... not once that is taken back');
    like(done($held, qw(undo)), qr/no further trial runs/, '... and undone');
    done($held, qw(suspend legacy --for PT5M));
    like((dry($held, qw(postpone legacy --cutoff 2018-09-01T00:00Z)))[0], qr/legacy: its suspend goes on until its end, 2018-07-10T09:25:00Z/, 'postpone names a suspend');
}
# --- in the order in which it was done
{
    my $ctl = at(beside([trip()]), "$DAY:05:00Z");
    done($ctl, qw(suspend legacy --for PT3M));
    is(timeline(at($ctl, "$DAY:20:00Z")), "announced\@06-01T00:00 trial\@07-10T09:00 grace\@07-10T09:05 trial\@07-10T09:08 grace\@07-10T09:10 announced\@07-10T10:00 trial\@07-12T09:00 announced\@07-$REST", 'what was done before it stopped');
}
{
    my $ctl = beside([trip()]);
    done($ctl, qw(resume legacy));
    my $id = ($ctl->audit)[-1]{id};
    done($ctl, qw(exempt add legacy account:acme --until 2018-09-01T00:00Z));
    for (['09:30Z', qr/stopped again: a trial by hand runs until 09:30Z \(in 10 min\); then old clients are served until 10:00Z/], ['10:00Z', qr/stopped again: a trial by hand runs until 10:00Z \(in 40 min\) /]) {
        done($ctl, qw(trial legacy --until), $_->[0]);
        like((dry($ctl, 'undo', '--change', $id))[0], $_->[1], "undo of a resume while a trial by hand runs until $_->[0]");
    }
}

# --- exemptions that make a cutoff of Refuse, and a trial whose share grows, in the timeline and in since when
{
    my $ctl = TlsGate::Ctl->new(TZ => 'UTC', clock => "$DAY:00:00Z", conf => <<"CONF");
Listen 127.0.0.1:\@tls\@
SSLEngine on
TlsGate legacy other
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1
    TlsGateCutoff 2018-07-10T09:00Z
    TlsGateRefuse 2018-07-10T09:08Z
</TlsGateSchedule>
<TlsGateSchedule other>
    TlsGateDeprecate kx=RSA
    TlsGateAnnounce 2018-06-01T00:00Z
    TlsGateTrial 2018-07-10T09:00Z/2018-07-10T09:10Z share=50%
    TlsGateTrial 2018-07-10T09:10Z/2018-07-10T10:00Z
    TlsGateCutoff 2018-08-01T00:00Z
</TlsGateSchedule>
CONF
    my $since = sub { my ($clock) = @_; my $json = at($ctl, $clock)->json_of($ctl->run(qw(status --json))); return join(' ', map { "$_->{phase} $_->{since}" } @{ $json->{schedules} }) };
    for (['05', 'legacy', 'account:a', '09:12Z'], ['05', 'legacy', 'account:b', '09:11Z'], ['10', 'legacy', 'account:c', '09:16Z'], ['11', 'legacy', 'account:d', '09:14Z'], ['11', 'legacy', '192.0.2.0/24', '09:18Z'], ['11', 'other', 'account:e', '09:19Z']) {
        my ($minute, $schedule, $whom, $until) = @$_;
        done(at($ctl, "$DAY:$minute:00Z"), qw(exempt add), $schedule, $whom, '--until', $until);
    }
    at($ctl, "$DAY:13:00Z");
    is(timeline($ctl), 'cutoff@07-10T09:00 refuse@07-10T09:16', 'Refuse waits for the longest exemption that a request identifies');
    is($since->("$DAY:13:00Z"), "cutoff $DAY:00:00Z trial $DAY:00:00Z", '... and no phase begins meanwhile');
    is($since->("$DAY:15:59Z"), "cutoff $DAY:00:00Z trial $DAY:00:00Z", '... until the last second');
    is($since->("$DAY:16:00Z"), "refuse $DAY:16:00Z trial $DAY:00:00Z", '... and then it begins');
    # By a clock that was ahead.
    done(at($ctl, "$DAY:30:00Z"), qw(suspend other --until 09:50Z));
    is($since->("$DAY:20:00Z"), "refuse $DAY:16:00Z grace $DAY:20:00Z", 'what was done by a clock that was ahead counts now');
}

# --- one line for each schedule, and what resume leaves
{
    my $ctl = beside([trip()]);
    done($ctl, qw(postpone legacy --cutoff 2018-09-01T00:00Z));
    like((dry($ctl, qw(resume legacy)))[0], qr/legacy stays postponed/, 'resume says that a postponement stays');
    unlike((dry(beside([trip()]), qw(resume legacy)))[0], qr/stays postponed/, '... if there is one');
    done($ctl, qw(suspend legacy --for PT5M));
    done($ctl, qw(suspend other --for PT5M));
    my ($err, $out) = dry($ctl, qw(resume --all --confirm-all));
    is(join(' ', $out =~ /resume (\w+) ends/g), 'legacy other', 'resume --all names each schedule once');
    says($ctl->run(qw(resume legacy --confirm-all), @WHY), 2, undef, qr/--confirm-all goes with --all/, '--confirm-all without --all');
}

# --- resume --all of one that is not the first, and of one change by hand
{
    my $ctl = beside([trip(schedule => 'other')]);
    done($ctl, qw(resume --all --confirm-all));
    is(kinds($ctl), 'other:resume', 'resume --all takes back what was stopped, of whichever schedule');
    my $by_hand = beside([]);
    done($by_hand, qw(suspend other --for PT5M));
    done($by_hand, qw(resume --all --confirm-all));
    is(kinds($by_hand), '', '... and ends the one change that there is');
}
done_testing;
