# A trial that TlsGateGuard stopped is told as such when it is over, to the second: on the page tlsgate-status and in its
# JSON, by tlsgatectl schedule, report and letters; also over a graceful and a full restart, and with when it was taken back.
use strict;
use warnings;
use lib 't/lib';
use JSON::PP qw(decode_json);
use Test::More;
use TlsGate::Ctl qw(says);
use TlsGate::Guard qw(conf_of next_second old page trip);
use TlsGate::Schema;

my $DAY = '2018-07-10T09';
my $END = '2018-07-10T10:00:00Z';
my %schema = map { $_ => TlsGate::Schema->new("docs/$_.schema.json") } qw(ledger report);
my @WHY = (qw(--reason known --by ops --yes));
my $ctl = TlsGate::Ctl->new(waits => 1, runs => 0, TZ => 'UTC', clock => "$DAY:00:00Z", conf => conf_of(
    dates => "TlsGateTrial 2018-07-10T09:00Z/PT1H\nTlsGateTrial 2018-07-11T09:00Z/PT1H\nTlsGateCutoff 2018-08-01T00:00Z",
    more => "TlsGateIdentity header:X-Account\nTlsGateLedger 10 kept/ledger"));
my $h = $ctl->{httpd};
mkdir "$h->{dir}/kept" or die "kept: $!";
chmod 0755, "$h->{dir}/kept";
$h->stop_clock("$DAY:00:00Z");
$h->start;
$ctl->write("$ctl->{dir}/template", "Subject: s\n\nMet: {trials}\n");

