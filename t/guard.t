# TlsGateGuard in servers: a trial that rejects too much is stopped, by date or by hand, is said, and the cutoff is
# not; with report-only it is said and goes on; too few requests stop nothing.
use strict;
use warnings;
use lib 't/lib';
use JSON::PP qw(decode_json);
use Test::More;
use TlsGate::Client qw(get);
use TlsGate::Guard qw(conf_of guarded next_second old page rejects served_as trip);
use TlsGate::State qw(document suspend trial);

my $DAY = '2018-07-10T09';
my $DATES = 'TlsGateCutoff 2018-08-01T00:00Z';
my @BY_HAND = (dates => $DATES, more => 'TlsGateState $DIR/state/state.json');
my $by_date = guarded()->start;
my $report = guarded(guard => 'TlsGateGuard 50% min=2 over=PT10S report-only')->start;
my $few = guarded(guard => 'TlsGateGuard 50% min=3 over=PT10S')->start;
my $by_hand = guarded(@BY_HAND);
my $state = TlsGate::State->new($by_hand, sub { old($by_hand) });
$by_hand->start;
sub trips { my ($h) = @_; return page($h, 'prometheus') =~ /^tlsgate_guard_trips_total\{schedule="legacy"\} (\d+)$/m ? $1 : 'none' }
sub times_said { my ($h, $id) = @_; return scalar(() = $h->error_log =~ /$id/g) }

$state->put(document(trial('legacy', '2018-07-10T09:30:00Z', since => '2018-07-10T09:00:00Z')));
ok($by_hand->wait_until(sub { old($by_hand) == 426 }), 'a trial by hand');
trip("$DAY:00", said => [
    [$by_date, qr/TLSGATE0087: schedule legacy: TlsGateGuard stops its trial: it rejected 2 of 2 requests, more than 50% for the second time in a row; until 2018-07-10T10:00:00Z old clients are served\. To lift it: tlsgatectl resume legacy --reason TEXT$/m],
    [$report, qr/TLSGATE0088: schedule legacy: TlsGateGuard would stop its trial if it were not report-only: the trial rejected 2 of 2 requests, more than 50% for the second time in a row; it continues until 2018-07-10T10:00:00Z$/m],
    [$by_hand, qr/TLSGATE0087: .*; until 2018-07-10T09:30:00Z old clients are served/],
    [$few, qr/resuming normal operations/],
]);

# --- it stopped
$by_date->stop_clock('2018-07-10T09:59:59Z');
served_as($by_date, 'served until the last second', 'grace', guard => '2018-07-10T10:00:00Z');
like(page($by_date, 'text'), qr/TlsGateGuard stopped a trial that rejected too much/, 'the page says so');
is_deeply(decode_json(page($by_date, 'json'))->{schedules}[0]{override}, { kind => 'guard', until => '2018-07-10T10:00:00Z' }, '... also for programs');
is(trips($by_date), 1, 'the metric');
ok($by_date->graceful, 'a graceful restart');
served_as($by_date, '... keeps it', 'grace', guard => '2018-07-10T10:00:00Z');
$by_date->stop_clock('2018-08-01T00:00:00Z');
is(old($by_date), 426, 'the cutoff is not stopped');
$by_date->finish_ok(qr/TLSGATE0087/);

# --- a trial by hand is stopped like another one; a suspend takes nothing back, nor does another trial by hand, which runs
served_as($by_hand, 'a trial by hand is stopped', 'grace', guard => '2018-07-10T09:30:00Z');
$by_hand->stop_clock("$DAY:00:40Z");
$state->put(document(suspend('legacy', '2018-07-10T09:01:00Z', since => '2018-07-10T09:00:40Z')));
ok($by_hand->wait_until(sub { old($by_hand); ($by_hand->sightings)[-1]{tlsgate}{phase} eq 'announced' }), 'in its place a suspend');
next_second("$DAY:00:50Z", $by_hand, $report, $few);
is(times_said($by_hand, 'TLSGATE0089'), 0, '... which takes nothing back');
$state->put(document(trial('legacy', '2018-07-10T09:20:00Z', since => '2018-07-10T09:01:00Z')));
$_->stop_clock("$DAY:01:00Z") for $by_hand, $report;
ok($by_hand->wait_until(sub { old($by_hand) == 426 }), 'a trial that is made afterwards runs');
next_second("$DAY:01:10Z", $by_hand);
is(times_said($by_hand, 'TLSGATE0089'), 0, '... and takes nothing back');
trip("$DAY:02", said => [
    [$by_hand, qr/(?s:TLSGATE0087.*)TLSGATE0087: .*; until 2018-07-10T09:30:00Z old clients are served/],
    [$report, qr/TLSGATE0088/],
]);
served_as($by_hand, 'it may be stopped again, for as long as what was stopped before', 'grace', guard => '2018-07-10T09:30:00Z');
is(trips($by_hand), 2, '... which makes two');
$by_hand->write_conf(conf_of(@BY_HAND, guard => ''));
ok($by_hand->graceful, 'the directive is gone');
ok($by_hand->wait_until(sub { $by_hand->error_log =~ /TLSGATE0089: schedule legacy: the stop by TlsGateGuard was lifted; an open trial continues$/m }), '... and so is the stop');
is(old($by_hand), 426, '... at once');
$by_hand->write_conf(conf_of(@BY_HAND));
ok($by_hand->graceful, 'the directive is back');
is(old($by_hand), 426, '... and brings nothing back');
is(times_said($by_hand, 'TLSGATE00(89|59)'), 1, '... as the error log says');
$by_hand->finish_ok(qr/TLSGATE0087/);

# --- report-only
rejects($report, 2, 'report-only: the trial goes on');
is(times_said($report, 'TLSGATE0088'), 1, '... which is said once in a trial');
is(trips($report), 0, '... and is no trip');
$report->finish_ok(qr/TLSGATE0088/);

# --- too few
is(old($few), 426, 'fewer requests than min= stop nothing');
is(times_said($few, 'TLSGATE008[789]'), 0, '... and nothing is said');
$few->finish_ok;
done_testing;
