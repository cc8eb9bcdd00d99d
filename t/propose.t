# tlsgatectl propose, on logs of customers who follow a script: which trials it finds is worked out by
# hand here; httpd accepts the lines; and what cannot be had is said in words.
use strict;
use warnings;
use lib 't/lib';
use File::Temp ();
use JSON::PP;
use POSIX ();
use Test::More;
use TlsGate::Clock;
use TlsGate::Ctl qw(said_in);
use TlsGate::Httpd;
use TlsGate::Schema;

my $dir = File::Temp->newdir;
my $MONDAY = TlsGate::Clock::epoch('2018-06-25T00:00:00Z');
my ($HOUR, $DAY, $WEEK) = (3600, 86400, 7 * 86400);
my $schema = TlsGate::Schema->new('docs/propose.schema.json');

# A log: who came when, so many seconds after that Monday, and how often.
sub line_of {
    my ($client, $after, %more) = @_;
    my $time = POSIX::strftime('%Y-%m-%dT%H:%M:%S', gmtime($MONDAY + $after));
    my $tlsgate = join(',', qq("client":"$client"), '"protocol":"TLSv1"', '"schedule":"legacy"', map { qq("$_":$more{$_}) } grep { $_ ne 'tls' } sort keys %more);
    return qq({"\@timestamp":"$time.000Z",) . ($more{tls} ? qq("tls":$more{tls},) : '') . qq("tlsgate":{$tlsgate}}\n);
}
sub write_file {
    my ($name, @lines) = @_;
    open(my $h, '>', "$dir/$name") or die $!;
    print $h @lines;
    close $h;
    return "$dir/$name";
}
sub propose { my (@args) = @_; return said_in($dir, '--state', "$dir/none.json", 'propose', @args) }
sub proposed {
    my (@args) = @_;
    my $said = propose(@args, '--json');
    my $document = JSON::PP->new->utf8->decode($said->{out});
    ok($schema->fits($document), "propose @args[1 .. $#args] fits docs/propose.schema.json") or diag($schema->wrong);
    return ($document, $said);
}
sub windows { my ($d) = @_; return join ' ', map { substr($_->{start}, 5, 11) . "/$_->{requests}/$_->{clients}" } @{ $d->{windows} } }
sub lines { my ($d) = @_; return map { $_->{line} } @{ $d->{trials} } }

my @AHEAD = ('--after', '2018-07-09T00:00Z', '--until', '2018-08-01T00:00Z');
my @NOT_THEN = ('--after', '2018-07-15T00:00Z', '--until', '2018-07-15T23:00Z'); # a Sunday

# Four who come each day at 09:02 with two requests; one who comes all the time, fifty times in five
# minutes; two on Tuesdays after 13:10, and one on Saturdays at 02:00. Failed handshakes and tests at
# another time, which would be cheap.
my @lines;
for my $day (0 .. 6) {
    push @lines, map { line_of("account:daily-$_", $day * $DAY + 9 * $HOUR + 120) } (1 .. 4) x 2;
}
push @lines, map { my $step = $_; (line_of('account:busy', 300 * $step + 30)) x 50 } 0 .. 2015;
push @lines, line_of('account:tuesday-1', $DAY + 13 * $HOUR + 660), line_of('account:tuesday-2', $DAY + 13 * $HOUR + 840), line_of('account:saturday', 5 * $DAY + 2 * $HOUR);
push @lines, map { line_of("ip:192.0.2.$_", 20 * $HOUR, tls => '{"established":false}') } 1 .. 50;
push @lines, map { line_of("account:tests-$_", 21 * $HOUR, test => 'true') } 1 .. 50;
my $log = write_file('log', sort @lines);

