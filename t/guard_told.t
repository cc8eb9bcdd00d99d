# A trial that TlsGateGuard stopped, or that is held, is not told as one that is still to come: on the pages and in their
# JSON, among the warnings and the metrics, and by tlsgatectl schedule.
use strict;
use warnings;
use lib 't/lib';
use JSON::PP qw(decode_json);
use Test::More;
use TlsGate::Client qw(get readable);
use TlsGate::Ctl qw(says);
use TlsGate::Guard qw(conf_of next_second old page trip);
use TlsGate::Schema;

my $DAY = '2018-07-10T09';
my $END = '2018-07-10T09:20:00Z';
my $schema = TlsGate::Schema->new('docs/ledger.schema.json');
my $DATES = "TlsGateTrial 2018-07-10T09:00Z/PT20M every=PT1H until=2018-07-10T12:00Z\nTlsGateTrial 2018-07-11T09:00Z/PT1H\nTlsGateCutoff 2018-08-01T00:00Z";

sub operated {
    my (%o) = @_;
    my $ctl = TlsGate::Ctl->new(waits => 1, runs => 0, TZ => 'UTC', clock => "$DAY:00:00Z", conf => conf_of(dates => $DATES, %o,
        more => "TlsGateLedger 10 logs/ledger\n<Location /deprecations>\nSetHandler tlsgate-schedule\n</Location>"));
    $ctl->{httpd}->stop_clock("$DAY:00:00Z");
    return ($ctl, $ctl->{httpd}->start);
}
sub status { my ($h) = @_; my $s = decode_json(page($h, 'json')); ok($schema->fits($s), 'the schema') or diag($schema->wrong); return $s }
sub standing { return status(@_)->{schedules}[0] }
sub text { my ($h) = @_; return page($h, 'text') }
sub public { my ($h, $path, $accept) = @_; return get($h->port, 'TLSv1', $path, "Accept: $accept")->{body} }
sub json_at { my ($h, $path) = @_; return decode_json(public($h, $path, 'application/json'))->{schedules}[0] }
sub schedule { my ($ctl, @args) = @_; return $ctl->run('schedule', 'legacy', @args)->{out} =~ s/\s+/ /gr }
sub rows { my ($ctl) = @_; return $ctl->json_of($ctl->run(qw(schedule legacy --json)))->{schedules}[0] }
sub warnings_of { my ($h) = @_; return page($h, 'prometheus') =~ /^tlsgate_warnings (\d+)$/m ? $1 : 'none' }

my ($once, $h) = operated();
my ($held, $hh) = operated(guard => 'TlsGateGuard 50% min=2 over=PT10S hold');
my $s = standing($h);
is_deeply([@$s{qw(announce cutoff refuse rejected_for_good stopped last_trial)}], ['2018-06-01T00:00:00Z', '2018-08-01T00:00:00Z', undef, '2018-08-01T00:00:00Z', undef, undef], 'the dates of a schedule, and nothing that was stopped');
is_deeply([map { [@$_{qw(start every_seconds until)}] } @{ $s->{trials} }], [["$DAY:00:00Z", 3600, '2018-07-10T12:00:00Z'], ['2018-07-11T09:00:00Z', undef, undef]], '... and its trials');
is(warnings_of($h), 0, 'no warning');
unlike(text($h), qr/TlsGateGuard/, '... and no word');
trip("$DAY:00", said => [[$h, qr/TLSGATE0087/], [$hh, qr/TLSGATE0087/]]);
$_->stop_clock("$DAY:01:00Z") for $h, $hh;

