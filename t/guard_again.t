# A trial by hand that runs in spite of a stop of TlsGateGuard, and is stopped itself: the first stop is over when it begins, so
# that a resume lifts all, and later trials are not told as stopped. With hold, over a full restart.
use strict;
use warnings;
use lib 't/lib';
use JSON::PP qw(decode_json);
use Test::More;
use TlsGate::Ctl qw(says);
use TlsGate::Guard qw(conf_of old page trip);

my $DAY = '2018-07-10T09';
my @WHY = (qw(--reason known --by ops --yes));
my $ctl = TlsGate::Ctl->new(waits => 1, runs => 0, TZ => 'UTC', clock => "$DAY:00:00Z", conf => conf_of(
    dates => "TlsGateTrial 2018-07-10T11:00Z/PT10M\nTlsGateCutoff 2018-08-01T00:00Z",
    guard => 'TlsGateGuard 50% min=2 over=PT10S hold',
    more  => "TlsGateIdentity header:X-Account\nTlsGateLedger 10 kept/ledger"));
my $h = $ctl->{httpd};
mkdir "$h->{dir}/kept" or die "kept: $!";
chmod 0755, "$h->{dir}/kept";
$h->stop_clock("$DAY:00:00Z");
$h->start;

sub stops { return map { join(' ', $_->{at}, $_->{taken_back_at} // 'open') } @{ decode_json(page($h, 'json'))->{schedules}[0]{stops} } }

says($ctl->run(qw(trial legacy --for PT1H), @WHY), 0, qr/./, qr//, 'a trial by hand');
trip("$DAY:00", said => [[$h, qr/TLSGATE0087/]]);
is_deeply([stops()], ["$DAY:00:30Z open"], '... is stopped');
ok($h->wait_until(sub { $ctl->json_of($ctl->run('status', '--json'))->{schedules}[0]{stopped} }), '... which status knows');
$h->stop_clock("$DAY:02:00Z");
says($ctl->run(qw(trial legacy --for PT40M), @WHY), 0, qr/./, qr//, 'another one, in spite of it');
trip("$DAY:03", said => [[$h, qr/(?s:TLSGATE0087.*)TLSGATE0087/]]);
my @both = ("$DAY:00:30Z $DAY:02:00Z", "$DAY:03:30Z open");
is_deeply([stops()], \@both, '... is stopped: the first stop was over when it began');
$h->stop_clock("$DAY:20:00Z");
says($ctl->run('resume', 'legacy', @WHY), 0, qr/./, qr//, 'a resume');
ok($h->wait_until(sub { $h->error_log =~ /TLSGATE0089/ }), '... which httpd sees');
$both[1] = "$DAY:03:30Z $DAY:20:00Z";
is_deeply([stops()], \@both, '... lifts all');
$h->stop;
$h->start;
is_deeply([stops()], \@both, '... also after a full restart');
$h->stop_clock('2018-07-10T11:05:00Z');
is(old($h, 'X-Account: C'), 426, 'a trial by the dates runs');
$h->stop_clock('2018-07-10T11:15:00Z');
is(old($h, 'X-Account: C'), 200, '... to its end');
is_deeply(decode_json(page($h, 'json'))->{schedules}[0]{last_trial}{stops}, [], '... and none of the stops is told of it');
my ($last) = grep { $_->{start} eq '2018-07-10T11:00:00Z' } @{ $ctl->json_of($ctl->run('report', "$h->{dir}/logs/tlsgate.ndjson", '--trials', '--json'))->{trials} };
is(join(' ', $last->{ended_at}, $last->{cut_short_by} // 'nothing'), '2018-07-10T11:10:00Z nothing', '... nor by the report') or diag(explain($last));
$h->finish_ok(qr/TLSGATE0087/);
done_testing;
