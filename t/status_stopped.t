# tlsgatectl status while httpd does not run: it says so first, calls nothing in force, and tells what will be when httpd
# starts: by httpd.conf as it is now, the state file, and what TlsGateGuard holds, from the file of the ledger.
use strict;
use warnings;
use lib 't/lib';
use Test::More;
use TlsGate::Ctl qw(says);
use TlsGate::Guard qw(conf_of old trip);
use TlsGate::Schema;

my $DAY = '2018-07-10T09';
my $DATES = "TlsGateTrial 2018-07-10T09:00Z/PT20M every=PT1H until=2018-07-10T12:00Z\nTlsGateCutoff 2018-08-01T00:00Z";
my $GUARD = 'TlsGateGuard 50% min=2 over=PT10S';
my $schema = TlsGate::Schema->new('docs/status.schema.json');
my %CONF = (dates => $DATES, guard => "$GUARD hold", more => 'TlsGateLedger 10 kept/ledger');
my @WHY = (qw(--reason because --by ops --yes));
my $ctl = TlsGate::Ctl->new(waits => 1, runs => 0, clock => "$DAY:00:00Z", conf => conf_of(%CONF));
my $h = $ctl->{httpd};
mkdir "$h->{dir}/kept" or die;
chmod 0755, "$h->{dir}/kept";

sub text { return $ctl->run_as({ env => { TZ => 'UTC', COLUMNS => 200 } }, TlsGate::Ctl::program(), $ctl->standard, 'status', @_)->{out} }
sub document { my $json = $ctl->json_of($ctl->run(qw(status --json))); ok($schema->fits($json), 'the schema') or diag($schema->wrong); return $json }
sub kinds { my ($json, $list) = @_; return join ' ', map { "$_->{schedule} $_->{kind}" } @{ $json->{$list} } }

$h->stop_clock("$DAY:00:00Z");
$h->start;
trip("$DAY:00", said => [[ $h, qr/TLSGATE0087/ ]]);
$h->stop_clock("$DAY:01:00Z");
ok($h->wait_until(sub { text() =~ /^legacy  grace since 09:00:30Z \(30 s\), by TlsGateGuard: TLS 1\.0 is served/ }), 'while it runs, the guard is in force');
$h->stop;

# --- held, and httpd does not run
my $STOPPED = qr/\Ahttpd does not run, so nothing is in force\. If it starts now:\n/;
my $text = text();
like($text, qr/${STOPPED}legacy  grace since 09:00:30Z \(30 s\), by TlsGateGuard: TLS 1\.0 is served/, 'it says first that it does not run, and then what a start will do');
like($text, qr/^  legacy: TlsGateGuard stopped its trial at 09:00:30Z: it rejected 2 of 2 requests, 100%, more than 50%; no further trial runs$/m, '... what is held, with what it met');
unlike($text, qr/^in force|nothing that was changed by hand/m, '... and calls nothing in force');
my $json = document();
is_deeply([ @$json{qw(known_from severity)}, kinds($json, 'in_force'), join(' ', map { $_->{code} } @{ $json->{problems} }), $json->{schedules}[0]{by_hand}, $json->{schedules}[0]{stopped}{until} ],
    [ 'start', 'critical', '', 'no-httpd stopped', 'guard', undef ], '... for programs as well');
like(text('--nagios'), qr/\ATLSGATE CRITICAL: httpd does not run: .*\nif httpd starts now: legacy grace since/, '... and for monitoring');

# --- every other command knows the same
{
    my @held = grep { $_->{stopped} } @{ $ctl->json_of($ctl->run(qw(schedule legacy --json)))->{schedules}[0]{timeline} };
    is_deeply([ map { $_->{stopped}{until} } @held ], [ (undef) x @held ], 'schedule says that the trials are held') && cmp_ok(scalar @held, '>', 0, '... at least one');
    like($ctl->run('simulate', '--protocol', 'TLSv1')->{out}, qr/TlsGateGuard/, '... simulate that nobody is rejected');
    says($ctl->run(qw(resume legacy --dry-run --reason because --by ops)), 0, qr/TLS 1\.0/, undef, '... resume --dry-run whom it rejects then');
    unlike($ctl->run('check')->{out}, qr/a trial begins/, '... and check announces no trial');
}