sub standing { my $s = decode_json(page($h, 'json')); ok($schema{ledger}->fits($s), 'the page fits its schema') or diag($schema{ledger}->wrong); return $s->{schedules}[0] }
sub timeline {
    my $s = $ctl->json_of($ctl->run(qw(schedule legacy --json)))->{schedules}[0];
    return [map { "$_->{phase} $_->{from}" } grep { $_->{from} && $_->{from} ge $DAY && $_->{from} lt '2018-07-11T10' } @{ $s->{timeline} }];
}
sub trials {
    my $document = $ctl->json_of($ctl->run('report', "$h->{dir}/logs/tlsgate.ndjson", '--trials', '--json'));
    ok($schema{report}->fits($document), 'the report fits its schema') or diag($schema{report}->wrong);
    return @{ $document->{trials} };
}
sub met { my ($met) = $ctl->run('letters', "$h->{dir}/logs/tlsgate.ndjson", qw(--format csv --client account:A --template), "$ctl->{dir}/template")->{out} =~ /Met: ([^"]*?)\s*"/; return $met =~ s/\s+/ /gr }

is_deeply(standing()->{stops}, [], 'nothing was stopped');
is(old($h, 'X-Account: A'), 426, 'a trial');
trip("$DAY:00", said => [[$h, qr/TLSGATE0087/]]);
$h->stop_clock("$DAY:10:00Z");
is(old($h, 'X-Account: A'), 200, 'who comes again is served');
next_second('2018-07-10T10:05:00Z', $h);
is(old($h, 'X-Account: B'), 200, 'the log goes on');

# --- it is over
my $stop = { at => "$DAY:00:30Z", until => $END, requests => 2, rejected => 2, rejected_percent => 100, allowed_percent => 50, taken_back_at => undef };
my $told = sub {
    my ($what) = @_;
    my $s = standing();
    is($s->{stopped}, undef, "$what: nothing is stopped now");
    is_deeply($s->{stops}, [$stop], '... the stop is kept');
    is_deeply($s->{last_trial}{stops}, [$stop], '... as one of the last trial');
    like(page($h, 'text'), qr/^The last trial: $DAY:00:00Z to $END, .* requests were rejected; TlsGateGuard stopped it at $DAY:00:30Z$/m, '... on the page');
    is_deeply(timeline(), ["trial $DAY:00:00Z", "grace $DAY:00:30Z", "announced $END", 'trial 2018-07-11T09:00:00Z'], '... in the timeline');
    return;
};
$told->('over');
my $then = $ctl->json_of($ctl->run(qw(schedule legacy --json --at 2018-07-10T09:30Z)))->{schedules}[0];
is_deeply([$then->{phase}, $then->{stopped}{at}], ['grace', "$DAY:00:30Z"], 'at a time within it, it is stopped');
is_deeply($ctl->json_of($ctl->run(qw(schedule legacy --json)))->{schedules}[0]{stops}, [$stop], 'schedule has it in JSON');
my ($trial) = trials();
is(join(' ', @$trial{qw(ended_at cut_short_by cut_short_at met retried silent)}), "$DAY:00:30Z guard $DAY:00:30Z 2 1 1", 'the report has the second') or diag(explain($trial));
like($trial->{text}, qr/\Amet 2 of 2: 0 moved since, 1 came again as before, 1 silent in the 1 h 5 min since; TlsGateGuard stopped it at $DAY:00:30Z\z/, '... in its sentence');
is(met(), 'Tue 10 Jul 2018, 09:00 UTC to Tue 10 Jul 2018, 09:00:30 UTC', 'a letter claims no more');
$ctl->write("$ctl->{dir}/page", page($h, 'json'));
my $page = $ctl->run(qw(schedule legacy --ledger), "$ctl->{dir}/page");
is("$page->{status} $page->{err}", '0 ', 'schedule --ledger reads the page');
like($page->{out} =~ s/\s+/ /gr, qr/ last trial $DAY:00:00Z to $END: \d+ of \d+ requests around it were rejected; TlsGateGuard stopped it at $DAY:00:30Z /, '... and tells it of any server');
ok($h->graceful, 'a graceful restart');
$told->('... after it');
$h->stop;
$h->start;
ok($h->wait_until(sub { @{ timeline() } == 4 }), 'a full restart');
$told->('... after it');

# --- the next one is stopped, and that is taken back, which an undo takes back
next_second('2018-07-11T09:00:00Z', $h);
trip('2018-07-11T09:00', said => [[$h, qr/(?s:TLSGATE0087.*)TLSGATE0087/]]);
$h->stop_clock('2018-07-11T09:10:00Z');
ok($h->wait_until(sub { $ctl->json_of($ctl->run('status', '--json'))->{schedules}[0]{stopped} }), 'status knows it');
says($ctl->run('resume', 'legacy', @WHY), 0, qr/./, qr//, 'a resume');
ok($h->wait_until(sub { $h->error_log =~ /TLSGATE0089/ }), '... which httpd sees');
my @next = ('2018-07-11T09:00:30Z', '2018-07-11T09:10:00Z');
my $back = { %$stop, at => $next[0], until => '2018-07-11T10:00:00Z', taken_back_at => $next[1] };
is_deeply(standing()->{stops}, [$stop, $back], '... is noted');
$h->stop_clock('2018-07-11T09:20:00Z');
is(old($h, 'X-Account: C'), 426, 'the trial goes on');
says($ctl->run('undo', @WHY), 0, qr/./, qr//, 'an undo');
ok($h->wait_until(sub { $h->error_log =~ /TLSGATE0059/ }), '... which httpd sees');
is_deeply(standing()->{stops}, [$stop, $back, { %$back, at => '2018-07-11T09:20:00Z', taken_back_at => undef }], '... stops it anew');
$h->stop_clock('2018-07-11T09:40:00Z');
says($ctl->run('resume', 'legacy', @WHY), 0, qr/./, qr//, 'another resume');
ok($h->wait_until(sub { (() = $h->error_log =~ /TLSGATE0089/g) == 2 }), '... which httpd sees');
next_second('2018-07-11T10:05:00Z', $h);
is(old($h, 'X-Account: B'), 200, 'the log goes on');
my $last = standing()->{last_trial};
is_deeply([map { "$_->{at} $_->{taken_back_at}" } @{ $last->{stops} }], ["$next[0] $next[1]", '2018-07-11T09:20:00Z 2018-07-11T09:40:00Z'], 'the last trial has both');
(undef, $trial) = trials();
is(join(' ', @$trial{qw(ended_at cut_short_by cut_short_at ran_on_from)}), "2018-07-11T10:00:00Z guard $next[0] 2018-07-11T09:40:00Z", 'the report counts it to its end');
like($trial->{text}, qr/since; TlsGateGuard stopped it from $next[0] to $next[1]; TlsGateGuard stopped it from 2018-07-11T09:20:00Z to 2018-07-11T09:40:00Z, and it ran on\z/, '... and says each time when it was stopped');
$h->finish_ok(qr/TLSGATE0087/);
done_testing;