for (
    [ 60,  'one window meets five of eight',     '07-09T09:00/58/5' ],
    [ 75,  'and on Saturday one more',           '07-09T09:00/58/5 07-14T02:00/51/2' ],
    [ 87,  'on Tuesdays there are two',          '07-09T09:00/58/5 07-10T13:10/52/3' ],
    [ 100, 'all of them',                        '07-09T09:00/58/5 07-10T13:10/52/3 07-14T02:00/51/2' ],
) {
    my ($reach, $what, $want) = @$_;
    my ($d, $said) = proposed($log, '--schedule', 'legacy', @AHEAD, '--reach', "$reach%");
    is(windows($d), $want, "$reach %: $what");
    is("$said->{status} $d->{clients} $d->{percent_above_least}", '0 8 0', '... and nothing is cheaper');
    my $requests = 0;
    $requests += $_->{requests} for @{ $d->{windows} };
    is($d->{requests}, $requests, '... the requests of all');
}

# A line whose clock was far ahead does not end the history of all the others.
{
    my $ahead = write_file('ahead', sort(@lines), line_of('account:ahead', 250_000_000_000));
    my ($d) = proposed($ahead, '--schedule', 'legacy', @AHEAD, '--reach', '50%');
    is(windows($d), '07-09T09:00/58/5', 'one line of the year 9940');
}
my ($d) = proposed($log, '--schedule', 'legacy', @AHEAD, '--reach', '100');
is_deeply([ sort @{ $d->{windows}[1]{first_new} } ], [ 'account:tuesday-1', 'account:tuesday-2' ], 'those who are met for the first time are named');
is($d->{windows}[1]{new_clients}, 2, '... and counted');
is(scalar @{ $d->{windows}[0]{first_new} }, 3, '... three at most');
($d) = proposed($log, '--schedule', 'legacy', '--reach', '60%', '--after', '2018-07-09T09:00:01Z', '--until', '2018-07-11T00:00Z');
is(windows($d), '07-10T09:00/58/5', 'what has begun is over');