# --- stopped
my $stop = { at => "$DAY:00:30Z", until => $END, requests => 2, rejected => 2, rejected_percent => 100, allowed_percent => 50 };
$s = status($h);
is_deeply($s->{schedules}[0]{stopped}, $stop, 'JSON has what was stopped, with what it met');
is($s->{schedules}[0]{next_trial}{start}, '2018-07-10T10:00:00Z', '... and the next trial is one that runs');
is_deeply([map { $_->{code} } @{ $s->{warnings} }], ['trial-stopped'], '... and a warning');
is($s->{warnings}[0]{text}, "TlsGateGuard stopped a trial of legacy at $DAY:00:30Z, because it rejected 2 of 2 requests, 100%, more than 50%: old clients are served until $END; see who is left, and to let trials go on: tlsgatectl resume legacy --reason TEXT", '... with what to do');
is(warnings_of($h), 1, '... which is counted for Prometheus');
my $text = text($h);
like($text, qr/^legacy \(TLS 1\.0\): grace until $END, then announced\..* Its trial is stopped by TlsGateGuard until $END\. (?:In the last 7 days|There was no request)/m, 'the sentence');
like($text, qr/^TlsGateGuard stopped a trial that rejected too much, at $DAY:00:30Z: old clients are served until $END\.$/m, '... and the beginning of its section');
like($text, qr/^Trial: $DAY:00:00Z to $END, every hour until 2018-07-10T12:00:00Z\. Stopped by TlsGateGuard: until $END old clients are served$/m, 'the line of that trial');
like($text, qr/^Trial: 2018-07-11T09:00:00Z to 2018-07-11T10:00:00Z \(in 23 h 59 min\)$/m, '... and not that of the next');
like($text, qr/^Trials: TlsGateGuard stopped a trial of legacy at .*\. See who is left, and to let trials go on: tlsgatectl resume legacy --reason TEXT\.$/m, 'the warning on the page');
my $html = page($h, 'html');
like($html, qr{<tr class="off"><th scope="row">Trial</th>}, 'the row does not look like one that is open');
unlike($html, qr{<tr class="now"><th scope="row">Trial</th>}, '... nor is it marked as now');
like(readable(public($h, '/deprecations', 'text/html')), qr/Stopped by this server's guard: until 2018-07-10T09:20:00Z|Stopped by this server's guard: until .*09:20 UTC.* old clients are served/, 'the public page');
is_deeply(json_at($h, '/deprecations')->{stopped}, { at => "$DAY:00:30Z", until => $END }, '... and its JSON, without numbers');
is_deeply(json_at($h, '/verify')->{stopped}, { at => "$DAY:00:30Z", until => $END }, 'tlsgate-verify as JSON');
ok($h->wait_until(sub { rows($once)->{stopped} }), 'tlsgatectl knows it once httpd says so');
like(schedule($once), qr/ $DAY:00:00Z trial of 20 min, every 1 h until 2018-07-10T12:00:00Z: 3 times .* $DAY:00:30Z grace, in place of a trial of 20 min, every 1 h until 2018-07-10T12:00:00Z: once; stopped by TlsGateGuard \(first 30 s ago\) > $DAY:01:00Z now: grace, then announced from $END/, 'tlsgatectl schedule: the row');
like(schedule($once), qr/ stopped by TlsGateGuard at $DAY:00:30Z; to let trials go on: tlsgatectl resume legacy --reason TEXT/, '... and what takes it back');
my $rows = rows($once);
is_deeply($rows->{stopped}, $stop, '... as JSON');
is_deeply([map { $_->{stopped} } grep { $_->{phase} eq 'grace' } @{ $rows->{timeline} }, @{ $rows->{rows} }], [({ until => $END }) x 2], '... for each step and row');
is_deeply([grep { $_->{stopped} } grep { $_->{phase} ne 'grace' } @{ $rows->{timeline} }], [], '... and no other');

