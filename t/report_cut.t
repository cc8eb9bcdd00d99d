# A trial that did not run to its end is not told as if it had: one that is still on, one whose figures
# --until cuts off, one that was suspended or that TlsGateGuard stopped, by the log and by the state.
use strict;
use warnings;
use lib 't/lib';
use Test::More;
use TlsGate::Ctl;
use TlsGate::Schema;
use TlsGate::State qw(document suspend);

my $ctl = TlsGate::Ctl->new(clock => '2018-07-20T12:00:00Z', conf => <<'CONF');
TlsGate legacy other
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1
    TlsGateTrial     2018-07-10T10:00Z/2018-07-10T11:00Z
    TlsGateTrial     2018-07-12T10:00Z/2018-07-12T11:00Z
    TlsGateTrial     2018-07-14T10:00Z/2018-07-14T11:00Z
    TlsGateTrial     2018-07-16T10:00Z/PT10M every=PT1H until=2018-07-16T13:00Z
    TlsGateTrial     2018-07-20T11:00Z/2018-07-20T12:00:01Z
    TlsGateCutoff    2018-08-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule other>
    TlsGateDeprecate TLSv1.1
    TlsGateTrial     2018-07-14T10:00Z/2018-07-14T11:00Z
</TlsGateSchedule>
CONF
$ctl->{httpd}->stop_clock('2018-07-20T12:00:00Z');
my $schema = TlsGate::Schema->new('docs/report.schema.json');
my $log = "$ctl->{dir}/log";

sub line_of {
    my ($time, $client, $by, %o) = @_;
    my $schedule = $o{schedule} // 'legacy';
    my $override = $by ? qq({"kind":"$by","until":null}) : 'null';
    return sprintf qq({"\@timestamp":"2018-07-%sZ","tlsgate":{"client":"account:%s","protocol":"TLSv1","schedule":"%s","phase":"%s","verdict":"%s","enforced":true,"override":%s}}\n),
        $time, $client, $schedule, $by ? 'grace' : 'trial', $by ? 'warn' : 'reject', $override;
}
sub trials {
    my (@args) = @_;
    my $document = $ctl->json_of($ctl->run('report', $log, '--trials', '--json', @args));
    ok($schema->fits($document), 'the report fits its schema') or diag($schema->wrong);
    return map { ("$_->{schedule} " . substr($_->{start}, 8, 2)) => $_ } @{ $document->{trials} };
}

$ctl->write($log, join '',
    line_of('10T10:05:00', 'A'), line_of('10T10:59:59', 'B'), line_of('10T11:00:00', 'A', 'guard'), line_of('10T09:59:59', 'A', 'guard'),
    line_of('12T10:10:00', 'A'), line_of('12T10:30:00', 'B', 'guard'), line_of('12T10:20:00', 'C', 'guard'),
    line_of('14T10:10:00', 'A'), line_of('14T10:40:00', 'B', 'suspend'), line_of('14T10:50:00', 'B', 'postpone'),
    line_of('16T10:05:00', 'A'), line_of('16T10:30:00', 'B', 'suspend'),
    line_of('20T11:30:00', 'A'));
