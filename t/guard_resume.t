# What TlsGateGuard stopped, for the operator: tlsgatectl status tells it, also as JSON and to monitoring, the page
# tlsgate-verify says it to a caller, and tlsgatectl resume takes it back, by a line in the state that every httpd honours.
# Afterwards the guard may stop the trial again.
use strict;
use warnings;
use lib 't/lib';
use JSON::PP;
use Test::More;
use TlsGate::Ctl qw(says);
use TlsGate::Ack qw(record records);
use TlsGate::Client qw(get);
use TlsGate::Guard qw(conf_of guarded next_second old page rejects served_as trip);
use TlsGate::Schema;

my $DAY = '2018-07-10T09';
my $GUARD = 'TlsGateGuard 50% min=2 over=PT10S';
my $status = TlsGate::Schema->new('docs/status.schema.json');
my $state_schema = TlsGate::Schema->new('docs/state.schema.json');
my @WHY = (qw(--reason known --by ops --yes));

# What runs tlsgatectl beside a server with a state file, at its time.
sub operated {
    my (%o) = @_;
    my $ctl = TlsGate::Ctl->new(waits => 1, runs => 0, TZ => 'UTC', clock => "$DAY:00:00Z", conf => conf_of(%o));
    $ctl->{httpd}->stop_clock("$DAY:00:00Z");
    $ctl->{httpd}->start;
    return ($ctl, $ctl->{httpd});
}
sub json_status {
    my ($ctl) = @_;
    my $said = $ctl->run('status', '--json');
    my $json = $ctl->json_of($said);
    $status->fits($json) or fail('the schema of status') && diag($status->wrong);
    return ($json, $said->{status});
}
sub stopped_of { my ($ctl) = @_; return (json_status($ctl))[0]{schedules}[0]{stopped} }
sub overrides_of { my ($ctl) = @_; my $d = $ctl->document; ok($state_schema->fits($d), 'the schema of the state') or diag($state_schema->wrong); return $d->{overrides} }
sub verified { my ($h) = @_; return get($h->port, 'TLSv1', '/verify', 'Accept: text/plain')->{body} =~ s/\s+/ /gr }

my ($once, $h) = operated();
my ($held, $hh) = operated(guard => "$GUARD hold");
is(stopped_of($once), undef, 'nothing is stopped');
says($once->run('resume', 'legacy', @WHY), 1, undef, qr/legacy is neither suspended nor in a trial by hand, and TlsGateGuard has not stopped a trial of it: nothing to end/, 'nothing to take back');
says($once->run('resume', '--all', '--confirm-all', @WHY), 1, undef, qr/no schedule is suspended, in a trial by hand or postponed, and TlsGateGuard has not stopped a trial: nothing to end/, '... nor with --all');
trip("$DAY:00", said => [[$h, qr/TLSGATE0087/], [$hh, qr/TLSGATE0087/]]);

# --- it is told
ok($h->wait_until(sub { stopped_of($once) }), 'status has it');
is_deeply(stopped_of($once), { at => "$DAY:00:30Z", until => '2018-07-10T10:00:00Z', requests => 2, rejected => 2, rejected_percent => 100, allowed_percent => 50 }, '... with what was met');
my ($json, $code) = json_status($once);
is($code, 1, '... and is a finding');
is_deeply([map { [@$_{qw(code severity)}] } @{ $json->{problems} }], [['stopped', 'warning']], '... the only one');
is_deeply([@{ $json->{schedules}[0] }{qw(phase by_hand since)}], ['grace', 'guard', "$DAY:00:30Z"], '... which made the phase');
my $text = $once->run('status')->{out};
like($text, qr/grace since 09:00:30Z \(0 s\), by TlsGateGuard: TLS 1\.0 is served.*next: announced 10:00Z/, 'the line of the schedule');
like($text =~ s/\s+/ /gr, qr/legacy: TlsGateGuard stopped its trial at 09:00:30Z: it rejected 2 of 2 requests, 100%, more than 50%; old clients are served until 10:00Z \(in 1 h\) -> see who they are on the page tlsgate-status; to let trials go on: tlsgatectl resume legacy --reason TEXT/, 'the problem and its remedy');
like($once->run('status', '--nagios')->{out}, qr/^TLSGATE WARNING: legacy: TlsGateGuard stopped its trial/, 'monitoring');
like($once->run(qw(simulate --protocol TLSv1))->{out} =~ s/\s+/ /gr, qr/TlsGateGuard stopped a trial, until 2018-07-10T10:00:00Z/, 'simulate has the reason');
my ($timeline) = @{ $once->json_of($once->run(qw(schedule legacy --json)))->{schedules} };
is_deeply([map { "$_->{phase} $_->{from}" } grep { $_->{from} && $_->{from} ge $DAY } @{ $timeline->{timeline} }],
    ["trial $DAY:00:00Z", "grace $DAY:00:30Z", 'announced 2018-07-10T10:00:00Z', 'cutoff 2018-08-01T00:00:00Z'], 'the timeline has it');