my $text = propose($log, '--schedule', 'legacy', @AHEAD, '--reach', '87%');
is($text->{err}, '', 'as text');
like($text->{out}, qr/^# legacy: 2 windows would meet 7 of 8 clients \(87\.5 %\) and reject 110 requests\.$/m, '... what all of it meets');
like($text->{out}, qr/^# No series of such windows rejects fewer: /m, '... and that nothing is cheaper');
like($text->{out}, qr/^# 2018-07-10T13:10:00Z: 52 requests of 3 clients, 2 of them for the first time: account:tuesday-[12], account:tuesday-[12]\.\nTlsGateTrial 2018-07-10T13:10:00Z\/PT5M$/m, '... and what each window meets');
unlike($text->{out}, qr/^(?!#|TlsGateTrial |$)/m, '... with nothing but comments and directives');

# --- several weeks: who comes in half of them is met, and requests are those of an average week
@lines = ();
for my $week (0 .. 3) {
    push @lines, (line_of('account:each', $week * $WEEK + 10 * $HOUR)) x (2 * $week + 1);
    push @lines, line_of('account:other', $week * $WEEK + 30 * $HOUR) if $week % 2;
    push @lines, line_of('account:once', 50 * $HOUR) if $week == 0;
}
($d) = proposed(write_file('weeks', @lines), @AHEAD, '--reach', '66%');
is(windows($d), '07-09T10:00/4/1 07-10T06:00/1/1', 'four weeks: the average of 1, 3, 5 and 7 is 4');
is("$d->{history}{weeks} $d->{history}{start}", '4 2018-06-25T10:00:00Z', '... as it was seen');
($d, my $said) = proposed("$dir/weeks", @AHEAD, '--reach', '67%');
is("$said->{status} $d->{possible} $d->{found}", '1 2 0', 'who came once in four weeks is not met');
like($said->{err}, qr/windows of at most PT1H meet at most 2 of 3 clients \(66\.6 %\), not 67 %; with --max-window P1D they meet 66\.6 %, and the others come too rarely or never/, '... which is said with the share that is possible');
is($said->{err} =~ tr/\n//, 1, '... in one line');
($d) = proposed("$dir/weeks", @AHEAD, '--reach', '100%', '--since', '2018-07-02T00:00Z');
is(windows($d), '07-09T10:00/5/1 07-10T06:00/1/1', 'what is before --since does not count, nor who came only then');

# --- a log of minutes, of hours, of days: it says how long it is, and why no window is elsewhere
for my $case (
    [ 5 * 60,     '5 minutes' ], [ $HOUR,      '1 hour' ],
    [ 30 * $HOUR, '1 day' ], [ 5 * 24 * $HOUR, '5 days' ],
) {
    my ($length, $words) = @$case;
    my $short = write_file('short', line_of('account:a', 10 * $HOUR), line_of('account:b', 10 * $HOUR + $length - 1));
    my $found = propose($short, @AHEAD);
    is($found->{status}, 0, "$words: trials are proposed");
    like($found->{out}, qr/^# That is $words, less than a week: nothing is known of the other times\. Who comes only then is not among these clients, and is not met: with a log of a week or more this is worth more\.$/m, '... with how long the log is') or diag($found->{out});
    my $none = propose($short, @NOT_THEN);
    is($none->{status}, 1, '... and none on a day of which it knows nothing');
    like($none->{err}, qr/ meet at most 0 of 2 clients \(0\.0 %\), not 95 %; the log is only $words long, and nothing is known of the other times of a week: give one of a week or more, or let the trials be at the times that it has, with --after and --until$/m, '... which it says, and no other length of windows') or diag($none->{err});
}

# --- who comes at another minute each week is met by a longer window
@lines = map { my $week = $_; map { line_of("account:late-$_", $week * $WEEK + 10 * $HOUR + $week * 1200 + $_) } 1 .. 3 } 0 .. 3;
($d, $said) = proposed(write_file('late', @lines), @AHEAD, '--max-window', '10m');
is("$said->{status} $d->{longer}{window_seconds} $d->{longer}{clients}", '1 1800 3', 'a longer window that would do is found');
like($said->{err}, qr/meet at most 0 of 3 clients \(0\.0 %\), not 95 %; with --max-window PT30M they meet 100\.0 %$/m, '... and said');
($d) = proposed("$dir/late", @AHEAD, '--max-window', '30m');
is(join(' ', lines($d)), 'TlsGateTrial 2018-07-09T10:00:00Z/PT25M', '... no longer than it must be');

# --- lines that repeat; httpd reads all of them
@lines = map { line_of("account:day-$_", $_ * $DAY + 10 * $HOUR) } 0 .. 6;
($d) = proposed(write_file('days', @lines), @AHEAD, '--reach', '100%');
is_deeply([ lines($d) ], ['TlsGateTrial 2018-07-09T10:00:00Z/PT5M every=P1D until=2018-07-15T10:05:00Z'], 'windows that repeat are one line');
is_deeply($d->{trials}[0]{windows}, [ 0 .. 6 ], '... with all of its windows');
is($d->{requests}, 7, '... which reject no more');
@lines = map { line_of("account:hour-$_", 12 * 300 * $_) } 0 .. 47;
my $hours = write_file('hours', @lines, map { line_of('account:all', 300 * $_) } grep { $_ % 12 == 6 } 0 .. 575);
($d) = proposed($hours, @AHEAD, '--reach', '98%', '--max-window', '2h');
is("$d->{requests} $d->{percent_above_least}", '49 0', 'one request of each, and nothing is cheaper');
cmp_ok(scalar @{ $d->{windows} }, '>', 40, '... with many windows');
($d) = proposed($hours, @AHEAD, '--reach', '98%', '--max-window', '2h', '--window-cost', '2');
is("@{[ scalar @{ $d->{windows} } ]} $d->{requests}", '24 72', 'where a window counts as two requests, two of them are one');

for my $name (qw(log weeks days hours)) {
    my $said = propose("$dir/$name", @AHEAD, '--reach', '50%');
    my ($status, $says) = TlsGate::Httpd->new(conf => "<TlsGateSchedule legacy>\nTlsGateDeprecate TLSv1\nTlsGateAnnounce 2018-06-01T00:00Z\n$said->{out}TlsGateCutoff 2018-08-01T00:00Z\n</TlsGateSchedule>\nTlsGate legacy\n")->configtest;
    is("$said->{status} $status", '0 0', "$name: httpd accepts the whole output") or diag($says);
}

# --- with the plan of a server: its dates, its own trials, its log
my $server = TlsGate::Ctl->new(clock => '2018-07-05T00:00:00Z', conf => <<"CONF");
TlsGate legacy web
TlsGateLog $log
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1
    TlsGateAnnounce  2018-07-08T00:00Z
    TlsGateTrial     2018-07-09T08:00Z/2018-07-09T09:00Z
    TlsGateCutoff    2018-08-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule web>
    TlsGateDeprecate cleartext
</TlsGateSchedule>
CONF
sub planned { my (@args) = @_; return $server->run('propose', @args) }
sub planned_document { my (@args) = @_; return JSON::PP->new->utf8->decode(planned(@args, '--json')->{out}) }
my @TO = ('--until', '2018-08-01T00:00Z');
$d = planned_document('--schedule', 'legacy', @TO, '--reach', '60%');
is("$d->{from} @{[ windows($d) ]}", '2018-07-08T00:00:00Z 07-08T09:00/58/5', 'the log of the server, from its announcement on');
$d = planned_document('--schedule', 'legacy', '--until', '2018-07-09T23:00Z', '--after', '2018-07-09T00:00Z', '--reach', '60%');
is($d->{found}, 0, 'what would touch a trial that there is already is none: the whole day meets no other five');
$d = planned_document('--schedule', 'legacy', '--until', '2018-07-10T23:00Z', '--after', '2018-07-09T00:00Z', '--reach', '60%');
is(windows($d), '07-10T09:00/58/5', '... but on the next day they are');
for (
    [ ['--schedule', 'legacy', '--until', '2018-08-01T00:01Z'],                                  2, qr/--until 2018-08-01T00:01Z: the cutoff of legacy is at 2018-08-01T00:00:00Z, and trials end before/ ],
    [ ['--schedule', 'legacy', '--after', '2018-07-07T00:00Z', @TO],                              2, qr/--after 2018-07-07T00:00Z: legacy is announced at 2018-07-08T00:00:00Z, and no trial may begin before/ ],
    [ ['--schedule', 'legacy', '--until', '2018-07-06T00:00Z'],                                  2, qr/--until 2018-07-06T00:00Z: it is not after 2018-07-08T00:00:00Z, when the first trial may begin/ ],
    [ ['--schedule', 'legacy', '--after', '2018-07-20T00:01Z', '--until', '2018-07-20T00:09Z'],   2, qr/no window fits between 2018-07-20T00:01:00Z and 2018-07-20T00:09:00Z/ ],
    [ [@TO],                                                                                     2, qr/say for which schedule, with --schedule; there are: legacy, web/ ],
    [ ['--schedule', 'legcy', @TO],                                                              2, qr/there is no schedule "legcy"; did you mean legacy\?/ ],
    [ ['--schedule', 'web', @TO],                                                                1, qr/the log has no client of web that is left, so there is nobody to meet/ ],
    [ ['--schedule', 'legacy'],                                                                  2, qr/say when: --until INSTANT/ ],
    [ ['--schedule', 'legacy', @TO, '--reach', '101%'],                                          2, qr/--reach "101%": write 1% to 100%/ ],
    [ ['--schedule', 'legacy', @TO, '--reach', 'all'],                                           2, qr/--reach "all": write 1% to 100%/ ],
    [ ['--schedule', 'legacy', @TO, '--max-window', 'PT4M'],                                     2, qr/--max-window PT4M: write at least PT5M: windows are of whole five minutes/ ],
    [ ['--schedule', 'legacy', @TO, '--max-window', 'PT59M', '--ledger', '/dev/null'],           2, qr/--max-window PT59M: write at least PT1H: the ledger knows the hours of a client, not its minutes/ ],
    [ ['--schedule', 'legacy', @TO, '--window-cost', '-1'],                                      2, qr/--window-cost "-1": write a number of requests, such as 20/ ],
    [ ['--schedule', 'legacy', @TO, '--ledger', "$dir/log"],                                     2, qr/--ledger \S+: it is not what tlsgate-status says as JSON/ ],
    [ ['--schedule', 'legacy', @TO, '--from', 'clickhouse://127.0.0.1:1/tlsgate'],              2, qr{clickhouse://127\.0\.0\.1:1/tlsgate: .*; check that it runs and can be reached from here} ],
    [ ['--schedule', 'legacy', @TO, '--ledger', "$dir/missing"],                                 2, qr/--ledger \S+: it cannot be read/ ],
    [ [$log, '--schedule', 'legacy', @TO, '--ledger', "$dir/log"],                               2, qr/name logs or --ledger, not both/ ],
) {
    my ($args, $status, $error) = @$_;
    my $said = planned(@$args);
    is($said->{status}, $status, "@$args");
    like($said->{err}, $error, '... is answered');
    is($said->{out}, '', '... with nothing else');
}
is(propose('--until', '2018-08-01T00:00Z')->{status}, 2, 'without a log and a server there is nothing to read');

# --- damaged lines, and names that would end a comment
@lines = (line_of('account:a\\\\', 10 * $HOUR), "{\n");
$said = propose(write_file('damaged', @lines), @AHEAD);
is($said->{status}, 1, 'a damaged line is no success');
like($said->{out}, qr/account:a\\+\.\nTlsGateTrial /, 'a backslash does not end a comment');

# --- from the ledger: hours of a week, estimated requests
sub straggler {
    my ($client, $requests, $hours, %more) = @_;
    return { client => $client, schedule => 'legacy', first_seen => '2018-06-25T00:00:00Z', last_seen => '2018-07-01T00:00:00Z', moved_at => undef, requests => $requests, hours_of_week => $hours, %more };
}
sub page { my ($name, $kept, @items) = @_; return write_file($name, JSON::PP->new->encode({ time => '2018-07-02T00:00:00Z', stragglers => { kept => $kept, items => \@items } })) }
my @one = (straggler('account:a', 20, [ 9, 33 ]), straggler('account:b', 30, [ 33 ]), straggler('account:gone', 1, [ 1 ], moved_at => '2018-07-01T00:00:00Z'));
my @two = (straggler('account:c', 7, [ 100 ]), straggler('account:of-another', 1, [ 50 ], schedule => 'web'), $one[0]);
($d, $said) = proposed(@AHEAD, '--ledger', page('one', 5, @one), '--ledger', page('two', 5, @two), '--schedule', 'legacy', '--reach', '100%');
is(windows($d), '07-10T09:00/40/2 07-13T04:00/7/1', 'who came in which hours; requests are spread over them');
is("$said->{status} $d->{history}{moved} $d->{grid_seconds} $d->{history}{estimated}", '0 1 3600 1', 'what is estimated says so');
$said = propose(@AHEAD, '--ledger', "$dir/one", '--schedule', 'legacy');
like($said->{out}, qr/^# From the ledger, .*: a client counts as met if it was ever seen at these hours of the week; its requests are estimated/m, '... as text too');
like($said->{err}, qr/the ledger has 5 stragglers, and the files have 3: fetch the other pages as well, with &page=1 and so on/, 'pages that are missing are noticed');
is($said->{status}, 1, '... and are no success');

done_testing;