# --- held
ok($hh->wait_until(sub { page($hh, 'json') =~ /trial-stopped/ && rows($held)->{stopped} }), 'with hold');
$text = text($hh);
like($text, qr/^legacy \(TLS 1\.0\): grace until $END, then announced\..* Its trials are held: none runs until tlsgatectl resume legacy\. (?:In the last 7 days|There was no request)/m, 'the sentence');
like($text, qr/^TlsGateGuard stopped a trial that rejected too much, at $DAY:00:30Z: no trial runs until tlsgatectl resume legacy\.$/m, '... and its section');
is((() = $text =~ /^Trial: .*\. Held by TlsGateGuard: does not run until tlsgatectl resume legacy$/mg), 2, 'each line of a trial that is to come');
is(standing($hh)->{stopped}{until}, undef, 'JSON has no end');
is_deeply(json_at($hh, '/verify')->{stopped}, { at => "$DAY:00:30Z", until => undef }, '... nor has that of tlsgate-verify');
like(schedule($held), qr/ $DAY:00:00Z trial of 20 min, every 1 h until \S+ once .* $DAY:00:30Z grace, in place of a trial of 20 min, every 1 h until \S+ 3 times; held: does not run until tlsgatectl resume legacy .* 2018-07-11T09:00:00Z grace, in place of a trial; held: does not run until tlsgatectl resume legacy \(in /, 'tlsgatectl schedule');
{
    $held->{httpd}->write_file('status.json', page($hh, 'json'));
    my @propose = ('propose', '--ledger', $hh->dir . '/status.json', '--schedule', 'legacy', '--until', '2018-07-30T00:00Z');
    my $r = $held->run(@propose);
    like($r->{out}, qr/^# TlsGateGuard holds the trials of legacy; to let trials go on: tlsgatectl resume legacy --reason TEXT\.$/m, 'propose says that its trials would not run') or diag($r->{err});
    ok($held->json_of($held->run(@propose, '--json'))->{held}, '... also as JSON');
    ok(!$once->json_of($once->run(@propose, '--json'))->{held}, '... and not where only one was stopped');
}
{
    my @why = qw(--reason known --by ops --yes);
    is($held->run(qw(trial legacy --for 5m), @why)->{status}, 0, 'a trial by hand in spite of it');
    ok($hh->wait_until(sub { standing($hh)->{phase} eq 'trial' }), '... runs');
    is((() = text($hh) =~ /^Trial: .*\. Held by TlsGateGuard: does not run until tlsgatectl resume legacy$/mg), 2, '... and what comes after it is still held');
    is($held->run('undo', @why)->{status}, 0, '... taken back');
    ok($hh->wait_until(sub { standing($hh)->{phase} eq 'grace' }), '... as it was');
}
$hh->stop_clock("$DAY:30:00Z");
ok($hh->wait_until(sub { standing($hh)->{phase} eq 'announced' }), 'between two trials');
like(text($hh), qr/^legacy \(TLS 1\.0\): announced until 2018-07-10T10:00:00Z, then grace\..* Its trials are held: none runs until tlsgatectl resume legacy\. (?:In the last 7 days|There was no request)/m, '... the sentence says it');
is_deeply(json_at($hh, '/verify')->{stopped}, { at => "$DAY:00:30Z", until => undef }, '... and tlsgate-verify');
like(public($hh, '/verify', 'text/plain'), qr/no trial runs until its operators allow it/, '... as its page says');
$hh->finish_ok(qr/TLSGATE0087/);

# --- taken back: since when it is a trial again does not jump, now or once httpd has forgotten what it stopped
says($once->run('resume', 'legacy', qw(--reason known --by ops --yes)), 0, qr/./, qr/TLS 1\.0 is now rejected/, 'resume');
sub since { my $j = $once->json_of($once->run('status', '--json')); return join(' ', @{ $j->{schedules}[0] }{qw(phase since)}) }
is(since(), "trial $DAY:01:00Z", 'it is a trial since then');
ok($h->wait_until(sub { $h->error_log =~ /TLSGATE0089/ && $once->run('status', '--json')->{out} }), 'httpd forgets it');
$h->stop_clock("$DAY:02:00Z");
is(since(), "trial $DAY:01:00Z", '... and it still is');
my $next = decode_json(public($h, '/verify', 'application/json'));
is_deeply([$next->{schedules}[0]{stopped}, $next->{next_trial}], [undef, { start => "$DAY:01:00Z", end => $END }], 'tlsgate-verify: the trial that is open began then');
is(warnings_of($h), 0, 'and nothing is to be looked at');
$text = text($h);
like($text, qr/^The trial that is on: $DAY:01:00Z to $END/m, 'on the page it is no next trial');
unlike($text, qr/^The next trial/m, '... nor is another one told');
$once->write("$once->{dir}/page", page($h, 'json'));
like(schedule($once, '--ledger', "$once->{dir}/page"), qr/ this trial $DAY:01:00Z to $END: /, '... nor by tlsgatectl schedule');

# --- what the last trial did
$h->stop_clock('2018-07-10T09:25:00Z');
$s = standing($h)->{last_trial};
my $kept = { %$stop, taken_back_at => "$DAY:01:00Z" };
is_deeply($s, { start => "$DAY:00:00Z", end => $END, counted_by => 'five_minutes', requests => 7, rejected => 4, stops => [$kept] }, 'the last trial in JSON has the numbers of the page') or diag(explain($s));
like(text($h), qr/^The last trial: $DAY:00:00Z to $END, in the five minutes that it touched, with what else was rejected in them, $s->{rejected} of $s->{requests} requests were rejected; TlsGateGuard stopped it at $DAY:00:30Z, and the stop was lifted at $DAY:01:00Z$/m, '... which says the same');
$h->finish_ok(qr/TLSGATE0087/);
done_testing;