like(verified($h), qr/The trial of legacy was stopped by this server's guard at 2018-07-10T09:00:30Z, because it rejected more requests than planned: such requests are served until 2018-07-10T10:00:00Z\./, 'the page tlsgate-verify');
ok($hh->wait_until(sub { stopped_of($held) }), 'with hold');
is(stopped_of($held)->{until}, undef, '... there is no end');
like($held->run('status')->{out} =~ s/\s+/ /gr, qr/more than 50%; no further trial runs ->/, '... as status says');
like($held->run(qw(simulate --protocol TLSv1))->{out} =~ s/\s+/ /gr, qr/TlsGateGuard stopped a trial, and none runs/, '... and simulate');
like(verified($hh), qr/because it rejected more requests than planned: no trial runs until its operators allow it\./, '... and tlsgate-verify');

# --- a reload that rejects them is told, though by the dates nothing would change for them
my $conf = TlsGate::Httpd::slurp($h->dir . '/httpd.conf');
$h->write_file('httpd.conf', $conf =~ s/TlsGateTrial.*\n.*TlsGateCutoff.*/TlsGateCutoff 2018-07-01T00:00Z/r);
like($once->run('check')->{out}, qr/^a reload now:\n  legacy: grace -> cutoff: TLS 1\.0 is rejected at once$/m, 'check knows that they are served');
$h->write_file('httpd.conf', $conf);

# --- a trial by hand runs in spite of it, and takes nothing back
{
    my $said = $once->run(qw(trial legacy --for PT1M), @WHY);
    says($said, 0, qr/TLS 1\.0: served +\S+ rejected with 426/, qr/legacy: TlsGateGuard stopped its trial, and this one runs in spite of that; afterwards old clients are served until 10:00Z \(in 1 h\); to lift the stop: tlsgatectl resume legacy --reason TEXT/, 'a trial by hand');
    is(old($h), 426, '... rejects');
    my ($now) = json_status($once);
    is_deeply([@{ $now->{schedules}[0] }{qw(phase by_hand)}, $now->{schedules}[0]{next}{phase}, $now->{schedules}[0]{stopped}{until}, @{ $now->{problems} }], ['trial', 'trial', 'grace', '2018-07-10T10:00:00Z'], '... as status says, which finds nothing wrong meanwhile');
    next_second("$DAY:01:29Z", $h);
    is(old($h), 426, '... until its last second');
    $h->stop_clock("$DAY:01:30Z");
    served_as($h, 'then it is stopped as before', 'grace', guard => '2018-07-10T10:00:00Z');
    next_second("$DAY:01:40Z", $h);
    served_as($h, '... also once the guard has looked', 'grace', guard => '2018-07-10T10:00:00Z');
    unlike($h->error_log, qr/TLSGATE00(?:89|59)/, '... and the error log has no word of it');
    $said = $once->run(qw(trial legacy --until 10:30Z --dry-run), @WHY);
    like($said->{err} =~ s/\s+/ /gr, qr/runs in spite of that; to lift the stop/, 'nothing follows a trial that is longer than what was stopped');
    is($once->run('undo', @WHY)->{status}, 0, 'the trial is taken out');
}

# --- it is taken back
my $preview = $once->run(qw(resume legacy --dry-run), @WHY);
like($preview->{out} =~ s/\s+/ /gr, qr/adds resume of what TlsGateGuard stopped, by ops: known TLS 1\.0: served \S+ rejected with 426 until 10:00Z/, 'the preview says what it does');
unlike($preview->{err}, qr/too/, '... and nothing else is ended');
served_as($h, 'a dry run changes nothing', 'grace', guard => '2018-07-10T10:00:00Z');
says($once->run('resume', 'legacy', @WHY), 0, qr/./, qr/legacy: the stop by TlsGateGuard is lifted.*TLS 1\.0 is now rejected with 426/s, 'resume');
is(old($h), 426, '... and the trial goes on at once');
is_deeply(overrides_of($once), [{ schedule => 'legacy', kind => 'resume', reason => 'known', by => 'ops', since => "$DAY:01:40Z" }], '... by a line in the state');
is(stopped_of($once), undef, '... and status has it no more');
unlike(verified($h), qr/guard/, '... nor has tlsgate-verify');
is((json_status($once))[1], 0, '... and finds nothing');
like($once->run('status')->{out} =~ s/\s+/ /gr, qr/legacy: the stop by TlsGateGuard was lifted at 09:01:40Z.*, by ops: known/, '... but who did that');
ok($h->wait_until(sub { $h->error_log =~ /TLSGATE0089: schedule legacy: the stop by TlsGateGuard was lifted/ }), 'the error log says it');
like($h->error_log, qr/TLSGATE0026: TlsGateState "\S+": generation \d+ is in force: 1 override, 0 exemptions$/m, '... and counts it');
like($h->error_log, qr/TLSGATE0025: schedule legacy: resume of trials that TlsGateGuard stopped, at ${DAY}:01:40Z, by ops: known$/m, '... and names it');
says($once->run('resume', 'legacy', @WHY), 1, undef, qr/nothing to end/, 'once more there is nothing to take back');

# --- an undo of that, also after the guard has looked, brings it back as it was
says($once->run(qw(undo --dry-run), @WHY), 0, qr/ends +resume of what TlsGateGuard stopped, by ops: known.*TLS 1\.0: rejected with 426 +\S+ served/s, qr/legacy: the trial that TlsGateGuard stopped at 09:00:30Z is stopped again: old clients are served until 10:00Z \(in 58 min\)/, 'the preview of an undo');
is(old($h), 426, '... changes nothing');
says($once->run('undo', @WHY), 0, qr/./, qr/TLS 1\.0 is now served/, 'undo');
served_as($h, '... and it is stopped again, as it was', 'grace', guard => '2018-07-10T10:00:00Z');
is(stopped_of($once)->{at}, "$DAY:00:30Z", '... which status has');
ok($h->wait_until(sub { $h->error_log =~ /TLSGATE0059: schedule legacy: the trial that TlsGateGuard stopped at ${DAY}:00:30Z is stopped again, because the resume that lifted the stop was removed; until 2018-07-10T10:00:00Z old clients are served$/m }), '... and the error log says it');
is($once->run('undo', @WHY)->{status}, 0, 'an undo of the undo');
is(old($h), 426, '... takes it back again');
ok($h->wait_until(sub { (() = $h->error_log =~ /TLSGATE0089/g) == 2 }), '... as the error log says');
$hh->stop_clock('2018-07-15T00:00:00Z');
says($held->run('resume', '--all', '--confirm-all', @WHY), 0, qr/./, qr//, 'with hold, after its end, and all');
is_deeply([map { "$_->{kind} $_->{since}" } @{ overrides_of($held) }], ['resume 2018-07-15T00:00:00Z'], '... by the same line');
ok($hh->wait_until(sub { $hh->error_log =~ /TLSGATE0089/ }), '... which the error log says');
$hh->finish_ok(qr/TLSGATE0087/);

# --- and stopped again, in the same trial
trip("$DAY:02", said => [[$h, qr/(?s:TLSGATE0087.*)TLSGATE0087: .*until 2018-07-10T10:00:00Z/]]);
served_as($h, 'the guard may stop it again', 'grace', guard => '2018-07-10T10:00:00Z');
ok($h->wait_until(sub { stopped_of($once) }), '... which status has');
is(stopped_of($once)->{at}, "$DAY:02:30Z", '... with its time');
my $still = $once->run('undo', @WHY);
says($still, 0, qr/./, qr/the trial that TlsGateGuard stopped at 09:02:30Z stays stopped: old clients are served until 10:00Z/, 'an undo of the resume that came before that: what is stopped stays so');
$still = $once->run('undo', @WHY);
says($still, 0, qr/./, qr/legacy: this changes nothing: TlsGateGuard stopped its trial again at 09:02:30Z/, '... as it does if that is undone');
unlike($still->{err} =~ s{\s+}{ }gr, qr/legacy: the stop by TlsGateGuard is lifted\b(?!; undo)/, '... nor is it told otherwise');

# --- a trial by hand that is stopped is not in force, and one that runs in spite of a stop is told by httpd -t
{
    my ($by_hand, $b) = operated(dates => 'TlsGateCutoff 2018-08-01T00:00Z', guard => "$GUARD hold", more => 'TlsGateLedger 10 logs/ledger');
    says($by_hand->run(qw(trial legacy --for PT1H), @WHY), 0, qr/./, qr//, 'a trial by hand');
    trip("$DAY:00", said => [[$b, qr/TLSGATE0087/]]);
    ok($b->wait_until(sub { stopped_of($by_hand) }), '... is stopped');
    my ($now) = json_status($by_hand);
    is_deeply([$now->{in_force}, map { "$_->{kind} $_->{why}" } @{ $now->{written_not_in_force} }], [[], 'trial TlsGateGuard stopped it at 09:00:30Z'], '... and not in force');
    is_deeply([map { $_->{code} } @{ $now->{problems} }], ['stopped'], '... which is told once');
    like($by_hand->run('status')->{out} =~ s/\s+/ /gr, qr/written, but not in force: TlsGateGuard stopped it at 09:00:30Z legacy: trial by hand until 10:00Z/, '... as text');
    unlike(page($b, 'text'), qr/^trial legacy:/m, '... nor on the page of httpd');
    $b->stop_clock("$DAY:02:00Z");
    says($by_hand->run(qw(trial legacy --for PT10M), @WHY), 0, qr/./, qr/runs in spite of that/, 'another one');
    is(scalar @{ (json_status($by_hand))[0]{in_force} }, 1, '... is in force');
    like(page($b, 'text'), qr/^trial legacy: until 2018-07-10T09:12:00Z/m, '... also on the page');
    my ($foretold) = ($b->configtest)[1] =~ /TLSGATE0058: (.*)$/m;
    like($foretold, qr/stopped a trial of schedule legacy at $DAY:00:30Z: a trial by hand runs until $DAY:12:00Z; then no further trial runs; this outlasts a restart\. To lift/, '... and httpd -t says that it runs');
    $b->stop_clock("$DAY:12:00Z");
    ($foretold) = ($b->configtest)[1] =~ /TLSGATE0058: (.*)$/m;
    like($foretold, qr/at $DAY:00:30Z: no further trial runs; this outlasts a restart\. To lift/, '... until its end');
    $b->finish_ok(qr/TLSGATE0087/);
}

# --- a suspend on top of it: resume ends both
$h->stop_clock("$DAY:03:00Z");
says($once->run(qw(suspend legacy --for PT5M), @WHY), 0, qr/./, qr//, 'a suspend');
ok(stopped_of($once), '... takes nothing back');
like($once->run(qw(resume legacy --dry-run), @WHY)->{err} =~ s/\s+/ /gr, qr/legacy: TlsGateGuard stopped its trial at 09:02:30Z, and that stop is lifted too/, 'the preview of a resume says that it takes back what was stopped, too');
says($once->run('resume', 'legacy', @WHY), 0, qr/./, qr/legacy: the stop by TlsGateGuard is lifted.*TLS 1\.0 is now rejected with 426/s, 'resume ends it, and takes back what was stopped');
is(old($h), 426, '... at once');
is_deeply([map { "$_->{kind} $_->{since}" } @{ overrides_of($once) }], ["resume $DAY:03:00Z"], '... with one line, the new one');
my $undone = $once->run('undo', @WHY);
says($undone, 0, qr/./, qr/the trial that TlsGateGuard stopped at 09:02:30Z is stopped again/, 'undo brings both back');
is(scalar(() = "$undone->{out}$undone->{err}" =~ /^\S*\s*TLS 1\.0[^\n]*served/mg), 2, '... with the effect said once before it and once after it') or diag "$undone->{out}$undone->{err}";
unlike($undone->{err} =~ s{\s+}{ }gr, qr/stop by TlsGateGuard is lifted(?!; undo)/, '... and does not say that the resume before it takes that back');
$h->stop_clock("$DAY:08:00Z");
served_as($h, '... so that after the suspend it is stopped', 'grace', guard => '2018-07-10T10:00:00Z');

# --- when that trial is over nothing comes back
is($once->run('resume', 'legacy', @WHY)->{status}, 0, 'a resume');
next_second('2018-07-10T10:00:00Z', $h);
ok($h->wait_until(sub { my $r = record(records($once->{state})); $r && !@{ $r->{trips} } }), '... and the end of that trial');
says($once->run('undo', @WHY), 0, qr/./, qr/legacy: httpd no longer remembers a stopped trial, so none is stopped again; to serve old clients: tlsgatectl suspend legacy/, 'undo says that nothing comes back');
$h->finish_ok(qr/TLSGATE0087/);
done_testing;