# --- changes by hand
is($ctl->run(@$_, @WHY, '--no-wait')->{status}, 0, "@$_[0, 1]") for [qw(postpone legacy --cutoff 2018-08-10T00:00Z)], [qw(exempt add legacy account:a --for 1h)], [qw(suspend legacy --for 10m)];
$text = text();
like($text, qr/^written, and in force once httpd starts\n  legacy: cutoff postponed to 2018-08-10 00:00Z \(in 31 days\), by ops: because\n  legacy: suspended until 09:11Z \(in 10 min\), by ops: because\n  legacy: account:a is exempt until 10:01Z \(in 1 h\), owner ops: because\n/m, 'what is written will be in force') or diag($text);
$json = document();
is_deeply([ kinds($json, 'in_force'), kinds($json, 'written_not_in_force'), $json->{schedules}[0]{by_hand}, scalar grep { $_->{why} =~ /^httpd does not run/ } @{ $json->{written_not_in_force} } ],
    [ '', 'legacy postpone legacy suspend legacy exempt', 'suspend', 3 ], '... and is not yet');
$h->stop_clock("$DAY:11:00Z");
like(text(), qr/^over\n  legacy: suspension ended at 09:11Z \(now\), made by ops: because$/m, 'what has ended meanwhile is over');
is($ctl->run(qw(resume legacy), @WHY, '--no-wait')->{status}, 0, 'a resume');
like(text(), qr/${STOPPED}legacy  TRIAL since 09:11Z.*: TLS 1\.0 is rejected/, '... takes back what is held, once it starts');
is(scalar(grep { $_->{code} eq 'stopped' } @{ document()->{problems} }), 0, '... which is no problem then');
is($ctl->run(qw(undo), @WHY, '--no-wait')->{status}, 0, 'and without it');
like(text(), qr/by TlsGateGuard: TLS 1\.0 is served/, '... it is held again');

# --- httpd.conf as it is now
sub conf_now { $h->write_conf("TlsGateState \$DIR/state/state.json\n" . conf_of(%CONF, @_)); return text() }
like(conf_now(guard => $GUARD), qr/^legacy  TRIAL since 09:11Z \(0 s\): TLS 1\.0 is rejected/m, 'without hold in httpd.conf a start takes it back');
like($text = conf_now(dates => 'TlsGateCutoff 2018-07-01T00:00Z'), qr/^legacy  CUTOFF since 09:11Z \(0 s\): TLS 1\.0 is rejected/m, 'a start has the dates of httpd.conf');
like($text, qr/^  the last httpd differs from httpd\.conf: .*\n(?:.*\n)*    -> check it: a start uses httpd\.conf$/m, '... which are said to be others than those that ran');
conf_now();

# --- what is not known, or refused
$h->write_file('kept/ledger', 'TLSGATE LEDGER and nothing');
like(text(), qr/^  what TlsGateGuard stopped is not known: \S+kept\/ledger: /m, 'a file of the ledger that cannot be read is a problem');
unlink "$h->{dir}/kept/ledger";
like(text(), qr/^legacy  TRIAL since 09:11Z \(0 s\): TLS 1\.0 is rejected/m, 'without it a start forgets what was held');
$ctl->write($ctl->{state}, '{');
$json = document();
is_deeply([ $json->{known_from}, kinds($json, 'written_not_in_force'), join(' ', map { $_->{code} } @{ $json->{problems} }) ], [ 'start', '', 'no-httpd broken' ], 'a start refuses a broken state');
done_testing;