my %trial = trials();
is($trial{'legacy 10'}{text}, 'met 2 of 2: 0 moved since, 2 came again as before, 0 silent in the 10 days since', 'what is before or after a trial did not cut it short');
is(join(' ', map { $_ // '-' } @{ $trial{'legacy 10'} }{qw(known_to cut_short_by cut_short_at)}), '2018-07-10T11:00:00Z - -', '... nor in JSON');
is($trial{'legacy 12'}{text}, 'met 1 of 2: 0 moved since, 1 came again as before, 0 silent in the 8 days since; TlsGateGuard stopped it, first seen at 2018-07-12T10:20:00Z', 'one that was stopped, by the first line that tells it');
is("$trial{'legacy 12'}{cut_short_by} $trial{'legacy 12'}{cut_short_at}", 'guard 2018-07-12T10:20:00Z', '... in JSON');
like($trial{'legacy 14'}{text}, qr/; it was suspended, first seen at 2018-07-14T10:40:00Z\z/, 'one that was suspended');
unlike($trial{'other 14'}{text}, qr/suspended/, '... but not that of another schedule');
unlike($trial{'legacy 16'}{text}, qr/suspended/, 'nor between the windows of one that was repeated');
like($trial{'legacy 20'}{text}, qr/\Astill on until 2018-07-20T12:00:01Z, figures so far: met 1 of 3; what they do afterwards is known after its end\z/, 'one that is on');
is($trial{'legacy 20'}{known_to}, '2018-07-20T12:00:00Z', '... of which time the figures are');
like({ trials('--until', '2018-07-12T10:15:00Z') }->{'legacy 12'}{text}, qr/\Afigures to 2018-07-12T10:15:00Z, before its end at 2018-07-12T11:00:00Z: met 1 of 2; what they did afterwards is not looked at\z/, 'one that --until cuts off');
like({ trials('--until', '2018-07-20T11:31:00Z') }->{'legacy 20'}{text}, qr/\Afigures to 2018-07-20T11:31:00Z, before its end at 2018-07-20T12:00:01Z: /, '... also if it is on');

# The state knows the second.
$ctl->write($ctl->{state}, document(suspend('legacy', '2018-07-21T00:00:00Z', since => '2018-07-20T11:40:00Z')));
like({ trials() }->{'legacy 20'}{text}, qr/; it was suspended at 2018-07-20T11:40:00Z\z/, 'what is in force says when');
like($ctl->run('report', $log, '--trials')->{out}, qr/^legacy, trial of 2018-07-20T11:00:00Z: met 1 of 3; what they did since is not known yet: the log ends at 2018-07-20T11:30:00Z; it was suspended at 2018-07-20T11:40:00Z$/m, '... as text');
like($ctl->run('report', $log, '--trials', '--format', 'markdown')->{out}, qr/^- legacy, trial of 2018-07-12T10:00:00Z: met .*; TlsGateGuard stopped it, first seen at 2018-07-12T10:20:00Z\.$/m, '... as Markdown');
# --- the table
my $long = 'x' x 60;
$ctl->write($log, join '', line_of('10T10:05:59', 'A'), line_of('10T10:06:00', 'A', 'guard'), line_of('11T09:00:00', $long));
my $TIMES = qr/2018-07-10 10:05Z  2018-07-10 10:06Z  2018-08-01 /;
my $wide = $ctl->run('report', $log)->{out};
like($wide, qr/^CLIENT {34} {5}COUNT {2}REJECTED  FIRST SEEN         LAST SEEN          BREAKS      PROTOCOLS        CAUSES        USER AGENT$/m, 'in a file there are all columns');
like($wide, qr/^account:A {31} {9}2 {9}1  $TIMES TLSv1            -             -$/m, '... with times of day and what was rejected');
like($wide, qr/^account:$long\n {40} {9}1 {9}1  2018-07-11 09:00Z  2018-07-11 09:00Z  2018-08-01  TLSv1            -             -$/m, '... and a long name moves none');
sub at_width { my ($width, @more) = @_; return $ctl->run_as({ env => { COLUMNS => $width } }, TlsGate::Ctl::program(), $ctl->standard, 'report', $log, @more)->{out} }
is(at_width(40 + 126), $wide, 'as wide as all of it');
like(at_width(40 + 125), qr/^account:A {31} {9}2  2018-07-10  2018-07-10  2018-08-01  TLSv1            -             -$/m, 'a column less: days');
like(at_width(40 + 90), qr/^CLIENT {34} {5}COUNT  FIRST SEEN  LAST SEEN   BREAKS    *\n(?:.*\n)*account:A {31} {9}2  2018-07-10  2018-07-10  2018-08-01\n      TLSv1, -, -$/m, 'narrower: the rest is below');
like(at_width(12 + 90, '--group-by', 'user-agent'), qr/^- +3 .*\n      TLSv1, -$/m, '... without the user agent, where the line is about that');
$ctl->write($log, line_of('10T10:05:59', 'A'));
like(at_width(80), qr/^CLIENT {6} {5}COUNT /m, 'the name has as many columns as it needs');
done_testing;
